"""Who stood on which rung of the ladder for the first time, and when.

Pure functions over the events of one subject: no database, no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from reports.models import ALL
from reports.sums import DayKey, reach_measure

RUNGS = ("attended", "helped", "alone", "kept")
SUBJECTS = {"p": "people", "h": "households"}
# "Still does it": this many days after having done it, both ends included.
KEPT_FROM, KEPT_TO = 30, 60


class Header(NamedTuple):
    """What a session says of everybody who was there."""

    day: str
    host: int
    kind: str
    counts: bool
    skills: tuple[str, ...]


class Event(NamedTuple):
    """A person present at a session, or a household reached there."""

    day: str
    session: int
    order: int
    outcome: str
    observed: dict[str, str]
    taught: tuple[str, ...]
    hamlet: int
    home: str
    kind: str
    sex: str
    age_band: str


class First(NamedTuple):
    """The stored part of a `FirstReach`, beside its key."""

    day: str
    hamlet: int
    home: str
    kind: str
    sex: str
    age_band: str
    windows: tuple[str, str, str, str]


HEIGHT = {"alone": 2, "helped": 1}
_IN_ORDER = attrgetter("day", "session", "order")


def widest_window(day: str, before: str | None) -> str:
    """The widest window in which `day` is first, if `before` was the latest day so far."""
    if before is None:
        return "e"
    if day[:4] != before[:4]:
        return "y"
    if (int(day[5:7]) - 1) // 3 != (int(before[5:7]) - 1) // 3:
        return "q"
    return "m" if day[5:7] != before[5:7] else ""


def firsts(
    events: Iterable[Event], latest: Mapping[tuple[str, str], str] | None = None
) -> dict[tuple[str, int], First]:
    """The first reaches of one subject by (skill, session).

    `latest` holds the last day before these events on which the subject stood, by
    (skill, rung); nothing else of the past is known, so nobody "still does it" by it.
    """
    latest = dict(latest or {})
    able: dict[str, list[int]] = {}
    found: dict[tuple[str, int], First] = {}
    for event in sorted(events, key=_IN_ORDER):
        heights = heights_of(event)
        best = max(HEIGHT.get(event.outcome, 0), *heights.values(), 0)
        kept: set[str] = set()
        if best:
            day = dt.date.fromisoformat(event.day).toordinal()
            # Whoever was taught no named skill is compared with such sessions only.
            kept = {
                skill
                for skill, height in (heights or {"": best}).items()
                if height and _keeps(able.setdefault(skill, []), day, height)
            }
        for skill, height in [("", best), *heights.items()]:
            stands = (
                True,
                height >= 1,
                height == 2,
                bool(kept) if not skill else skill in kept,
            )
            windows = ["", "", "", ""]
            for i, rung in enumerate(RUNGS):
                if stands[i]:
                    windows[i] = widest_window(event.day, latest.get((skill, rung)))
                    latest[skill, rung] = event.day
            if any(windows):
                found[skill, event.session] = First(
                    event.day,
                    event.hamlet,
                    event.home,
                    event.kind,
                    event.sex,
                    event.age_band,
                    (windows[0], windows[1], windows[2], windows[3]),
                )
    return found


def heights_of(event: Event) -> dict[str, int]:
    """How high the subject stood, for each skill taught or observed at the session.

    What was observed of a skill counts for it; else the outcome of the session does.
    """
    general = HEIGHT.get(event.outcome, 0)
    heights = dict.fromkeys(event.taught, general)
    for skill, outcome in event.observed.items():
        heights[skill] = HEIGHT.get(outcome, 0)
    return heights


def _keeps(days: list[int], day: int, height: int) -> bool:
    """Note that the subject could do it on that day; say whether it still could."""
    kept = height == HEIGHT["alone"] and any(
        KEPT_FROM <= day - before <= KEPT_TO for before in days
    )
    days.append(day)
    return kept


def sums_of(subject_kind: str, skill: str, first: First) -> list[tuple[DayKey, int]]:
    """What one first reach adds to the day sums: one row for each rung."""
    sex, age_band = (first.sex, first.age_band)
    if skill or subject_kind == "h":
        sex = age_band = ALL
    subject = SUBJECTS[subject_kind]
    return [
        (
            (
                first.hamlet,
                first.day,
                reach_measure(subject, first.home, rung, window),
                sex,
                age_band,
                skill,
                first.kind,
            ),
            1,
        )
        for rung, window in zip(RUNGS, first.windows, strict=True)
        if window
    ]
