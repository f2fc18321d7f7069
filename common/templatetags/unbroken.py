"""What people read as one word stays on one line: "mức 2", "10.000 đồng"."""

from __future__ import annotations

import re

from django import template

register = template.Library()

_TOGETHER = re.compile(
    r"(?<=\bmức) (?=\d)|(?<=\bbước) (?=\d)|(?<=\bbài) (?=\d)|(?<=\bsố) (?=\d)"
    r"|(?<=\btháng) (?=\d)|(?<=\d) (?=(?:đồng|phút|tháng|KB|MB)\b)"
)


@register.filter
def unbroken(text: str) -> str:
    """The text with no-break spaces between a number and the word it belongs to.

    Plain text in, plain text out: what is to be escaped is escaped afterwards.
    """
    return _TOGETHER.sub("\u00a0", str(text))
