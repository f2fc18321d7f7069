"""Support points: places to ask, open from a day to a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from pilot_communes.actions.rights import (
    CHANGE_SUPPORT_POINT,
    checked_name,
    demand,
    refuse,
)
from pilot_communes.models import SupportPoint, Unit

FIELDS = ("name", "address", "hours", "phone", "has_device", "has_network", "hamlet")


@transaction.atomic
def add_support_point(
    commune: Unit, *, user: Any, name: str, valid_from: dt.date, **fields: Any
) -> SupportPoint:
    """Open a support point of a commune."""
    demand(user, CHANGE_SUPPORT_POINT, commune)
    point = SupportPoint(
        commune=commune, name=checked_name(name), valid_from=valid_from, **fields
    )
    point.full_clean()
    point.save()
    log(
        instance=point,
        action="pilot_communes.add_support_point",
        user=user,
        data={"commune": commune.pk, "date": valid_from.isoformat()},
    )
    return point


@transaction.atomic
def change_support_point(
    point: SupportPoint, *, user: Any, **fields: Any
) -> SupportPoint:
    """Correct what is said of a support point (see FIELDS)."""
    demand(user, CHANGE_SUPPORT_POINT, point.commune)
    point = SupportPoint.objects.select_for_update().get(pk=point.pk)
    old, new = {}, {}
    for name in FIELDS:
        if name in fields and getattr(point, name) != fields[name]:
            old[name] = str(getattr(point, name) or "")
            new[name] = str(fields[name] or "")
            setattr(point, name, fields[name])
    if new:
        point.full_clean()
        point.save()
        log(
            instance=point,
            action="pilot_communes.change_support_point",
            user=user,
            data={"old": old, "new": new},
        )
    return point


@transaction.atomic
def close_support_point(
    point: SupportPoint, *, user: Any, closed_on: dt.date
) -> SupportPoint:
    """Close a support point; `closed_on` is its first day shut."""
    demand(user, CHANGE_SUPPORT_POINT, point.commune)
    point = SupportPoint.objects.select_for_update().get(pk=point.pk)
    if point.valid_to is not None:
        raise refuse(_("It is closed already."), "closed")
    if closed_on < point.valid_from:
        raise refuse(
            _("It began on %(date)s; it cannot end before that day.")
            % {"date": f"{point.valid_from:%d/%m/%Y}"},
            "too_early",
        )
    point.valid_to = closed_on
    point.save(update_fields=["valid_to"])
    log(
        instance=point,
        action="pilot_communes.close_support_point",
        user=user,
        data={"old": None, "new": closed_on.isoformat()},
    )
    return point
