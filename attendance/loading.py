"""What the fold reads: sessions under lock, their log, the people and households in it.

The order of locks is part of the fold transaction (docs/register-protocol.md): entries,
sessions by key, persons by key, then figures by key.
"""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from attendance.cells import OF_PERSON, is_uuid
from attendance.chain import NOTHING
from attendance.models import TrainingSession
from attendance.sql import among, fetch, locked, text_of


class LogRow(NamedTuple):
    """An entry as the fold needs it, and whether it waits for a decision."""

    id: str
    kind: str
    cell: str
    value: str
    seen: Sequence[str]
    reason: str | None
    decision: str | None

    @property
    def stands(self) -> bool:
        return self.reason is None or self.decision == "accepted"

    @property
    def waits(self) -> bool:
        return self.reason is not None and self.decision == ""


class Someone(NamedTuple):
    """A person as the fold needs it."""

    pk: int
    uuid: str
    birth_year: int | None
    sex: str
    erased: bool
    named: bool


class Home(NamedTuple):
    """Where somebody lived from one day (included) to another (excluded), ISO text."""

    hamlet_id: int | None
    household_id: int | None
    outside: bool
    since: str
    until: str


@dataclasses.dataclass
class People:
    """The persons that a log names, with those they were merged into, and their homes."""

    by_uuid: dict[str, Someone] = dataclasses.field(default_factory=dict)
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    homes: dict[int, list[Home]] = dataclasses.field(default_factory=dict)

    def home_on(self, pk: int, date: dt.date) -> Home | None:
        return home_on(self.homes.get(pk, ()), date)


def home_on(homes: Iterable[Home], date: dt.date) -> Home | None:
    """The home that held on that day; the first by key when the data overlap."""
    day = date.isoformat()
    return next((home for home in homes if home.since <= day < home.until), None)


def lock_sessions(uuids: Collection[str]) -> dict[str, TrainingSession]:
    """Lock the sessions, in the order of their keys, and return those that exist."""
    rows = TrainingSession.objects.select_for_update(no_key=True)
    return {
        str(session.uuid): session
        for session in rows.filter(uuid__in=list(uuids)).order_by("pk")
    }


def read_log(uuids: Collection[str]) -> dict[str, list[LogRow]]:
    """Read all entries of these sessions, held ones included."""
    log: dict[str, list[LogRow]] = {uuid: [] for uuid in uuids}
    if not uuids:
        return log
    of_sessions, ids = among("e.session", uuids)
    for session, entry_id, kind, cell, value, seen, reason, decision in fetch(
        "SELECT e.session, e.id, e.kind, e.cell, e.value, e.seen, h.reason, h.decision "
        "FROM attendance_registerentry e "
        "LEFT JOIN attendance_heldentry h ON h.entry_id = e.id "
        f"WHERE {of_sessions}",
        [ids],
    ):
        log[text_of(session)].append(
            LogRow(
                text_of(entry_id),
                kind,
                cell,
                value,
                () if seen == "[]" else json.loads(seen),
                reason,
                decision,
            )
        )
    return log


def people_in(rows: Iterable[LogRow]) -> set[str]:
    """The public ids of the persons whose cells these entries name."""
    found = set()
    for row in rows:
        family, _, rest = row.cell.partition("/")
        if family in OF_PERSON:
            found.add(rest[:36])
    return {uuid for uuid in found if is_uuid(uuid)}


_PEOPLE = (
    "SELECT p.id, p.uuid, p.birth_year, p.sex, p.erased_at, p.name, k.to_person_id, "
    "r.hamlet_id, r.household_id, r.outside, r.valid_from, r.valid_to, r.id "
    "FROM people_person p "
    "LEFT JOIN people_personpointer k ON k.from_person_id = p.id AND k.undone_at IS NULL "
    "LEFT JOIN people_residence r ON r.person_id = p.id "
    "WHERE {where} ORDER BY p.id, r.id"
)


def read_people(uuids: Collection[str], *, lock: bool = True) -> People:
    """Read (and lock, in the order of their keys) persons and those they stand for."""
    people = People()
    tail = locked("p") if lock else ""
    ends: dict[int, int] = {}
    keys: dict[int, str] = {}
    condition: tuple[str, Any] | None = among("p.uuid", uuids) if uuids else None
    while condition:
        where, params = condition
        for row in fetch(_PEOPLE.format(where=where) + tail, [params]):
            _take(row, people, ends, keys)
        # Chains of merges are followed to their end; most people have none.
        missing = set(ends.values()) - keys.keys()
        condition = among("p.id", missing) if missing else None
        if missing and len(ends) > 10_000:
            raise RuntimeError("The chain of merges does not end.")
    people.aliases = {
        keys[old]: keys[new] for old, new in ends.items() if old in keys and new in keys
    }
    return people


def _take(
    row: tuple, people: People, ends: dict[int, int], keys: dict[int, str]
) -> None:
    pk, public_id, birth_year, sex, erased_at, name, to_id, *home = row
    if pk not in keys:
        keys[pk] = uuid = text_of(public_id)
        people.by_uuid[uuid] = Someone(
            pk, uuid, birth_year, sex, erased_at is not None, bool(name)
        )
        people.homes[pk] = []
        if to_id is not None:
            ends[pk] = to_id
    hamlet_id, household_id, outside, since, until, residence_id = home
    if residence_id is not None:
        people.homes[pk].append(
            Home(
                hamlet_id,
                household_id,
                bool(outside),
                str(since or ""),
                str(until or "9999"),
            )
        )


def read_households(uuids: Collection[str]) -> dict[str, tuple[int, list[Home]]]:
    """Read households with the places they stood in."""
    found: dict[str, tuple[int, list[Home]]] = {}
    if not uuids:
        return found
    where, params = among("h.uuid", uuids)
    for pk, public_id, hamlet_id, outside, since, until, residence_id in fetch(
        "SELECT h.id, h.uuid, r.hamlet_id, r.outside, r.valid_from, r.valid_to, r.id "
        "FROM people_household h LEFT JOIN people_residence r "
        "ON r.household_id = h.id AND r.person_id IS NULL "
        f"WHERE {where} ORDER BY h.id, r.id",
        [params],
    ):
        homes = found.setdefault(text_of(public_id), (pk, []))[1]
        if residence_id is not None:
            homes.append(
                Home(
                    hamlet_id, pk, bool(outside), str(since or ""), str(until or "9999")
                )
            )
    return found


def erased_households(uuids: Collection[str]) -> set[str]:
    """Which of these households were erased; they are locked, after the persons.

    A body about a household may arrive while its name is being erased: whoever comes
    second sees what the first one did.
    """
    if not uuids:
        return set()
    where, params = among("h.uuid", uuids)
    return {
        text_of(public_id)
        for public_id, erased_at in fetch(
            f"SELECT h.uuid, h.erased_at FROM people_household h WHERE {where} "
            f"ORDER BY h.id{locked('h')}",
            [params],
        )
        if erased_at is not None
    }


class Waiting(NamedTuple):
    """A held entry that may be released by what arrives later."""

    session: str
    ticket: str
    device: str
    kind: str
    digest: str
    reason: str


class Bringing(NamedTuple):
    """An entry that brings a person or a household."""

    id: str
    kind: str
    person: str | None
    cell: str
    ticket: str
    session: str
    body: bytes | None


class Named(NamedTuple):
    """What an entry may say of somebody new; its body is None while it is missing."""

    id: str
    session: str
    kind: str
    person: str | None
    digest: str
    body: bytes | None


def read_waiting(log: dict[str, list[LogRow]]) -> dict[str, Waiting]:
    """The entries that wait for their session or for consent; no query if none does."""
    reasons = {
        row.id: row.reason
        for rows in log.values()
        for row in rows
        if row.waits and row.reason in ("no_session", "no_consent")
    }
    if not reasons:
        return {}
    where, params = among("id", reasons)
    return {
        text_of(entry_id): Waiting(
            text_of(session),
            text_of(ticket),
            text_of(device),
            kind,
            digest,
            reasons[text_of(entry_id)],
        )
        for entry_id, session, ticket, device, kind, digest in fetch(
            "SELECT id, session, ticket, device, kind, body_digest "
            f"FROM attendance_registerentry WHERE {where}",
            [params],
        )
    }


def read_bringing(ids: Collection[str]) -> list[Bringing]:
    """These entries with their bodies, if they have any; no query for none."""
    if not ids:
        return []
    where, params = among("e.id", ids)
    return [
        Bringing(
            text_of(entry_id),
            kind,
            text_of(person) if person else None,
            cell,
            text_of(ticket),
            text_of(session),
            body,
        )
        for entry_id, kind, person, cell, ticket, session, body in fetch(
            "SELECT e.id, e.kind, e.person, e.cell, e.ticket, e.session, b.bytes "
            "FROM attendance_registerentry e "
            "JOIN attendance_entrybody b ON b.entry_id = e.id "
            f"WHERE {where} ORDER BY e.id",
            [params],
        )
    ]


def read_bodies(ids: Collection[str]) -> dict[str, bytes | None]:
    """The bytes of these entries, None for those erased; no query for none."""
    if not ids:
        return {}
    where, params = among("entry_id", ids)
    return {
        text_of(entry_id): None if body is None else bytes(body)
        for entry_id, body in fetch(
            f"SELECT entry_id, bytes FROM attendance_entrybody WHERE {where}", [params]
        )
    }


def read_names(ids: Collection[str]) -> list[Named]:
    """These entries as the question of consent needs them; no query for none.

    A body that was erased is nothing: nobody's name is in it any more.
    """
    if not ids:
        return []
    where, params = among("e.id", ids)
    return [
        Named(
            text_of(entry_id),
            text_of(session),
            kind,
            text_of(person) if person else None,
            NOTHING if erased_at is not None else digest,
            None if body is None else bytes(body),
        )
        for entry_id, session, kind, person, digest, body, erased_at in fetch(
            "SELECT e.id, e.session, e.kind, e.person, e.body_digest, b.bytes, "
            "b.erased_at FROM attendance_registerentry e "
            "LEFT JOIN attendance_entrybody b ON b.entry_id = e.id "
            f"WHERE {where} ORDER BY e.id",
            [params],
        )
    ]


def sessions_of(person_ids: Collection[int]) -> set[str]:
    """The sessions whose log names these persons, or that count for them today."""
    if not person_ids:
        return set()
    named, keys = among("p.id", list(person_ids))
    counted, same = among("a.person_id", list(person_ids))
    rows = fetch(
        "SELECT e.session FROM attendance_registerentry e "
        f"JOIN people_person p ON p.uuid = e.person WHERE {named} "
        "UNION SELECT s.uuid FROM attendance_trainingsession s "
        f"JOIN attendance_attendance a ON a.session_id = s.id WHERE {counted}",
        [keys, same],
    )
    return {text_of(uuid) for (uuid,) in rows}
