"""What makes a member, a leader, an officer: dated, and held in a place."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models.persons import Person
from people.querysets import AssignmentQuerySet, MembershipQuerySet
from people.roles import Role
from pilot_communes.models import Team, Unit


class TeamMembership(models.Model):
    """A person in a team, as leader, deputy or member, from when to when."""

    class Position(models.TextChoices):
        LEADER = "leader", _("team leader")
        DEPUTY = "deputy", _("deputy leader")
        MEMBER = "member", _("team member")

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="team_memberships"
    )
    position = models.CharField(_("position"), max_length=8, choices=Position)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    # A leader's telephone is shown to residents only with the leader's consent.
    phone_public = models.BooleanField(_("telephone may be shown"), default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("team membership")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "person"],
                condition=Q(valid_to=None),
                name="a_person_is_in_a_team_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="a_team_membership_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.position}"

    @property
    def ground_id(self) -> int:
        return self.team.commune_id


class RoleAssignment(models.Model):
    """An officer's role, held in a unit, reaching what is placed under it today.

    After communes were merged, whoever coordinated one of them goes on answering for its
    ground (`within`) inside the new one, until somebody is appointed for the whole.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments"
    )
    role = models.CharField(_("role"), max_length=24, choices=Role)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    # Of a commune that was merged into this unit: only its ground is answered for.
    within = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_at = models.DateTimeField(default=timezone.now)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("role assignment")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=Q(valid_to=None, within=None),
                name="a_role_is_held_once_in_a_unit",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit", "within"],
                condition=Q(valid_to=None),
                name="a_role_is_held_once_in_a_part_of_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="a_role_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"u{self.user_id} {self.role} {self.unit_id}"

    @property
    def ground_id(self) -> int:
        return self.unit_id

    @property
    def place(self) -> str:
        """Where the role is held, in words."""
        if self.within is None:
            return self.unit.full_name
        return _("%(unit)s, the ground of the former %(within)s") % {
            "unit": self.unit.full_name,
            "within": self.within.full_name,
        }
