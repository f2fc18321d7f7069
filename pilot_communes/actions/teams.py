"""Teams: set up by a commune's decision, serving hamlets from a day to a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.names import clean_name
from pilot_communes.actions.rights import (
    MANAGE_TEAM,
    checked_name,
    demand,
    parent_today,
    refuse,
)
from pilot_communes.models import Team, TeamHamlet, Unit


@transaction.atomic
def create_team(
    commune: Unit,
    *,
    user: Any,
    name: str,
    hamlets: Sequence[Unit] = (),
    valid_from: dt.date,
    decision: str = "",
    decision_on: dt.date | None = None,
) -> Team:
    """Set up a team of a commune, with the hamlets it serves from the same day."""
    demand(user, MANAGE_TEAM, commune)
    if commune.level != Unit.Level.COMMUNE or not commune.is_valid_on(valid_from):
        raise refuse(
            _("%(commune)s does not stand on that day.")
            % {"commune": commune.full_name},
            "not_standing",
        )
    team = Team.objects.create(
        name=checked_name(name),
        commune=commune,
        decision=clean_name(decision)[:120],
        decision_on=decision_on,
        valid_from=valid_from,
    )
    log(
        instance=team,
        action="pilot_communes.create_team",
        user=user,
        data={"commune": commune.pk, "date": valid_from.isoformat()},
    )
    for hamlet in hamlets:
        serve_hamlet(team, user=user, hamlet=hamlet, since=valid_from)
    return team


@transaction.atomic
def serve_hamlet(team: Team, *, user: Any, hamlet: Unit, since: dt.date) -> TeamHamlet:
    """Let a team serve a hamlet from a day on; serving it already is no error."""
    demand(user, MANAGE_TEAM, team.commune, parent_today(hamlet))
    _lock(team)
    if hamlet.level != Unit.Level.HAMLET or hamlet.valid_to is not None:
        raise refuse(
            _("%(unit)s has already ended; choose the unit that stands there now.")
            % {"unit": hamlet.full_name},
            "ended",
        )
    if team.valid_to is not None or since < team.valid_from:
        raise refuse(_("The team is not active on that day."), "inactive")
    row = TeamHamlet.objects.filter(team=team, hamlet=hamlet, valid_to=None).first()
    if row is not None:
        return row
    row, _made = TeamHamlet.objects.update_or_create(
        team=team, hamlet=hamlet, valid_from=since, defaults={"valid_to": None}
    )
    log(
        instance=team,
        action="pilot_communes.serve_hamlet",
        user=user,
        data={"hamlet": hamlet.pk, "old": None, "new": since.isoformat()},
    )
    return row


@transaction.atomic
def end_service(team: Team, *, user: Any, hamlet: Unit, until: dt.date) -> TeamHamlet:
    """End a team's service of a hamlet; `until` is the first day without it."""
    demand(user, MANAGE_TEAM, team.commune)
    _lock(team)
    row = TeamHamlet.objects.filter(team=team, hamlet=hamlet, valid_to=None).first()
    if row is None:
        raise refuse(
            _("The team does not serve %(hamlet)s.") % {"hamlet": hamlet.full_name},
            "not_served",
        )
    _end(row, until)
    log(
        instance=team,
        action="pilot_communes.end_service",
        user=user,
        data={"hamlet": hamlet.pk, "old": None, "new": until.isoformat()},
    )
    return row


@transaction.atomic
def end_team(team: Team, *, user: Any, until: dt.date) -> Team:
    """Dissolve a team; `until` is its first day without existing."""
    demand(user, MANAGE_TEAM, team.commune)
    team = _lock(team)
    if team.valid_to is not None:
        raise refuse(_("The team has ended already."), "inactive")
    _end(team, until)
    for row in TeamHamlet.objects.filter(team=team, valid_to=None).order_by("pk"):
        _end(row, max(until, row.valid_from))
    log(
        instance=team,
        action="pilot_communes.end_team",
        user=user,
        data={"old": None, "new": until.isoformat()},
    )
    return team


def _lock(team: Team) -> Team:
    return Team.objects.select_for_update().get(pk=team.pk)


def _end(row: Team | TeamHamlet, until: dt.date) -> None:
    if until < row.valid_from:
        raise refuse(
            _("It began on %(date)s; it cannot end before that day.")
            % {"date": f"{row.valid_from:%d/%m/%Y}"},
            "too_early",
        )
    row.valid_to = until
    row.save(update_fields=["valid_to"])
