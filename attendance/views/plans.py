"""Planning a session, starting it, looking at it, changing or cancelling it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attendance import actions
from attendance.cells import REMOVED
from attendance.forms import PlanForm, ReasonForm, TeamForm
from attendance.models import EntryBody, TrainingSession
from attendance.newcomers import read_body
from attendance.reading import Reading
from attendance.sentences import closed_sentence, disagreements
from attendance.taught import lessons_of
from attendance.views.access import (
    CLOSE,
    PLAN,
    REOPEN,
    TAKE,
    VIEW,
    screen,
    session_for,
)
from attendance.views.days import next_step
from common.ids import new_uuid
from people.models import Person
from pilot_communes.models import Team, TeamHamlet, Unit
from pilot_communes.querysets import today

MOST_HAMLETS = 300
MOST_NOTES = 20


def _teams(user: Any) -> Any:
    """Teams on whose ground the user may plan."""
    reach = user.reach()
    teams = Team.objects.visible_to(user).valid_on()
    if not reach.everything:
        ground = reach.units_with(PLAN)
        served = TeamHamlet.objects.valid_on().filter(hamlet_id__in=ground)
        teams = teams.filter(pk__in=served.values("team_id"))
    return teams.select_related("commune").order_by("name", "pk")


def _hamlets(user: Any, team: Team | None) -> Any:
    """Hamlets where the user may plan; those that the team serves, if it serves any."""
    reach = user.reach()
    hamlets = Unit.objects.hamlets().valid_on().named()
    if not reach.everything:
        hamlets = hamlets.filter(pk__in=reach.units_with(PLAN))
    if team is not None:
        served = TeamHamlet.objects.valid_on().filter(team=team).values("hamlet_id")
        hamlets = hamlets.filter(pk__in=served)
    return hamlets.by_name()


def _members(user: Any, team: Team | None) -> Any:
    """The team's members, who may be named as helpers."""
    if team is None:
        return Person.objects.none()
    memberships = team.memberships.valid_on()
    people = Person.objects.visible_to(user).filter(
        pk__in=memberships.values("person_id")
    )
    if user.person_id:
        people = people.exclude(pk=user.person_id)
    return people.by_name()


@screen
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a session; `?nhu=` copies one, `?ngay=1` begins one that nobody planned."""
    if not request.user.has_perm(PLAN):
        raise PermissionDenied
    now = request.GET.get("ngay") == "1"
    like = _like(request)
    team = like.team if like is not None else None
    if team is None:
        teams = _teams(request.user)
        chosen = TeamForm(request.GET, teams=teams)
        if chosen.is_valid():
            team = chosen.cleaned_data["to"]
        else:
            found = list(teams[:MOST_HAMLETS])
            if len(found) != 1:
                return _which_team(request, found)
            team = found[0]
    form = PlanForm(
        request.POST or None,
        hamlets=_hamlets(request.user, team),
        members=_members(request.user, team),
        now=now,
        initial={**_initial(like), "key": new_uuid()},
    )
    if request.method == "POST" and form.is_valid():
        session = _made_before(request, form) or _save_plan(
            request, form, team, now=now
        )
        if session is not None:
            step = "register" if now else "session"
            return redirect(f"attendance:{step}", session.uuid)
    return render(
        request,
        "attendance/plan.html",
        {
            "section": "so",
            "tab": "today" if now else "calendar",
            "form": form,
            "team": team,
            "now": now,
            "like": like,
        },
    )


def _like(request: HttpRequest) -> TrainingSession | None:
    """The session to copy, if the address names one that the user sees."""
    try:
        key = uuid.UUID(request.GET.get("nhu", ""))
    except ValueError:
        return None
    found = TrainingSession.objects.visible_to(request.user).select_related(
        "team", "host"
    )
    return found.filter(uuid=key).first()


def _initial(like: TrainingSession | None) -> dict[str, Any]:
    if like is None:
        return {"is_public": True}
    return {
        "hamlet": like.host_id,
        "starts_at": like.starts_at,
        "venue": like.venue,
        "kind": like.kind,
        "lessons": list(like.session_lessons.values_list("lesson_id", flat=True)),
        "helpers": list(like.facilitators.values_list("person_id", flat=True)),
        "is_public": like.is_public,
    }


def _which_team(request: HttpRequest, teams: list[Team]) -> HttpResponse:
    return render(
        request,
        "attendance/which_team.html",
        {"section": "so", "tab": "calendar", "teams": teams},
    )


def _made_before(request: HttpRequest, form: PlanForm) -> TrainingSession | None:
    """The session that this very form made when it was sent the first time."""
    key = form.cleaned_data["key"]
    visible = TrainingSession.objects.visible_to(request.user)
    return visible.filter(uuid=key).first() if key else None


def _save_plan(
    request: HttpRequest, form: PlanForm, team: Team, *, now: bool
) -> TrainingSession | None:
    data = form.cleaned_data
    moment = timezone.localtime()
    try:
        session = actions.plan_session(
            uuid=data["key"],
            user=request.user,
            team=team,
            host=data["hamlet"],
            date=moment.date() if now else data["date"],
            starts_at=moment.time().replace(second=0, microsecond=0)
            if now
            else data["starts_at"],
            venue=data["venue"],
            kind=data["kind"],
            lessons=list(data["lessons"]),
            helpers=list(data.get("helpers", ())),
            is_public=data.get("is_public", False),
        )
        if now:
            actions.open_session(session, user=request.user)
    except IntegrityError:
        # The second of two presses arrived while the first was being written.
        session = _made_before(request, form)
        if session is None:
            form.add_error(None, _("This was not saved. Please open the form again."))
        return session
    except ValidationError as error:
        form.add_error(None, error)
        return None
    if not now:
        messages.success(request, _("The session is planned."))
    return session


@screen
def overview(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """One session: how far it is, its three counts, the next step."""
    found = session_for(request, session)
    reading = Reading.of(found)
    user = request.user
    may = {
        "take": user.has_perm(TAKE, found),
        "plan": user.has_perm(PLAN, found),
        "close": user.has_perm(CLOSE, found),
        "reopen": user.has_perm(REOPEN, found),
        "see_people": user.has_perm("people.view_person", found),
    }
    return render(
        request,
        "attendance/session.html",
        {
            "section": "so",
            "tab": "today" if found.date == today() else "calendar",
            "session": found,
            "reading": reading,
            "sentence": closed_sentence(reading),
            "lessons": lessons_of(found),
            "helpers": [
                link.person for link in found.facilitators.select_related("person")
            ]
            if may["see_people"]
            else [],
            "notes": _notes(found) if may["see_people"] else [],
            "disagreements": disagreements(found, reading, user) if may["take"] else [],
            "may": may,
            "step": next_step(found, user, today()),
            "is_overdue": found.status == found.Status.PLANNED and found.date < today(),
        },
    )


def _notes(session: TrainingSession) -> list[str]:
    """The notes that stand, in the order in which they were made."""
    cell_of = {
        head: name
        for name, cell in Reading.of(session).state["cells"].items()
        if name.startswith("note/") and cell["value"] != REMOVED
        for head in cell["heads"]
    }
    bodies = EntryBody.objects.filter(entry__in=sorted(cell_of)).order_by("entry")
    texts = [
        (cell_of[str(body.entry_id)], read_body(body.bytes).get("text"))
        for body in bodies[:MOST_NOTES]
    ]
    # A form that was sent twice wrote the same words into the same cell.
    return [
        text for _cell, text in dict.fromkeys(texts) if text and isinstance(text, str)
    ]


@screen
@require_POST
def start(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Open the register of a planned session and go there."""
    found = session_for(request, session, TAKE)
    try:
        actions.open_session(found, user=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("attendance:session", found.uuid)
    return redirect("attendance:register", found.uuid)


@screen
def change(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Change a plan; once the register is open, its facts are entries."""
    found = session_for(request, session, PLAN)
    if found.status != found.Status.PLANNED:
        messages.warning(
            request, _("This session has begun, so its plan no longer changes.")
        )
        return redirect("attendance:session", found.uuid)
    form = PlanForm(
        request.POST or None,
        hamlets=_hamlets(request.user, found.team)
        | Unit.objects.hamlets().filter(pk=found.host_id),
        members=_members(request.user, found.team),
        initial={**_initial(found), "date": found.date},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_plan(
                found,
                user=request.user,
                host=data["hamlet"],
                date=data["date"],
                starts_at=data["starts_at"],
                venue=data["venue"],
                kind=data["kind"],
                lessons=list(data["lessons"]),
                helpers=list(data.get("helpers", ())),
                is_public=data["is_public"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The plan has been changed."))
            return redirect("attendance:session", found.uuid)
    return render(
        request,
        "attendance/plan.html",
        {
            "section": "so",
            "tab": "calendar",
            "form": form,
            "team": found.team,
            "session": found,
        },
    )


@screen
def cancel(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Cancel a session, with the reason that people will ask for."""
    found = session_for(request, session, PLAN)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_session(
                found, user=request.user, reason=form.cleaned_data["reason"]
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The session is cancelled."))
            return redirect("attendance:session", found.uuid)
    return render(
        request,
        "attendance/cancel.html",
        {"section": "so", "tab": "calendar", "form": form, "session": found},
    )


@screen
def reopen(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Open a closed or cancelled session again."""
    found = session_for(request, session, REOPEN)
    if request.method == "POST":
        try:
            actions.reopen_session(found, user=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("attendance:session", found.uuid)
        messages.success(request, _("The session is open again."))
        return redirect("attendance:session", found.uuid)
    return render(
        request,
        "attendance/reopen.html",
        {"section": "so", "tab": "today", "session": found},
    )


__all__ = ["VIEW", "cancel", "change", "overview", "plan", "reopen", "start"]
