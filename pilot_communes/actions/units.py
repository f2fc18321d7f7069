"""Renaming a unit, and moving it to another parent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pilot_communes.actions.journal import Journal
from pilot_communes.actions.preview import Line, Preview
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
from pilot_communes.models import MapChange, Placement, TeamHamlet, Unit
from pilot_communes.names import name_key
from pilot_communes.querysets import today


@transaction.atomic
def rename_unit(
    unit: Unit,
    *,
    user: Any,
    name: str,
    effective_on: dt.date,
    decree: str,
    kind: str = "",
) -> MapChange:
    """Give a unit another name (and kind: ấp or khóm, xã or phường) from a day on.

    The unit stays the same one; `names_on` still knows what it was called before.
    """
    (unit,) = lock([unit])
    ground, name, kind = _check_renaming(
        unit, user=user, name=name, kind=kind, effective_on=effective_on
    )
    decree = checked_decree(decree)
    journal = Journal(user)
    old_words = unit.full_name
    journal.change(unit, name=name, kind=kind)
    return journal.finish(
        MapChange.Kind.RENAME,
        effective_on=effective_on,
        decree=decree,
        grounds=[ground, *([unit] if unit.level == Unit.Level.COMMUNE else [])],
        before=[unit],
        after=[unit],
        words=([old_words], [unit.full_name]),
        demand=[ground.pk, unit.pk],
    )


def preview_renaming(unit: Unit, *, user: Any, **asked: Any) -> Preview:
    """What `rename_unit` would do; raises what it would raise."""
    _ground, name, kind = _check_renaming(
        unit,
        user=user,
        name=asked["name"],
        kind=asked.get("kind", ""),
        effective_on=asked["effective_on"],
    )
    checked_decree(asked["decree"])
    return Preview(
        before=(Line(unit.full_name),),
        after=(Line(f"{Unit.KIND_WORDS[kind]} {name}"),),
        notes=(_("Codes, teams, households and figures stay as they are."),),
    )


def _check_renaming(
    unit: Unit, *, user: Any, name: str, kind: str, effective_on: dt.date
) -> tuple[Unit, str, str]:
    ground = parent_today(unit)
    demand(user, CHANGE_MAP, ground, unit)
    name, kind = checked_name(name), kind or unit.kind
    if unit.is_unknown:
        raise refuse(_("This is not a hamlet of its own."), "leaf")
    if unit.valid_to is not None:
        raise refuse(
            _("%(unit)s has already ended; choose the unit that stands there now.")
            % {"unit": unit.full_name},
            "ended",
        )
    if not unit.valid_from <= effective_on <= today():
        raise refuse(
            _("Please write a day on which the unit stood, not later than today."),
            "day",
        )
    kinds = {
        Unit.Level.HAMLET: (Unit.Kind.AP, Unit.Kind.KHOM),
        Unit.Level.COMMUNE: (Unit.Kind.XA, Unit.Kind.PHUONG),
    }
    if kind not in kinds.get(unit.level, ()):
        raise refuse(_("This kind of unit cannot stand here."), "kind")
    if (unit.name, unit.kind) == (name, kind):
        raise refuse(_("That is its name already."), "same_name")
    others = Unit.objects.under(ground, today()).named().exclude(pk=unit.pk)
    if (kind, name_key(name)) in {(o.kind, name_key(o.name)) for o in others}:
        raise refuse(
            _("There is already a unit called %(name)s here.") % {"name": name},
            "name_taken",
        )
    return ground, name, kind


@transaction.atomic
def move_unit(
    unit: Unit, *, user: Any, parent: Unit, effective_on: dt.date, decree: str
) -> MapChange:
    """Place a unit under another parent from a day on; its code and facts stay.

    The user must answer for both parents on today's map.
    """
    (unit,) = lock([unit])
    ground, placement = _check_moving(
        unit, user=user, parent=parent, effective_on=effective_on
    )
    decree = checked_decree(decree)
    journal = Journal(user)
    journal.change(placement, valid_to=effective_on)
    journal.make(
        Placement(unit=unit, parent=parent, valid_from=effective_on, decree=decree)
    )
    return journal.finish(
        MapChange.Kind.MOVE,
        effective_on=effective_on,
        decree=decree,
        grounds=[ground, parent],
        before=[unit],
        after=[unit],
        words=(
            [f"{unit.full_name}, {placement.parent.full_name}"],
            [f"{unit.full_name}, {parent.full_name}"],
        ),
        demand=[ground.pk, parent.pk],
    )


def preview_moving(unit: Unit, *, user: Any, **asked: Any) -> Preview:
    """What `move_unit` would do; raises what it would raise."""
    parent = asked["parent"]
    _ground, placement = _check_moving(
        unit, user=user, parent=parent, effective_on=asked["effective_on"]
    )
    checked_decree(asked["decree"])
    notes = [_("Codes, households and figures stay with the hamlet.")]
    if TeamHamlet.objects.filter(hamlet=unit, valid_to=None).exists():
        notes.append(
            _(
                "A team of %(commune)s serves it. It goes on until the two communes "
                "agree on another."
            )
            % {"commune": placement.parent.full_name}
        )
    return Preview(
        before=(Line(f"{unit.full_name}, {placement.parent.full_name}"),),
        after=(Line(f"{unit.full_name}, {parent.full_name}"),),
        notes=tuple(notes),
    )


def _check_moving(
    unit: Unit, *, user: Any, parent: Unit, effective_on: dt.date
) -> tuple[Unit, Placement]:
    ground = parent_today(unit)
    demand(user, CHANGE_MAP, ground, parent, unit)
    check_day(effective_on)
    if unit.is_unknown:
        raise refuse(_("This is not a hamlet of its own."), "leaf")
    placement = open_placement(unit, effective_on)
    above = {
        Unit.Level.HAMLET: Unit.Level.COMMUNE,
        Unit.Level.COMMUNE: Unit.Level.PROVINCE,
    }.get(unit.level)
    if parent.level != above:
        raise refuse(_("It cannot stand there."), "levels")
    if parent.pk == placement.parent_id:
        raise refuse(_("It stands there already."), "same_parent")
    if not parent.is_valid_on(effective_on) or parent.valid_to is not None:
        raise refuse(
            _("%(commune)s does not stand on that day.")
            % {"commune": parent.full_name},
            "not_standing",
        )
    others = Unit.objects.under(parent, effective_on).named()
    if (unit.kind, name_key(unit.name)) in {(o.kind, name_key(o.name)) for o in others}:
        raise refuse(
            _("There is already a unit called %(name)s here.") % {"name": unit.name},
            "name_taken",
        )
    return ground, placement


def names_on(units: list[Unit], date: dt.date) -> dict[int, str]:
    """What each unit was called on that day, kind and name (one query)."""
    names = {unit.pk: unit.full_name for unit in units}
    later = MapChange.objects.standing().filter(
        kind=MapChange.Kind.RENAME, effective_on__gt=date
    )
    # The earliest renaming after the day knows the name that stood on it.
    for record in later.order_by("-effective_on", "-pk").values_list(
        "record", flat=True
    ):
        (unit_id,) = record["before"]
        if unit_id in names:
            (names[unit_id],) = record["words"]["before"]
    return names
