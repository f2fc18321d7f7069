"""What a session's log comes to, and what is written down of it: nothing here writes."""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from attendance.fold import State, fold_rows
from attendance.loading import LogRow, People, home_on
from attendance.models import TrainingSession
from attendance.models.state import Home as Where
from attendance.sql import among, fetch
from people.models.persons import AgeBand

# present, outcome, blocker, skills (JSON text), sex, age band, home, hamlet, household
Mark = tuple[bool, str, str, str, str, str, str, int | None, int | None]
# how, hamlet
Reach = tuple[str, int | None]


@dataclasses.dataclass
class Outcome:
    """What one session's log comes to, by keys of persons and households."""

    state: State
    marks: dict[int, Mark]
    reaches: dict[int, Reach]


def stand(log: Mapping[str, Sequence[LogRow]]) -> dict[str, list[LogRow]]:
    """The entries that count: not held, or confirmed."""
    return {uuid: [row for row in rows if row.stands] for uuid, rows in log.items()}


def fold_log(rows: Sequence[LogRow], people: People) -> State:
    """Fold the entries that stand."""
    return fold_rows([row[:5] for row in rows], people.aliases)


def work_out(
    session: TrainingSession,
    state: State,
    people: People,
    households: Mapping[str, tuple[int, list]],
    existing: Mapping[int, Mark],
) -> Outcome:
    """Say what should be written of a session, on the day it was held.

    Of a tombstone nothing more can be stamped: what was stamped before stays.
    """
    marks: dict[int, Mark] = {}
    date = session.date
    for uuid, did in state["people"].items():
        someone = people.by_uuid.get(uuid)
        if someone is None:
            continue
        skills = did["skills"]
        recorded = (
            did["present"],
            did["outcome"],
            did["blocker"],
            json.dumps(skills, sort_keys=True) if skills else "{}",
        )
        was = existing.get(someone.pk)
        if someone.erased and was is not None:
            marks[someone.pk] = (*recorded, *was[4:])
            continue
        home = people.home_on(someone.pk, date)
        if home is None:
            where: tuple = (Where.UNKNOWN.value, None, None)
        elif home.hamlet_id is not None:
            where = (Where.HAMLET.value, home.hamlet_id, home.household_id)
        else:
            outside = Where.OUTSIDE if home.outside else Where.UNKNOWN
            where = (outside.value, None, home.household_id)
        band = str(AgeBand.at(someone.birth_year, date))
        marks[someone.pk] = (*recorded, someone.sex, band, *where)
    reaches: dict[int, Reach] = {}
    for uuid in proxies_in(state):
        if uuid in households:
            pk, homes = households[uuid]
            home = home_on(homes, date)
            reaches[pk] = ("child", home.hamlet_id if home else None)
    return Outcome(state, marks, reaches)


def proxies_in(state: Mapping[str, Any]) -> list[str]:
    """The households for which a child learnt."""
    return [
        name[6:]
        for name, cell in state["cells"].items()
        if name.startswith("proxy/") and cell["value"] == "child"
    ]


def read_marks(session_ids: Any) -> dict[int, dict[int, Mark]]:
    """The attendance rows of these sessions, by session and person."""
    found: dict[int, dict[int, Mark]] = {}
    where, params = among("session_id", list(session_ids))
    for session_id, person_id, present, outcome, blocker, skills, *rest in fetch(
        "SELECT session_id, person_id, present, outcome, blocker, skills, sex, "
        "age_band, home, home_hamlet_id, household_id "
        f"FROM attendance_attendance WHERE {where}",
        [params],
    ):
        if skills != "{}":
            skills = json.dumps(json.loads(skills), sort_keys=True)
        mark = (bool(present), outcome, blocker, skills, *rest)
        found.setdefault(session_id, {})[person_id] = mark
    return found


def read_reaches(session_ids: Any) -> dict[int, dict[int, Reach]]:
    """The household rows of these sessions, by session and household."""
    found: dict[int, dict[int, Reach]] = {}
    where, params = among("session_id", list(session_ids))
    for session_id, household_id, how, hamlet_id in fetch(
        "SELECT session_id, household_id, how, home_hamlet_id "
        f"FROM attendance_householdreach WHERE {where}",
        [params],
    ):
        found.setdefault(session_id, {})[household_id] = (how, hamlet_id)
    return found
