"""Whom to ask, and the ways into other rooms."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from home.ask import door as door_url
from home.ask import somebody_to_ask
from home.models import ContactSettings, InformationPage

register = template.Library()


@register.inclusion_tag("home/parts/ask.html", takes_context=True)
def who_to_ask(
    context: dict[str, Any], *, title: bool = True, everybody: bool = True
) -> dict[str, Any]:
    """The block that ends a resident's page; without `everybody`, without numbers."""
    request = context["request"]
    return {
        "people": somebody_to_ask(timezone.localdate()) if everybody else [],
        "nearby": door_url("nearby", request),
        "hotlines": door_url("hotlines", request) if everybody else "",
        "with_title": title,
    }


@register.simple_tag(takes_context=True)
def door(context: dict[str, Any], code: str) -> str:
    """The address of a page of a higher room, or nothing."""
    return door_url(code, context["request"])


@register.simple_tag(takes_context=True)
def information_pages(context: dict[str, Any]) -> list[dict[str, str]]:
    """The information pages that stand in the footer, in the order of the tree."""
    pages = InformationPage.objects.live().public().in_menu().order_by("path")
    return [
        {"title": page.title, "url": page.get_url(context["request"])}
        for page in pages.only("title", "url_path", "locale_id", "path")[:8]
    ]


@register.simple_tag
def contact() -> ContactSettings:
    """Who answers for the site."""
    return ContactSettings.current()
