"""What stands under a unit, with the past that it took over."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import F, Q

from pilot_communes.models import Placement, Succession, Unit


@dataclasses.dataclass(frozen=True)
class Ground:
    """For each root its units with their past, and the parents needed to name them."""

    units: dict[int, frozenset[int]]
    parents: frozenset[int]


def ground_under(roots: Iterable[int], date: dt.date) -> Ground:
    """Everything placed under each root on that day, with the past units it took over.

    Whoever answers for the ground on that day sees its whole history, and what is
    already decided for later. Three queries at most, however many the units.
    """
    roots = set(roots)
    if not roots:
        return Ground({}, frozenset())
    before: dict[int, set[int]] = {}
    for successor_id, predecessor_id in Succession.objects.filter(
        effective_on__lte=date
    ).values_list("successor_id", "predecessor_id"):
        before.setdefault(successor_id, set()).add(predecessor_id)
    past = _closure(roots, before)

    stands = (Q(valid_to=None) | Q(valid_to__gt=date)) & Q(valid_from__lte=date)
    begins_later = Q(valid_from__gt=date, valid_from=F("unit__valid_from"))
    of = Placement.objects.order_by()
    near = (
        Q(parent__in=past)
        | Q(parent__in=of.filter(parent__in=past).values("unit"))
        | Q(unit__in=roots)
        | Q(unit__in=of.filter(unit__in=roots).values("parent"))
    )
    children: dict[int, set[int]] = {}
    parent_of: dict[int, int] = {}
    for unit_id, parent_id, starts in (
        Placement.objects.filter(stands | begins_later)
        .filter(near)
        .values_list("unit_id", "parent_id", "valid_from")
    ):
        children.setdefault(parent_id, set()).add(unit_id)
        if starts <= date:
            parent_of[unit_id] = parent_id

    found = {root: _closure({root}, children, before) for root in roots}
    ended = set().union(*found.values()) & set().union(set(), *before.values())
    if ended:
        # Hamlets of a former commune that no unit followed.
        for unit_id, parent_id in Placement.objects.filter(
            parent__in=ended,
            unit__valid_to__lte=date,
            valid_to=F("unit__valid_to"),
            unit__successions=None,
        ).values_list("unit_id", "parent_id"):
            children.setdefault(parent_id, set()).add(unit_id)
        found = {root: _closure({root}, children, before) for root in roots}

    parents: set[int] = set()
    for root in roots:
        unit = root
        while unit in parent_of and parent_of[unit] not in parents:
            unit = parent_of[unit]
            parents.add(unit)
    return Ground(found, frozenset(parents))


def ground_from(unit: Unit, date: dt.date) -> frozenset[int]:
    """What a unit held on its last day, with its past, and what became of that ground.

    Of ground that was joined with other ground since, the past of the other part is not
    in it. A unit that still stands on that day: what stands under it.
    """
    if unit.valid_to is None or unit.valid_to > date:
        return ground_under({unit.pk}, date).units[unit.pk]
    last = unit.valid_to - dt.timedelta(days=1)
    held = ground_under({unit.pk}, last).units[unit.pk]
    stood = Placement.objects.valid_on(last).filter(parent=unit)
    after: dict[int, set[int]] = {}
    for predecessor_id, successor_id in Succession.objects.filter(
        effective_on__lte=date
    ).values_list("predecessor_id", "successor_id"):
        after.setdefault(predecessor_id, set()).add(successor_id)
    return held | _closure({unit.pk, *stood.values_list("unit_id", flat=True)}, after)


def _closure(start: Iterable[int], *steps: Mapping[int, set[int]]) -> frozenset[int]:
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        unit = waiting.pop()
        if unit in found:
            continue
        found.add(unit)
        for step in steps:
            waiting.extend(step.get(unit, ()))
    return frozenset(found)
