"""Compares what is stored with a recount, and repairs it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import connection, transaction

from attendance import sql
from reports import sums
from reports.counting import FIGURES, FIRSTS
from reports.models import (
    FirstReach,
    HamletDay,
    HamletMonth,
    HamletTotal,
    SessionFigures,
)
from reports.recount import CountedSession, Recount

_SUMS = {
    HamletDay: ("hamlet", "day", "measure", "sex", "age_band", "skill", "kind"),
    HamletMonth: ("hamlet", "month", "measure", "sex", "age_band", "skill", "kind"),
    HamletTotal: ("hamlet", "measure", "sex", "age_band", "skill", "kind"),
}
_FIRST = ("subject_kind", "subject_id", "skill", "session")
_STANDS = ("day", "hamlet", "home", "kind", "sex", "age_band")
_RUNGS = ("attended", "helped", "alone", "kept")
_FIGURE = (
    "session",
    "host",
    "day",
    "kind",
    "counts",
    "lessons",
    "skills",
    "contribution",
    "state_version",
)
WRITE_AT_ONCE = 2_000


class Difference(NamedTuple):
    """One row that is not what the register says. Keys and numbers only."""

    table: str
    key: str
    stored: str
    counted: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: stored {self.stored}, counted {self.counted}"


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as of one moment, without holding up those who write."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            sql.fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django begins IMMEDIATE here, which is the one writer's lock.
        sql.fetch("BEGIN DEFERRED")
        try:
            yield
        finally:
            sql.fetch("ROLLBACK")


def differences() -> Iterator[Difference]:
    """Every stored figure that a recount from the register does not find the same."""
    with one_moment():
        recount = Recount()
        yield from _of_sessions(recount)
        yield from _of_firsts(recount)
        yield from _of_sums(recount)


def _of_sessions(recount: Recount) -> Iterator[Difference]:
    stored = {row[0]: row[1:] for row in SessionFigures.objects.values_list(*_FIGURE)}
    for counted in recount.sessions():
        was = stored.pop(counted.session, None)
        now = tuple(counted[1:])
        if was is None and not counted.contribution:
            continue
        if was != now:
            yield Difference("SessionFigures", str(counted.session), str(was), str(now))


def _of_firsts(recount: Recount) -> Iterator[Difference]:
    outside = {"p": [], "h": []}
    for kind, span, counted in recount.firsts():
        outside[kind].append(span)
        rows = FirstReach.objects.filter(
            subject_kind=kind, subject_id__gte=span.start, subject_id__lt=span.stop
        ).values_list(*_FIRST, *_STANDS, *_RUNGS)
        stored = {row[:4]: (*row[4:10], row[10:]) for row in rows}
        yield from _compare("FirstReach", stored, counted, empty="nothing")
    for kind, spans in outside.items():
        rows = FirstReach.objects.filter(subject_kind=kind)
        if spans:
            rows = rows.exclude(
                subject_id__gte=spans[0].start, subject_id__lt=spans[-1].stop
            )
        for row in rows.values_list(*_FIRST):
            yield Difference("FirstReach", str(row), "a row", "nothing")


def _of_sums(recount: Recount) -> Iterator[Difference]:
    deltas = {
        (key[0], key[1].isoformat(), *key[2:]): value
        for key, value in recount.days.items()
    }
    for (model, fields), (_table, counted) in zip(
        _SUMS.items(), sums.roll_up(deltas), strict=True
    ):
        rows = model.objects.exclude(value=0).values_list(*fields, "value")
        stored = {tuple(_iso(value) for value in row[:-1]): row[-1] for row in rows}
        yield from _compare(model.__name__, stored, counted, empty=0)


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _compare(
    table: str, stored: Mapping[tuple, Any], counted: Mapping[tuple, Any], *, empty: Any
) -> Iterator[Difference]:
    for key in sorted(stored.keys() | counted.keys()):
        was, now = stored.get(key, empty), counted.get(key, empty)
        if was != now:
            yield Difference(table, str(key), str(was), str(now))


def rebuild() -> None:
    """Throw the figures away and count them again from the register.

    Holds the write lock until it is done: folds wait and then count on top of it.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            sql.fetch(
                "LOCK TABLE attendance_trainingsession, attendance_attendance, "
                "attendance_householdreach IN SHARE MODE"
            )
        recount = Recount()
        rows = [row for row in recount.sessions() if row.contribution or row.lessons]
        for model in (SessionFigures, FirstReach, *_SUMS):
            model._base_manager.all()._raw_delete(connection.alias)
        _write(FIGURES, [_figure_row(row) for row in rows])
        for _kind, _span, firsts in recount.firsts():
            _write(
                FIRSTS,
                [
                    (*key, first[0].isoformat(), *first[1:6], *first[6])
                    for key, first in sorted(firsts.items())
                ],
            )
        deltas = {
            (key[0], key[1].isoformat(), *key[2:]): value
            for key, value in recount.days.items()
        }
        for table, counted in sums.roll_up(deltas):
            _write(table, [(*key, value) for key, value in sorted(counted.items())])


def _figure_row(row: CountedSession) -> tuple:
    return (
        row.session,
        row.host,
        row.day.isoformat(),
        row.kind,
        row.counts,
        json.dumps(row.lessons),
        json.dumps(row.skills),
        json.dumps(row.contribution),
        row.state_version,
    )


def _write(table: sql.Table, rows: list[tuple]) -> None:
    for start in range(0, len(rows), WRITE_AT_ONCE):
        table.insert(rows[start : start + WRITE_AT_ONCE])
