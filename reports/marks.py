"""Reads what a fold needs to be counted: few statements, plain rows.

No ORM objects: a class of fifty is counted while its phone waits for a receipt.
"""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from attendance import sql
from attendance.models import TrainingSession
from reports.ladder import First, Header

# Subject kind, subject id, skill, session id.
FirstKey = tuple[str, int, str, int]
# Session id, person id, household id (0 where there is a person).
MarkKey = tuple[int, int, int]
# One line of a session's contribution: measure, sex, age band, skill, value.
Line = tuple[str, str, str, str, int]


class Before(NamedTuple):
    """What is known of a session before this fold is counted."""

    header: Header | None
    lessons: list[int]
    lines: list[Line]
    taught_now: dict[int, list[str]]

    @property
    def counted(self) -> bool:
        return self.header is not None and self.header.counts


class Mark(NamedTuple):
    """A person marked at a session; person 0 is a household that a child learnt for."""

    session: int
    person: int
    household: int | None
    present: bool
    outcome: str
    blocker: str
    observed: dict[str, str]
    sex: str
    age_band: str
    home: str
    home_hamlet: int | None
    header: Header


def read_before(
    sessions: Sequence[TrainingSession], households: Collection[int]
) -> tuple[dict[int, Before], bool]:
    """What these sessions had put in, what their lessons teach, whether anything was sent.

    The same statement locks the households: two folds that reach one household at the
    same time must not both believe to be its first.
    """
    held, reach = "", ""
    params: list[Any] = []
    if households and connection.vendor == "postgresql":
        where, param = sql.among("id", households)
        held = (
            "WITH held AS MATERIALIZED (SELECT id FROM people_household "
            f"WHERE {where} ORDER BY id FOR NO KEY UPDATE) "
        )
        reach = "AND (SELECT count(*) FROM held) >= 0 "
        params.append(param)
    where, param = sql.among("s.id", [s.pk for s in sessions])
    rows = sql.fetch(
        f"{held}SELECT s.id, f.host_id, f.day, f.kind, f.counts, f.lessons, f.skills, "
        "f.contribution, l.lesson_id, k.code, EXISTS ("
        "SELECT 1 FROM reports_periodreport r "
        "JOIN reports_reportingperiod p ON p.id = r.period_id "
        "WHERE r.status IN ('sent', 'approved', 'locked') "
        "AND (p.ends_on > s.date OR p.ends_on > f.day)) "
        "FROM attendance_trainingsession s "
        "LEFT JOIN reports_sessionfigures f ON f.session_id = s.id "
        "LEFT JOIN attendance_sessionlesson l ON l.session_id = s.id "
        "LEFT JOIN courses_lessonskill t ON t.lesson_id = l.lesson_id "
        "LEFT JOIN courses_skill k ON k.id = t.skill_id "
        f"WHERE {where} {reach}",
        [*params, param],
    )
    before: dict[int, Before] = {}
    reported = False
    for (
        pk,
        host,
        day,
        kind,
        counts,
        lessons,
        skills,
        lines,
        lesson,
        skill,
        sent,
    ) in rows:
        reported = reported or bool(sent)
        if pk not in before:
            header = None
            if host is not None:
                header = Header(
                    str(day), host, kind, bool(counts), tuple(json.loads(skills))
                )
            before[pk] = Before(
                header,
                json.loads(lessons or "[]"),
                [tuple(line) for line in json.loads(lines or "[]")],
                {},
            )
        if lesson is not None:
            taught = before[pk].taught_now.setdefault(lesson, [])
            if skill is not None:
                taught.append(skill)
    return before, reported


_FIGURES = "f.day, f.host_id, f.kind, f.counts, f.skills"
_MARK = (
    "SELECT 'm', a.session_id, a.person_id, a.household_id, a.present, a.outcome, "
    f"a.blocker, a.skills, a.sex, a.age_band, a.home, a.home_hamlet_id, {_FIGURES} "
    "FROM attendance_attendance a "
    "LEFT JOIN reports_sessionfigures f ON f.session_id = a.session_id WHERE "
)
_PROXY = (
    "SELECT 'm', a.session_id, 0, a.household_id, true, '', '', '{}', '', '', "
    "CASE WHEN a.home_hamlet_id IS NULL THEN 'unknown' ELSE 'hamlet' END, "
    f"a.home_hamlet_id, {_FIGURES} FROM attendance_householdreach a "
    "LEFT JOIN reports_sessionfigures f ON f.session_id = a.session_id WHERE "
)
# A first reach in the columns of a mark, so that one statement reads both.
_FIRST = (
    "SELECT r.subject_kind, r.session_id, r.subject_id, r.id, true, r.skill, "
    "r.attended || '/' || r.helped || '/' || r.alone || '/' || r.kept, NULL, "
    "r.sex, r.age_band, r.home, r.hamlet_id, r.day, 0, r.kind, true, NULL "
    "FROM reports_firstreach r "
)
Stored = dict[FirstKey, tuple[int, First]]


def read_fold(
    headers: Mapping[int, Header],
    people: Collection[int],
    homes: Collection[int],
    moved: Collection[int],
) -> tuple[dict[MarkKey, Mark], Stored]:
    """What is recorded at these sessions, and the first reaches stored of the subjects.

    Of `moved` sessions everybody who is recorded there counts as a subject.
    """
    asked = [
        (f"{_MARK}%s", "a.session_id", headers),
        (f"{_PROXY}%s", "a.session_id", headers),
        (f"{_FIRST}WHERE %s", "r.session_id", headers),
        (f"{_FIRST}WHERE r.subject_kind = 'p' AND %s", "r.subject_id", people),
        (f"{_FIRST}WHERE r.subject_kind = 'h' AND %s", "r.subject_id", homes),
    ]
    for kind, column, table in (
        ("p", "person_id", "attendance"),
        ("h", "household_id", "attendance"),
        ("h", "household_id", "householdreach"),
    ):
        joined = (
            f"{_FIRST}JOIN attendance_{table} a ON a.{column} = r.subject_id "
            f"WHERE r.subject_kind = '{kind}' AND %s"
        )
        asked.append((joined, "a.session_id", moved))
    stored: Stored = {}
    recorded = []
    for row in _ask(asked):
        if row[0] == "m":
            recorded.append(row[1:])
            continue
        kind, session, subject, pk, _true, skill, windows, _none, *first = row[:12]
        sex, age_band, home, hamlet = first
        stored[kind, subject, skill, session] = (
            pk,
            First(
                str(row[12]),
                hamlet,
                home,
                row[14],
                sex,
                age_band,
                tuple(windows.split("/")),
            ),
        )
    return _marks(recorded, headers), stored


def read_history(
    people: Collection[int], homes: Collection[int], known: Mapping[int, Header]
) -> dict[MarkKey, Mark]:
    """Everything that was ever recorded of these people and households."""
    rows = _ask(
        [
            (f"{_MARK}%s", "a.person_id", people),
            (f"{_MARK}%s", "a.household_id", homes),
            (f"{_PROXY}%s", "a.household_id", homes),
        ]
    )
    return _marks([row[1:] for row in rows], known)


def _ask(asked: Sequence[tuple[str, str, Collection[int]]]) -> list[tuple]:
    """One statement over all questions that have keys to ask for."""
    parts, params = [], []
    for select, column, keys in asked:
        if keys:
            where, param = sql.among(column, keys)
            parts.append(select.replace("%s", where, 1))
            params.append(param)
    return sql.fetch(" UNION ALL ".join(parts), params) if parts else []


def _marks(
    rows: Sequence[Sequence[Any]], known: Mapping[int, Header]
) -> dict[MarkKey, Mark]:
    marks: dict[MarkKey, Mark] = {}
    others: dict[int, Header | None] = {}
    for row in rows:
        session, person, household = row[:3]
        key = (session, person, 0 if person else household)
        if key in marks:
            continue
        header = known.get(session)
        if header is None:
            if session not in others:
                others[session] = _header_of_row(row[11:])
            header = others[session]
        if header is not None:
            observed = row[6]
            marks[key] = Mark(
                *row[:6],
                {} if observed == "{}" else json.loads(observed),
                *row[7:11],
                header,
            )
    return marks


def _header_of_row(row: Sequence[Any]) -> Header | None:
    day, host, kind, counts, skills = row
    if day is None:
        return None
    return Header(str(day), host, kind, bool(counts), tuple(json.loads(skills)))
