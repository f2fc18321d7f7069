"""Which ground a login answers for, always on today's map."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from people.roles import MAY, TEAM_LEADER, TEAM_MEMBER
from pilot_communes.ground import ground_from, ground_under
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from people.models import User


@dataclasses.dataclass(frozen=True)
class Grant:
    """One hat: a role or team position with the units and team it reaches.

    The units are looked up on today's map when somebody asks for them: the CMS asks only
    what the role may do.
    """

    role: str
    unit_id: int
    _units: Callable[[], frozenset[int]]
    team_id: int | None = None

    @property
    def unit_ids(self) -> frozenset[int]:
        return self._units()

    @property
    def permissions(self) -> frozenset[str]:
        return MAY[self.role]


@dataclasses.dataclass(frozen=True)
class Reach:
    """What a login reaches today.

    `unit_ids` are the units answered for, with the past units whose ground they took
    over; `visible_unit_ids` adds the parents needed to name them.
    """

    grants: tuple[Grant, ...] = ()
    everything: bool = False
    _parents: Callable[[], frozenset[int]] = frozenset

    @property
    def visible_unit_ids(self) -> frozenset[int]:
        return self.unit_ids | self._parents()

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset().union(*(grant.unit_ids for grant in self.grants))

    @property
    def team_ids(self) -> frozenset[int]:
        return frozenset(g.team_id for g in self.grants if g.team_id is not None)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(grant.permissions for grant in self.grants))

    def units_with(self, permission: str) -> frozenset[int]:
        """Units in which this login may do that."""
        return frozenset().union(
            *(g.unit_ids for g in self.grants if permission in g.permissions)
        )

    def may(self, permission: str, *, unit_id: int | None = None) -> bool:
        """May this login do that, there (or anywhere, without a unit)?"""
        if self.everything:
            return True
        if unit_id is None:
            return permission in self.permissions
        return any(
            permission in g.permissions and unit_id in g.unit_ids for g in self.grants
        )

    @classmethod
    def of(cls, user: User, date: dt.date | None = None) -> Reach:
        """Read the dated roles and memberships of a login.

        Three to six queries, and up to five more for each part of a merged commune.
        """
        from people.models import RoleAssignment, TeamMembership  # noqa: PLC0415 -- cycle

        if not user.is_active:
            return cls()
        date = date or today()
        assigned = list(
            RoleAssignment.objects.valid_on(date)
            .filter(user=user)
            .select_related("within")
            .order_by("pk")
        )
        memberships = []
        if user.person_id:
            memberships = list(
                TeamMembership.objects.valid_on(date)
                .filter(person_id=user.person_id, team__valid_from__lte=date)
                .exclude(team__valid_to__lte=date)
                .select_related("team")
                .order_by("pk")
            )
        if not assigned and not memberships:
            return cls(everything=user.is_superuser)
        served: dict[int, set[int]] = {}
        if memberships:
            from pilot_communes.models import TeamHamlet  # noqa: PLC0415 -- cycle

            rows = TeamHamlet.objects.valid_on(date).filter(
                team_id__in=[m.team_id for m in memberships]
            )
            for team_id, hamlet_id in rows.values_list("team_id", "hamlet_id"):
                served.setdefault(team_id, set()).add(hamlet_id)
        roots = {a.unit_id for a in assigned} | {h for s in served.values() for h in s}
        ground = functools.cache(lambda: ground_under(roots, date))

        def of_role(assigned: RoleAssignment) -> frozenset[int]:
            units = ground().units[assigned.unit_id]
            if assigned.within is None:
                return units
            return (units & ground_from(assigned.within, date)) | {assigned.unit_id}

        def of_hamlets(hamlets: frozenset[int]) -> frozenset[int]:
            return frozenset().union(*(ground().units[pk] for pk in hamlets))

        grants = [
            Grant(a.role, a.unit_id, functools.cache(functools.partial(of_role, a)))
            for a in assigned
        ]
        for membership in memberships:
            leads = membership.position in ("leader", "deputy")
            hamlets = frozenset(served.get(membership.team_id, ()))
            grants.append(
                Grant(
                    TEAM_LEADER if leads else TEAM_MEMBER,
                    membership.team.commune_id,
                    functools.cache(functools.partial(of_hamlets, hamlets)),
                    team_id=membership.team_id,
                )
            )
        return cls(
            grants=tuple(grants),
            everything=user.is_superuser,
            _parents=lambda: ground().parents,
        )
