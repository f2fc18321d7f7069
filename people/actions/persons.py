"""Adding people and changing what we know of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid as uuid_
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.ids import new_uuid
from common.names import clean_name
from common.retries import retrying
from people.actions.homes import put_person
from people.checks import cleaned_birth_year, cleaned_name, cleaned_phone, require
from people.models import Encounter, Household, Person, Residence, User
from people.models.persons import Sex
from people.signals import person_changed
from pilot_communes.models import Unit


@dataclasses.dataclass(frozen=True)
class NewPerson:
    """A person as a phone or a form names it; only the name is needed."""

    name: str
    uuid: uuid_.UUID | None = None
    usual_name: str = ""
    birth_year: int | None = None
    sex: str = ""
    phone: str = ""
    hamlet_id: int | None = None
    household_id: int | None = None
    outside: bool = False
    since: dt.date | None = None


def _built(new: NewPerson, user: User | None) -> Person:
    person = Person(
        uuid=new.uuid or new_uuid(),
        name=cleaned_name(new.name),
        usual_name=clean_name(new.usual_name)[:80].strip(),
        birth_year=cleaned_birth_year(new.birth_year),
        sex=new.sex if new.sex in Sex.values else "",
        phone=cleaned_phone(new.phone),
        created_by=user,
    )
    person.fill_search()
    return person


@transaction.atomic
def add_person(
    *,
    user: User | None,
    name: str,
    usual_name: str = "",
    birth_year: int | None = None,
    sex: str = "",
    phone: str = "",
    hamlet: Unit | None = None,
    household: Household | None = None,
    outside: bool = False,
    since: dt.date | None = None,
    uuid: uuid_.UUID | None = None,
) -> Person:
    """Add a person, with a home if one is given. The same `uuid` again changes nothing.

    Raises PermissionDenied, or ValidationError for a name, year or number that cannot be.
    """
    require(user, "people.add_person", *([hamlet] if hamlet else []))
    if uuid is not None and (known := Person.objects.filter(uuid=uuid).first()):
        return known
    person = _built(NewPerson(name, uuid, usual_name, birth_year, sex, phone), user)
    person.save()
    if hamlet or household or outside:
        put_person(
            person, hamlet=hamlet, household=household, outside=outside, since=since
        )
    log(person, "people.add", user=user)
    return person


@transaction.atomic
def add_persons(
    rows: Sequence[NewPerson], *, user: User | None
) -> dict[uuid_.UUID, Person]:
    """Add many at once, by their public ids (three queries whatever their number).

    Ids that are known stay as they are. Rights are the caller's to judge, row by row:
    the register takes people on the ground of a session. Nothing is logged here, the
    register entries are the record.
    """
    wanted = {row.uuid: row for row in rows if row.uuid is not None}
    if len(wanted) != len(rows):
        raise ValueError("add_persons(): every row needs its own uuid.")
    before = set(Person.objects.filter(uuid__in=wanted).values_list("uuid", flat=True))
    people = [_built(row, user) for key, row in wanted.items() if key not in before]
    Person.objects.bulk_create(people, ignore_conflicts=True, batch_size=200)
    stored = {person.uuid: person for person in Person.objects.filter(uuid__in=wanted)}
    Residence.objects.bulk_create(
        [
            Residence(
                person=stored[key],
                hamlet_id=None if row.outside else row.hamlet_id,
                household_id=row.household_id,
                outside=row.outside,
                valid_from=row.since,
            )
            for key, row in wanted.items()
            if key not in before
            and key in stored
            and (row.hamlet_id or row.household_id or row.outside)
        ],
        ignore_conflicts=True,
        batch_size=200,
    )
    return stored


CHANGEABLE = ("name", "usual_name", "birth_year", "sex", "phone")


@retrying
@transaction.atomic
def change_person(person: Person, *, user: User | None, **fields: Any) -> Person:
    """Change name, usual_name, birth_year, sex or phone; only what is given.

    Raises PermissionDenied, or ValidationError for a value that cannot be or a person
    who was erased.
    """
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"change_person(): no such field: {sorted(unknown)}")
    require(user, "people.change_person", person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    cleaners = {
        "name": cleaned_name,
        "usual_name": lambda text: clean_name(text)[:80].strip(),
        "birth_year": cleaned_birth_year,
        "sex": lambda code: code if code in Sex.values else "",
        "phone": cleaned_phone,
    }
    changed = []
    for field, value in fields.items():
        value = cleaners[field](value)
        if getattr(person, field) != value:
            setattr(person, field, value)
            changed.append(field)
    if not changed:
        return person
    person.save()
    # Which fields, never their values: the log outlives the name.
    log(person, "people.change", user=user, data={"fields": sorted(changed)})
    person_changed.send(
        sender=Person, person_ids=[person.pk], fields=frozenset(changed)
    )
    return person


@dataclasses.dataclass(frozen=True)
class Reached:
    """A person was met in a hamlet on a day."""

    person_id: int
    hamlet_id: int
    on: dt.date


# The same statement on SQLite and PostgreSQL: measured, it takes a quarter of the time
# of reading, comparing and writing model objects, once for every batch of every phone.
_WIDEN = (
    "INSERT INTO people_encounter AS t (person_id, hamlet_id, first_on, last_on) "
    "VALUES %s ON CONFLICT (person_id, hamlet_id) DO UPDATE SET "
    "first_on = CASE WHEN excluded.first_on < t.first_on "
    "THEN excluded.first_on ELSE t.first_on END, "
    "last_on = CASE WHEN excluded.last_on > t.last_on "
    "THEN excluded.last_on ELSE t.last_on END "
    "WHERE excluded.first_on < t.first_on OR excluded.last_on > t.last_on"
)
_ROWS = 500


def note_reached(
    rows: Iterable[Reached], *, exactly_for: Iterable[int] | None = None
) -> None:
    """Remember who was met where, first and last (one statement, sorted by key).

    Called by attendance in its fold transaction, which holds the persons' locks. With
    `exactly_for`, these persons' other encounters are forgotten: attendance passes them
    when it recomputed everything of a person, after a merge was undone for instance.
    """
    spans: dict[tuple[int, int], tuple[str, str]] = {}
    for row in rows:
        key, day = (row.person_id, row.hamlet_id), row.on.isoformat()
        first, last = spans.get(key, (day, day))
        spans[key] = (min(first, day), max(last, day))
    if exactly_for:
        Encounter.objects.filter(person_id__in=exactly_for).delete()
    wanted = sorted((*key, *span) for key, span in spans.items())
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), _ROWS):
            part = wanted[start : start + _ROWS]
            places = ", ".join(["(%s, %s, %s, %s)"] * len(part))
            cursor.execute(_WIDEN % places, [value for row in part for value in row])
