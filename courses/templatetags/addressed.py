"""How the page speaks to its reader: "cô chú" to residents, "anh chị" to staff."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from courses.models import LessonPage

register = template.Library()


@register.filter
def addressed(text: str, page: LessonPage) -> str:
    """Our own words, as the reader of that lesson is spoken to.

    Only for words of the page around the lesson: what a lesson for a volunteer quotes
    ("Cô chú nhận ở đâu ạ?") is said to a resident and stays.
    """
    if not page.is_for_staff:
        return text
    spoken = text.replace("Cô chú", "Anh chị").replace("cô chú", "anh chị")
    return SafeString(spoken) if isinstance(text, SafeString) else spoken
