"""Being forgotten: an empty tombstone stays, so that sums and chains hold."""

from __future__ import annotations

import os
import uuid as uuid_
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from common.retries import retrying
from people.canonical import canonical, clusters
from people.checks import require
from people.models import Household, Person, User
from people.namesakes import namesakes
from people.registry import personal_data
from people.signals import person_erased

HOUSEHOLD = "household"


def erasures_file() -> Path:
    """The list of erasures, outside the database that is backed up: dates, public ids."""
    return Path(settings.DATA_DIR) / "erasures.list"


def _note_outside(
    persons: Iterable[Person] = (), households: Iterable[Household] = ()
) -> None:
    """Append to the list and wait for the disk.

    Before the commit: an erasure that is listed and then fails is repeated after a
    restore, which was asked for; one that is done and not listed would come back.
    """
    now = timezone.now().isoformat(timespec="seconds")
    path = erasures_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as handle:
        handle.writelines(f"{now} {person.uuid}\n" for person in persons)
        handle.writelines(f"{now} {home.uuid} {HOUSEHOLD}\n" for home in households)
        handle.flush()
        os.fsync(handle.fileno())


@retrying
@transaction.atomic
def erase_person(
    person: Person, *, user: User | None, households: Collection[Household] = ()
) -> int:
    """Erase a person and every record merged into the same one; returns how many.

    Households that are the person's own lose the name too; of `households` those that
    only bear the same name, which the officer says are the person's (others are passed
    over). Asks every registered `PersonalData` to erase its part; the log, the login,
    sessions and second factors go with it. An erased person is passed over. Raises
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
    found = namesakes(persons)
    asked = {household.pk for household in households}
    chosen = [household for household in found.doubtful if household.pk in asked]
    if chosen:
        require(user, "people.erase_person", *chosen)
    # Locked after the persons, as in the fold transaction: what a phone sends at this
    # moment is seen below, or sees the tombstone.
    homes = _locked([*found.own, *chosen])
    for entry in _higher_rooms_first():
        entry.erase_households(homes)
        entry.erase(persons)
    for row in Person.objects.filter(pk__in=[p.pk for p in persons]):
        log(row, "people.erase", user=user)
    for home in homes:
        log(home, "people.erase_household", user=user)
    person_erased.send(sender=Person, person_ids=[p.pk for p in persons])
    _note_outside(persons, homes)
    return len(persons)


@retrying
@transaction.atomic
def erase_household(household: Household, *, user: User | None) -> bool:
    """Erase the name of a household's head who is known by nothing else; was there one?

    The household stays on its route without a name, so that its counts stay true. Raises
    PermissionDenied.
    """
    require(user, "people.erase_person", household)
    (home,) = homes = _locked([household])
    if home.is_erased and not (home.head_name or home.usual_name):
        return False
    for entry in _higher_rooms_first():
        entry.erase_households(homes)
    log(home, "people.erase_household", user=user)
    _note_outside(households=homes)
    return True


def _higher_rooms_first():
    """They may need the name to find it in free text."""
    return sorted(personal_data, key=lambda entry: entry.name == "people")


def _locked(households: Sequence[Household]) -> list[Household]:
    if not households:
        return []
    rows = Household.objects.select_for_update(of=("self",))
    keys = [household.pk for household in households]
    return list(rows.filter(pk__in=keys).order_by("pk"))


def listed_erasures(*, of: str = "") -> list[uuid_.UUID]:
    """The public ids of persons (or of households) in the list outside the database.

    Oldest first, each once.
    """
    path = erasures_file()
    if not path.exists():
        return []
    found: dict[uuid_.UUID, None] = {}
    for line in path.read_text().splitlines():
        _when, *words = line.split() or [""]
        if words and words[1:] == ([of] if of else []):
            found[uuid_.UUID(words[0])] = None
    return list(found)


def repeat_erasures() -> int:
    """After a restore: erase again what was erased since the copy was made.

    Run before the system is opened; returns how many records were erased again. What
    the copy has never heard of gets a tombstone too: a phone may send the name again.
    """
    again = 0
    now = timezone.now()
    for part in _parts(listed_erasures()):
        Person.objects.bulk_create(
            [Person(uuid=public, erased_at=now) for public in part],
            ignore_conflicts=True,
        )
        rows = Person.objects.filter(uuid__in=part, erased_at=None).order_by("pk")
        for person in rows:
            again += erase_person(person, user=None)
    for part in _parts(listed_erasures(of=HOUSEHOLD)):
        Household.objects.bulk_create(
            [Household(uuid=public, erased_at=now) for public in part],
            ignore_conflicts=True,
        )
        homes = Household.objects.filter(uuid__in=part, erased_at=None).order_by("pk")
        for household in homes:
            again += erase_household(household, user=None)
    return again


def _parts(listed: Sequence[uuid_.UUID]) -> list[Sequence[uuid_.UUID]]:
    return [listed[start : start + 200] for start in range(0, len(listed), 200)]
