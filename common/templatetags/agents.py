"""What a browser calls itself, in words that its owner knows."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that is found names it: Zalo says Chrome too, and everybody says Safari.
BROWSERS = (
    ("Zalo", "Zalo"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def agent_words(agent: str) -> str:
    """Browser and machine behind a User-Agent header, "Chrome – Android"."""
    names = [
        next((name for mark, name in marks if mark in agent), "")
        for marks in (BROWSERS, MACHINES)
    ]
    return " – ".join(filter(None, names)) or _("another browser")
