"""Counts what a fold changed, inside the fold transaction.

`attendance` has locked the sessions and the persons and saved their rows. Here the
households are locked, first reaches are computed anew for the subjects touched, what
each session puts into the sums is compared with what it had put in before, and the
differences are added to the sums. At most nine statements, whatever the size of a class.

Two places: buổi, lượt, head counts, outcomes and blockers stand at the host hamlet;
people and households at their home hamlet on that day.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from attendance import sql
from attendance.models import TrainingSession
from reports import adjustments, ladder, sums
from reports.ladder import First, Header
from reports.marks import (
    Before,
    FirstKey,
    Line,
    Mark,
    Stored,
    read_before,
    read_fold,
)
from reports.models import ALL, Adjustment
from reports.reaching import firsts_after, subjects_of
from reports.sums import DayKey, Deltas

FIRSTS = sql.Table(
    "reports_firstreach",
    subject_kind="text",
    subject_id="int",
    skill="text",
    session_id="int",
    day="date",
    hamlet_id="int",
    home="text",
    kind="text",
    sex="text",
    age_band="text",
    attended="text",
    helped="text",
    alone="text",
    kept="text",
)
FIGURES = sql.Table(
    "reports_sessionfigures",
    session_id="int",
    host_id="int",
    day="date",
    kind="text",
    counts="bool",
    lessons="json",
    skills="json",
    contribution="json",
    state_version="int",
)
REPLACE_FIRST = (
    "(subject_kind, subject_id, skill, session_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in list(FIRSTS.columns)[4:])
)
REPLACE = "(session_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in list(FIGURES.columns)[1:]
)


def count_fold(
    *,
    sessions: Sequence[TrainingSession],
    person_ids: Collection[int],
    household_ids: Collection[int],
    cause: str = "",
) -> None:
    """Bring first reaches and sums in line with the new state of these sessions.

    Runs in the caller's transaction, which holds the locks of sessions and persons.
    `cause` says why, for reports already sent; by default a late register or a
    correction, told apart by whether the session had counted before.
    """
    if not sessions:
        return
    people, homes = set(person_ids), set(household_ids)
    before, reported = read_before(sessions, homes)
    headers = {s.pk: _header(s, before[s.pk]) for s in sessions}
    # Not what was recorded but the session itself changed: all who came are touched.
    moved = {
        pk
        for pk, header in headers.items()
        if header != before[pk].header and (header.counts or before[pk].counted)
    }
    marks, stored = read_fold(headers, people, homes, moved)
    for mark in marks.values():
        if mark.session in moved:
            people.update({mark.person} - {0})
            homes.update({mark.household} - {None})
    unnamed = {key[:2] for key in stored} - subjects_of(people, homes)
    if unnamed:
        # Somebody was taken away without being named: read what else is kept of them.
        more = {kind: {pk for k, pk in unnamed if k == kind} for kind in "ph"}
        stored |= read_fold({}, more["p"], more["h"], ())[1]
        people |= more["p"]
        homes |= more["h"]
    changed = {pk for pk in moved if before[pk].header is not None}
    wanted = firsts_after(headers, changed, marks, stored, people, homes)
    deltas: Deltas = {}
    _write_firsts(wanted, stored, deltas)
    _write_sessions(sessions, before, headers, marks.values(), deltas)
    deltas = {key: value for key, value in deltas.items() if value}
    sums.add(deltas)
    if reported and deltas:
        late = any(not before[s.pk].counted for s in sessions)
        adjustments.note(
            {key[0] for key in deltas},
            {key[1] for key in deltas},
            cause=cause
            or (Adjustment.Cause.LATE if late else Adjustment.Cause.CORRECTION),
            session_id=sessions[0].pk if len(sessions) == 1 else None,
        )


def _header(session: TrainingSession, old: Before) -> Header:
    if old.header is not None and old.lessons == sorted(old.taught_now):
        skills = old.header.skills
    else:
        skills = tuple(sorted({s for codes in old.taught_now.values() for s in codes}))
    return Header(
        session.date.isoformat(), session.host_id, session.kind, session.counts, skills
    )


def _write_firsts(
    wanted: Mapping[FirstKey, First],
    stored: Stored,
    deltas: Deltas,
) -> None:
    old = [
        (key, first) for key, (_pk, first) in stored.items() if wanted.get(key) != first
    ]
    gone = [pk for key, (pk, _first) in stored.items() if key not in wanted]
    new = sorted(
        (key, first)
        for key, first in wanted.items()
        if key not in stored or stored[key][1] != first
    )
    for key, first in old:
        sums.gather(deltas, ladder.sums_of(key[0], key[2], first), -1)
    for key, first in new:
        sums.gather(deltas, ladder.sums_of(key[0], key[2], first))
    if gone:
        where, keys = sql.among("id", gone)
        sql.fetch(f"DELETE FROM reports_firstreach WHERE {where}", [keys])  # noqa: S608
    FIRSTS.insert(
        [(*key, *first[:6], *first.windows) for key, first in new],
        on_conflict=REPLACE_FIRST,
    )


def _write_sessions(
    sessions: Sequence[TrainingSession],
    before: Mapping[int, Before],
    headers: Mapping[int, Header],
    marks: Iterable[Mark],
    deltas: Deltas,
) -> None:
    present: dict[int, list[Mark]] = {s.pk: [] for s in sessions}
    for mark in marks:
        if mark.session in present and mark.person and mark.present:
            present[mark.session].append(mark)
    rows = []
    for session in sorted(sessions, key=lambda s: s.pk):
        old, header = before[session.pk], headers[session.pk]
        lines = session_lines(session, header, present[session.pk])
        if old.header is not None:
            sums.gather(deltas, keyed(old.header, old.lines), -1)
        sums.gather(deltas, keyed(header, lines))
        rows.append(
            (
                session.pk,
                header.host,
                header.day,
                header.kind,
                header.counts,
                json.dumps(sorted(old.taught_now)),
                json.dumps(header.skills),
                json.dumps(lines),
                session.state_version,
            )
        )
    FIGURES.insert(rows, on_conflict=REPLACE)


def keyed(header: Header, lines: Iterable[Line]) -> Iterable[tuple[DayKey, int]]:
    """The lines of a session as keys of day sums at its host hamlet."""
    for measure, sex, age_band, skill, value in lines:
        key = (header.host, header.day, measure, sex, age_band, skill, header.kind)
        yield key, value


def session_lines(
    session: TrainingSession, header: Header, present: Iterable[Mark]
) -> list[Line]:
    """What a session puts into the sums at its host hamlet, sorted."""
    if not header.counts:
        cancelled = session.status == session.Status.CANCELLED
        rehearsal = session.kind == session.Kind.REHEARSAL
        return [("cancelled", ALL, ALL, "", 1)] if cancelled and not rehearsal else []
    totals = (session.state or {}).get("totals", {})
    count: dict[tuple[str, str, str, str], int] = {("sessions", ALL, ALL, ""): 1}

    def add(measure: str, sex: str = ALL, age: str = ALL, skill: str = "") -> None:
        key = (measure, sex, age, skill)
        count[key] = count.get(key, 0) + 1

    named = 0
    for mark in present:
        named += 1
        add("named", mark.sex, mark.age_band)
        add(f"outcome/{mark.outcome or 'unrecorded'}", mark.sex, mark.age_band)
        if mark.blocker:
            add(f"blocker/{mark.blocker}")
        if mark.household is None:
            add("no_household")
        for skill in {*header.skills, *mark.observed}:
            outcome = mark.observed.get(skill, mark.outcome)
            add(f"outcome/{outcome or 'unrecorded'}", skill=skill)
    heads = totals.get("head_count")
    whole = {
        "visits": named if heads is None else max(heads, named),
        "nameless": 0 if heads is None else max(0, heads - named),
        "proxies": totals.get("proxies", 0),
        # No head count is not "nobody nameless": such sessions are counted apart.
        "uncounted": int(heads is None),
    }
    for measure, value in whole.items():
        if value:
            count[measure, ALL, ALL, ""] = value
    return sorted((*key, value) for key, value in count.items())
