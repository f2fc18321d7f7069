"""Reporting periods, the figures that were sent, and what changed afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pilot_communes.models import Unit


class ReportingPeriod(models.Model):
    """A month, quarter or year for which communes hand in figures."""

    class Kind(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")

    kind = models.CharField(max_length=8, choices=Kind)
    starts_on = models.DateField()
    # The first day after the period: half-open, so that no day is in two or in none.
    ends_on = models.DateField()
    due_on = models.DateField()
    locked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reporting period")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "starts_on"], name="a_period_of_a_kind_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="a_period_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on:%Y-%m}"


class PeriodReport(models.Model):
    """What a commune hands in for a period: a frozen snapshot once it is sent."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENT = "sent", _("sent")
        RETURNED = "returned", _("to be mended")
        APPROVED = "approved", _("approved")
        LOCKED = "locked", _("locked")

    FROZEN = (Status.SENT, Status.APPROVED, Status.LOCKED)

    period = models.ForeignKey(
        ReportingPeriod, on_delete=models.PROTECT, related_name="reports"
    )
    commune = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="reports")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # {name of a sum: whole number} as it was sent; the names are those of `coverage`.
    sent_figures = models.JSONField(default=dict, blank=True)
    # {session public id: state version} at the moment of sending: the log position.
    log_position = models.JSONField(default=dict, blank=True)
    narrative = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("period report")
        constraints = [
            models.UniqueConstraint(
                fields=["period", "commune"], name="a_commune_reports_once_for_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.period_id} {self.commune_id} {self.status}"


class Adjustment(models.Model):
    """A difference that arose after a report was sent, and why."""

    class Cause(models.TextChoices):
        LATE = "late", _("register arrived late")
        CORRECTION = "correction", _("correction")
        MERGE = "merge", _("people merged or separated")
        ERASURE = "erasure", _("person erased")
        MAP = "map", _("map changed")
        HOLD = "hold", _("waiting entry decided")

    report = models.ForeignKey(
        PeriodReport, on_delete=models.PROTECT, related_name="adjustments"
    )
    cause = models.CharField(max_length=10, choices=Cause)
    measure = models.CharField(max_length=60)
    difference = models.BigIntegerField()
    session = models.ForeignKey(
        "attendance.TrainingSession",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField(default=timezone.now)
    carried_into = models.ForeignKey(
        PeriodReport,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="carried",
    )

    class Meta:
        verbose_name = _("adjustment")
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.report_id} {self.cause} {self.measure} {self.difference:+d}"
