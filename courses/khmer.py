"""The lessons that a Khmer speaker has read aloud."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from courses.models import LessonPage, LessonRecording
from home.models import HomePage

MOST = 60


def lessons_in_khmer() -> list[LessonPage]:
    """Lessons that can be followed and have a Khmer recording of their present text."""
    speaking = {
        recording.lesson_id
        for recording in LessonRecording.objects.filter(
            language=LessonRecording.Language.KHMER
        ).that_speak()
    }
    if not speaking:
        return []
    lessons = LessonPage.objects.visible_to(None).to_follow().filter(pk__in=speaking)
    return list(lessons.order_by("number").defer_streamfields()[:MOST])


def for_the_home_page() -> dict[str, Any] | None:
    """The line "Nghe tiếng Khmer", once there is something to hear."""
    if not lessons_in_khmer():
        return None
    home = HomePage.objects.first()
    return {
        "url": reverse("lessons_in_khmer"),
        "label": home.khmer_label if home else "",
    }
