"""What a commune's officer reads on a Friday: counts, registers not in, the last report."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from attendance.models import TrainingSession
from people.models import TeamMembership
from pilot_communes.models import Unit
from reports.adjustments import Line, lines_of
from reports.coverage import Coverage, Row
from reports.models import PeriodReport
from reports.spans import Span
from reports.words import day_words, moment_words, number_words

MOST_MISSING = 20


@dataclasses.dataclass(frozen=True)
class Missing:
    """A planned session whose day has passed and whose register has not come."""

    where: str
    day: str
    days: int
    leader: str
    phone: str
    url: str


def missing_registers(
    user: Any, hosts: list[int], day: dt.date
) -> tuple[list[Missing], int]:
    """The registers that have not come, oldest first, and how many there are."""
    sessions = (
        TrainingSession.objects.visible_to(user)
        .register_missing(day)
        .filter(host__in=hosts)
        .exclude(kind=TrainingSession.Kind.REHEARSAL)
    )
    leaders = Prefetch(
        "team__memberships",
        TeamMembership.objects.valid_on(day)
        .filter(position=TeamMembership.Position.LEADER)
        .select_related("person"),
        to_attr="leading",
    )
    rows = (
        sessions.select_related("host", "team")
        .prefetch_related(leaders)
        .order_by("date", "pk")[:MOST_MISSING]
    )
    found = [_missing(session, day) for session in rows]
    more = sessions.count() if len(found) == MOST_MISSING else len(found)
    return found, more


def _missing(session: TrainingSession, day: dt.date) -> Missing:
    leading = session.team.leading if session.team_id else []
    leader = leading[0].person if leading else None
    return Missing(
        session.host.full_name,
        day_words(session.date),
        (day - session.date).days,
        leader.name if leader else "",
        leader.phone if leader else "",
        reverse("reports:session", args=[session.uuid]),
    )


def quick_text(unit: Unit, coverage: Coverage, row: Row, missing: int) -> str:
    """The block that is pasted into the officers' group: plain text, no address in it."""
    shown = row.shown
    lines = [
        _("%(place)s, %(span)s, figures as of %(moment)s:")
        % {
            "place": capfirst(unit.full_name),
            "span": coverage.span.label,
            "moment": moment_words(coverage.as_of),
        },
        _("- %(number)s sessions") % {"number": number_words(shown.get("sessions", 0))},
        _("- %(number)s visits (%(named)s with a name, %(nameless)s without)")
        % {
            "number": number_words(shown.get("visits", 0)),
            "named": number_words(shown.get("named", 0)),
            "nameless": number_words(shown.get("nameless", 0)),
        },
        _("- %(number)s people")
        % {"number": number_words(shown.get("people/attended", 0))},
        _("- %(number)s households")
        % {"number": number_words(shown.get("households/attended", 0))},
    ]
    if missing:
        lines.append(
            _("- %(number)s registers have not come yet")
            % {"number": number_words(missing)}
        )
    return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class Sent:
    """The last report of a commune: as sent, what came after, and now."""

    span: str
    status: str
    sent_at: str
    lines: list[tuple[str, Line]]


def report_lines(unit: Unit) -> Sent | None:
    """đã gửi / bổ sung / hiện tại of the newest report that was sent; None without one."""
    report = (
        PeriodReport.objects.filter(commune=unit, status__in=PeriodReport.FROZEN)
        .select_related("period")
        .order_by("-period__starts_on", "-pk")
        .first()
    )
    if report is None:
        return None
    words = {
        "sessions": _("sessions"),
        "visits": _("visits"),
        "people/attended": _("people"),
        "households/attended": _("households"),
    }
    return Sent(
        Span.of_period(report.period).label,
        report.get_status_display(),
        moment_words(report.sent_at),
        [(words[line.measure], line) for line in lines_of(report, words)],
    )
