"""The rollout over the map: phases, targets, teams."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from pilot_communes.models.units import Unit
from pilot_communes.querysets import DatedQuerySet, today


class Phase(models.Model):
    """A stage of the rollout with criteria fixed before it began."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_pilot = models.BooleanField(_("pilot"), default=False)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=120, blank=True)
    aim = models.TextField(_("aim"), blank=True)
    # The questions that a commune is asked before it starts, as a list of
    # {"code", "text", "indicator", "proposed"}; `ReadinessItem` holds the answers.
    criteria = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name


class PhaseMembership(models.Model):
    """A commune in a phase, from the day it joined to the day it left."""

    phase = models.ForeignKey(
        Phase, on_delete=models.CASCADE, related_name="memberships"
    )
    commune = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="phase_memberships"
    )
    valid_from = models.DateField(_("joined on"))
    valid_to = models.DateField(_("left on"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=120, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("phase membership")
        constraints = [
            models.UniqueConstraint(
                fields=["phase", "commune", "valid_from"],
                name="a_commune_joins_a_phase_once_on_a_day",
            ),
            models.UniqueConstraint(
                fields=["commune"],
                condition=Q(valid_to=None),
                name="a_commune_stands_in_one_phase",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="a_phase_membership_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase_id} {self.commune_id}"


class ReadinessItem(models.Model):
    """One thing a commune must have before it starts, and whether it has it."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown", _("not known")
        NOT_MET = "not_met", _("not met")
        MET = "met", _("met")

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="readiness")
    commune = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    criterion = models.CharField(_("criterion"), max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.UNKNOWN)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("readiness check")
        constraints = [
            models.UniqueConstraint(
                fields=["phase", "commune", "criterion"],
                name="a_criterion_is_checked_once_for_each_commune",
            )
        ]

    def __str__(self) -> str:
        return f"{self.phase_id} {self.commune_id} {self.criterion}"


class Target(models.Model):
    """A value of an indicator that a unit or a phase should reach by a day."""

    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="targets"
    )
    phase = models.ForeignKey(
        Phase, null=True, blank=True, on_delete=models.CASCADE, related_name="targets"
    )
    indicator = models.CharField(_("indicator"), max_length=8)
    due_on = models.DateField(_("due on"))
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=4)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("target")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None) ^ Q(phase=None),
                name="a_target_is_for_a_unit_or_a_phase",
            ),
            models.UniqueConstraint(
                fields=["unit", "indicator", "due_on"],
                name="one_target_for_each_unit_indicator_and_day",
            ),
            models.UniqueConstraint(
                fields=["phase", "indicator", "due_on"],
                name="one_target_for_each_phase_indicator_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.due_on}"


class TeamQuerySet(DatedQuerySet):
    def serving(self, hamlet_ids, date=None) -> TeamQuerySet:
        """Teams that serve one of these hamlets on that day."""
        date = date or today()
        return self.filter(
            Q(hamlets__valid_to=None) | Q(hamlets__valid_to__gt=date),
            hamlets__hamlet_id__in=hamlet_ids,
            hamlets__valid_from__lte=date,
        ).distinct()

    def visible_to(self, user) -> TeamQuerySet:
        """Teams of the communes, or serving the hamlets, that the user reaches."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        return self.filter(
            Q(commune_id__in=reach.unit_ids) | Q(pk__in=reach.team_ids)
        ).distinct()


class Team(models.Model):
    """A community digital technology team, set up by a commune (Decree 224/2026, Art. 79)."""

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    commune = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="teams")
    decision = models.CharField(_("decision number"), max_length=120, blank=True)
    decision_on = models.DateField(_("decision date"), null=True, blank=True)
    valid_from = models.DateField(_("active from"))
    valid_to = models.DateField(_("active until"), null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class TeamHamlet(models.Model):
    """A hamlet that a team serves, from when to when."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="hamlets")
    hamlet = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="served_by")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("hamlet served")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "hamlet", "valid_from"],
                name="a_team_takes_a_hamlet_once_on_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.hamlet_id}"
