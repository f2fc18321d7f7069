"""What the bases of the pages ask the registries for."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from common.registries import home_fragments
from common.registries import navigation as items

register = template.Library()


@dataclasses.dataclass(frozen=True)
class Tab:
    section: str
    label: Any
    url: str
    icon: str = ""


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[Tab]:
    """The entries of the staff navigation that this user may open, in order."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return []
    return [
        Tab(item.section, item.label, reverse(item.url_name), item.icon)
        for item in items
        if item.is_open_to(user)
    ]


@register.simple_tag
def fragments_of_home() -> SafeString:
    """The pieces that higher rooms put on the residents' home page, in order."""
    pieces = []
    for fragment in home_fragments:
        context = fragment.context()
        if context is not None:
            pieces.append(render_to_string(fragment.template, context))
    return mark_safe("".join(pieces))  # each piece was escaped by its own template
