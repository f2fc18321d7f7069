"""Whom to ask, and the ways into other rooms."""

from __future__ import annotations

from collections.abc import Callable
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


def _once(context: dict[str, Any], key: str, ask: Callable[[], Any]) -> Any:
    """The answer to a question that several parts of one page ask."""
    request = context.get("request")
    if request is None:
        return ask()
    answers = request.__dict__.setdefault("_asked_once", {})
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def _door(context: dict[str, Any], code: str) -> str:
    request = context["request"]
    return _once(context, f"door {code}", lambda: door_url(code, request))


@register.inclusion_tag("home/parts/ask.html", takes_context=True)
def who_to_ask(
    context: dict[str, Any], *, title: bool = True, everybody: bool = True
) -> dict[str, Any]:
    """The block that ends a resident's page; without `everybody`, without numbers."""
    return {
        "people": somebody_to_ask(timezone.localdate()) if everybody else [],
        "nearby": _door(context, "nearby"),
        "hotlines": _door(context, "hotlines") if everybody else "",
        "with_title": title,
    }


@register.simple_tag
def at_once() -> list[SomebodyToAsk]:
    """Whom somebody who was tricked calls."""
    return somebody_at_once(timezone.localdate())


@register.simple_tag(takes_context=True)
def door(context: dict[str, Any], code: str) -> str:
    """The address of a page of a higher room, or nothing."""
    return _door(context, code)


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
        (_("All lessons"), _door(context, "all_lessons")),
        (_("Help nearby"), _door(context, "nearby")),
        (_("Tricked?"), told),
        (_("On this phone"), _door(context, "this_phone")),
    )
    seldom = (
        (_("Numbers to call"), _door(context, "hotlines")),
        (_("Public figures"), _door(context, "public_figures")),
        (_("Report a wrong lesson"), _door(context, "wrong_lesson")),
    )
    return {
        "ways": [{"title": title, "url": url} for title, url in ways if url],
        "more": [{"title": title, "url": url} for title, url in seldom if url] + more,
    }


@register.simple_tag(takes_context=True)
def contact(context: dict[str, Any]) -> ContactSettings:
    """Who answers for the site."""
    return _once(context, "contact", ContactSettings.current)


@register.simple_tag(takes_context=True)
def preview_picture(context: dict[str, Any]) -> str:
    """The whole address of the picture that a forwarded link shows; no page loads it."""
    return context["request"].build_absolute_uri(static(PREVIEW))
