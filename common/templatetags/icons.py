"""`{% icon "goi" %}`: one of our own drawn icons, inlined beside its word."""

from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@cache
def _drawing(name: str) -> SafeString:
    path = finders.find(f"lms/icons/{name}.svg")
    if path is None:
        raise template.TemplateSyntaxError(f"There is no icon called {name!r}.")
    svg = (
        Path(path)
        .read_text()
        .strip()
        .replace(' xmlns="http://www.w3.org/2000/svg"', "")
    )
    return mark_safe(svg.replace("<svg ", '<svg class="icon" aria-hidden="true" ', 1))


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon's markup; it takes the colour of the text and says nothing aloud."""
    return _drawing(name)
