"""Changes: a period is opened, a commune's report is sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from attendance.models import TrainingSession
from pilot_communes.models import Unit
from reports.adjustments import figures_now
from reports.atlas import Atlas
from reports.models import PeriodReport, ReportingPeriod, SessionFigures
from reports.spans import Span, months_after

SEND = "reports.send_report"
PROVINCE = "reports.view_province"
# How many days after its end a period's reports are due, if nobody says otherwise.
DAYS_TO_REPORT = 5
_MONTHS = {
    ReportingPeriod.Kind.MONTH: 1,
    ReportingPeriod.Kind.QUARTER: 3,
    ReportingPeriod.Kind.YEAR: 12,
}


@transaction.atomic
def open_period(
    *, user: Any, kind: str, starts_on: dt.date, due_on: dt.date | None = None
) -> ReportingPeriod:
    """Open a month, quarter or year for reports; the same one twice is the same one.

    Raises PermissionDenied, and ValidationError for a day on which none begins.
    """
    if user is not None and not user.has_perm(PROVINCE):
        raise PermissionDenied
    kind = ReportingPeriod.Kind(kind)
    ends_on = months_after(starts_on, _MONTHS[kind])
    period = ReportingPeriod(
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        due_on=due_on or ends_on + dt.timedelta(days=DAYS_TO_REPORT),
    )
    if Span.of_period(period).starts_on != starts_on:
        raise ValidationError(
            _("No %(kind)s begins on %(day)s.")
            % {"kind": kind.label, "day": f"{starts_on:%d/%m/%Y}"},
            code="begins",
        )
    found, made = ReportingPeriod.objects.get_or_create(
        kind=kind,
        starts_on=starts_on,
        defaults={"ends_on": period.ends_on, "due_on": period.due_on},
    )
    if made:
        log(instance=found, action="reports.open_period", user=user)
    return found


@transaction.atomic
def send_report(
    *, user: Any, period: ReportingPeriod, commune: Unit, narrative: str = ""
) -> PeriodReport:
    """Hand in a commune's figures: a snapshot, with the log position it was taken at.

    Whatever changes afterwards is an `Adjustment` below it. Raises PermissionDenied,
    and ValidationError for a period that has not ended, is locked, or was sent already.
    """
    if user is not None and not user.has_perm(SEND, commune):
        raise PermissionDenied
    report, _made = PeriodReport.objects.get_or_create(period=period, commune=commune)
    report = (
        PeriodReport.objects.select_related("period", "commune")
        .select_for_update(of=("self",))
        .get(pk=report.pk)
    )
    _check_sendable(report)
    report.sent_figures = figures_now(report)
    report.log_position = log_position(period, commune)
    report.narrative = narrative.strip()
    report.status = PeriodReport.Status.SENT
    report.sent_at = timezone.now()
    report.sent_by = user
    report.save()
    log(
        instance=report,
        action="reports.send_report",
        user=user,
        data={"period": str(period), "commune": commune.code},
    )
    return report


def _check_sendable(report: PeriodReport) -> None:
    if report.period.locked_at is not None:
        raise ValidationError(
            _("%(period)s is locked.")
            % {"period": capfirst(Span.of_period(report.period).label)},
            code="locked",
        )
    if report.status in PeriodReport.FROZEN:
        raise ValidationError(
            _("This report was sent at %(moment)s.")
            % {"moment": f"{timezone.localtime(report.sent_at):%H:%M %d/%m/%Y}"},
            code="sent",
        )
    if report.period.starts_on > timezone.localdate():
        raise ValidationError(_("This period has not begun yet."), code="early")


def log_position(period: ReportingPeriod, commune: Unit) -> dict[str, int]:
    """{public id of a session: version of its state} for the commune's ground."""
    hosts = Atlas(period.starts_on).hosts_of(commune.pk, period.starts_on)
    sessions = TrainingSession.objects.filter(
        host__in=hosts,
        pk__in=SessionFigures.objects.filter(
            day__gte=period.starts_on, day__lt=period.ends_on
        ).values("pk"),
    )
    return {
        str(public): version
        for public, version in sessions.values_list("uuid", "state_version")
    }
