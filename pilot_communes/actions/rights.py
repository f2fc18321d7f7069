"""Whether somebody may do it, and whether it may be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from common.names import clean_name
from pilot_communes.models import Placement, Unit
from pilot_communes.querysets import today

CHANGE_MAP = "pilot_communes.change_map"
CHANGE_BASE = "pilot_communes.change_base"
CHANGE_PHASE = "pilot_communes.change_phase"
CHANGE_SUPPORT_POINT = "pilot_communes.change_support_point"
MANAGE_TEAM = "people.manage_team"
# A decree is entered after it was passed; further ahead is a slip of the pen.
FURTHEST_AHEAD = dt.timedelta(days=366)


def demand(user: Any, permission: str, *units: Unit) -> None:
    """Raise PermissionDenied unless the user may do that in every one of the units.

    `user=None` is the system itself: commands that load the programme.
    """
    if user is None:
        return
    for unit in units:
        if not user.has_perm(permission, unit):
            raise PermissionDenied(
                _("You do not answer for %(place)s.") % {"place": unit.full_name}
            )


def refuse(message: str, code: str) -> ValidationError:
    """A refusal that the screen shows as it is."""
    return ValidationError(message, code=code)


def parent_today(unit: Unit) -> Unit:
    """The unit that answers for it today, or will when it begins.

    Raises ValidationError for a unit that stands nowhere.
    """
    date = today()
    placements = list(
        Placement.objects.filter(unit=unit)
        .select_related("parent")
        .order_by("valid_from")
    )
    begun = [p for p in placements if p.valid_from <= date]
    if not placements:
        raise refuse(
            _("%(unit)s stands in no other unit.") % {"unit": unit.full_name},
            "not_placed",
        )
    return (begun[-1] if begun else placements[0]).parent


def lock(units: Iterable[Unit]) -> list[Unit]:
    """Read the units again under a lock, in the order of their keys."""
    keys = sorted({unit.pk for unit in units})
    return list(Unit.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def open_placement(unit: Unit, effective_on: dt.date) -> Placement:
    """The placement that a change on that day would end.

    Raises ValidationError when the unit has ended, or was changed on that day or later.
    """
    placement = (
        Placement.objects.select_related("parent")
        .filter(unit=unit, valid_to=None)
        .first()
    )
    if unit.valid_to is not None or placement is None:
        raise refuse(
            _("%(unit)s has already ended; choose the unit that stands there now.")
            % {"unit": unit.full_name},
            "ended",
        )
    latest = max(unit.valid_from, placement.valid_from)
    if effective_on <= latest:
        raise refuse(
            _(
                "%(unit)s stands as it is since %(date)s. "
                "A change can take effect only after that day."
            )
            % {"unit": unit.full_name, "date": f"{latest:%d/%m/%Y}"},
            "later_change",
        )
    return placement


def check_day(effective_on: dt.date) -> None:
    """Raise ValidationError for a day that no decree names yet."""
    if effective_on > today() + FURTHEST_AHEAD:
        raise refuse(
            _("The day is more than a year ahead. Please check the year."), "too_far"
        )


def checked_decree(decree: str) -> str:
    """The decree, cleaned; raises ValidationError when it is missing or too long."""
    decree = clean_name(decree)
    if not decree:
        raise refuse(_("Please write the number of the decision."), "no_decree")
    if len(decree) > 120:
        raise refuse(
            _("The decision is longer than 120 characters; its number is enough."),
            "long_decree",
        )
    return decree


def checked_name(name: str) -> str:
    """The name, cleaned; raises ValidationError when it is missing or too long."""
    name = clean_name(name)
    if not name:
        raise refuse(_("Please write the name."), "no_name")
    if len(name) > 120:
        raise refuse(_("The name is longer than 120 characters."), "long_name")
    return name
