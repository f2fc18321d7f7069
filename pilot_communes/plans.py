"""Lists of hamlets as people paste them: read whole, every error with its line.

A line is a hamlet: the name (with or without "ấp", "khóm"), then, if known, households
and people of 18 and over. Columns come from a spreadsheet (tabs) or are parted by
semicolons; a first column of row numbers and a heading are recognised.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from django.utils.translation import gettext as _

from common.names import clean_name, fold_name
from pilot_communes.models import PopulationFigure, Unit
from pilot_communes.names import name_key, split_kind, usual_kind

MAX_ROWS = 300
MAX_NAME = 120
MAX_COUNT = 1_000_000
HEADINGS = ("ten", "stt", "so tt", "tt", "ap", "khom", "ap, khom", "ap/khom", "don vi")


@dataclasses.dataclass(frozen=True)
class HamletRow:
    """One hamlet of a list; `number` is its line."""

    number: int
    name: str
    kind: str
    households: int | None = None
    adults: int | None = None
    is_difficult: bool = False
    is_minority: bool = False

    @property
    def figures(self) -> dict[str, int]:
        """The bases that the row names, by group."""
        known = {
            PopulationFigure.Group.HOUSEHOLDS: self.households,
            PopulationFigure.Group.ADULTS: self.adults,
        }
        return {group: value for group, value in known.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong (or doubtful) in one line."""

    number: int
    message: str

    @property
    def sentence(self) -> str:
        return _("Line %(number)d: %(message)s") % {
            "number": self.number,
            "message": self.message,
        }


@dataclasses.dataclass(frozen=True)
class HamletPlan:
    """A list that was read: its rows, what must be mended, what should be looked at."""

    source: str = ""
    rows: tuple[HamletRow, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def checked_against(self, commune: Unit, date: dt.date) -> HamletPlan:
        """The same plan, with the names compared to each other and to the map."""
        standing = list(Unit.objects.under(commune, date).named())
        later = Unit.objects.hamlets().filter(
            placements__parent=commune, valid_from__gt=date, is_unknown=False
        )
        seen: dict[tuple[str, str], str] = {}
        alike: dict[tuple[str, str], str] = {}
        for unit in [*standing, *later]:
            seen[unit.kind, name_key(unit.name)] = unit.full_name
            alike[unit.kind, fold_name(unit.name)] = unit.full_name
        errors, warnings = list(self.errors), []
        for row in self.rows:
            key = (row.kind, name_key(row.name))
            near = (row.kind, fold_name(row.name))
            if key in seen:
                errors.append(
                    Problem(
                        row.number,
                        _("%(name)s is already on the map or in the list.")
                        % {"name": seen[key]},
                    )
                )
            elif near in alike:
                warnings.append(
                    Problem(
                        row.number,
                        _("“%(name)s” looks like %(other)s. Are they two hamlets?")
                        % {"name": row.name, "other": alike[near]},
                    )
                )
            words = f"{Unit.KIND_WORDS[row.kind]} {row.name}"
            seen.setdefault(key, words)
            alike.setdefault(near, words)
        unique = {(problem.number, problem.message): problem for problem in errors}
        return dataclasses.replace(
            self,
            errors=tuple(sorted(unique.values(), key=lambda p: p.number)),
            warnings=tuple(warnings),
        )


def read_hamlets(text: str, commune: Unit) -> HamletPlan:
    """Read a pasted list; wrong lines become errors, never guesses."""
    rows: list[HamletRow] = []
    errors: list[Problem] = []
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    for position, (number, line) in enumerate(lines):
        cells = [clean_name(cell) for cell in re.split(r"[\t;]", line)]
        if position == 0 and _is_heading(cells):
            continue
        if len(rows) + len(errors) >= MAX_ROWS:
            errors.append(
                Problem(
                    number,
                    _("the list is longer than %(count)d lines; send it in parts.")
                    % {"count": MAX_ROWS},
                )
            )
            break
        try:
            rows.append(_read_row(number, cells, commune))
        except ValueError as error:
            errors.append(Problem(number, str(error)))
    return HamletPlan(source=text, rows=tuple(rows), errors=tuple(errors))


def _is_heading(cells: list[str]) -> bool:
    first = fold_name(cells[0])
    return first in HEADINGS or first.startswith("ten ")


def _read_row(number: int, cells: list[str], commune: Unit) -> HamletRow:
    if len(cells) > 1 and cells[0].isdigit() and not _is_count(cells[1]):
        cells = cells[1:]
    while cells and not cells[-1]:
        cells.pop()
    if not cells or not cells[0]:
        raise ValueError(_("the name is missing."))
    if len(cells) > 3:
        raise ValueError(_("there are more columns than name, households and adults."))
    kind, name = split_kind(cells[0])
    if len(name) > MAX_NAME:
        raise ValueError(_("the name is longer than 120 characters."))
    if not any(char.isalnum() for char in name):
        raise ValueError(_("the name has no letters."))
    households = _count(cells[1]) if len(cells) > 1 else None
    adults = _count(cells[2]) if len(cells) > 2 else None
    return HamletRow(number, name, kind or usual_kind(commune), households, adults)


def _is_count(cell: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}([., ]\d{3})+|\d+", cell)) or not cell


def _count(cell: str) -> int | None:
    """ "1.234" and "1234" are one number; an empty cell is not known, never zero."""
    if not cell:
        return None
    if not _is_count(cell):
        raise ValueError(_("“%(cell)s” is not a whole number.") % {"cell": cell[:40]})
    value = int(re.sub(r"\D", "", cell))
    if value > MAX_COUNT:
        raise ValueError(_("%(cell)s is too large.") % {"cell": cell[:40]})
    return value
