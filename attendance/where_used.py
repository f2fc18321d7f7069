"""Which sessions to come lean on lessons: the editors ask when a rule ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import ngettext

from attendance.models import TrainingSession
from courses.where_used import MOST_SHOWN, Use, Used, UseSource, uses

COMING = (TrainingSession.Status.PLANNED, TrainingSession.Status.OPEN)


def sessions_to_come(lesson_ids: Sequence[int], on: dt.date) -> Used:
    """Planned or open sessions of that day or later that teach one of these lessons.

    Place, day and team, without an address: editors do not open sessions.
    """
    found = (
        TrainingSession.objects.filter(
            session_lessons__lesson__in=lesson_ids, date__gte=on, status__in=COMING
        )
        .distinct()
        .order_by("date", "pk")
    )
    count = found.count()
    rows = tuple(
        Use(
            f"{date_format(session.date, 'd/m/Y')} · {session.host.full_name}",
            detail=session.team.name if session.team else "",
        )
        for session in found.select_related("host", "team")[:MOST_SHOWN]
    )
    words = ngettext("%(count)s session to come", "%(count)s sessions to come", count)
    return Used(words % {"count": count}, count, rows)


def register_uses() -> None:
    """Fill the registry of the room below."""
    uses.register(UseSource("sessions", 10, sessions_to_come))
