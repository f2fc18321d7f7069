"""Pictures of a lesson: small drawings inside the page, photographs beside it."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from home.models import CustomImage
from home.svg import LARGEST_INLINE, UnsafeSVG, inline_svg

register = template.Library()

# Shown at this width at most: the phone is 360 wide, its margins 16 each.
WIDEST = 328
TALLEST = 384
# One rem of a resident's page.
ROOT = 18


@register.simple_tag
def picture(image: CustomImage, description: str, *, lazy: bool = False) -> SafeString:
    """The picture of a step, with `description` for whoever does not see it.

    A drawing of at most 4 KB stands in the page itself, so the whole lesson is one
    request; it grows with the text. Anything larger is a file of its own in a box of fixed
    size, fetched when it comes near the screen if `lazy`.
    """
    width, height = shown_size(image.width, image.height)
    if image.is_svg() and (image.file_size or 0) <= LARGEST_INLINE:
        try:
            with image.open_file() as file:
                return inline_svg(
                    file.read(),
                    label=description,
                    width=_rem(width),
                    height=_rem(height),
                )
        except (OSError, UnsafeSVG):
            # The file is gone or broken: its sentence stands in its place.
            return format_html('<p class="no-picture">{}</p>', description)
    shown = image.file
    if not image.is_svg():
        shown = image.get_rendition(f"max-{2 * WIDEST}x{2 * TALLEST}|format-webp")
    return format_html(
        '<img src="{}" alt="{}" width="{}" height="{}"{} decoding="async">',
        shown.url,
        description,
        str(width),
        str(height),
        mark_safe(' loading="lazy"') if lazy else "",
    )


def _rem(pixels: int) -> str:
    """Pixels at the usual text size, as a length that grows with the text."""
    return f"{pixels / ROOT:.2f}".rstrip("0").rstrip(".") + "rem"


def shown_size(width: int, height: int) -> tuple[int, int]:
    """The size in CSS pixels that fits 328 by 384, keeping the proportions."""
    scale = min(1.0, WIDEST / width, TALLEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))
