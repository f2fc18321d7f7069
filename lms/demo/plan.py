"""Draws the invented pilot from one seed: the same day gives the same story."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Iterator

from lms.demo import names
from lms.demo.sessions import draw_sessions
from lms.demo.story import (
    Commune,
    Hamlet,
    Household,
    Member,
    Redrawing,
    Resident,
    Story,
    Team,
)

SEED = 20261120
PILOT, SECOND, THIRD = "dot-1", "dot-2", "dot-3"
# Code, phase, hamlets, and which bases the commune declared: by hamlet ("hamlets"), one
# for the whole commune ("commune"), or none (""). The communes are real; the rest is not.
COMMUNES = (
    ("32248", PILOT, 9, "hamlets"),  # Đất Mũi
    ("32098", PILOT, 8, "hamlets"),  # Sông Đốc: two hamlets merge
    ("32128", PILOT, 8, "commune"),  # Cái Nước: one hamlet splits
    ("31972", PILOT, 6, ""),  # Gành Hào
    ("32041", PILOT, 6, "hamlets"),  # Hoà Thành
    ("32044", SECOND, 6, "commune"),  # Nguyễn Phích
    ("32065", SECOND, 5, ""),  # Thới Bình
    ("31843", SECOND, 5, ""),  # Hồng Dân
    ("31942", SECOND, 5, "commune"),  # Giá Rai
    ("32191", THIRD, 4, ""),  # Năm Căn: hamlets are typed in, nothing has begun
    ("31885", THIRD, 0, ""),  # Phong Hiệp
    ("32014", THIRD, 0, ""),  # Lý Văn Lâm
)
WARDS = frozenset({"32041", "31942", "32014"})
MERGING, SPLITTING = "32098", "32128"


def first_of_month(date: dt.date, back: int) -> dt.date:
    """The first day of the month that lies so many months back."""
    month = date.year * 12 + date.month - 1 - back
    return dt.date(month // 12, month % 12 + 1, 1)


def tell(
    today: dt.date, *, seed: int = SEED, cast: tuple[tuple, ...] = COMMUNES
) -> Story:
    """The whole story up to that day: two full months and the running one."""
    draw = random.Random(seed)  # noqa: S311 -- a story, not a secret
    invent = names.Names(draw)
    start = first_of_month(today, 2)
    free = list(names.HAMLET_NAMES)
    draw.shuffle(free)
    joined = {
        PILOT: start,
        SECOND: start + dt.timedelta(days=min(40, (today - start).days // 2)),
        THIRD: first_of_month(today, -1),
    }
    communes = tuple(
        _commune(code, phase, count, base, joined[phase], free, draw, invent)
        for code, phase, count, base in cast
    )
    redrawings = tuple(_redraw(communes, start, today, free))
    communes, twins = _with_twins(communes)
    forgotten = communes[0].hamlets[2].residents[2].key
    # The second record of a twin is made later than the first.
    awaited = {forgotten: 1} | {
        key: 2 * n for twin in twins for n, key in enumerate(twin)
    }
    sessions = draw_sessions(
        communes, redrawings, today=today, draw=draw, awaited=awaited
    )
    return Story(start, today, communes, sessions, redrawings, twins, forgotten)


def _commune(code, phase, count, base, joins_on, free, draw, invent) -> Commune:
    ward = code in WARDS
    hamlets = tuple(
        _hamlet(
            f"{code}-{number}",
            free.pop(),
            "khom" if ward else "ap",
            draw,
            invent,
            pilot=phase == PILOT,
            declared=base == "hamlets",
            listed=phase == PILOT and code != "31972",
        )
        for number in range(1, count + 1)
    )
    return Commune(
        code=code,
        phase=phase,
        joins_on=joins_on,
        hamlets=hamlets,
        teams=tuple(_teams(code, phase, hamlets, joins_on, draw, invent)),
        base=draw.randrange(5600, 9400) if base == "commune" else None,
        has_support_point=phase != THIRD and code != "31843",
    )


def _hamlet(key, name, kind, draw, invent, *, pilot, declared, listed) -> Hamlet:
    """A hamlet with the families that may come; only `listed` ones are on file before."""
    households: list[Household] = []
    residents: list[Resident] = []
    routes = draw.sample(names.ROUTES, 2)
    for order in range(draw.randint(15, 19) if pilot else draw.randint(11, 14)):
        surname = invent.surname()
        family = [invent.person(surname=surname, born=(1940, 1984))]
        family += [
            invent.person(surname=invent.surname())
            for _ in range(draw.choices((1, 2, 3), (4, 5, 2))[0])
        ]
        home = f"{key}-h{order}"
        head = family[0]
        households.append(
            Household(
                home, head.name, head.usual_name, routes[order % 2], order // 2 + 1
            )
        )
        phone = invent.phone() if draw.random() < 0.7 else ""
        for number, person in enumerate(family):
            residents.append(
                Resident(
                    key=f"{home}-{number}",
                    name=person.name,
                    sex=person.sex,
                    birth_year=person.birth_year,
                    usual_name=person.usual_name,
                    phone=phone if number < 2 else "",
                    household=home,
                )
            )
    return Hamlet(
        key=key,
        name=name,
        kind=kind,
        households=tuple(households) if listed else (),
        residents=tuple(residents),
        base=draw.randrange(150, 420) if declared else None,
    )


def _teams(code, phase, hamlets, joins_on, draw, invent) -> Iterator[Team]:
    """A team for each hamlet; the last two of a big commune share one, and in the
    planned phase nobody has been called yet."""
    if phase == THIRD:
        return
    keys = [(hamlet.key,) for hamlet in hamlets]
    if len(keys) > 7:
        keys[-2:] = [(hamlets[-2].key, hamlets[-1].key)]
    by_key = {hamlet.key: hamlet for hamlet in hamlets}
    for number, served in enumerate(keys, 1):
        first = by_key[served[0]]
        members = []
        for place in range(draw.randint(3, 5)):
            person = invent.person(born=(1962, 2001))
            members.append(
                Member(
                    key=f"{code}-t{number}-{place}",
                    name=person.name,
                    sex=person.sex,
                    birth_year=person.birth_year,
                    phone=invent.phone(),
                    position=("leader", "deputy")[place] if place < 2 else "member",
                    phone_public=place == 0 and draw.random() < 0.6,
                )
            )
        invited = "in"
        if phase == SECOND and number == len(keys):
            invited = "invited"
        yield Team(
            key=f"{code}-t{number}",
            name=f"Tổ công nghệ số {'khóm' if first.kind == 'khom' else 'ấp'} {first.name}",
            hamlets=served,
            members=tuple(members),
            decision=f"{draw.randint(20, 180)}/QĐ-UBND",
            invited=invited,
        )


def _redraw(communes, start, today, free) -> Iterator[Redrawing]:
    """One merger and one split, both in the middle of the story."""
    span = (today - start).days
    for commune in communes:
        if commune.code == MERGING:
            before = commune.hamlets[0].key, commune.hamlets[1].key
            yield Redrawing(
                kind="merge",
                commune=commune.code,
                date=start + dt.timedelta(days=span * 45 // 100),
                before=before,
                after=((f"{commune.code}-m1", free.pop()),),
                decree="Nghị quyết 07/NQ-HĐND (dữ liệu mẫu)",
            )
        if commune.code == SPLITTING:
            yield Redrawing(
                kind="split",
                commune=commune.code,
                date=start + dt.timedelta(days=span * 60 // 100),
                before=(commune.hamlets[0].key,),
                after=(
                    (f"{commune.code}-s1", f"{commune.hamlets[0].name} A"),
                    (f"{commune.code}-s2", f"{commune.hamlets[0].name} B"),
                ),
                decree="Nghị quyết 11/NQ-HĐND (dữ liệu mẫu)",
            )


def _with_twins(
    communes: tuple[Commune, ...],
) -> tuple[tuple[Commune, ...], tuple[tuple[str, str], ...]]:
    """Two people are written down twice: the same name, the second time without a year."""
    twins = []
    told = list(communes)
    for commune, hamlet, first, second in ((0, 0, 0, 3), (1, 3, 1, 4)):
        hamlets = list(told[commune].hamlets)
        residents = list(hamlets[hamlet].residents)
        one = residents[first]
        residents[second] = dataclasses.replace(
            one, key=residents[second].key, birth_year=None, phone="", usual_name=""
        )
        hamlets[hamlet] = dataclasses.replace(
            hamlets[hamlet], residents=tuple(residents)
        )
        told[commune] = dataclasses.replace(told[commune], hamlets=tuple(hamlets))
        twins.append((one.key, residents[second].key))
    return tuple(told), tuple(twins)
