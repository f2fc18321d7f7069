"""Small builders without surprises: what a test does not name has an obvious value."""

from __future__ import annotations

import datetime as dt
import itertools

from attendance.models import TrainingSession
from people.models import (
    Household,
    Person,
    Residence,
    RoleAssignment,
    TeamMembership,
    User,
)
from pilot_communes.models import Placement, Team, TeamHamlet, Unit

BEGAN = dt.date(2025, 7, 1)
PASSWORD = "Sen-trang-2026"
_serial = itertools.count(1)


def make_unit(
    name: str,
    level: str,
    *,
    parent: Unit | None = None,
    code: str | None = None,
    kind: str | None = None,
    valid_from: dt.date = BEGAN,
    **fields,
) -> Unit:
    """A unit in force since the map of 1 July 2025, placed under its parent."""
    kind = kind or {"province": "tinh", "commune": "xa", "hamlet": "ap"}[level]
    unit = Unit.objects.create(
        name=name,
        level=level,
        kind=kind,
        code=code or f"t{next(_serial):05d}",
        valid_from=valid_from,
        **fields,
    )
    if parent is not None:
        Placement.objects.create(unit=unit, parent=parent, valid_from=valid_from)
    return unit


def make_team(name: str, commune: Unit, *hamlets: Unit, since: dt.date = BEGAN) -> Team:
    """A team of a commune that serves these hamlets."""
    team = Team.objects.create(name=name, commune=commune, valid_from=since)
    for hamlet in hamlets:
        TeamHamlet.objects.create(team=team, hamlet=hamlet, valid_from=since)
    return team


def make_person(name: str, hamlet: Unit | None = None, **fields) -> Person:
    """A person, living in the hamlet since the map of July 2025 if one is given."""
    household = fields.pop("household", None)
    person = Person.objects.create(name=name, **fields)
    if hamlet is not None or household is not None:
        Residence.objects.create(
            person=person, hamlet=hamlet, household=household, valid_from=BEGAN
        )
    return person


def make_household(head_name: str, hamlet: Unit, **fields) -> Household:
    """A household standing in the hamlet."""
    household = Household.objects.create(head_name=head_name, **fields)
    Residence.objects.create(household=household, hamlet=hamlet, valid_from=BEGAN)
    return household


def make_user(username: str, person: Person | None = None, **fields) -> User:
    """A login with the password `PASSWORD`."""
    user = User(username=username, person=person, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def give_role(
    user: User, role: str, unit: Unit, since: dt.date = BEGAN
) -> RoleAssignment:
    return RoleAssignment.objects.create(
        user=user, role=role, unit=unit, valid_from=since
    )


def join_team(
    person: Person, team: Team, position: str = "member", since: dt.date = BEGAN
) -> TeamMembership:
    return TeamMembership.objects.create(
        team=team, person=person, position=position, valid_from=since
    )


def make_session(host: Unit, team: Team | None = None, **fields) -> TrainingSession:
    """A class today in the hamlet's culture house, planned."""
    fields.setdefault("date", dt.date(2026, 11, 20))
    fields.setdefault("venue", "Nhà văn hóa")
    return TrainingSession.objects.create(host=host, team=team, **fields)
