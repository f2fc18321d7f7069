"""The facilitator's notes of a chosen set of lessons, for who leads the session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.handouts import setting
from courses.handouts.sheets import Sheet, sheets_of
from courses.models import LessonPage

# Two evenings at most; the pictures of more would make a file no telephone opens.
MOST_LESSONS = 8


def guide_pdf(lessons: Sequence[LessonPage], on: dt.date) -> bytes:
    """One PDF with the notes of these lessons, in this order."""
    pairs = zip(lessons, sheets_of(lessons, on), strict=True)
    return setting.guide(
        [_part(lesson, sheet) for lesson, sheet in pairs], _words(lessons, on)
    )


def minutes_of(lesson: LessonPage) -> int:
    """How long the session on it takes by its notes; 0 when there are none."""
    return next((int(block.value["minutes"]) for block in lesson.guide), 0)


def _part(lesson: LessonPage, sheet: Sheet) -> dict[str, Any]:
    notes = next((block.value for block in lesson.guide), None)
    return sheet.drawn() | {
        "time": _minutes(minutes_of(lesson)),
        "changes": [str(change) for change in lesson.recent_changes()],
        "need_lines": [
            _("Each person has: %(thing)s") % {"thing": block.value}
            for block in lesson.need
        ],
        "guide": notes
        and {
            "timing": [
                {"minutes": _minutes(part["minutes"]), "what": part["what"]}
                for part in notes["timing"]
            ],
            "prepare": list(notes["prepare"]),
            "mistakes": list(notes["mistakes"]),
            "say": list(notes["say"]),
        },
    }


def _minutes(number: int | str) -> str:
    """`5 phút`; what an editor wrote as a span ("5–10") stays a span."""
    text = str(number)
    return _("%(minutes)s min") % {"minutes": text} if text not in ("", "0") else ""


def _words(lessons: Sequence[LessonPage], on: dt.date) -> dict[str, str]:
    count = len(lessons)
    day = f"{on:%d/%m/%Y}"
    return {
        "programme": settings.PROGRAMME_NAME,
        "title": _("Guide for the session"),
        "all": ngettext("%(count)s lesson", "%(count)s lessons", count)
        % {"count": count},
        "all_time": _minutes(sum(minutes_of(lesson) for lesson in lessons)),
        "changed": _("Changed of late"),
        "timing": _("Timing"),
        "prepare": _("What to prepare"),
        "mistakes": _("Common mistakes"),
        "say": _("What to say"),
        "steps": _("Steps that people follow"),
        "network": _("needs the network"),
        "no_notes": _("No notes have been written for this lesson."),
        "footer": _("For the team only, not for handing out · printed on %(day)s")
        % {"day": day},
    }
