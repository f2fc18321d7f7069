"""The ground of the demonstration: phases, hamlets, bases, households, teams."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from home.models import ContactSettings
from lms.demo.people import OFFICERS, Doorkeeper
from lms.demo.story import Commune, Redrawing, Story
from people.actions import add_household
from people.models import Household, Person, User
from pilot_communes.actions import (
    Part,
    add_hamlets,
    add_support_point,
    create_team,
    declare_bases,
    join_phase,
    merge_units,
    set_target,
    split_unit,
    unknown_leaf,
)
from pilot_communes.models import Phase, PopulationFigure, Team, Unit
from pilot_communes.plans import read_hamlets
from pilot_communes.querysets import today

SAMPLE = "dữ liệu mẫu"


class Places:
    """What has been put on the map so far, by the keys of the plan."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self.doorkeeper = doorkeeper
        self.communes = {u.code: u for u in Unit.objects.communes().valid_on()}
        self.province = Unit.objects.provinces().valid_on().get(code="96")
        self.hamlets: dict[str, Unit] = {}
        self.households: dict[str, Household] = {}
        self.teams: dict[str, Team] = {}
        self.members: dict[str, Person] = {}
        self.logins: dict[str, User] = {}
        self.coordinators: dict[str, User] = {}

    def again(self, user: User) -> User:
        """The login as it is now: what it reaches changes with the map and the day."""
        return User.objects.select_related("person").get(pk=user.pk)

    def coordinator(self, code: str) -> User:
        return self.again(self.coordinators[code])

    def appoint(self, story: Story) -> None:
        """Officers of the province, and one coordinator in each commune of the story."""
        _name_the_office()
        units = {"96": self.province, **self.communes}
        for login in OFFICERS:
            user = self.doorkeeper.officer(login, units[login.unit])
            if login.unit in self.communes:
                self.coordinators[login.unit] = user
            else:
                self.logins[login.username] = user
        for number, commune in enumerate(story.communes, 1):
            if commune.code not in self.coordinators:
                unit = self.communes[commune.code]
                self.coordinators[commune.code] = self.doorkeeper.coordinator(
                    unit, number
                )

    def plan_phases(self, story: Story) -> None:
        """Every commune of the story joins its phase; the first has a target."""
        province = self.again(self.logins["tinh"])
        phases = {phase.code: phase for phase in Phase.objects.all()}
        for commune in story.communes:
            join_phase(
                self.communes[commune.code],
                user=province,
                phase=phases[commune.phase],
                joined_on=commune.joins_on,
                decision=f"Kế hoạch {SAMPLE}",
            )
        set_target(
            user=province,
            phase=phases["dot-1"],
            indicator="I06",
            due_on=dt.date(story.today.year, 12, 31),
            value=Decimal(90),
            source=SAMPLE,
        )

    def settle(self, commune: Commune) -> None:
        """A commune's afternoon: hamlets, bases, households, teams and their people."""
        unit = self.communes[commune.code]
        officer = self.coordinator(commune.code)
        with transaction.atomic():
            unknown_leaf(unit)
            if not commune.hamlets:
                return
            self._add_hamlets(commune, unit, officer)
            officer = self.coordinator(commune.code)
            self._declare(commune, unit, officer)
            if commune.has_support_point:
                add_support_point(
                    unit,
                    user=officer,
                    name=f"Điểm hỗ trợ {unit.full_name}",
                    valid_from=today(),
                    address="Trung tâm Phục vụ hành chính công",
                    hours="Thứ Hai đến thứ Sáu, 7:30 đến 16:30",
                    phone="0900 000 000",
                    has_device=True,
                    has_network=True,
                )
        with transaction.atomic():
            self._add_households(commune, officer)
        with transaction.atomic():
            self._add_teams(commune, unit, officer)

    def _add_hamlets(self, commune: Commune, unit: Unit, officer: User) -> None:
        lines = "\n".join(hamlet.name for hamlet in commune.hamlets)
        add_hamlets(
            unit,
            read_hamlets(lines, unit),
            user=officer,
            # The invented hamlets stand since the communes do.
            valid_from=unit.valid_from,
            decree=f"Danh sách ấp, khóm ({SAMPLE})",
        )
        found = {u.name: u for u in Unit.objects.hamlets().under(unit)}
        for hamlet in commune.hamlets:
            self.hamlets[hamlet.key] = found[hamlet.name]

    def _declare(self, commune: Commune, unit: Unit, officer: User) -> None:
        group = PopulationFigure.Group.HOUSEHOLDS
        figures = [
            (self.hamlets[hamlet.key], group, hamlet.base)
            for hamlet in commune.hamlets
            if hamlet.base is not None
        ]
        if commune.base is not None:
            figures.append((unit, group, commune.base))
        elif figures:
            figures.append((unit, group, sum(value for _u, _g, value in figures)))
        if figures:
            declare_bases(
                unit,
                user=officer,
                figures=figures,
                date=today(),
                source=f"UBND {unit.full_name} kê khai ({SAMPLE})",
            )

    def _add_households(self, commune: Commune, officer: User) -> None:
        for hamlet in commune.hamlets:
            for home in hamlet.households:
                self.households[home.key] = add_household(
                    user=officer,
                    hamlet=self.hamlets[hamlet.key],
                    head_name=home.head,
                    usual_name=home.usual_name,
                    route=home.route,
                    order=home.order,
                )

    def _add_teams(self, commune: Commune, unit: Unit, officer: User) -> None:
        for plan in commune.teams:
            team = create_team(
                unit,
                user=officer,
                name=plan.name,
                hamlets=[self.hamlets[key] for key in plan.hamlets],
                valid_from=commune.joins_on,
                decision=plan.decision,
                decision_on=commune.joins_on,
            )
            self.teams[plan.key] = team
            for member in plan.members:
                person = self.doorkeeper.member(
                    member, team, officer=officer, since=commune.joins_on
                )
                self.members[member.key] = person
                # Leaders and deputies sign in; of the members only one does.
                if plan.invited == "in" and (
                    member.position != "member" or member.key.endswith("-2")
                ):
                    self.logins[member.key] = self.doorkeeper.let_in(
                        member, person, officer=officer
                    )

    def redraw(self, change: Redrawing) -> None:
        """Carry out a decree: the commune's coordinator draws the new hamlets."""
        officer = self.coordinator(change.commune)
        old = [self.hamlets[key] for key in change.before]
        when = {"effective_on": change.date, "decree": change.decree}
        if change.kind == "merge":
            merge_units(old, user=officer, name=change.after[0][1], **when)
        else:
            parts = [
                Part(name=name, takes={old[0].pk: 1}) for _key, name in change.after
            ]
            split_unit(old[0], user=officer, parts=parts, **when)
        commune = self.communes[change.commune]
        found = {u.name: u for u in Unit.objects.hamlets().under(commune, change.date)}
        for key, name in change.after:
            self.hamlets[key] = found[name]


def _name_the_office() -> None:
    """Who answers for the site, at the foot of every resident's page."""
    office = ContactSettings.current()
    if office.phone:
        return
    office.organisation = f"Cơ quan phụ trách ({SAMPLE})"
    office.phone = "0900 000 000"
    office.save()
