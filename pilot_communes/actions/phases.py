"""The rollout moves: communes join and leave phases, and targets are set."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.names import clean_name
from pilot_communes.actions.rights import CHANGE_PHASE, demand, lock, refuse
from pilot_communes.models import Phase, PhaseMembership, ReadinessItem, Target, Unit
from pilot_communes.querysets import today


@transaction.atomic
def join_phase(
    commune: Unit, *, user: Any, phase: Phase, joined_on: dt.date, decision: str = ""
) -> PhaseMembership:
    """Let a commune join a phase; it leaves the one it stands in on the same day.

    The phase's criteria are laid before the commune as unanswered readiness checks.
    """
    (commune,) = lock([commune])
    demand(user, CHANGE_PHASE, commune)
    if commune.level != Unit.Level.COMMUNE or not commune.is_valid_on(joined_on):
        raise refuse(
            _("%(commune)s does not stand on that day.")
            % {"commune": commune.full_name},
            "not_standing",
        )
    standing = _membership(commune)
    if standing is not None and standing.phase_id == phase.pk:
        raise refuse(
            _("%(commune)s already stands in this phase.")
            % {"commune": commune.full_name},
            "joined",
        )
    if PhaseMembership.objects.filter(
        phase=phase, commune=commune, valid_from=joined_on
    ).exists():
        raise refuse(
            _("%(commune)s joined this phase on that day already.")
            % {"commune": commune.full_name},
            "joined",
        )
    if standing is not None:
        _end(standing, joined_on)
    membership = PhaseMembership.objects.create(
        phase=phase,
        commune=commune,
        valid_from=joined_on,
        decision=clean_name(decision),
    )
    for criterion in phase.criteria:
        ReadinessItem.objects.get_or_create(
            phase=phase, commune=commune, criterion=criterion["text"]
        )
    log(
        instance=commune,
        action="pilot_communes.join_phase",
        user=user,
        data={
            "old": standing.phase.code if standing else None,
            "new": phase.code,
            "date": joined_on.isoformat(),
        },
    )
    return membership


@transaction.atomic
def leave_phase(commune: Unit, *, user: Any, left_on: dt.date) -> PhaseMembership:
    """End the commune's membership in the phase that it stands in."""
    (commune,) = lock([commune])
    demand(user, CHANGE_PHASE, commune)
    membership = _membership(commune)
    if membership is None:
        raise refuse(
            _("%(commune)s stands in no phase.") % {"commune": commune.full_name},
            "no_phase",
        )
    _end(membership, left_on)
    log(
        instance=commune,
        action="pilot_communes.leave_phase",
        user=user,
        data={
            "old": membership.phase.code,
            "new": None,
            "date": left_on.isoformat(),
        },
    )
    return membership


def _membership(commune: Unit) -> PhaseMembership | None:
    return (
        PhaseMembership.objects.select_related("phase")
        .filter(commune=commune, valid_to=None)
        .first()
    )


def _end(membership: PhaseMembership, date: dt.date) -> None:
    if date < membership.valid_from:
        raise refuse(
            _("It joined on %(date)s; it cannot leave before that day.")
            % {"date": f"{membership.valid_from:%d/%m/%Y}"},
            "too_early",
        )
    membership.valid_to = date
    membership.save(update_fields=["valid_to"])


@transaction.atomic
def check_readiness(
    item: ReadinessItem, *, user: Any, status: str, evidence: str = ""
) -> ReadinessItem:
    """Answer one readiness check of a commune."""
    demand(user, CHANGE_PHASE, item.commune)
    if status not in ReadinessItem.Status:
        raise refuse(_("Please choose an answer."), "status")
    old = item.status
    item.status = status
    item.evidence = clean_name(evidence)[:300]
    item.checked_on = today()
    item.save(update_fields=["status", "evidence", "checked_on"])
    log(
        instance=item.commune,
        action="pilot_communes.check_readiness",
        user=user,
        data={"criterion": item.criterion, "old": old, "new": str(status)},
    )
    return item


@transaction.atomic
def set_target(
    *,
    user: Any,
    indicator: str,
    due_on: dt.date,
    value: Decimal,
    unit: Unit | None = None,
    phase: Phase | None = None,
    source: str = "",
) -> Target:
    """Set what a unit or a phase should reach by a day; a second one replaces it."""
    if (unit is None) == (phase is None):
        raise refuse(_("A target is for a unit or for a phase."), "target_of")
    if unit is not None:
        demand(user, CHANGE_PHASE, unit)
    elif user is not None:
        demand(user, CHANGE_PHASE, *Unit.objects.provinces().valid_on())
    if value < 0:
        raise refuse(_("Please write a number from zero upwards."), "value")
    key = {"unit": unit, "phase": phase, "indicator": indicator, "due_on": due_on}
    old = Target.objects.select_for_update().filter(**key).first()
    target, _made = Target.objects.update_or_create(
        **key, defaults={"value": value, "source": clean_name(source)[:200]}
    )
    log(
        instance=unit or phase,
        action="pilot_communes.set_target",
        user=user,
        data={
            "indicator": indicator,
            "due_on": due_on.isoformat(),
            "old": None if old is None else str(old.value),
            "new": str(value),
        },
    )
    return target
