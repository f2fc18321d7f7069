"""Where a fact is used: which lessons lean on it, and what leans on those lessons.

Rooms above `courses` (attendance, with its planned sessions) fill the registry `uses`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.registries import Registry
from courses.models import (
    Blocker,
    Hotline,
    LegalDocument,
    LessonPage,
    LessonRecording,
    Skill,
)
from pilot_communes.querysets import today

# A list that nobody reads to its end is cut; its number is always the whole.
MOST_SHOWN = 50


@dataclasses.dataclass(frozen=True)
class Use:
    """One thing that leans on a lesson: what to call it, and where to find it."""

    label: str
    url: str = ""
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Used:
    """Everything of one kind: how many there are, and the first of them."""

    words: str
    count: int
    rows: tuple[Use, ...] = ()


@dataclasses.dataclass(frozen=True)
class UseSource:
    """How a room names what it has built on lessons.

    `find(lesson_ids, on)` gives everything of its kind that leans on them on that day or
    later, in words such as "3 sessions to come".
    """

    code: str
    order: int
    find: Callable[[Sequence[int], dt.date], Used]


uses: Registry[UseSource] = Registry(
    "uses", key=lambda source: source.code, order=lambda source: source.order
)


@dataclasses.dataclass(frozen=True)
class WhereUsed:
    """The lessons that lean on something, and everything that leans on them."""

    lessons: tuple[LessonPage, ...]
    others: tuple[Used, ...]

    def __bool__(self) -> bool:
        return bool(self.lessons)

    def sentence(self) -> str:
        """E.g. "5 lessons, 2 recordings, 3 sessions to come"; empty when nothing is."""
        if not self.lessons:
            return ""
        count = len(self.lessons)
        parts = [ngettext("%(count)s lesson", "%(count)s lessons", count)]
        parts[0] %= {"count": count}
        return ", ".join([*parts, *(used.words for used in self.others if used.count)])


def lessons_of(fact: Model) -> list[LessonPage]:
    """Every lesson that leans on this fact, by number; a hotline stands in none."""
    lessons = LessonPage.objects.order_by("number").defer_streamfields()
    if isinstance(fact, Skill):
        return list(lessons.filter(lesson_skills__skill=fact))
    if isinstance(fact, LegalDocument):
        return list(lessons.filter(lesson_legal__document=fact))
    if isinstance(fact, Blocker):
        return _stuck_on(fact.code)
    return []


def _stuck_on(code: str) -> list[LessonPage]:
    # The rows stand inside a stream, which is text in one database and JSON in the other.
    return [
        lesson
        for lesson in LessonPage.objects.order_by("number")
        if any(row["value"].get("blocker") == code for row in lesson.stuck.raw_data)
    ]


def where_used(fact: Model, on: dt.date | None = None) -> WhereUsed:
    """The lessons that lean on a fact with everything that leans on these lessons."""
    return leaning_on(lessons_of(fact), on)


def leaning_on(lessons: Sequence[LessonPage], on: dt.date | None = None) -> WhereUsed:
    """What leans on these lessons: practices, recordings, prints, sessions to come."""
    if not lessons:
        return WhereUsed((), ())
    on = on or today()
    ids = [lesson.pk for lesson in lessons]
    return WhereUsed(
        tuple(lessons),
        (
            _practices(ids),
            _recordings(ids),
            _handouts(lessons),
            *(source.find(ids, on) for source in uses),
        ),
    )


def _practices(ids: Sequence[int]) -> Used:
    rows = [
        Use(
            block.value.get("task") or _("Practice"),
            detail=_("lesson %(number)s") % {"number": lesson.number},
        )
        for lesson in LessonPage.objects.filter(pk__in=ids).order_by("number")
        for block in lesson.practices
    ]
    count = len(rows)
    words = ngettext("%(count)s practice", "%(count)s practices", count)
    return Used(words % {"count": count}, count, tuple(rows[:MOST_SHOWN]))


def _recordings(ids: Sequence[int]) -> Used:
    found = LessonRecording.objects.filter(lesson__in=ids).select_related("lesson")
    count = found.count()
    words = ngettext("%(count)s recording", "%(count)s recordings", count)
    rows = tuple(Use(str(recording)) for recording in found[:MOST_SHOWN])
    return Used(words % {"count": count}, count, rows)


def _handouts(lessons: Sequence[LessonPage]) -> Used:
    """Each public lesson has a print and a picture; what is on paper stays in drawers."""
    live = [lesson for lesson in lessons if lesson.live]
    count = len(live)
    words = ngettext("%(count)s handout", "%(count)s handouts", count)
    rows = tuple(
        Use(
            _("Print and picture of lesson %(number)s") % {"number": lesson.number},
            detail=_("made anew from today's text; what is on paper stays as it was"),
        )
        for lesson in live[:MOST_SHOWN]
    )
    return Used(words % {"count": count}, count, rows)


def public_places(fact: Model) -> list[str]:
    """Where a fact stands on residents' pages without any lesson naming it."""
    if isinstance(fact, Hotline) and fact.is_public:
        return [
            _("the page “Numbers to call”"),
            _("the end of lessons and pages, when it is one of the first three"),
        ]
    return []


def context_of(fact: Any) -> dict[str, Any]:
    """What the template of a fact's edit page needs."""
    return {"used": where_used(fact), "public_places": public_places(fact)}
