"""Being forgotten: an empty tombstone stays, so that sums and chains hold."""

from __future__ import annotations

import os
import uuid as uuid_
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from common.retries import retrying
from people.canonical import canonical, clusters
from people.checks import require
from people.models import Person, User
from people.registry import personal_data
from people.signals import person_erased


def erasures_file() -> Path:
    """The list of erasures, outside the database that is backed up: dates, public ids."""
    return Path(settings.DATA_DIR) / "erasures.list"


def _note_outside(uuids: Iterable[uuid_.UUID]) -> None:
    """Append to the list and wait for the disk.

    Before the commit: an erasure that is listed and then fails is repeated after a
    restore, which was asked for; one that is done and not listed would come back.
    """
    now = timezone.now().isoformat(timespec="seconds")
    path = erasures_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as handle:
        handle.writelines(f"{now} {public}\n" for public in uuids)
        handle.flush()
        os.fsync(handle.fileno())


@retrying
@transaction.atomic
def erase_person(person: Person, *, user: User | None) -> int:
    """Erase a person and every record merged into the same one; returns how many.

    Asks every registered `PersonalData` to erase its part; the log, the login, sessions
    and second factors go with it. An erased person is passed over. Raises
    PermissionDenied.
    """
    require(user, "people.erase_person", person)
    end = canonical([person.pk])[person.pk]
    keys = clusters([end])[end]
    persons = list(
        Person.objects.select_for_update()
        .filter(pk__in=keys, erased_at=None)
        .order_by("pk")
    )
    if not persons:
        return 0
    # Higher rooms first: they may need the name to find it in free text.
    for entry in sorted(personal_data, key=lambda entry: entry.name == "people"):
        entry.erase(persons)
    for row in Person.objects.filter(pk__in=[p.pk for p in persons]):
        log(row, "people.erase", user=user)
    person_erased.send(sender=Person, person_ids=[p.pk for p in persons])
    _note_outside(p.uuid for p in persons)
    return len(persons)


def listed_erasures() -> list[uuid_.UUID]:
    """The public ids in the list outside the database, oldest first, each once."""
    path = erasures_file()
    if not path.exists():
        return []
    found: dict[uuid_.UUID, None] = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) == 2:
            found[uuid_.UUID(words[1])] = None
    return list(found)


def repeat_erasures() -> int:
    """After a restore: erase again everybody who was erased since the copy was made.

    Run before the system is opened; returns how many records were erased again. Whoever
    the copy has never heard of gets a tombstone too: a phone may send the name again.
    """
    again = 0
    listed = listed_erasures()
    for start in range(0, len(listed), 200):
        part = listed[start : start + 200]
        Person.objects.bulk_create(
            [Person(uuid=public, erased_at=timezone.now()) for public in part],
            ignore_conflicts=True,
        )
        rows = Person.objects.filter(uuid__in=part, erased_at=None).order_by("pk")
        for person in rows:
            again += erase_person(person, user=None)
    return again
