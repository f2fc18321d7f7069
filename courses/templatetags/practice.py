"""A drawn screen with places to tap, as one scalable drawing of links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from courses.practices import Screen, Target
from courses.targets import HEIGHT, WIDTH, Rectangle
from home.models import CustomImage
from home.svg import LARGEST_INLINE, UnsafeSVG, clean_svg

register = template.Library()

RADIUS = 10
# The ring stands around the target, inside the frame.
_OUT = 4


@register.simple_tag
def drawn(screen: Screen) -> SafeString:
    """The screen: its drawing, a link on each place to tap, the ring after two misses.

    Empty when it cannot be drawn: the page then goes on from its sentence.
    """
    drawing = _drawing(screen.picture) if screen.is_drawn else ""
    if not drawing:
        return mark_safe("")
    ring: SafeString | str = ""
    if screen.shows_ring and screen.right is not None:
        right = screen.right
        ring = format_html(
            '<rect class="ring" x="{}" y="{}" width="{}" height="{}" rx="{}"/>',
            right.x - _OUT,
            right.y - _OUT,
            right.w + 2 * _OUT,
            right.h + 2 * _OUT,
            RADIUS + _OUT,
        )
    links = format_html_join(
        "",
        '<a href="{}" aria-label="{}"{}><rect x="{}" y="{}" width="{}" height="{}" '
        'rx="{}"/></a>',
        (
            (
                target.url,
                target.label,
                _answer(target),
                target.x,
                target.y,
                target.w,
                target.h,
                RADIUS,
            )
            for target in screen.targets
        ),
    )
    return format_html(
        '<svg class="frame" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        screen.description,
        drawing,
        ring,
        links,
    )


@register.simple_tag
def outlined(screen: Mapping[str, Any]) -> SafeString:
    """A screen for an editor: its drawing with every place to tap outlined and named."""
    picture = screen.get("picture")
    shapes = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>'
        '<text x="{}" y="{}">{}</text>',
        (
            (
                "right" if target.get("right") else "other",
                target["x"],
                target["y"],
                target["w"],
                target["h"],
                RADIUS,
                target["x"] + 10,
                target["y"] + 30,
                "" if picture else target.get("label") or "",
            )
            for target in screen.get("targets") or ()
            if Rectangle.of(target)
        ),
    )
    return format_html(
        '<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">'
        '<rect class="paper" width="{0}" height="{1}"/>{3}{4}</svg>',
        WIDTH,
        HEIGHT,
        screen.get("say") or "",
        _drawing(picture) if picture else "",
        shapes,
    )


def _answer(target: Target) -> SafeString:
    """What a script says to this tap without asking anybody."""
    return format_html(
        ' data-why="{}"{}', target.why, mark_safe(" data-right") if target.right else ""
    )


def _drawing(image: CustomImage) -> SafeString:
    """The picture inside the frame; the links over it say what it shows."""
    if image.is_svg() and (image.file_size or 0) <= LARGEST_INLINE:
        try:
            with image.open_file() as file:
                inner = clean_svg(file.read()).decode()
        except (OSError, UnsafeSVG):
            return mark_safe("")
        inner = inner.replace("<svg ", '<svg aria-hidden="true" ', 1)
        return mark_safe(inner)  # rebuilt from the allow-list of home.svg
    shown = image.file
    if not image.is_svg():
        shown = image.get_rendition(f"max-{2 * WIDTH}x{2 * HEIGHT}|format-webp")
    return format_html(
        '<image href="{}" width="{}" height="{}" preserveAspectRatio="xMidYMin meet"/>',
        shown.url,
        WIDTH,
        HEIGHT,
    )
