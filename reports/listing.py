"""A list of places as one table: the screen, the CSV and the XLSX are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from common.tables import Column, Table
from reports.coverage import THEN, TODAY, Coverage, Row
from reports.indicators import INDICATORS
from reports.tilemap import is_estimated
from reports.words import (
    day_words,
    last_words,
    moment_words,
    number_words,
    percent_words,
    source_words,
)


def table_of(
    coverage: Coverage, rows: Sequence[Row], *, title: str, first: str
) -> Table:
    """The rows as a table; `first` heads the column of names."""
    measure = coverage.measure
    with_base = any(row.base is not None for row in rows)
    columns = [
        Column("name", first),
        Column("code", _("Code")),
        Column("state", _("State of the rollout")),
        Column("value", measure.label, number=True),
    ]
    if with_base:
        columns += [
            Column("percent", _("Share of the base"), number=True),
            Column("base", _("Base of the share"), number=True),
            Column("source", _("Source of the base")),
        ]
    columns += [Column(name, label, number=True) for name, label in measure.beside]
    columns += [
        Column("last", _("Last session")),
        Column("missing", _("Registers not in"), number=True),
        Column("remark", _("Remark")),
    ]
    return Table(
        title,
        columns,
        [_cells(coverage, row, with_base) for row in rows],
        notes(coverage),
    )


def _cells(coverage: Coverage, row: Row, with_base: bool) -> list[Any]:
    measure = coverage.measure
    has_data = row.has_data(measure)
    cells: list[Any] = [
        row.place.full_name,
        row.place.code,
        str(row.state.label),
        row.number(measure) if has_data else _("no data yet"),
    ]
    if with_base:
        percent = row.percent()
        cells += [
            "" if percent is None else percent_words(percent),
            None if row.base is None else row.base.value,
            "" if row.base is None else source_words(row.base),
        ]
    cells += [
        row.shown.get(name, 0) if has_data else None for name, _l in measure.beside
    ]
    remarks = []
    if is_estimated(row):
        remarks.append(_("estimated"))
    if row.shown.get("uncounted"):
        remarks.append(
            _("%(count)s sessions without a head count")
            % {"count": row.shown["uncounted"]}
        )
    cells += [
        last_words(row.last_held, coverage.day),
        row.missing,
        "; ".join(remarks),
    ]
    return cells


def notes(coverage: Coverage) -> list[str]:
    """What is counted, by which map, as of when: above the table on screen and in files."""
    indicator = INDICATORS[coverage.measure.indicator]
    return [
        f"{indicator.code}. {indicator.label}. {indicator.definition}",
        _("Span: %(span)s. Map: %(map)s. Figures as of %(moment)s.")
        % {
            "span": coverage.span.label,
            "map": frame_words(coverage),
            "moment": moment_words(coverage.as_of),
        },
    ]


def frame_words(coverage: Coverage) -> str:
    if coverage.frame == TODAY:
        return _("of today")
    if coverage.frame == THEN:
        return _("as it was on the day of each session")
    return _("of %(day)s") % {"day": day_words(coverage.frame)}


def screen_lines(table: Table, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """The table's rows with the address of each, and its cells as the screen writes them."""
    return [
        {
            "url": url,
            "cells": [
                (column, number_words(value) if isinstance(value, int) else value)
                for column, value in zip(table.columns, cells, strict=True)
            ],
        }
        for cells, url in zip(table.rows, addresses, strict=True)
    ]
