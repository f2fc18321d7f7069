"""What a session's own cells make of its row: where, when, what, and how far it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from attendance.cells import is_uuid
from attendance.models import SessionLesson, TrainingSession
from courses.models import LessonPage
from pilot_communes.models import Unit

Status = TrainingSession.Status
Kind = TrainingSession.Kind

_is_date = re.compile(r"2[01]\d\d-\d\d-\d\d").fullmatch
_is_clock = re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch


def status_of(state: Mapping[str, Any], present: str) -> str:
    """How far the session is, from its log; `present` if the log says nothing of it.

    A session to which people came is a held session, even if somebody cancelled it
    elsewhere without knowing: nobody who came is lost.
    """
    totals, cells = state["totals"], state["cells"]
    said = state["fields"].get("status", "")
    if state["closed"]:
        return Status.CLOSED
    if totals["named"] or totals["head_count"] or totals["proxies"]:
        return Status.OPEN
    if said == Status.CANCELLED:
        return Status.CANCELLED
    if said == Status.OPEN or "close" in cells or "head_count" in cells:
        return Status.OPEN
    if state["people"]:
        return Status.OPEN
    return Status.PLANNED if said == Status.PLANNED else present


def read_date(text: str) -> dt.date | None:
    """A date as a session's cell holds it, or None."""
    if not _is_date(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def read_clock(text: str) -> dt.time | None:
    """A time of day as a session's cell holds it, or None."""
    return dt.time.fromisoformat(text) if _is_clock(text) else None


def find_host(text: str, date: dt.date) -> int | None:
    """The key of the hamlet a cell names by public id, or by its code on that day."""
    hamlets = Unit.objects.hamlets()
    if is_uuid(text):
        return hamlets.filter(uuid=text).values_list("pk", flat=True).first()
    rows = hamlets.valid_on(date).filter(code=text)
    return rows.values_list("pk", flat=True).first()


def lesson_numbers(text: str) -> list[int]:
    """The lesson numbers in a cell such as ``12,14``."""
    return [int(word) for word in text.split(",") if word.isascii() and word.isdigit()]


def take_fields(session: TrainingSession, fields: Mapping[str, str]) -> bool:
    """Put what the cells say into the session's row; did the lessons change?

    A cell that this server cannot read (a hamlet that it does not know) changes
    nothing.
    """
    if date := read_date(fields.get("date", "")):
        session.date = date
    if fields.get("kind") in Kind.values:
        session.kind = fields["kind"]
    if "start" in fields:
        session.starts_at = read_clock(fields["start"])
    if host := find_host(fields["host"], session.date) if fields.get("host") else None:
        session.host_id = host
    return "lessons" in fields and set_lessons(session, fields["lessons"])


def set_lessons(session: TrainingSession, text: str) -> bool:
    """Make the session's lessons those of the cell, keeping the revision first taught."""
    numbers = lesson_numbers(text)
    pages = {
        page.number: page
        for page in LessonPage.objects.filter(number__in=numbers).only(
            "number", "live_revision_id"
        )
    }
    wanted = [pages[number] for number in dict.fromkeys(numbers) if number in pages]
    rows = {row.lesson_id: row for row in session.session_lessons.all()}
    gone = rows.keys() - {page.pk for page in wanted}
    if gone:
        session.session_lessons.filter(lesson_id__in=gone).delete()
    for order, page in enumerate(wanted):
        row = rows.get(page.pk)
        if row is None:
            SessionLesson.objects.create(
                session=session,
                lesson=page,
                revision_id=page.live_revision_id,
                order=order,
            )
        elif row.order != order:
            row.order = order
            row.save(update_fields=["order"])
    return bool(gone) or any(page.pk not in rows for page in wanted)
