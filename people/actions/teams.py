"""Teams: which hamlets they serve and who is in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from people.checks import cleaned_name, require
from people.models import Person, TeamMembership, User
from people.signals import person_changed
from pilot_communes.models import Team, TeamHamlet, Unit
from pilot_communes.querysets import today


def _forget_reach_of(person_id: int, *users: User | None) -> None:
    for login in users:
        if login is not None and login.person_id == person_id:
            login.forget_reach()


@transaction.atomic
def add_team(
    *,
    user: User | None,
    commune: Unit,
    name: str,
    hamlets: Iterable[Unit] = (),
    decision: str = "",
    decision_on: dt.date | None = None,
    since: dt.date | None = None,
) -> Team:
    """Set up a team of a commune that serves these hamlets from a day on.

    Raises PermissionDenied or ValidationError.
    """
    require(user, "people.manage_team", commune)
    if commune.level != Unit.Level.COMMUNE:
        raise ValidationError(_("A team belongs to a commune."), code="level")
    since = since or today()
    team = Team.objects.create(
        name=cleaned_name(name),
        commune=commune,
        decision=decision.strip()[:120],
        decision_on=decision_on,
        valid_from=since,
    )
    log(team, "people.add_team", user=user)
    serve_hamlets(team, user=user, hamlets=hamlets, since=since)
    return team


@transaction.atomic
def change_team(
    team: Team,
    *,
    user: User | None,
    name: str,
    decision: str = "",
    decision_on: dt.date | None = None,
) -> Team:
    """Change a team's name and the decision that set it up."""
    require(user, "people.manage_team", team)
    team.name = cleaned_name(name)
    team.decision = decision.strip()[:120]
    team.decision_on = decision_on
    team.save(update_fields=["name", "decision", "decision_on"])
    log(team, "people.change_team", user=user)
    return team


@transaction.atomic
def serve_hamlets(
    team: Team,
    *,
    user: User | None,
    hamlets: Iterable[Unit],
    since: dt.date | None = None,
) -> None:
    """From a day on the team serves exactly these hamlets of its commune.

    Raises PermissionDenied, or ValidationError for a hamlet of another commune.
    """
    require(user, "people.manage_team", team)
    since = since or today()
    wanted = {hamlet.pk: hamlet for hamlet in hamlets}
    inside = set(
        Unit.objects.under(team.commune_id, since)
        .filter(pk__in=wanted)
        .values_list("pk", flat=True)
    )
    if inside != set(wanted):
        raise ValidationError(
            _("A team serves hamlets of its own commune."), code="other_ground"
        )
    rows = TeamHamlet.objects.select_for_update().filter(team=team, valid_to=None)
    held = {row.hamlet_id: row for row in rows}
    for hamlet_id, row in held.items():
        if hamlet_id not in wanted:
            if row.valid_from >= since:
                row.delete()
            else:
                row.valid_to = since
                row.save(update_fields=["valid_to"])
    for hamlet_id in wanted:
        if hamlet_id not in held:
            # Left and taken again on one day: the row of that day goes on.
            TeamHamlet.objects.update_or_create(
                team=team,
                hamlet_id=hamlet_id,
                valid_from=since,
                defaults={"valid_to": None},
            )
    if set(held) != set(wanted):
        log(team, "people.serve_hamlets", user=user, data={"hamlets": sorted(wanted)})


@transaction.atomic
def end_team(team: Team, *, user: User | None, on: dt.date | None = None) -> None:
    """End a team: its memberships and hamlets end with it."""
    require(user, "people.manage_team", team)
    on = on or today()
    team.valid_to = max(on, team.valid_from)
    team.save(update_fields=["valid_to"])
    for membership in TeamMembership.objects.filter(team=team, valid_to=None):
        leave_team(membership, user=user, on=on)
    for row in TeamHamlet.objects.filter(team=team, valid_to=None):
        row.valid_to = max(on, row.valid_from)
        row.save(update_fields=["valid_to"])
    log(team, "people.end_team", user=user)


@transaction.atomic
def join_team(
    person: Person,
    *,
    team: Team,
    user: User | None,
    position: str = TeamMembership.Position.MEMBER,
    since: dt.date | None = None,
    phone_public: bool = False,
) -> TeamMembership:
    """Make a person leader, deputy or member of a team; somebody in it changes position.

    Raises PermissionDenied, or ValidationError for a second leader, an ended team or an
    erased person.
    """
    require(user, "people.manage_team", team)
    position = TeamMembership.Position(position)
    since = since or today()
    if person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    if team.valid_to is not None and team.valid_to <= since:
        raise ValidationError(_("This team has ended."), code="ended")
    Team.objects.select_for_update().get(pk=team.pk)
    present = TeamMembership.objects.filter(team=team, valid_to=None)
    if (
        position == TeamMembership.Position.LEADER
        and present.filter(position=position).exclude(person=person).exists()
    ):
        raise ValidationError(
            _("This team has a leader. Give the leader another position first."),
            code="leader",
        )
    membership = present.filter(person=person).first()
    if membership is not None and membership.position == position:
        if membership.phone_public != phone_public:
            membership.phone_public = phone_public
            membership.save(update_fields=["phone_public"])
        return membership
    if membership is not None:
        membership.valid_to = max(since, membership.valid_from)
        membership.save(update_fields=["valid_to"])
    membership = TeamMembership.objects.create(
        team=team,
        person=person,
        position=position,
        valid_from=since,
        phone_public=phone_public,
    )
    log(
        person,
        "people.join_team",
        user=user,
        data={"team": team.pk, "position": position},
    )
    _forget_reach_of(person.pk, user)
    person_changed.send(
        sender=Person, person_ids=[person.pk], fields=frozenset({"team"})
    )
    return membership


@transaction.atomic
def leave_team(
    membership: TeamMembership, *, user: User | None, on: dt.date | None = None
) -> None:
    """End a membership on a day (today by default). Raises PermissionDenied."""
    require(user, "people.manage_team", membership)
    if membership.valid_to is not None:
        return
    membership.valid_to = max(on or today(), membership.valid_from)
    membership.save(update_fields=["valid_to"])
    log(
        membership.person,
        "people.leave_team",
        user=user,
        data={"team": membership.team_id},
    )
    _forget_reach_of(membership.person_id, user)
    person_changed.send(
        sender=Person, person_ids=[membership.person_id], fields=frozenset({"team"})
    )
