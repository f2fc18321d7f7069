"""The picture that a forwarded link to a lesson shows."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from courses.handouts.made import PREVIEW, name
from courses.models import LessonPage

register = template.Library()


@register.simple_tag(takes_context=True)
def lesson_preview(context: dict[str, Any], lesson: LessonPage) -> str:
    """The whole address of the preview; a new one for each edition, since those who show
    previews keep them by address. The page itself never loads it."""
    course, slug = lesson.url_path.rstrip("/").split("/")[-2:]
    address = reverse("lesson_picture_file", args=[course, slug, name(lesson, PREVIEW)])
    edition = lesson.live_revision_id or 0
    return context["request"].build_absolute_uri(f"{address}?ban={edition}")
