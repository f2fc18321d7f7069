"""The one script of a resident's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("offline/parts/script.html")
def phone_script() -> dict[str, Any]:
    """The entry script, with the few words that it says before anything is tapped."""
    return {"has_worker": settings.SERVICE_WORKER}
