"""What people does when the map changes: roles go with the ground they answer for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from wagtail.log_actions import log

from people.models import RoleAssignment
from pilot_communes.ground import ground_from
from pilot_communes.models import MapChange, Succession, Unit
from pilot_communes.signals import map_changing


@receiver(map_changing, dispatch_uid="people.carry_roles")
def carry_roles(
    *,
    journal: Any,
    kind: str,
    effective_on: dt.date,
    before: Sequence[Unit],
    after: Sequence[Unit],
    **_kwargs: Any,
) -> None:
    """Roles held in units that end go on in those that take over, from that day on.

    Nobody who answered for the ground loses it, and nobody gains ground that he had not:
    where the new unit is more than what was answered for, the role reaches only
    `within` the old one. Whoever held the role in all that the new unit was made of
    holds it in the whole. Undoing the change of the map takes it all back.
    """
    if kind not in (MapChange.Kind.MERGE, MapChange.Kind.SPLIT):
        return
    ended = [unit.pk for unit in before]
    held = (
        RoleAssignment.objects.select_for_update(of=("self",))
        .filter(Q(valid_to=None) | Q(valid_to__gt=effective_on), unit__in=ended)
        .select_related("user", "unit", "within")
        .order_by("pk")
    )
    # Together: one login's same role over the same time.
    groups: dict[tuple, list[RoleAssignment]] = {}
    for row in held:
        begins = max(effective_on, row.valid_from)
        key = (row.user_id, row.role, begins, row.valid_to or dt.date.max)
        groups.setdefault(key, []).append(row)
    if not groups:
        return
    origins: dict[int, set[int]] = {unit.pk: set() for unit in after}
    for old, new in Succession.objects.filter(
        predecessor__in=ended, successor__in=list(origins), effective_on=effective_on
    ).values_list("predecessor_id", "successor_id"):
        origins[new].add(old)
    for (_user, role, begins, _ends), rows in groups.items():
        until = rows[0].valid_to
        for row in rows:
            journal.change(row, valid_to=begins)
        for unit in after:
            for within, row in _parts(rows, unit, origins[unit.pk], effective_on):
                journal.make(
                    RoleAssignment(
                        user=row.user,
                        role=role,
                        unit=unit,
                        within=within,
                        valid_from=begins,
                        valid_to=until,
                        given_by_id=row.given_by_id,
                        given_at=row.given_at,
                    )
                )
                log(
                    row.user,
                    "people.carry_role",
                    user=journal.user,
                    data={
                        "role": role,
                        "old": row.unit_id,
                        "new": unit.pk,
                        "within": within and within.pk,
                    },
                )
        rows[0].user.forget_reach()


def _parts(
    rows: Sequence[RoleAssignment], unit: Unit, origins: set[int], date: dt.date
) -> list[tuple[Unit | None, RoleAssignment]]:
    """Which part of the new unit these roles reach; one (None, …) for all of it."""
    whole = {row.unit_id for row in rows if row.within is None}
    if origins and origins <= whole:
        return [(None, rows[0])]
    parts: dict[int, tuple[Unit | None, RoleAssignment]] = {}
    for row in rows:
        if row.unit_id not in origins:
            continue
        part = row.within or row.unit
        if row.within is not None and not _stands_in(part, unit, date):
            continue
        parts.setdefault(part.pk, (part, row))
    return [parts[key] for key in sorted(parts)]


def _stands_in(part: Unit, unit: Unit, date: dt.date) -> bool:
    """Does anything of that former unit's ground stand in the new one?"""
    inside = Unit.objects.under(unit, date).named()
    return inside.filter(pk__in=ground_from(part, date)).exists()
