"""Bytes of handouts: Typst sets the page, Pillow makes the picture small.

The letters come from PyPI (Roboto, which telephones show too), so a sheet looks the same on
every machine. Text reaches Typst as data, never as its source.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import font_roboto
import typst
from PIL import Image

HERE = Path(__file__).parent
TEMPLATES = HERE / "typst"
FONTS = Path(font_roboto.__file__).parent / "files"
# Two pixels for each of the 360 points of a telephone's width.
PICTURE_PPI = 144
SMALLEST_PPI = 36
LARGEST_PICTURE = 150_000
# Levels of zlib: one to try with, one to send, and what the second gains at least.
QUICK, BEST, LAST_GAIN = 6, 9, 1.05
# The colours of the house (brief 8.1) as they stand in drawings; the muted one also
# smooths the edges of letters. Few colours are what makes a picture small.
HOUSE = "FFFFFF F1EADB D8CDB6 E0EDE4 14563F 1B2521 4C5852 D9561C FFF0C7 6B4700 FCE4E6 9B1030"
# A flat colour that an editor's drawing brings along: how far it must be from ours (sum
# of the differences), and of how much of the picture.
STRANGE, AREA, MOST_STRANGE = 90, 0.0005, 4
PHOTOGRAPH_COLOURS = 64

RGB = tuple[int, int, int]


@functools.cache
def _letters() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(FONTS)],
    )


@functools.cache
def layout() -> str:
    """A digest of how handouts are set: after an update none is taken for today's."""
    made_of = [Path(__file__), *sorted(TEMPLATES.iterdir()), *sorted(FONTS.iterdir())]
    whole = hashlib.sha256(typst.__version__.encode())
    for path in made_of:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def _set(
    template: str, data: dict[str, Any], *, format: str, **more: Any
) -> bytes | list[bytes]:
    return typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        format=format,
        font_paths=_letters(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)},
        **more,
    )


def picture(drawn: dict[str, Any]) -> bytes:
    """A lesson as one tall picture: PNG, 720 wide or a little less, at most 150 KB."""
    return _small("picture", drawn)


def preview(drawn: dict[str, Any]) -> bytes:
    """What a forwarded link shows: PNG, 1200 by 630."""
    return _small("preview", drawn)


def paper(drawn: dict[str, Any], size: str) -> bytes:
    """A lesson to be printed, on "a5" or "a4": PDF, good in black and white."""
    return _set("paper", drawn | {"size": size}, format="pdf")


def guide(drawn: Sequence[dict[str, Any]], words: dict[str, Any]) -> bytes:
    """The facilitator's notes of several lessons: PDF on A4."""
    return _set("guide", {"lessons": list(drawn), "words": words}, format="pdf")


def _small(template: str, drawn: dict[str, Any]) -> bytes:
    """The picture in few colours; set again with fewer pixels while it is too large."""
    ppi = PICTURE_PPI
    found = [part for part in drawn["pictures"].values() if part]
    photographs = any(part["format"] != "svg" for part in found)
    while True:
        png = _set(template, drawn, format="png", ppi=ppi)
        few = few_colours(png, photographs=photographs)
        made = png_of(few, level=QUICK)
        if len(made) <= LARGEST_PICTURE * LAST_GAIN or ppi <= SMALLEST_PPI:
            return png_of(few, level=BEST)
        # Edges make the bytes, and they grow a little faster than the width.
        least = (LARGEST_PICTURE * LAST_GAIN / len(made)) ** 0.87
        ppi = max(SMALLEST_PPI, int(ppi * least))


def few_colours(png: bytes, *, photographs: bool) -> Image.Image:
    """The same picture with a palette: the house's colours and those it brings along."""
    with Image.open(io.BytesIO(png)) as image:
        full = image.convert("RGB")
    colours = [tuple(bytes.fromhex(colour)) for colour in HOUSE.split()]
    colours += _of_photographs(full) if photographs else _strange(full, colours)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    return full.quantize(palette=palette, dither=Image.Dither.NONE)


def png_of(image: Image.Image, *, level: int) -> bytes:
    """PNG of a picture with a palette, its rows unfiltered.

    Pillow filters the rows of every picture; for flat drawings that costs a quarter more.
    """
    colours = image.getpalette()
    bits = 4 if len(colours) <= 3 * 16 else 8
    packed = image.tobytes("raw", "P;4" if bits == 4 else "P")
    wide = (image.width * bits + 7) // 8
    rows = b"".join(
        b"\0" + packed[start : start + wide] for start in range(0, len(packed), wide)
    )
    head = struct.pack(">IIBBBBB", image.width, image.height, bits, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", bytes(colours)),
        (b"IDAT", zlib.compress(rows, level)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _of_photographs(full: Image.Image) -> list[RGB]:
    few = full.quantize(PHOTOGRAPH_COLOURS, method=Image.Quantize.MEDIANCUT)
    flat = few.getpalette()
    return [tuple(flat[start : start + 3]) for start in range(0, len(flat), 3)]


def _strange(full: Image.Image, ours: list[RGB]) -> list[RGB]:
    """Flat colours of an editor's drawing that are none of the house's."""
    found: list[RGB] = []
    pixels = full.width * full.height
    for count, colour in sorted(full.getcolors(pixels), reverse=True):
        if count < pixels * AREA or len(found) == MOST_STRANGE:
            break
        if all(_far(colour, known) for known in [*ours, *found]):
            found.append(colour)
    return found


def _far(one: RGB, other: RGB) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) > STRANGE
