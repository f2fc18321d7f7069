"""Finding a lesson by words typed without diacritics, and with small mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rapidfuzz.fuzz import partial_ratio

from common.names import fold_name

if TYPE_CHECKING:
    from courses.models import LessonPage

# Of 100: "chuyen koan" still finds "chuyen khoan"; shorter words must be exact.
ALIKE = 82
SHORTEST_FUZZY = 5


def matching(lessons: Iterable[LessonPage], sought: str) -> list[LessonPage]:
    """The lessons in which every word occurs; if none, those in which it almost does.

    All lessons when nothing is sought. Words are compared without diacritics.
    """
    lessons = list(lessons)
    words = fold_name(sought).split()
    if not words:
        return lessons
    texts = [(lesson, searchable(lesson)) for lesson in lessons]
    exact = [x for x, text in texts if all(word in text for word in words)]
    if exact:
        return exact
    return [x for x, text in texts if all(_almost(word, text) for word in words)]


def searchable(lesson: LessonPage) -> str:
    """What a lesson is found by, folded."""
    return fold_name(
        " ".join(
            (
                lesson.title,
                lesson.short_title,
                lesson.task,
                lesson.search_words,
                str(lesson.number),
            )
        )
    )


def _almost(word: str, text: str) -> bool:
    if len(word) < SHORTEST_FUZZY:
        return word in text
    return partial_ratio(word, text) >= ALIKE
