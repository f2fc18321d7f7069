"""Draws the training sessions of the story, and what happened at each."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Iterable, Iterator

from lms.demo import names
from lms.demo.story import Commune, Hamlet, Mark, Redrawing, Session, Team

LESSONS = (1, 2, 3, 4, 5, 6)
KINDS = (("class", 62), ("house_visits", 20), ("support_point", 11), ("online", 7))
REFERRALS = ("chuyen-cong-an", "chuyen-ngan-hang", "chuyen-nha-mang")
BLOCKERS = (
    ("may-cu-nfc", 6), ("khuon-mat-van-tay", 5), ("sim", 4), ("quen-mat-khau", 4),
    ("mang", 3), ("the-het-han", 2), ("khong-co-dien-thoai", 2), ("may-khac", 1),
    ("chua-muon-lam", 1), ("khac", 1),
)  # fmt: skip
# How the first, second and later sessions of a person end: alone, helped, not yet,
# referred, nobody wrote it down.
ENDINGS = ((22, 36, 22, 8, 12), (42, 32, 12, 6, 8), (60, 24, 6, 4, 6))
OUTCOMES = ("alone", "helped", "not_yet", "referred", "")


class _Village:
    """What is remembered of one hamlet while its sessions are drawn."""

    def __init__(self, hamlet: Hamlet) -> None:
        self.residents = list(hamlet.residents)
        self.households = [home.key for home in hamlet.households]
        self.times: dict[str, int] = {}


def draw_sessions(
    communes: Iterable[Commune],
    redrawings: Iterable[Redrawing],
    *,
    today: dt.date,
    draw: random.Random,
    awaited: dict[str, int],
) -> tuple[Session, ...]:
    """All sessions by date. `awaited` residents come to that session of their hamlet
    (counted from 0) whatever the dice say."""
    redrawings = list(redrawings)
    sessions: list[Session] = []
    for commune in communes:
        villages = {hamlet.key: _Village(hamlet) for hamlet in commune.hamlets}
        for team in commune.teams:
            sessions += _of_team(
                commune, team, villages, redrawings, today, draw, awaited
            )
    sessions.sort(key=lambda session: (session.date, session.key))
    pilots = tuple(commune.code for commune in communes if commune.phase == "dot-1")
    return tuple(_with_trouble(sessions, today, pilots, draw))


def standing(hamlet: str, date: dt.date, redrawings: Iterable[Redrawing]) -> list[str]:
    """The hamlets that stand on a hamlet's ground on that day."""
    for change in redrawings:
        if hamlet in change.before and change.date <= date:
            return [key for key, _ in change.after]
    return [hamlet]


def _of_team(
    commune, team: Team, villages, redrawings, today, draw, awaited
) -> Iterator[Session]:
    date = commune.joins_on + dt.timedelta(days=draw.randint(3, 12))
    number = 0
    while date <= today + dt.timedelta(days=16):
        home = team.hamlets[number % len(team.hamlets)]
        village = villages[home]
        host = draw.choice(standing(home, date, redrawings))
        kind = draw.choices(*zip(*KINDS, strict=True))[0] if number else "class"
        if number == 1 and draw.random() < 0.2:
            kind = "rehearsal"
        ahead = date > today or (date == today and draw.random() < 0.5)
        lessons = tuple(sorted(draw.sample(LESSONS, draw.choices((1, 2), (3, 2))[0])))
        base = Session(
            key=f"{team.key}-{number:02d}",
            hamlet=host,
            team=team.key,
            date=date,
            starts_at=dt.time(*draw.choice(((8, 0), (14, 0), (18, 30), (19, 0)))),
            kind=kind,
            venue=names.BOAT if kind == "house_visits" else draw.choice(names.VENUES),
            lessons=lessons,
            ending="planned" if ahead else "closed",
        )
        yield base if ahead else _held(base, village, number, draw, awaited)
        number += 1
        date += dt.timedelta(days=draw.choices((7, 10, 13, 17), (3, 4, 3, 1))[0])


def _held(session: Session, village: _Village, number, draw, awaited) -> Session:
    """The session with the people who came, drawn among those who live there."""
    few, many = (4, 9) if session.kind in ("house_visits", "support_point") else (9, 24)
    wanted = min(draw.randint(few, many), len(village.residents))
    known = [r for r in village.residents if r.key in village.times]
    fresh = [
        r
        for r in village.residents
        if r.key not in village.times and r.key not in awaited
    ]
    if session.kind == "rehearsal":
        # A rehearsal counts nowhere, and nobody's name is written down for it.
        marks = tuple(
            _mark(r.key, village, draw) for r in draw.sample(known, min(4, len(known)))
        )
        return dataclasses.replace(session, marks=marks, head_count=len(marks) + 2)
    coming = draw.sample(known, min(len(known), wanted * 55 // 100))
    coming += draw.sample(fresh, min(len(fresh), wanted - len(coming)))
    coming += [
        r
        for r in village.residents
        if awaited.get(r.key) == number and r.key not in village.times
    ]
    marks = [_mark(resident.key, village, draw) for resident in coming]
    here = {mark.resident for mark in marks}
    away = [r for r in known if r.key not in here]
    marks += [
        Mark(resident=r.key, new=False, present=False)
        for r in draw.sample(away, min(len(away), draw.randint(0, 3)))
    ]
    for resident in coming:
        village.times[resident.key] = village.times.get(resident.key, 0) + 1
    named = sum(mark.present for mark in marks)
    proxies = ()
    if village.households and session.kind == "class" and draw.random() < 0.18:
        proxies = (draw.choice(village.households),)
    head_count: int | None = named + len(proxies)
    if session.kind in ("class", "online"):
        head_count += draw.choices((0, 1, 2, 4, 7), (5, 3, 3, 2, 1))[0]
    elif draw.random() < 0.3:
        head_count = None
    return dataclasses.replace(
        session, marks=tuple(marks), head_count=head_count, proxies=proxies
    )


def _mark(resident: str, village: _Village, draw) -> Mark:
    before = village.times.get(resident, 0)
    outcome = draw.choices(OUTCOMES, ENDINGS[min(before, 2)])[0]
    blocker = ""
    if outcome == "referred":
        blocker = draw.choices(REFERRALS, (6, 3, 2))[0]
    elif outcome == "not_yet" and draw.random() < 0.85:
        blocker = draw.choices(*zip(*BLOCKERS, strict=True))[0]
    return Mark(resident=resident, new=before == 0, outcome=outcome, blocker=blocker)


def _with_trouble(
    sessions: list[Session],
    today: dt.date,
    pilots: tuple[str, ...],
    draw: random.Random,
) -> Iterator[Session]:
    """What goes wrong in real life: registers that never came, one session cancelled,
    one still open, one dispute, one entry out of its author's rights, one head count
    smaller than the names."""
    past = [s for s in sessions if s.ending == "closed" and s.kind != "rehearsal"]
    recent = [s for s in past if (today - s.date).days <= 21]
    # Nobody may be met for the first time where no register came.
    quiet = [s for s in recent if not any(mark.new for mark in s.marks)]
    missing = {s.key for s in draw.sample(quiet, min(6, len(quiet)))}
    here = [s for s in past if s.key not in missing]
    opened = max(here, key=lambda s: s.date).key
    full = [
        s for s in here if s.kind == "class" and len(s.marks) > 8 and s.key != opened
    ]
    # The other phone of the dispute, and the lost phone, are those of a pilot's team.
    full = [s for s in full if s.head_count and s.team.startswith(pilots)]
    disputed, short, held = (s.key for s in draw.sample(full, 3))
    planned = [s for s in sessions if s.ending == "planned" and s.date > today]
    cancelled = planned[0].key if planned else ""
    for session in sessions:
        changes: dict = {}
        if session.key in missing:
            changes = {
                "ending": "missing",
                "marks": (),
                "head_count": None,
                "proxies": (),
            }
        elif session.key == cancelled:
            changes = {"ending": "cancelled"}
        elif session.key == opened:
            changes = {"ending": "open"}
        if session.key == disputed:
            changes["marks"] = _dispute(session.marks)
        if session.key == short:
            named = sum(mark.present for mark in session.marks)
            # Such a register cannot be closed until somebody mends the total.
            changes |= {"head_count": named - 2, "ending": "open"}
        if session.key == held:
            changes["held"] = True
        yield dataclasses.replace(session, **changes) if changes else session


def _dispute(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    first = next(i for i, mark in enumerate(marks) if mark.present)
    one = dataclasses.replace(marks[first], outcome="alone", blocker="", disputed=True)
    return (*marks[:first], one, *marks[first + 1 :])
