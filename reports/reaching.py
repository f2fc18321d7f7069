"""First reaches after a fold: most subjects need no look into their past.

Whoever is new, or was met last at this very session, or comes again after all that is
stored of them, is worked out from the stored first reaches alone: those know the months
in which the subject stood on each rung. Only a late register, somebody taken away, a
session that moved, or a rung that may be "still does it" asks for the whole history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from reports import ladder
from reports.ladder import KEPT_FROM, KEPT_TO, RUNGS, Event, First, Header
from reports.marks import FirstKey, Mark, MarkKey, Stored, read_history

# ("p" or "h", key)
Subject = tuple[str, int]
Rows = dict[tuple[str, int], First]
NOWHERE = ("",) * len(RUNGS)


def subjects_of(people: Collection[int], homes: Collection[int]) -> set[Subject]:
    return {("p", pk) for pk in people} | {("h", pk) for pk in homes}


def firsts_after(
    headers: Mapping[int, Header],
    changed: Collection[int],
    marks: Mapping[MarkKey, Mark],
    stored: Stored,
    people: Collection[int],
    homes: Collection[int],
) -> dict[FirstKey, First]:
    """The first reaches of these subjects as they should be stored now.

    `changed` are sessions that counted with another day, host, kind or skills before.
    """
    rows: dict[Subject, Rows] = {s: {} for s in subjects_of(people, homes)}
    for (kind, pk, skill, session), (_pk, first) in stored.items():
        rows[kind, pk][skill, session] = first
    events = events_of(marks.values(), people, homes)
    wanted: dict[FirstKey, First] = {}
    slow: set[Subject] = set()
    for subject, its in rows.items():
        found = None
        if len(headers) == 1 and not changed:
            ((session, header),) = headers.items()
            found = from_stored(session, header.day, events.get(subject, ()), its)
        if found is None:
            slow.add(subject)
        else:
            wanted |= {(*subject, *key): first for key, first in found.items()}
    if slow:
        people = {pk for kind, pk in slow if kind == "p"}
        homes = {pk for kind, pk in slow if kind == "h"}
        history = read_history(people, homes, headers)
        for subject, its in events_of(history.values(), people, homes).items():
            for key, first in ladder.firsts(its).items():
                wanted[*subject, *key] = first
    return wanted


def from_stored(
    session: int, day: str, events: Collection[Event], rows: Rows
) -> Rows | None:
    """What should stand of a subject after this session; None if only history knows."""
    here: list[tuple[tuple[str, int], First]] = []
    latest: dict[tuple[str, str], str] = {}
    for key, first in rows.items():
        if key[1] == session:
            here.append((key, first))
            continue
        if first.day > day or (first.day == day and key[1] > session):
            return None
        for rung, window in zip(RUNGS, first.windows, strict=True):
            if window and first.day > latest.get((key[0], rung), ""):
                latest[key[0], rung] = first.day
    # Only from the first to the last day of such a month can something be kept within
    # one month, and so without a trace in the months that are stored.
    if rows and day[8:] in ("01", "31"):
        return None
    if not events:
        return None if here else rows
    if latest and _may_be_kept(day, events, rows.values()):
        return None
    found = ladder.firsts(events, latest)
    for key, first in here:
        now = found[key].windows if key in found else NOWHERE
        for was, still in zip(first.windows, now, strict=True):
            if was and not still:
                return None
    return rows | found


def _may_be_kept(day: str, events: Iterable[Event], stored: Iterable[First]) -> bool:
    """Did the subject do it in a month that is 30 to 60 days ago?"""
    if not any(
        event.outcome == "alone" or "alone" in event.observed.values()
        for event in events
    ):
        return False
    on = dt.date.fromisoformat(day)
    months = {
        (on - dt.timedelta(days=days)).isoformat()[:7]
        for days in (KEPT_FROM, (KEPT_FROM + KEPT_TO) // 2, KEPT_TO)
    }
    return any(first.windows[1] and first.day[:7] in months for first in stored)


def events_of(
    marks: Iterable[Mark], people: Collection[int], homes: Collection[int]
) -> dict[Subject, list[Event]]:
    """What these people and households were present at, of all that was recorded."""
    events: dict[Subject, list[Event]] = {}
    for m in marks:
        header = m.header
        if not m.present or not header.counts:
            continue
        home, hamlet = m.home, m.home_hamlet
        if home != "hamlet" or hamlet is None:
            home = "outside" if home == "outside" else "unknown"
            hamlet = header.host
        place = (hamlet, home, header.kind)
        if m.person in people:
            events.setdefault(("p", m.person), []).append(
                Event(
                    header.day,
                    m.session,
                    0,
                    m.outcome,
                    m.observed,
                    header.skills,
                    *place,
                    m.sex,
                    m.age_band,
                )
            )
        if m.household in homes:
            # A household climbs no ladder: it was reached.
            observed = dict.fromkeys(m.observed, "")
            events.setdefault(("h", m.household), []).append(
                Event(
                    header.day,
                    m.session,
                    m.person,
                    "",
                    observed,
                    header.skills,
                    *place,
                    "",
                    "",
                )
            )
    return events
