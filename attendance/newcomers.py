"""Persons and households that enter the system by a register entry.

The phone gives the id, so that its next entries can name the person before the server
has ever heard of it. A name is taken only from a body, and only of an entry that stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from common.names import clean_name, fold_name
from people.models import Household, Person, Residence
from pilot_communes.models import Unit
from pilot_communes.querysets import today

FILLED = ("name", "usual_name", "birth_year", "sex", "phone", "created_by")
OUTSIDE = "outside"
UNKNOWN = "unknown"

_is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_not_phone = re.compile(r"[^0-9+]+")


class Introduction(NamedTuple):
    """What an entry says about a person or household that may be new."""

    uuid: str
    host_id: int
    author_id: int | None
    body: Mapping[str, Any]


def read_body(body: bytes | None) -> dict[str, Any]:
    """Return the JSON object in a body; {} for none, an erased one or other bytes."""
    if not body:
        return {}
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def head_named(body: Mapping[str, Any]) -> str:
    """The household whose head this body names, by public id, or ""."""
    named = isinstance(body.get("household_head"), str) and body["household_head"]
    home = _text(body.get("household"), 36)
    return home if named and _is_uuid(home) else ""


def admit_people(introductions: Sequence[Introduction]) -> set[int]:
    """Make the persons that are not there, and their homes; fill what is blank.

    The first name that arrived stays. Whoever is already known gets only what was
    missing, and an empty tombstone gets nothing. Returns the keys of those already
    known whose birth year, sex or home was filled.
    """
    by_uuid: dict[str, list[Introduction]] = {}
    for one in introductions:
        by_uuid.setdefault(one.uuid, []).append(one)
    rows = Person.objects.filter(uuid__in=list(by_uuid))
    known = {str(person.uuid): person for person in rows}
    for uuid, person in known.items():
        if person.is_erased:
            del by_uuid[uuid]
    new = []
    for uuid in sorted(by_uuid.keys() - known.keys()):
        person = Person(uuid=uuid)
        for one in by_uuid[uuid]:
            _fill(person, one)
        new.append(person)
    if new:
        Person.objects.bulk_create(new, ignore_conflicts=True)
    changed: list[Person] = []
    better_known: set[int] = set()
    for uuid in sorted(known.keys() & by_uuid.keys()):
        person = known[uuid]
        filled = {field for one in by_uuid[uuid] for field in _fill(person, one)}
        if filled:
            changed.append(person)
        if filled & {"birth_year", "sex"}:
            better_known.add(person.pk)
    if changed:
        Person.objects.bulk_update(changed, [*FILLED, "search", "sort_name"])
    return better_known | _house(by_uuid, {p.pk for p in known.values()})


def _house(by_uuid: Mapping[str, Sequence[Introduction]], before: set[int]) -> set[int]:
    """Give a home to everybody who has none; returns those who were known before."""
    everybody = [one for ones in by_uuid.values() for one in ones]
    units = _units(one.body.get("hamlet") for one in everybody)
    households = _households(
        [
            one._replace(
                uuid=one.body["household"],
                body={"name": one.body.get("household_head", "")},
            )
            for one in everybody
            if _is_uuid(_text(one.body.get("household"), 36))
        ],
        units,
    )
    homeless = Person.objects.filter(
        uuid__in=list(by_uuid), erased_at=None, residences=None
    ).order_by("pk")
    homes = [
        _home(person, by_uuid[str(person.uuid)][0], units, households)
        for person in homeless
    ]
    Residence.objects.bulk_create(homes)
    return {home.person_id for home in homes} & before


def admit_strangers(uuids: Iterable[str]) -> None:
    """Make nameless persons for ids that were marked present and are not known.

    Their introduction has not arrived, or was lost with a restored server. They are
    counted; a name fills the place when it comes.
    """
    Person.objects.bulk_create(
        [Person(uuid=public_id) for public_id in sorted(uuids)], ignore_conflicts=True
    )


def admit_households(introductions: Sequence[Introduction]) -> dict[str, int]:
    """Make the households that are not there; return the keys of all of them."""
    units = _units(one.body.get("hamlet") for one in introductions)
    return _households(introductions, units)


def _fill(person: Person, one: Introduction) -> set[str]:
    """Put into the person's blank fields what the body says; which were filled?"""
    body = one.body
    said = {
        "name": clean_name(_text(body.get("name"), 200))[:120],
        "usual_name": clean_name(_text(body.get("usual_name"), 200))[:80],
        "birth_year": _year(body.get("birth_year")),
        "sex": body.get("sex") if body.get("sex") in ("f", "m") else "",
        "phone": _not_phone.sub("", _text(body.get("phone"), 40))[:20],
        "created_by_id": one.author_id,
    }
    filled = {key: new for key, new in said.items() if new and not getattr(person, key)}
    for key, new in filled.items():
        setattr(person, key, new)
    person.fill_search()
    return filled.keys() - {"created_by_id"}


def _home(
    person: Person,
    one: Introduction,
    units: Mapping[str, int],
    households: Mapping[str, int],
) -> Residence:
    hamlet = one.body.get("hamlet")
    outside = hamlet == OUTSIDE
    known = units.get(_text(hamlet, 36))
    return Residence(
        person=person,
        household_id=households.get(_text(one.body.get("household"), 36)),
        hamlet_id=None if outside or hamlet == UNKNOWN else known or one.host_id,
        outside=outside,
    )


def _households(
    introductions: Sequence[Introduction], units: Mapping[str, int]
) -> dict[str, int]:
    if not introductions:
        return {}
    first: dict[str, Introduction] = {}
    for one in introductions:
        first.setdefault(one.uuid, one)
    known = _keys_of_households(first)
    new = [first[key] for key in sorted(first.keys() - known.keys())]
    if new:
        made = [
            Household(
                uuid=one.uuid,
                head_name=clean_name(_text(one.body.get("name"), 200))[:120],
                usual_name=clean_name(_text(one.body.get("usual_name"), 200))[:80],
            )
            for one in new
        ]
        for household in made:
            names = f"{household.head_name} {household.usual_name}"
            household.search = fold_name(names)
        Household.objects.bulk_create(made, ignore_conflicts=True)
        known = _keys_of_households(first)
    # Also a tombstone that a restored server made knows no place yet.
    placed = set(
        Residence.objects.filter(
            person=None, household__in=list(known.values())
        ).values_list("household_id", flat=True)
    )
    Residence.objects.bulk_create(
        Residence(
            household_id=known[key],
            hamlet_id=units.get(_text(one.body.get("hamlet"), 36)) or one.host_id,
        )
        for key, one in sorted(first.items())
        if known[key] not in placed
    )
    return known


def _keys_of_households(uuids: Iterable[str]) -> dict[str, int]:
    rows = Household.objects.filter(uuid__in=list(uuids)).values_list("uuid", "pk")
    return {str(public_id): pk for public_id, pk in rows}


def _units(values: Iterable[Any]) -> dict[str, int]:
    """The keys of the hamlets among these words, by public id."""
    wanted = {value for value in values if _is_uuid(_text(value, 36))}
    if not wanted:
        return {}
    rows = Unit.objects.hamlets().filter(uuid__in=wanted).values_list("uuid", "pk")
    return {str(public_id): pk for public_id, pk in rows}


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _year(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    if type(value) is not int:
        return None
    return value if 1890 <= value <= today().year else None
