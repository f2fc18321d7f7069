"""Merging and splitting: some units end, others take over their ground.

Both are one thing, `redraw_units`: the old units close on the day of the decision, new
ones open, and successions say which part of which went where. What stands on the ground
goes along: population figures (their sums are kept), the teams that serve it, and for
communes their hamlets, their leaf and their phase. Facts stay where they were stored.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pilot_communes.actions import carrying, shares
from pilot_communes.actions.codes import new_leaf, next_codes
from pilot_communes.actions.journal import Journal
from pilot_communes.actions.preview import Line, Preview, Source
from pilot_communes.actions.rights import (
    CHANGE_MAP,
    check_day,
    checked_decree,
    checked_name,
    demand,
    lock,
    open_placement,
    parent_today,
    refuse,
)
from pilot_communes.models import (
    MapChange,
    Placement,
    PopulationFigure,
    Succession,
    Unit,
)
from pilot_communes.names import name_key
from pilot_communes.querysets import today

HOUSEHOLDS = PopulationFigure.Group.HOUSEHOLDS


@dataclasses.dataclass(frozen=True)
class Part:
    """A unit of the new map.

    `takes` says how much of each old unit (by key) goes into it, as a proportion: the
    parts of one old unit are weighed against each other. `code` is the official code of
    a commune; hamlets get ours. `hamlets` are the hamlets of a commune, by key.
    """

    name: str
    takes: Mapping[int, Fraction | Decimal | int]
    kind: str = ""
    code: str = ""
    hamlets: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Redrawing:
    """A checked plan; `carry_out` writes it."""

    old: list[Unit]
    placements: dict[int, Placement]
    parent: Unit
    grounds: list[Unit]
    parts: list[Part]
    # forward[i][old key] and back[i][old key] of part i, each exact to 12 digits.
    forward: list[dict[int, Decimal]]
    back: list[dict[int, Decimal]]
    figures: list[carrying.Inherited]
    effective_on: dt.date
    decree: str
    notes: tuple[str, ...]


def merge_units(
    units: Sequence[Unit],
    *,
    user: Any,
    name: str,
    effective_on: dt.date,
    decree: str,
    kind: str = "",
    code: str = "",
) -> MapChange:
    """Merge units into a new one that takes all of each.

    Raises PermissionDenied, and ValidationError with the reason when it cannot be.
    """
    part = _whole_of(units, name=name, kind=kind, code=code)
    return redraw_units(
        units, user=user, parts=[part], effective_on=effective_on, decree=decree
    )


def split_unit(
    unit: Unit,
    *,
    user: Any,
    parts: Sequence[Part],
    effective_on: dt.date,
    decree: str,
) -> MapChange:
    """Split a unit into two or more new ones, by the parts' proportions."""
    if len(parts) < 2:
        raise refuse(_("A unit is split into two or more."), "one_part")
    return redraw_units(
        [unit], user=user, parts=parts, effective_on=effective_on, decree=decree
    )


@transaction.atomic
def redraw_units(
    units: Sequence[Unit],
    *,
    user: Any,
    parts: Sequence[Part],
    effective_on: dt.date,
    decree: str,
) -> MapChange:
    """Replace units by others, many to many, on one day by one decision."""
    plan = _plan(
        lock(units), user=user, parts=parts, effective_on=effective_on, decree=decree
    )
    return _carry_out(plan, user=user)


def preview_merge(units: Sequence[Unit], *, user: Any, **asked: Any) -> Preview:
    """What `merge_units` would do; raises what it would raise."""
    part = _whole_of(
        units,
        name=asked["name"],
        kind=asked.get("kind", ""),
        code=asked.get("code", ""),
    )
    return preview_redrawing(
        units,
        user=user,
        parts=[part],
        effective_on=asked["effective_on"],
        decree=asked["decree"],
    )


def preview_redrawing(units: Sequence[Unit], **asked: Any) -> Preview:
    """What `redraw_units` (and so `split_unit`) would do; raises what it would raise."""
    plan = _plan(sorted(units, key=lambda unit: unit.pk), **asked)
    households = PopulationFigure.objects.newest(unit.pk for unit in plan.old)
    names = {unit.pk: unit.full_name for unit in plan.old}
    before = tuple(
        Line(
            name=unit.full_name,
            households=getattr(households.get((unit.pk, HOUSEHOLDS)), "value", None),
        )
        for unit in plan.old
    )
    inherited = {(figure.part, figure.group): figure.value for figure in plan.figures}
    after = tuple(
        Line(
            name=_new_unit(plan, index, code="").full_name,
            households=inherited.get((index, HOUSEHOLDS)),
            sources=tuple(
                Source(names[key], Fraction(share))
                for key, share in plan.forward[index].items()
            ),
        )
        for index in range(len(plan.parts))
    )
    return Preview(before, after, plan.notes)


def _whole_of(units: Sequence[Unit], *, name: str, kind: str, code: str) -> Part:
    if len({unit.pk for unit in units}) < 2:
        raise refuse(_("Choose two units or more to merge."), "one_unit")
    hamlets = ()
    if all(unit.level == Unit.Level.COMMUNE for unit in units):
        hamlets = tuple(
            Placement.objects.filter(
                parent__in=units, valid_to=None, unit__is_unknown=False
            ).values_list("unit_id", flat=True)
        )
    return Part(
        name=name,
        kind=kind,
        code=code,
        takes={unit.pk: 1 for unit in units},
        hamlets=hamlets,
    )


def _plan(
    old: list[Unit],
    *,
    user: Any,
    parts: Sequence[Part],
    effective_on: dt.date,
    decree: str,
) -> Redrawing:
    """Check everything; raises PermissionDenied or ValidationError."""
    grounds = list({ground.pk: ground for ground in map(parent_today, old)}.values())
    # The units too: who answers for a part of a merged commune redraws that part only.
    demand(user, CHANGE_MAP, *grounds, *old)
    check_day(effective_on)
    if len({unit.level for unit in old}) != 1 or any(unit.is_unknown for unit in old):
        raise refuse(
            _("Only hamlets with hamlets, or communes with communes, can be redrawn."),
            "levels",
        )
    placements = {unit.pk: open_placement(unit, effective_on) for unit in old}
    parents = {
        placement.parent_id: placement.parent for placement in placements.values()
    }
    if len(parents) != 1:
        raise refuse(
            _("These units stand in different places; move them together first."),
            "different_parents",
        )
    (parent,) = parents.values()
    parts = [_checked_part(part, old, parent) for part in parts]
    _check_names(parts, old, parent, effective_on)
    if old[0].level == Unit.Level.COMMUNE:
        carrying.check_hamlets(parts, old, effective_on)
    taken = shares.proportions([part.takes for part in parts], old)
    figures, weights, figure_notes = carrying.inherit_figures(old, taken, effective_on)
    return Redrawing(
        old=old,
        placements=placements,
        parent=parent,
        grounds=grounds,
        parts=parts,
        forward=shares.forward(taken, old),
        back=shares.back(taken, weights),
        figures=figures,
        effective_on=effective_on,
        decree=checked_decree(decree),
        notes=(*figure_notes, *carrying.notes(old, effective_on)),
    )


def _checked_part(part: Part, old: list[Unit], parent: Unit) -> Part:
    level = old[0].level
    kinds = {
        Unit.Level.HAMLET: (Unit.Kind.AP, Unit.Kind.KHOM),
        Unit.Level.COMMUNE: (Unit.Kind.XA, Unit.Kind.PHUONG),
    }.get(level, ())
    kind = part.kind or old[0].kind
    if kind not in kinds:
        raise refuse(_("This kind of unit cannot stand here."), "kind")
    if not part.takes or not set(part.takes) <= {unit.pk for unit in old}:
        raise refuse(_("Every new unit takes its ground from an old one."), "no_ground")
    if level == Unit.Level.COMMUNE and not (
        part.code.isdigit() and len(part.code) == 5
    ):
        raise refuse(_("Please write the official code of five digits."), "code")
    return dataclasses.replace(part, name=checked_name(part.name), kind=kind)


def _check_names(
    parts: list[Part], old: list[Unit], parent: Unit, effective_on: dt.date
) -> None:
    stay = (
        Unit.objects.under(parent, effective_on)
        .exclude(pk__in=[unit.pk for unit in old])
        .named()
    )
    taken = {(unit.kind, name_key(unit.name)) for unit in stay}
    for part in parts:
        key = (part.kind, name_key(part.name))
        if key in taken:
            raise refuse(
                _("There is already a unit called %(name)s here.")
                % {"name": part.name},
                "name_taken",
            )
        taken.add(key)


def _new_unit(plan: Redrawing, index: int, *, code: str) -> Unit:
    part = plan.parts[index]
    sources = [unit for unit in plan.old if unit.pk in part.takes]
    largest = max(sources, key=lambda unit: plan.back[index][unit.pk])
    main = max(
        range(len(plan.parts)),
        key=lambda i: plan.forward[i].get(largest.pk, Decimal(0)),
    )
    return Unit(
        level=largest.level,
        kind=part.kind,
        code=code,
        name=part.name,
        valid_from=plan.effective_on,
        decree=plan.decree,
        lat=largest.lat,
        lon=largest.lon,
        # Two units cannot stand on one tile of the map picture.
        tile_col=largest.tile_col if main == index else None,
        tile_row=largest.tile_row if main == index else None,
        is_difficult=all(unit.is_difficult for unit in sources),
        is_minority=all(unit.is_minority for unit in sources),
        order=min(unit.order for unit in sources),
    )


def _carry_out(plan: Redrawing, *, user: Any) -> MapChange:
    journal = Journal(user)
    for unit in plan.old:
        journal.change(unit, valid_to=plan.effective_on)
        journal.change(plan.placements[unit.pk], valid_to=plan.effective_on)
    of_communes = plan.old[0].level == Unit.Level.COMMUNE
    codes = (
        [part.code for part in plan.parts]
        if of_communes
        else next_codes(plan.parent, len(plan.parts))
    )
    new = [
        _open(journal, _new_unit(plan, index, code=codes[index]), plan.parent, plan)
        for index in range(len(plan.parts))
    ]
    _succeed(journal, plan, {unit.pk: unit for unit in plan.old}, new)
    carrying.write_figures(journal, plan.figures, new)
    if of_communes:
        carrying.move_hamlets(journal, plan.parts, new, plan.effective_on, plan.decree)
        leaves = carrying.close_leaves(journal, plan.old, plan.effective_on)
        new_leaves = [
            _open(journal, new_leaf(commune), commune, plan) for commune in new
        ]
        _succeed(journal, plan, leaves, new_leaves)
        carrying.carry_phase(journal, plan.old, new, plan.effective_on, plan.decree)
        carrying.carry_teams(
            journal, [unit.pk for unit in plan.old], plan.effective_on, today()
        )
    else:
        heirs = [
            (unit, [new[i] for i, taken in enumerate(plan.forward) if unit.pk in taken])
            for unit in plan.old
        ]
        carrying.carry_service(journal, heirs, plan.effective_on)
    kind = MapChange.Kind.MERGE if len(new) == 1 else MapChange.Kind.SPLIT
    return journal.finish(
        kind,
        effective_on=plan.effective_on,
        decree=plan.decree,
        grounds=[*plan.grounds, *((*plan.old, *new) if of_communes else ())],
        before=plan.old,
        after=new,
        words=([u.full_name for u in plan.old], [u.full_name for u in new]),
        demand=[unit.pk for unit in (*plan.grounds, *plan.old)],
    )


def _open(journal: Journal, unit: Unit, parent: Unit, plan: Redrawing) -> Unit:
    unit.decree = plan.decree
    journal.make(unit)
    journal.make(
        Placement(
            unit=unit,
            parent=parent,
            valid_from=plan.effective_on,
            decree=plan.decree,
        )
    )
    return unit


def _succeed(
    journal: Journal, plan: Redrawing, old: Mapping[int, Unit], new: list[Unit]
) -> None:
    """Write the successions; `old` is keyed by the unit that the plan speaks of."""
    for index, successor in enumerate(new):
        # Without a leaf on one side the leaf's own past is not known.
        known = {key: share for key, share in plan.back[index].items() if key in old}
        if not known:
            continue
        back = shares.twelve_digits({k: Fraction(s) for k, s in known.items()})
        for key, share_back in back.items():
            share_forward = plan.forward[index][key]
            exact = share_forward == share_back == 1
            journal.make(
                Succession(
                    predecessor=old[key],
                    successor=successor,
                    effective_on=plan.effective_on,
                    decree=plan.decree,
                    share_forward=share_forward,
                    share_back=share_back,
                    quality=(
                        Succession.Quality.EXACT
                        if exact
                        else Succession.Quality.ESTIMATED
                    ),
                )
            )
