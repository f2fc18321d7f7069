"""The map of tiles as a server-made picture: ten by ten, a figure in every tile.

It survives grey print and colour blindness: steps are even in lightness, what is not on
the ramp has a pattern of its own, and every tile has a title in words. Colours come
from the style sheet, so that light, dark and print follow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.utils import formats
from django.utils.translation import gettext as _

from reports.coverage import Coverage, Row, State
from reports.words import percent_words, value_words

SIDE = 36
GAP = 2


@dataclasses.dataclass(frozen=True)
class Tile:
    """One commune on the map."""

    x: int
    y: int
    css: str
    figure: str
    name: str
    title: str
    estimated: bool
    url_code: str

    @property
    def middle(self) -> int:
        return self.x + SIDE // 2

    @property
    def baseline(self) -> int:
        return self.y + SIDE // 2 + 4

    @property
    def corner(self) -> int:
        return self.x + SIDE - 5

    @property
    def corner_top(self) -> int:
        return self.y + 5


@dataclasses.dataclass(frozen=True)
class TileMap:
    """The tiles, and the size of the picture that holds them."""

    tiles: Sequence[Tile]
    width: int
    height: int
    percent: bool


def draw(coverage: Coverage, rows: Sequence[Row]) -> TileMap:
    """Lay the communes out; those without a tile position stand in the table only."""
    percent = any(row.percent() is not None for row in rows)
    tiles = [
        _tile(coverage, row, percent)
        for row in rows
        if row.place.tile_col is not None and row.place.tile_row is not None
    ]
    width = max((tile.x for tile in tiles), default=0) + SIDE + GAP
    height = max((tile.y for tile in tiles), default=0) + SIDE + GAP
    return TileMap(tiles, width, height, percent)


def _tile(coverage: Coverage, row: Row, percent: bool) -> Tile:
    figure, css = _figure(coverage, row, percent)
    parts = [row.place.full_name, str(row.state.label), value_words(coverage, row)]
    return Tile(
        GAP + row.place.tile_col * (SIDE + GAP),
        GAP + row.place.tile_row * (SIDE + GAP),
        css,
        figure,
        row.place.name,
        _("%(place)s: %(state)s. %(value)s")
        % dict(zip(("place", "state", "value"), parts, strict=True)),
        is_estimated(row),
        row.place.code,
    )


def _figure(coverage: Coverage, row: Row, percent: bool) -> tuple[str, str]:
    """What stands in the tile, and its class."""
    if row.state == State.NOT_STARTED and not row.has_data(coverage.measure):
        return "", "not-started"
    if not row.has_data(coverage.measure):
        return "?", "unknown"
    share = row.percent()
    if percent and share is not None:
        return percent_words(share, digits=0), f"step-{coverage.step(row)}"
    step = 0 if percent else coverage.step(row)
    css = f"step-{step}" if step else "no-base"
    return short_number(row.number(coverage.measure)), css


def is_estimated(row: Row) -> bool:
    """Carries the words "ước tính": by shares of the map, or by its base."""
    return row.estimated or (row.base is not None and row.base.estimated)


def short_number(number: int) -> str:
    """At most four characters wide: 950, 1,2k, 12k."""
    if number < 1000:
        return str(number)
    if number < 10_000:
        return formats.number_format(number / 1000, 1) + "k"
    return f"{number // 1000}k"
