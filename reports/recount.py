"""Counts everything again from the register, by the definitions and not by deltas.

Shares no arithmetic with `counting` and `ladder`: what those keep up step by step is
computed here from nothing, so that a mistake in either shows as a difference. Reads
attendance and the state of the sessions (which `verify_register` compares with the log).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Max, Min

from attendance.models import Attendance, HouseholdReach, SessionLesson, TrainingSession
from courses.models import LessonSkill
from reports.models import ALL, SessionFigures

# How many subjects are held in memory at once.
CHUNK = 20_000
# By definition: which span of time a day lies in, from the widest window to the narrowest.
WINDOWS: dict[str, Callable[[dt.date], tuple]] = {
    "e": lambda day: (),
    "y": lambda day: (day.year,),
    "q": lambda day: (day.year, (day.month + 2) // 3),
    "m": lambda day: (day.year, day.month),
}
RUNGS = ("attended", "helped", "alone", "kept")


class CountedSession(NamedTuple):
    """A session as `SessionFigures` should hold it."""

    session: int
    host: int
    day: dt.date
    kind: str
    counts: bool
    lessons: list[int]
    skills: list[str]
    contribution: list[list]
    state_version: int


class Happening(NamedTuple):
    """One subject at one counting session."""

    day: dt.date
    session: int
    order: int
    outcomes: dict[str, str]
    place: tuple[int, str, str]
    sex: str
    age_band: str


# (subject kind, subject id, skill, session) -> (day, hamlet, home, kind, sex, age, windows)
Firsts = dict[tuple[str, int, str, int], tuple]


class Recount:
    """One pass over the register; `days` is complete when both passes were read."""

    def __init__(self) -> None:
        self.days: Counter[tuple] = Counter()
        self._headers: dict[int, CountedSession] = {}
        self._taught = self._skills_taught()

    @staticmethod
    def _skills_taught() -> dict[int, tuple[list[int], list[str]]]:
        """Lessons and skills of each session: as stamped, unless the lessons changed."""
        lessons: dict[int, set[int]] = defaultdict(set)
        for session, lesson in SessionLesson.objects.values_list("session", "lesson"):
            lessons[session].add(lesson)
        teaches: dict[int, set[str]] = defaultdict(set)
        for lesson, code in LessonSkill.objects.values_list("lesson", "skill__code"):
            teaches[lesson].add(code)
        taught = {
            session: (
                sorted(ids),
                sorted(set().union(*(teaches[lesson] for lesson in ids))),
            )
            for session, ids in lessons.items()
        }
        for session, ids, skills in SessionFigures.objects.values_list(
            "session", "lessons", "skills"
        ):
            if sorted(lessons[session]) == ids:
                taught[session] = (ids, skills)
        return taught

    def sessions(self) -> Iterator[CountedSession]:
        """Every session that has been recorded, with its lines; adds to `days`."""
        marks = (
            Attendance.objects.filter(present=True)
            .order_by("session_id")
            .values_list(
                "session",
                "outcome",
                "blocker",
                "skills",
                "sex",
                "age_band",
                "household",
            )
            .iterator(chunk_size=5000)
        )
        of_session = groupby(marks, key=itemgetter(0))
        waiting = next(of_session, None)
        for session in TrainingSession.objects.order_by("pk").iterator(chunk_size=500):
            present: list[tuple] = []
            if waiting is not None and waiting[0] == session.pk:
                present = list(waiting[1])
                waiting = next(of_session, None)
            counted = self._session(session, present)
            self._headers[session.pk] = counted._replace(contribution=[])
            for measure, sex, age_band, skill, value in counted.contribution:
                key = (counted.host, counted.day, measure, sex, age_band, skill)
                self.days[*key, counted.kind] += value
            yield counted

    def _session(
        self, session: TrainingSession, present: list[tuple]
    ) -> CountedSession:
        lessons, skills = self._taught.get(session.pk, ([], []))
        is_real = session.kind != "rehearsal"
        counts = is_real and session.status in ("open", "closed")
        lines: Counter[tuple] = Counter()
        if counts:
            lines["sessions", ALL, ALL, ""] = 1
            for _pk, outcome, blocker, observed, sex, age_band, household in present:
                lines["named", sex, age_band, ""] += 1
                lines["outcome/" + (outcome or "unrecorded"), sex, age_band, ""] += 1
                if blocker:
                    lines["blocker/" + blocker, ALL, ALL, ""] += 1
                if household is None:
                    lines["no_household", ALL, ALL, ""] += 1
                for skill in set(skills) | set(observed):
                    did = observed.get(skill, outcome) or "unrecorded"
                    lines["outcome/" + did, ALL, ALL, skill] += 1
            totals = (session.state or {}).get("totals") or {}
            heads = totals.get("head_count")
            more = 0 if heads is None else max(heads - len(present), 0)
            lines["visits", ALL, ALL, ""] = len(present) + more
            lines["nameless", ALL, ALL, ""] = more
            lines["proxies", ALL, ALL, ""] = totals.get("proxies") or 0
            lines["uncounted", ALL, ALL, ""] = 1 if heads is None else 0
        elif is_real and session.status == "cancelled":
            lines["cancelled", ALL, ALL, ""] = 1
        return CountedSession(
            session.pk,
            session.host_id,
            session.date,
            session.kind,
            counts,
            lessons,
            skills,
            sorted([*key, value] for key, value in lines.items() if value),
            session.state_version,
        )

    def firsts(self) -> Iterator[tuple[str, range, Firsts]]:
        """First reaches by kind of subject and range of ids; after `sessions`."""
        for kind, column in (("p", "person_id"), ("h", "household_id")):
            spans = [
                model.objects.aggregate(low=Min(column), high=Max(column))
                for model in (
                    (Attendance,) if kind == "p" else (Attendance, HouseholdReach)
                )
            ]
            spans = [span for span in spans if span["low"] is not None]
            if not spans:
                continue
            low = min(span["low"] for span in spans)
            high = max(span["high"] for span in spans)
            for start in range(low, high + 1, CHUNK):
                span = range(start, min(start + CHUNK, high + 1))
                yield kind, span, self._firsts_of(kind, column, span)

    def _firsts_of(self, kind: str, column: str, span: range) -> Firsts:
        where = {f"{column}__gte": span.start, f"{column}__lt": span.stop}
        happenings: dict[int, list[Happening]] = defaultdict(list)
        rows = Attendance.objects.filter(present=True, **where).values_list(
            column,
            "session",
            "person",
            "outcome",
            "skills",
            "home",
            "home_hamlet",
            "sex",
            "age_band",
        )
        for subject, session, person, outcome, observed, home, hamlet, sex, age in rows:
            self._happen(
                happenings[subject],
                session,
                person,
                {"": outcome, **observed},
                home,
                hamlet,
                sex,
                age,
            )
        if kind == "h":
            for subject, session, hamlet in HouseholdReach.objects.filter(
                **where
            ).values_list(column, "session", "home_hamlet"):
                home = "unknown" if hamlet is None else "hamlet"
                self._happen(happenings[subject], session, 0, {"": ""}, home, hamlet)
        found: Firsts = {}
        for subject, its in happenings.items():
            for (skill, session), first in firsts_by_definition(its, kind).items():
                found[kind, subject, skill, session] = first
                self._add(kind, skill, first)
        return found

    def _happen(
        self,
        its: list[Happening],
        session: int,
        order: int,
        outcomes: dict[str, str],
        home: str,
        hamlet: int | None,
        sex: str = "",
        age_band: str = "",
    ) -> None:
        header = self._headers.get(session)
        if header is None or not header.counts:
            return
        place = (hamlet, "hamlet", header.kind)
        if home == "outside":
            place = (header.host, "outside", header.kind)
        elif home != "hamlet" or hamlet is None:
            place = (header.host, "unknown", header.kind)
        outcomes = {**dict.fromkeys(header.skills, outcomes[""]), **outcomes}
        its.append(
            Happening(header.day, session, order, outcomes, place, sex, age_band)
        )

    def _add(self, kind: str, skill: str, first: tuple) -> None:
        day, hamlet, home, session_kind, sex, age_band, windows = first
        if skill or kind == "h":
            sex = age_band = ALL
        name = {"p": "people", "h": "households"}[kind]
        if home != "hamlet":
            name += "_" + home
        for rung, window in zip(RUNGS, windows, strict=True):
            if window:
                measure = f"{name}/{rung}/{window}"
                self.days[hamlet, day, measure, sex, age_band, skill, session_kind] += 1


def firsts_by_definition(
    happenings: list[Happening], kind: str
) -> dict[tuple[str, int], tuple]:
    """For each skill and rung, the earliest happening of each span of time."""
    stood: dict[tuple[str, str], list[Happening]] = defaultdict(list)
    for now in happenings:
        for skill in now.outcomes:
            for rung in ("attended",) if kind == "h" else RUNGS:
                if stands(now, skill, rung, happenings):
                    stood[skill, rung].append(now)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for (skill, rung), its in stood.items():
        its.sort()
        for window, span_of in reversed(WINDOWS.items()):
            earliest: dict[tuple, Happening] = {}
            for now in its:
                earliest.setdefault(span_of(now.day), now)
            for now in earliest.values():
                row = found.setdefault((skill, now.session), {"at": now})
                row["at"] = min(row["at"], now)
                row[rung] = window
    return {
        key: (
            row["at"].day,
            *row["at"].place,
            row["at"].sex if kind == "p" else "",
            row["at"].age_band if kind == "p" else "",
            tuple(row.get(rung, "") for rung in RUNGS),
        )
        for key, row in found.items()
    }


def stands(now: Happening, skill: str, rung: str, happenings: list[Happening]) -> bool:
    """Did the subject stand on that rung of that skill at that happening?"""
    if rung == "attended":
        return True
    named = [code for code in now.outcomes if code]
    if rung == "kept":
        if skill == "" and named:
            return any(stands(now, code, rung, happenings) for code in named)
        return now.outcomes[skill] == "alone" and any(
            skill in then.outcomes
            and (skill != "" or len(then.outcomes) == 1)
            and then.outcomes[skill] in ("helped", "alone")
            and 30 <= (now.day - then.day).days <= 60
            for then in happenings
        )
    enough = ("alone",) if rung == "alone" else ("alone", "helped")
    if skill == "":
        return any(outcome in enough for outcome in now.outcomes.values())
    return now.outcomes[skill] in enough
