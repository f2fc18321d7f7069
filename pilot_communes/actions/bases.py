"""Declaring how many households and people a unit has: the bases of percentages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.names import clean_name
from pilot_communes.actions.rights import CHANGE_BASE, demand, refuse
from pilot_communes.models import PopulationFigure, Unit
from pilot_communes.querysets import today

LARGEST = 100_000_000
DECLARED = PopulationFigure.Quality.DECLARED


def declare_base(
    unit: Unit, *, user: Any, group: str, value: int, date: dt.date, source: str
) -> PopulationFigure:
    """Declare one base of one unit on a day; see `declare_bases`."""
    declare_bases(
        unit, user=user, figures=[(unit, group, value)], date=date, source=source
    )
    return PopulationFigure.objects.get(unit=unit, group=group, date=date)


@transaction.atomic
def declare_bases(
    ground: Unit,
    *,
    user: Any,
    figures: Iterable[tuple[Unit, str, int]],
    date: dt.date,
    source: str,
) -> int:
    """Declare bases of a unit and of what stands under it, all on one day.

    Returns how many were new or different. A second declaration for the same day
    replaces the first; a published figure is never replaced. Raises PermissionDenied
    and ValidationError.
    """
    figures = list(figures)
    demand(user, CHANGE_BASE, ground, *{unit for unit, _group, _value in figures})
    source = clean_name(source)
    if not source or len(source) > 200:
        raise refuse(_("Please say who counted, in at most 200 characters."), "source")
    if date > today():
        raise refuse(_("The day of the count lies in the future."), "future")
    rows = {
        (row.unit_id, row.group): row
        for row in PopulationFigure.objects.select_for_update().filter(
            unit__in=[unit for unit, _group, _value in figures], date=date
        )
    }
    told = []
    for unit, group, value in figures:
        if group not in PopulationFigure.Group or not 0 <= value <= LARGEST:
            raise refuse(_("Please write a whole number from zero upwards."), "value")
        row = rows.get((unit.pk, group))
        if row is not None and row.quality == PopulationFigure.Quality.PUBLISHED:
            raise refuse(
                _(
                    "%(unit)s has a published figure for that day. "
                    "Please write another day for your own count."
                )
                % {"unit": unit.full_name},
                "published",
            )
        new = {"value": value, "source": source, "quality": DECLARED}
        if row is None:
            PopulationFigure.objects.create(unit=unit, group=group, date=date, **new)
        elif any(getattr(row, name) != new[name] for name in new):
            PopulationFigure.objects.filter(pk=row.pk).update(**new)
        else:
            continue
        told.append(
            {
                "unit": unit.pk,
                "group": str(group),
                "old": None if row is None else row.value,
                "new": value,
            }
        )
    if told:
        log(
            instance=ground,
            action="pilot_communes.declare_base",
            user=user,
            data={"date": date.isoformat(), "source": source, "figures": told},
        )
    return len(told)
