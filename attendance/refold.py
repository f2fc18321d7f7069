"""Folding sessions under lock and writing down what came out.

`fold_sessions` is the second half of the fold transaction. Given locked sessions, their
log and the locked persons in it, it writes `Attendance`, `HouseholdReach` and the
sessions' own rows where they differ, and tells the rooms above.
"""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from attendance.fold import FOLD_VERSION, State
from attendance.lifecycle import status_of, take_fields
from attendance.loading import (
    LogRow,
    People,
    lock_sessions,
    people_in,
    read_households,
    read_log,
    read_people,
)
from attendance.models import TrainingSession
from attendance.newcomers import Introduction, admit_households, admit_strangers
from attendance.outcomes import (
    Mark,
    fold_log,
    proxies_in,
    read_marks,
    read_reaches,
    stand,
    work_out,
)
from attendance.signals import folded
from attendance.sql import Table, among, fetch
from people.actions.persons import Reached, note_reached

ATTENDANCE = Table(
    "attendance_attendance",
    session_id="int",
    person_id="int",
    present="bool",
    outcome="text",
    blocker="text",
    skills="json",
    sex="text",
    age_band="text",
    home="text",
    home_hamlet_id="int",
    household_id="int",
)
REACHES = Table(
    "attendance_householdreach",
    session_id="int",
    household_id="int",
    how="text",
    home_hamlet_id="int",
)


def _updating(table: Table, keys: str) -> str:
    columns = list(table.columns)[2:]
    return f"({keys}) DO UPDATE SET " + ", ".join(
        f"{c} = excluded.{c}" for c in columns
    )


_UPDATE_ATTENDANCE = _updating(ATTENDANCE, "session_id, person_id")
_UPDATE_REACHES = _updating(REACHES, "session_id, household_id")
_encode = msgspec.json.Encoder().encode


@dataclasses.dataclass
class Folded:
    """What a fold changed."""

    sessions: list[TrainingSession] = dataclasses.field(default_factory=list)
    person_ids: set[int] = dataclasses.field(default_factory=set)
    household_ids: set[int] = dataclasses.field(default_factory=set)


def refold(
    uuids: Collection[str],
    *,
    thoroughly: bool = False,
    reworded: bool = False,
    cause: str = "",
) -> Folded:
    """Fold these sessions again, in the caller's transaction or one of its own.

    `thoroughly` also derives the sessions' own rows anew, as after an older fold.
    `reworded` says that their words were changed: phones are told of them again.
    """
    if not uuids:
        return Folded()
    with transaction.atomic():
        sessions = lock_sessions(uuids)
        log = read_log(sessions.keys())
        standing = stand(log)
        people = read_people(
            people_in(row for rows in standing.values() for row in rows)
        )
        return fold_sessions(
            list(sessions.values()),
            standing,
            people,
            thoroughly=thoroughly,
            reworded={s.pk for s in sessions.values()} if reworded else (),
            cause=cause,
        )


def fold_sessions(
    sessions: Sequence[TrainingSession],
    log: Mapping[str, Sequence[LogRow]],
    people: People,
    *,
    thoroughly: bool = False,
    reworded: Collection[int] = (),
    cause: str = "",
) -> Folded:
    """Fold locked sessions and write what differs; see the module's docstring.

    Of `reworded` sessions the venue or the reason is new already, and must be written.
    """
    states = {s.pk: fold_log(log[str(s.uuid)], people) for s in sessions}
    if strangers := _strangers(states.values(), people):
        admit_strangers(strangers)
        people = read_people(people.by_uuid.keys() | strangers)
    told = Folded()
    reworked: set[int] = set(reworded)
    for session in sessions:
        before = _facts(session)
        lessons_changed = _derive(session, states[session.pk], thoroughly=thoroughly)
        older = session.state_version and session.fold_version != FOLD_VERSION
        if older or lessons_changed or _facts(session) != before:
            reworked.add(session.pk)
    # A session that was never folded has no rows yet.
    folded_before = [s.pk for s in sessions if s.state_version]
    marks = read_marks(folded_before) if folded_before else {}
    reaches: dict[int, dict[int, Any]] = {}
    households = _households_of(sessions, states, log)
    if households is not None:
        reaches = read_reaches(s.pk for s in sessions)
    new_marks: list[tuple] = []
    new_reaches: list[tuple] = []
    met: list[Reached] = []
    now = timezone.now()
    for session in sorted(sessions, key=lambda s: s.pk):
        pk = session.pk
        outcome = work_out(
            session, states[pk], people, households or {}, marks.get(pk, {})
        )
        changes = _differences(marks.get(pk, {}), outcome.marks)
        reached = _differences(reaches.get(pk, {}), outcome.reaches)
        if not (changes or reached or pk in reworked or session.state != outcome.state):
            continue
        if not session.state_version and not log[str(session.uuid)]:
            continue
        was, stood = marks.get(pk, {}), reaches.get(pk, {})
        told.sessions.append(session)
        told.person_ids.update(changes)
        told.household_ids.update(reached)
        for person_id in sorted(changes):
            told.household_ids.update(_household_of(was.get(person_id)))
            mark = outcome.marks.get(person_id)
            if mark is None:
                continue
            told.household_ids.update(_household_of(mark))
            new_marks.append((pk, person_id, *mark))
        if session.counts:  # whoever came to a rehearsal was not met
            whom = outcome.marks if pk in reworked else changes
            met += [
                Reached(person_id, session.host_id, session.date)
                for person_id in whom
                if outcome.marks.get(person_id, (False,))[0]
            ]
        new_reaches += [
            (pk, household_id, *reach)
            for household_id, reach in sorted(reached.items())
            if reach is not None
        ]
        _delete("attendance_attendance", pk, "person_id", was.keys() - outcome.marks)
        _delete(
            "attendance_householdreach",
            pk,
            "household_id",
            stood.keys() - outcome.reaches,
        )
        session.state = outcome.state
        session.state_version += 1
        session.fold_version = FOLD_VERSION
        session.state_at = now
        _save(session)
    ATTENDANCE.insert(new_marks, on_conflict=_UPDATE_ATTENDANCE)
    REACHES.insert(new_reaches, on_conflict=_UPDATE_REACHES)
    if met:
        note_reached(met)
    if told.sessions:
        folded.send(
            sender=TrainingSession,
            sessions=told.sessions,
            person_ids=sorted(told.person_ids),
            household_ids=sorted(told.household_ids),
            cause=cause,
        )
    return told


def _strangers(states: Any, people: People) -> set[str]:
    return {
        uuid
        for state in states
        for uuid, did in state["people"].items()
        if did["present"] and uuid not in people.by_uuid
    }


def _household_of(mark: Mark | None) -> set[int]:
    return set() if mark is None or mark[8] is None else {mark[8]}


def _facts(session: TrainingSession) -> tuple:
    return (
        session.starts_at,
        session.counts,
        session.status,
        session.date,
        session.host_id,
        session.kind,
    )


def _derive(session: TrainingSession, state: State, *, thoroughly: bool) -> bool:
    """Bring the session's own row in line with its cells; did its lessons change?"""
    fields, known = state["fields"], (session.state or {}).get("fields", {})
    lessons = False
    if thoroughly or fields != known:
        news = {k: v for k, v in fields.items() if thoroughly or known.get(k) != v}
        lessons = take_fields(session, news)
    status = status_of(state, session.status)
    if status != session.status:
        if status == TrainingSession.Status.CANCELLED and not session.cancel_reason:
            session.cancel_reason = "—"
        if status == TrainingSession.Status.CLOSED:
            session.closed_at = timezone.now()
        elif status == TrainingSession.Status.OPEN:
            session.opened_at = session.opened_at or timezone.now()
            session.closed_at = None
        session.status = status
    return lessons


def _households_of(
    sessions: Sequence[TrainingSession],
    states: Mapping[int, State],
    log: Mapping[str, Sequence[LogRow]],
) -> dict[str, tuple[int, list]] | None:
    """The households that the sessions name; None if none does or ever did."""
    hosts: dict[str, int] = {}
    concerned = False
    for session in sessions:
        named = proxies_in(states[session.pk])
        concerned = concerned or bool(named) or _has_proxies(session.state)
        for uuid in named:
            hosts.setdefault(uuid, session.host_id)
    if not concerned:
        return None
    found = read_households(list(hosts))
    if missing := hosts.keys() - found.keys():
        admit_households([Introduction(u, hosts[u], None, {}) for u in sorted(missing)])
        found = read_households(list(hosts))
    return found


def _has_proxies(state: Mapping[str, Any] | None) -> bool:
    return any(name.startswith("proxy/") for name in (state or {}).get("cells", ()))


def _differences(before: Mapping[int, Any], after: Mapping[int, Any]) -> dict[int, Any]:
    changed = {key: new for key, new in after.items() if before.get(key) != new}
    changed.update(dict.fromkeys(before.keys() - after.keys()))
    return changed


def _delete(table: str, session_id: int, column: str, keys: Collection[int]) -> None:
    if keys:
        where, params = among(column, list(keys))
        fetch(
            f"DELETE FROM {table} WHERE session_id = %s AND {where}",
            [session_id, params],
        )


def _save(session: TrainingSession) -> None:
    cast = "::jsonb" if connection.vendor == "postgresql" else ""
    values = {
        "host_id": session.host_id,
        "kind": session.kind,
        "date": session.date,
        "starts_at": session.starts_at,
        "status": session.status,
        "venue": session.venue,
        "cancel_reason": session.cancel_reason,
        "opened_at": session.opened_at,
        "closed_at": session.closed_at,
        "fold_version": session.fold_version,
        "state_version": session.state_version,
        "state_at": session.state_at,
    }
    adapt = session._meta.get_field
    params = [
        adapt(name).get_db_prep_save(value, connection)
        for name, value in values.items()
    ]
    columns = ", ".join(f"{name} = %s" for name in values)
    fetch(
        f"UPDATE attendance_trainingsession SET {columns}, state = %s{cast} "
        "WHERE id = %s",
        [*params, _encode(session.state).decode(), session.pk],
    )
