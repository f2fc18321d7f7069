"""The page of all lessons: one flat list under headings, or what was sought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from courses.search import LONGEST, matching
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from courses.models import CourseIndexPage, LessonPage

# Groups that residents need not scroll through come last.
FOR_STAFF = frozenset({"to-vien", "can-bo"})
MOST_FOUND = 12
# Offered when nothing was found; only those that find something are shown.
WORDS_TO_TRY = (
    "mật khẩu",
    "lừa đảo",
    "chuyển khoản",
    "bảo hiểm",
    "VNeID",
    "điện thoại",
)


def index_context(index: CourseIndexPage, request: HttpRequest) -> dict[str, Any]:
    """What the template shows; three or four queries however many the lessons."""
    # Pages import this module for their context.
    from courses.models import CoursePage, LessonPage  # noqa: PLC0415

    sought = request.GET.get("tim", "").strip()[:LONGEST]
    courses = list(CoursePage.objects.child_of(index).live().public().order_by("path"))
    lessons = list(
        LessonPage.objects.visible_to(None)
        .descendant_of(index)
        .order_by("path")
        .defer_streamfields()
    )
    on = today()

    def row(lesson: LessonPage) -> dict[str, Any]:
        return {
            "lesson": lesson,
            "url": lesson.get_url(request),
            "withdrawn": lesson.is_withdrawn(on),
        }

    if sought:
        found = matching(lessons, sought)
        return {
            "sought": sought,
            "found": [row(lesson) for lesson in found[:MOST_FOUND]],
            "try_words": []
            if found
            else [word for word in WORDS_TO_TRY if matching(lessons, word)],
        }
    groups = []
    for course in courses:
        own = [row(x) for x in lessons if x.path.startswith(course.path)]
        if own:
            groups.append({"course": course, "lessons": own})
    return {
        "sought": "",
        "groups": [g for g in groups if g["course"].slug not in FOR_STAFF],
        "staff_groups": [g for g in groups if g["course"].slug in FOR_STAFF],
    }
