"""Hôm nay and Lịch: what is on, what is coming, what has not come in."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from attendance.models import TrainingSession
from attendance.querysets import TrainingSessionQuerySet
from attendance.reading import Reading
from attendance.views.access import CLOSE, PLAN, TAKE, VIEW, screen
from people.models import TeamMembership
from people.reach import Grant
from people.roles import TEAM_LEADER, TEAM_MEMBER, Role
from pilot_communes.models import Unit
from pilot_communes.querysets import today

# More than these stand in the calendar, a page at a time.
MOST_CARDS = 30
PAGE = 20


@dataclasses.dataclass(frozen=True)
class Step:
    """The one thing to do next with a session."""

    label: str
    url: str
    is_post: bool = False


@dataclasses.dataclass
class Card:
    """A session on a list: its facts, its counts and the next step."""

    session: TrainingSession
    reading: Reading
    step: Step
    is_overdue: bool
    is_first: bool = False


@dataclasses.dataclass
class Hat:
    """A role of the reader, headed by its place, with the sessions under it."""

    title: str
    cards: list[Card]
    missing: list[Card]
    is_team: bool


def with_lists(sessions: TrainingSessionQuerySet) -> TrainingSessionQuerySet:
    """Everything that a card shows, in three queries for any number of sessions."""
    return sessions.select_related("host", "team").prefetch_related(
        "session_lessons__lesson"
    )


def next_step(session: TrainingSession, user: Any, date: dt.date) -> Step:
    """What this user does next with the session."""

    def at(name: str) -> str:
        return reverse(f"attendance:{name}", args=[session.uuid])

    status = session.status
    may_take = user.has_perm(TAKE, session)
    if status == session.Status.PLANNED and session.date <= date and may_take:
        return Step(_("Open the register"), at("start"), is_post=True)
    if status == session.Status.OPEN and may_take:
        reading = Reading.of(session)
        if reading.is_empty:
            return Step(_("Mark who is here"), at("register"))
        if reading.unrecorded:
            return Step(_("Record outcomes"), at("outcomes"))
        if user.has_perm(CLOSE, session):
            return Step(_("Close the session"), at("close"))
        return Step(_("Look at the register"), at("register"))
    return Step(_("Look at the session"), at("session"))


def cards_of(sessions: Any, user: Any, date: dt.date) -> list[Card]:
    return [
        Card(
            session,
            Reading.of(session),
            next_step(session, user, date),
            session.status == session.Status.PLANNED and session.date < date,
        )
        for session in sessions
    ]


@screen
def today_view(request: HttpRequest) -> HttpResponse:
    """Cards of today's and open sessions, and sessions whose register has not come."""
    date = today()
    visible = with_lists(TrainingSession.objects.visible_to(request.user))
    now = list(
        visible.filter(Q(date=date) | Q(status=TrainingSession.Status.OPEN))
        .exclude(status=TrainingSession.Status.CANCELLED)
        .order_by("date", "starts_at", "pk")[: MOST_CARDS + 1]
    )
    late = list(visible.register_missing(date)[: MOST_CARDS + 1])
    hats = _hats(request.user, now[:MOST_CARDS], late[:MOST_CARDS], date)
    coming = visible.coming(date + dt.timedelta(days=1)).first()
    return render(
        request,
        "attendance/today.html",
        {
            "section": "so",
            "tab": "today",
            "date": date,
            "hats": hats,
            "more": len(now) > MOST_CARDS or len(late) > MOST_CARDS,
            "is_empty": not now,
            "coming": cards_of([coming] if coming else [], request.user, date),
            "may_plan": request.user.has_perm(PLAN),
        },
    )


def _hats(
    user: Any, now: list[TrainingSession], late: list[TrainingSession], date: dt.date
) -> list[Hat]:
    """The reader's roles that see sessions; a session stands under the nearest one."""
    grants = sorted(
        (grant for grant in user.reach().grants if VIEW in grant.permissions),
        key=lambda grant: (grant.team_id is None, len(grant.unit_ids)),
    )
    titles = _titles(user, grants)
    cards = cards_of(now, user, date)
    missing = cards_of(late, user, date)
    hats = []
    for grant in grants:
        mine = [card for card in cards if card.session.host_id in grant.unit_ids]
        overdue = [card for card in missing if card.session.host_id in grant.unit_ids]
        cards = [card for card in cards if card not in mine]
        missing = [card for card in missing if card not in overdue]
        hats.append(Hat(titles[grant], mine, overdue, grant.team_id is not None))
    for hat in hats[:1]:
        for card in hat.cards[:1]:
            card.is_first = True
    if cards or missing or not hats:
        # A superuser without a role sees everything under no hat.
        hats.append(Hat("", cards, missing, False))
    return hats


def _titles(user: Any, grants: list[Grant]) -> dict[Grant, str]:
    """ "Tổ trưởng – ấp Rạch Mới", "Điều phối xã – xã Đất Mũi"."""
    units = Unit.objects.in_bulk({grant.unit_id for grant in grants})
    positions: dict[int, str] = {}
    served: dict[int, list[str]] = {}
    teams = {grant.team_id for grant in grants if grant.team_id is not None}
    if teams:
        for row in (
            TeamMembership.objects.valid_on()
            .filter(person_id=user.person_id, team_id__in=teams)
            .select_related("team")
            .prefetch_related("team__hamlets__hamlet")
        ):
            positions[row.team_id] = row.get_position_display()
            served[row.team_id] = [
                link.hamlet.full_name
                for link in row.team.hamlets.all()
                if link.valid_to is None or link.valid_to > today()
            ]
    titles = {}
    for grant in grants:
        if grant.role in (TEAM_LEADER, TEAM_MEMBER):
            word = positions.get(grant.team_id, "")
            place = ", ".join(served.get(grant.team_id, ())) or str(
                units[grant.unit_id]
            )
        else:
            word, place = Role(grant.role).label, str(units[grant.unit_id])
        titles[grant] = f"{word[:1].upper()}{word[1:]} – {place}"
    return titles


@screen
def calendar(request: HttpRequest) -> HttpResponse:
    """Coming and past sessions, a page at a time."""
    date = today()
    past = request.GET.get("qua") == "1"
    sessions = with_lists(TrainingSession.objects.visible_to(request.user))
    if past:
        sessions = sessions.filter(date__lt=date).order_by("-date", "-pk")
    else:
        sessions = sessions.filter(date__gte=date).order_by("date", "starts_at", "pk")
    page = Paginator(sessions, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "attendance/calendar.html",
        {
            "section": "so",
            "tab": "calendar",
            "past": past,
            "page": page,
            "cards": cards_of(page.object_list, request.user, date),
            "may_plan": request.user.has_perm(PLAN),
        },
    )
