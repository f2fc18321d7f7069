"""Drawn pictures: what may stay in an SVG that is shown inside our own pages.

A drawing is rebuilt from a list of what is allowed, so whatever the list does not name
is gone: scripts, styles, links, foreign objects, event handlers, references to other
files. Identifiers go too, because several drawings stand in one page.
"""

from __future__ import annotations

import re

# Only its element class and its serialiser: parsing is defusedxml's.
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

NAMESPACE = "http://www.w3.org/2000/svg"
LARGEST = 512 * 1024
LARGEST_INLINE = 4 * 1024
DEEPEST = 40

ELEMENTS = frozenset(
    {
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
    }
)
ATTRIBUTES = frozenset(
    {
        "viewBox",
        "width",
        "height",
        "preserveAspectRatio",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "dx",
        "dy",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "d",
        "points",
        "transform",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "opacity",
        "font-family",
        "font-size",
        "font-weight",
        "text-anchor",
        "dominant-baseline",
        "letter-spacing",
        "text-decoration",
    }
)
# A value that could reach outside the drawing, in any spelling that a browser accepts.
_REACHES_OUT = re.compile(r"url|javascript|data:|expression|import|[\\<>&]", re.I)


class UnsafeSVG(ValueError):
    """This file is no drawing that could be made safe; says why in words."""


def clean_svg(source: bytes) -> bytes:
    """The drawing rebuilt from what is allowed, in UTF-8; cleaning twice changes nothing.

    Raises UnsafeSVG when it is not well-formed, declares entities, is no SVG or is
    larger than 512 KiB.
    """
    if len(source) > LARGEST:
        raise UnsafeSVG(_("The drawing is larger than 512 KB."))
    try:
        root = fromstring(source, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnsafeSVG(
            _("The drawing declares entities, which is not safe.")
        ) from error
    except (ElementTree.ParseError, ValueError) as error:
        raise UnsafeSVG(_("The drawing is not well-formed.")) from error
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise UnsafeSVG(_("The file is not an SVG drawing."))
    clean = _rebuilt(root, depth=0)
    clean.set("xmlns", NAMESPACE)
    return ElementTree.tostring(clean, encoding="unicode").encode()


def _rebuilt(node: ElementTree.Element, *, depth: int) -> ElementTree.Element:
    if depth > DEEPEST:
        raise UnsafeSVG(_("The drawing is nested too deeply."))
    name = node.tag.removeprefix(f"{{{NAMESPACE}}}")
    copy = ElementTree.Element(name)
    for attribute, value in node.attrib.items():
        if attribute in ATTRIBUTES and not _REACHES_OUT.search(value):
            copy.set(attribute, value)
    if name in ("text", "tspan"):
        copy.text = node.text
    for child in node:
        kind = child.tag.removeprefix(f"{{{NAMESPACE}}}") if _is_svg(child) else ""
        if kind in ELEMENTS and kind != "svg":
            made = _rebuilt(child, depth=depth + 1)
            if name in ("text", "tspan"):
                made.tail = child.tail
            copy.append(made)
    return copy


def _is_svg(node: ElementTree.Element) -> bool:
    # Comments and processing instructions have a function for a tag.
    return isinstance(node.tag, str) and node.tag.startswith(f"{{{NAMESPACE}}}")


def inline_svg(
    source: bytes, *, label: str, width: int | str, height: int | str
) -> SafeString:
    """The drawing as part of a page, named by `label`; cleaned again on the way out."""
    body = clean_svg(source).decode().replace(f' xmlns="{NAMESPACE}"', "", 1)
    body = re.sub(r'^(<svg[^>]*?) width="[^"]*"', r"\1", body)
    body = re.sub(r'^(<svg[^>]*?) height="[^"]*"', r"\1", body)
    return format_html(
        '<svg role="img" aria-label="{}" width="{}" height="{}"{}',
        label,
        str(width),
        str(height),
        mark_safe(body.removeprefix("<svg")),  # rebuilt from the allow-list above
    )
