"""Whom to ask, and the ways into other rooms."""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from home.ask import SomebodyToAsk, somebody_at_once, somebody_to_ask
from home.ask import door as door_url
from home.models import ContactSettings, HomePage, InformationPage

register = template.Library()

PREVIEW = "home/xem-truoc.png"


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


@register.simple_tag
def at_once() -> list[SomebodyToAsk]:
    """Whom somebody who was tricked calls."""
    return somebody_at_once(timezone.localdate())


@register.simple_tag(takes_context=True)
def door(context: dict[str, Any], code: str) -> str:
    """The address of a page of a higher room, or nothing."""
    return door_url(code, context["request"])


@register.simple_tag(takes_context=True)
def feet(context: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The words at the foot of every resident's page; only what is really there.

    `ways` are the four that everybody needs, `more` what is read once in a while.
    """
    request = context["request"]
    emergency = HomePage.objects.values_list("emergency_id", flat=True).first()
    pages = (
        InformationPage.objects.live()
        .public()
        .in_menu()
        .order_by("path")
        .only("title", "url_path", "locale_id", "path")
    )
    told, more = "", []
    for page in pages[:8]:
        if page.pk == emergency:
            told = page.get_url(request)
        else:
            more.append({"title": page.title, "url": page.get_url(request)})
    ways = (
        (_("All lessons"), door_url("all_lessons", request)),
        (_("Help nearby"), door_url("nearby", request)),
        (_("Tricked?"), told),
        (_("On this phone"), door_url("this_phone", request)),
    )
    seldom = (
        (_("Numbers to call"), door_url("hotlines", request)),
        (_("Public figures"), door_url("public_figures", request)),
        (_("Report a wrong lesson"), door_url("wrong_lesson", request)),
    )
    return {
        "ways": [{"title": title, "url": url} for title, url in ways if url],
        "more": [{"title": title, "url": url} for title, url in seldom if url] + more,
    }


@register.simple_tag
def contact() -> ContactSettings:
    """Who answers for the site."""
    return ContactSettings.current()


@register.simple_tag(takes_context=True)
def preview_picture(context: dict[str, Any]) -> str:
    """The whole address of the picture that a forwarded link shows; no page loads it."""
    return context["request"].build_absolute_uri(static(PREVIEW))
