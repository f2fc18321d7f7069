"""The first afternoon of a commune, read from what is there: five steps, none stored.

A step is done when the data says so, whoever entered it and on whichever screen. Every
step may be left empty; the first one that is neither done nor optional comes next.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import TextChoices
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.models import TrainingSession
from people.models import Device, Household, OneTimeCode, TeamMembership
from pilot_communes.frames import ground_under
from pilot_communes.models import PopulationFigure, Team, Unit
from pilot_communes.querysets import today

# The page names so many; the list of teams names all.
MOST_NAMES = 8
LEADING = (TeamMembership.Position.LEADER, TeamMembership.Position.DEPUTY)
BASES = (PopulationFigure.Group.HOUSEHOLDS, PopulationFigure.Group.ADULTS)


class Code(TextChoices):
    HAMLETS = "hamlets", gettext_lazy("Paste the list of hamlets")
    LEADERS = "leaders", gettext_lazy("Invite the team leaders")
    PHONES = "phones", gettext_lazy("Set up the second step of sign-in")
    BASES = "bases", gettext_lazy("Enter households and bases")
    SESSION = "session", gettext_lazy("Plan the first session")


class Entrance(TextChoices):
    """How far a leader is on the way in."""

    NOT_INVITED = "not_invited", gettext_lazy("no invitation yet")
    WAITING = "waiting", gettext_lazy("has a code, has not signed in yet")
    LAPSED = "lapsed", gettext_lazy("the code has lapsed: print a new one")
    IN = "in", gettext_lazy("signs in")
    SAFE = "safe", gettext_lazy("signs in, with a phone or a second step")
    CLOSED = "closed", gettext_lazy("the login is closed")


@dataclasses.dataclass(frozen=True)
class Leader:
    """A team's leader or deputy and how far they are on the way in."""

    membership: TeamMembership
    entrance: Entrance

    @property
    def name(self) -> str:
        return self.membership.person.name

    @property
    def team(self) -> Team:
        return self.membership.team

    @property
    def url(self) -> str:
        """The screen where this leader is invited and the phone enrolled."""
        return reverse("people:member", args=[self.team.uuid, self.membership.pk])


@dataclasses.dataclass(frozen=True)
class Step:
    """One of the five: what it is for, what is there already, is it done."""

    number: int
    code: Code
    why: Promise | str
    facts: tuple[str, ...]
    is_done: bool
    is_optional: bool = False
    has_teams: bool = False
    leaders: tuple[Leader, ...] = ()

    @property
    def title(self) -> str:
        return str(self.code.label)

    @property
    def to_help(self) -> tuple[Leader, ...]:
        """The leaders with whom this step is not done."""
        if self.code == Code.PHONES:
            return tuple(x for x in self.leaders if x.entrance == Entrance.IN)
        inside = (Entrance.IN, Entrance.SAFE)
        return tuple(x for x in self.leaders if x.entrance not in inside)

    @property
    def shown(self) -> tuple[Leader, ...]:
        return self.to_help[:MOST_NAMES]

    @property
    def more(self) -> int:
        """How many of them the page does not name."""
        return len(self.to_help) - len(self.shown)


@dataclasses.dataclass(frozen=True)
class FirstSteps:
    """The five steps of a commune on a day."""

    commune: Unit
    steps: tuple[Step, ...]
    sessions: int

    @property
    def next_step(self) -> Step | None:
        waiting = (s for s in self.steps if not s.is_done and not s.is_optional)
        return next(waiting, None)

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def is_ready(self) -> bool:
        return self.next_step is None


def first_steps(commune: Unit, *, date: dt.date | None = None) -> FirstSteps:
    """Read the five steps of a commune (a dozen queries, whatever its size)."""
    date = date or today()
    ground = ground_under([commune.pk], date).units[commune.pk]
    sessions = TrainingSession.objects.filter(host_id__in=ground).exclude(
        kind=TrainingSession.Kind.REHEARSAL
    )
    sessions = sessions.exclude(status=TrainingSession.Status.CANCELLED)
    first = sessions.order_by("date", "pk").first()
    teams = list(
        Team.objects.valid_on(date).filter(commune_id__in=ground).order_by("pk")
    )
    leaders = leaders_of(teams, date)
    steps = (
        _hamlets(commune, date),
        _invitations(teams, leaders),
        _phones(leaders),
        _bases(ground, date),
        _first_session(first),
    )
    return FirstSteps(commune, steps, sessions.count() if first else 0)


def leaders_of(teams: Iterable[Team], date: dt.date) -> tuple[Leader, ...]:
    """Leaders and deputies of these teams, by team and rank (four queries)."""
    memberships = list(
        TeamMembership.objects.valid_on(date)
        .filter(team__in=list(teams), position__in=LEADING, person__erased_at=None)
        .select_related("team", "person", "person__user")
        # "deputy" sorts before "leader"
        .order_by("team_id", "-position", "pk")
    )
    users = {user.pk: user for m in memberships if (user := _login(m)) is not None}
    secured = set(
        Authenticator.objects.filter(
            user__in=users, type=Authenticator.Type.TOTP
        ).values_list("user_id", flat=True)
    )
    secured |= set(
        Device.objects.filter(
            user__in=users, kind=Device.Kind.PHONE, revoked_at=None
        ).values_list("user_id", flat=True)
    )
    usable = set(
        OneTimeCode.objects.filter(
            user__in=users,
            used_at=None,
            withdrawn_at=None,
            expires_at__gt=timezone.now(),
        ).values_list("user_id", flat=True)
    )
    return tuple(
        Leader(m, _entrance(_login(m), secured=secured, usable=usable))
        for m in memberships
    )


def _login(membership: TeamMembership) -> Any:
    return getattr(membership.person, "user", None)


def _entrance(user: Any, *, secured: set[int], usable: set[int]) -> Entrance:
    if user is None:
        return Entrance.NOT_INVITED
    if not user.is_active:
        return Entrance.CLOSED
    if user.last_login is None:
        return Entrance.WAITING if user.pk in usable else Entrance.LAPSED
    if user.must_set_password:
        return Entrance.WAITING
    return Entrance.SAFE if user.pk in secured else Entrance.IN


def _hamlets(commune: Unit, date: dt.date) -> Step:
    count = Unit.objects.hamlets().under(commune, date).valid_on(date).named().count()
    facts = ()
    if count:
        facts = (
            ngettext(
                "%(count)s hamlet is on the map.",
                "%(count)s hamlets are on the map.",
                count,
            )
            % {"count": count},
        )
    return Step(
        number=1,
        code=Code.HAMLETS,
        why=_(
            "One name a line, as in the commune's own decision. Codes are given here."
        ),
        facts=facts,
        is_done=count > 0,
    )


def _invitations(teams: list[Team], leaders: tuple[Leader, ...]) -> Step:
    facts = []
    if teams:
        facts.append(
            ngettext("%(count)s team.", "%(count)s teams.", len(teams))
            % {"count": len(teams)}
        )
        led = {
            x.membership.team_id
            for x in leaders
            if x.membership.position == TeamMembership.Position.LEADER
        }
        without = sum(team.pk not in led for team in teams)
        if without:
            facts.append(
                ngettext(
                    "%(count)s team has no leader yet.",
                    "%(count)s teams have no leader yet.",
                    without,
                )
                % {"count": without}
            )
    invited = [x for x in leaders if x.entrance != Entrance.NOT_INVITED]
    if leaders:
        facts.append(
            _("%(invited)s of %(all)s leaders and deputies invited.")
            % {"invited": len(invited), "all": len(leaders)}
        )
    return Step(
        number=2,
        code=Code.LEADERS,
        why=_(
            "Each leader gets a paper with a one-time code. No message is sent: it is "
            "handed over or read out."
        ),
        facts=tuple(facts),
        is_done=bool(invited),
        has_teams=bool(teams),
        leaders=leaders,
    )


def _phones(leaders: tuple[Leader, ...]) -> Step:
    inside = [x for x in leaders if x.entrance in (Entrance.IN, Entrance.SAFE)]
    safe = [x for x in inside if x.entrance == Entrance.SAFE]
    facts = []
    if inside:
        facts.append(
            _("%(safe)s of %(inside)s who sign in have a phone or a second step.")
            % {"safe": len(safe), "inside": len(inside)}
        )
    elif leaders:
        facts.append(
            _("No leader has signed in yet. Call them, or print the paper again.")
        )
    return Step(
        number=3,
        code=Code.PHONES,
        why=_(
            "A second step keeps the list of people safe when a password is found out. "
            "The leader sets it up after signing in, on his own phone."
        ),
        facts=tuple(facts),
        is_done=bool(inside) and len(safe) == len(inside),
        leaders=leaders,
    )


def _bases(ground: Iterable[int], date: dt.date) -> Step:
    households = (
        Household.objects.filter(erased_at=None).standing_in(ground, date).count()
    )
    declared = PopulationFigure.objects.filter(
        unit_id__in=ground,
        group__in=BASES,
        quality=PopulationFigure.Quality.DECLARED,
        date__lte=date,
    ).count()
    facts = []
    if households:
        facts.append(
            ngettext(
                "%(count)s household is on the list.",
                "%(count)s households are on the list.",
                households,
            )
            % {"count": households}
        )
    if declared:
        facts.append(
            ngettext(
                "%(count)s base has been declared.",
                "%(count)s bases have been declared.",
                declared,
            )
            % {"count": declared}
        )
    return Step(
        number=4,
        code=Code.BASES,
        why=_(
            "Only where the commune has the figures at hand. Without a base the pages "
            "show counts and no percentage."
        ),
        facts=tuple(facts),
        is_done=bool(households or declared),
        is_optional=True,
    )


def _first_session(first: TrainingSession | None) -> Step:
    facts = ()
    if first is not None:
        facts = (
            _("The first session: %(date)s.")
            % {"date": date_format(first.date, "d/m/Y")},
        )
    return Step(
        number=5,
        code=Code.SESSION,
        why=_(
            "Choose a hamlet, an evening and one lesson. The list of people may be empty: "
            "it grows by itself as they come."
        ),
        facts=facts,
        is_done=first is not None,
    )
