"""Styles and tiny scripts inside the page: one request, and still a strict policy."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import SafeString, mark_safe

from common.csp import allow_inline

register = template.Library()

_STRING_OR_COMMENT = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/""", re.DOTALL
)
_AROUND = re.compile(r"\s*([{};,>])\s*")


def minify_css(text: str) -> str:
    """Without comments and needless white space; strings stay as they are."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[1] is None:
            return " "
        kept.append(match[1])
        return f"\x00{len(kept) - 1}\x00"

    text = _STRING_OR_COMMENT.sub(keep, text)
    text = re.sub(r"\s+", " ", text)
    text = _AROUND.sub(r"\1", text)
    text = re.sub(r":\s+", ":", text)
    text = text.replace(";}", "}").strip()
    return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], text)


def _source(path: str) -> str:
    """The text of a static file: as collected (addresses hashed), else as written."""
    if not settings.DEBUG:
        try:
            with staticfiles_storage.open(
                staticfiles_storage.stored_name(path)
            ) as file:
                return file.read().decode()
        except (AttributeError, ValueError, OSError):
            # Not collected (tests, first minute of a checkout): the source is as good.
            pass
    found = finders.find(path)
    if not found:
        raise ImproperlyConfigured(f"inline: there is no static file {path!r}.")
    return Path(found).read_text(encoding="utf-8")


def _style(paths: tuple[str, ...]) -> str:
    text = minify_css("\n".join(_source(path) for path in paths))
    if "</" in text:
        raise ImproperlyConfigured(f"inline_css: {paths} would end the style element.")
    return text


def _script(paths: tuple[str, ...]) -> str:
    text = ";".join(_source(path).strip().rstrip(";") for path in paths)
    if "</" in text or "<!--" in text:
        raise ImproperlyConfigured(f"inline_js: {paths} would end the script element.")
    return text


_kept_style = functools.lru_cache(maxsize=64)(_style)
_kept_script = functools.lru_cache(maxsize=16)(_script)


def _request(context: dict[str, Any]) -> Any:
    request = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            "An inline style or script needs the request in the template's context: "
            "its hash must reach the policy of the response."
        )
    return request


@register.simple_tag(takes_context=True)
def inline_css(context: dict[str, Any], *paths: str) -> SafeString:
    """A style element with these static files, allowed by its hash."""
    text = (_style if settings.DEBUG else _kept_style)(paths)
    allow_inline(_request(context), "style-src", text)
    return mark_safe(f"<style>{text}</style>")


@register.simple_tag(takes_context=True)
def inline_js(context: dict[str, Any], *paths: str) -> SafeString:
    """A script element with these static files, allowed by its hash."""
    text = (_script if settings.DEBUG else _kept_script)(paths)
    allow_inline(_request(context), "script-src", text)
    return mark_safe(f"<script>{text}</script>")
