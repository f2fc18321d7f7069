"""“Bắt đầu xã của tôi”: one page that says what a new commune has and what comes next."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.first_steps import Code, Entrance, FirstSteps, Step, first_steps
from pilot_communes.models import Commune, Unit
from pilot_communes.querysets import UnitQuerySet, today

SECTION = "bat-dau"
MAY_SET_UP = "pilot_communes.change_map"
MAY_MANAGE_TEAMS = "people.manage_team"
MAY_DECLARE = "pilot_communes.change_base"
MAY_LIST_HOUSEHOLDS = "people.change_household"
MAY_PLAN = "attendance.plan_session"
MAY_REPORT = "reports.send_report"


@dataclasses.dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclasses.dataclass(frozen=True)
class Row:
    """A step as the page shows it: with where to do it, and whether it comes next."""

    step: Step
    links: tuple[Link, ...]
    is_next: bool


def communes_to_set_up(user: Any) -> UnitQuerySet:
    """Today's communes in which this user may draw the map, by name."""
    communes = Commune.objects.visible_to(user).valid_on(today())
    reach = user.reach()
    if not reach.everything:
        communes = communes.filter(pk__in=reach.units_with(MAY_SET_UP))
    return communes.by_name()


def _of(name: str, commune: Unit) -> str:
    return f"{reverse(name)}?xa={commune.code}"


def links_of(step: Step, commune: Unit, user: Any) -> tuple[Link, ...]:
    """Where the step is done, first things first; only screens that open to this user."""
    choices: list[tuple[str, str, str]]
    if step.code == Code.HAMLETS:
        paste = reverse("pilot_communes:add", args=[commune.code])
        ground = reverse("pilot_communes:commune", args=[commune.code])
        choices = [
            (MAY_SET_UP, _("Paste the list"), paste),
            (MAY_SET_UP, _("Hamlets on the map"), ground),
        ]
        if step.is_done:
            choices.reverse()
    elif step.code == Code.LEADERS:
        choices = [
            (
                MAY_MANAGE_TEAMS,
                _("Invite %(name)s") % {"name": leader.name},
                leader.url,
            )
            for leader in step.leaders
            if leader.entrance in (Entrance.NOT_INVITED, Entrance.LAPSED)
        ][:1]
        if not step.has_teams:
            choices.append(
                (
                    MAY_MANAGE_TEAMS,
                    _("Set up the first team"),
                    _of("people:add_team", commune),
                )
            )
        else:
            choices.append(
                (MAY_MANAGE_TEAMS, _("Teams and members"), _of("people:teams", commune))
            )
    elif step.code == Code.PHONES:
        choices = [
            (
                MAY_MANAGE_TEAMS,
                _("Phone of %(name)s") % {"name": leader.name},
                leader.url,
            )
            for leader in step.leaders
            if leader.entrance == Entrance.IN
        ][:1]
        choices.append(
            (MAY_MANAGE_TEAMS, _("Teams and members"), _of("people:teams", commune))
        )
    elif step.code == Code.BASES:
        bases = reverse("pilot_communes:bases", args=[commune.code])
        choices = [
            (MAY_DECLARE, _("Declare the bases"), bases),
            (
                MAY_LIST_HOUSEHOLDS,
                _("Paste the list of households"),
                _of("people:paste_households", commune),
            ),
        ]
    else:
        choices = [(MAY_PLAN, _("Plan a session"), reverse("attendance:plan"))]
    return tuple(
        Link(label, url)
        for permission, label, url in choices
        if user.has_perm(permission, commune)
    )


def rows_of(found: FirstSteps, user: Any) -> list[Row]:
    """The steps with their links; the next one is marked."""
    return [
        Row(step, links_of(step, found.commune, user), step == found.next_step)
        for step in found.steps
    ]


@require_safe
@never_cache
@login_required
def setup(request: HttpRequest) -> HttpResponse:
    """The five steps of one commune; officers of several choose by `?xa=<code>`."""
    if not request.user.has_perm(MAY_SET_UP):
        raise PermissionDenied
    communes = communes_to_set_up(request.user)
    code = request.GET.get("xa", "").strip()
    if code:
        commune = get_object_or_404(communes, code=code)
    else:
        choice = list(communes[:200])
        if len(choice) != 1:
            return render(
                request,
                "lms/setup_choose.html",
                {"communes": choice, "section": SECTION},
            )
        commune = choice[0]
    if not request.user.has_perm(MAY_SET_UP, commune):
        raise PermissionDenied
    found = first_steps(commune)
    context = {
        "section": SECTION,
        "commune": commune,
        "found": found,
        "rows": rows_of(found, request.user),
        "has_choice": len(communes[:2]) > 1,
        "home_url": _of("reports:mine", commune)
        if request.user.has_perm(MAY_REPORT, commune)
        else reverse("reports:commune", args=[commune.code]),
    }
    return render(request, "lms/setup.html", context)
