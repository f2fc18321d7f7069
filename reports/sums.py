"""The sums by hamlet and day, and their roll-up to months and to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attendance import sql
from reports.models import ALL, Window

# (hamlet id, day as ISO text, measure, sex, age band, skill, session kind)
DayKey = tuple[int, str, str, str, str, str, str]
Deltas = dict[DayKey, int]

_BREAKDOWN = {"measure": "text", "sex": "text", "age_band": "text", "skill": "text"}
_REST = {**_BREAKDOWN, "kind": "text", "value": "int"}
DAYS = sql.Table("reports_hamletday AS t", hamlet_id="int", day="date", **_REST)
MONTHS = sql.Table("reports_hamletmonth AS t", hamlet_id="int", month="date", **_REST)
TOTALS = sql.Table("reports_hamlettotal AS t", hamlet_id="int", **_REST)


def reach_measure(subject: str, home: str, rung: str, window: str) -> str:
    """Name the measure of first reaches: `people/attended/e`, `people_unknown/…`.

    `subject` is people or households. Whoever has no home hamlet is counted at the
    host hamlet under a name of its own and never as coverage.
    """
    return f"{subject if home == 'hamlet' else f'{subject}_{home}'}/{rung}/{window}"


def belongs_in_total(measure: str) -> bool:
    """First of a month or year is no sum to date: only first ever is."""
    parts = measure.split("/")
    return len(parts) < 3 or parts[2] == Window.EVER


def month_of(day: str) -> str:
    """The first day of the month of an ISO date."""
    return f"{day[:8]}01"


def roll_up(deltas: Mapping[DayKey, int]) -> list[tuple[sql.Table, dict[tuple, int]]]:
    """Turn day sums into the rows of all three tables, without zeros."""
    days: dict[tuple, int] = {}
    months: dict[tuple, int] = {}
    totals: dict[tuple, int] = {}
    for key, value in deltas.items():
        if not value:
            continue
        days[key] = value
        hamlet, day, measure, sex, age_band, skill, kind = key
        month = month_of(day)
        fine = [(measure, sex, age_band, skill, kind)]
        if not skill:
            fine.append((measure, ALL, ALL, "", ALL))
        to_date = belongs_in_total(measure)
        for rest in fine:
            at_month = (hamlet, month, *rest)
            months[at_month] = months.get(at_month, 0) + value
            if to_date:
                at_total = (hamlet, *rest)
                totals[at_total] = totals.get(at_total, 0) + value
    return [
        (DAYS, days),
        (MONTHS, {k: v for k, v in months.items() if v}),
        (TOTALS, {k: v for k, v in totals.items() if v}),
    ]


def add(deltas: Mapping[DayKey, int]) -> None:
    """Add deltas to the three tables: one statement for each, rows sorted by key.

    Sorted, because two writers who take the same rows in the same order never wait
    for each other in a ring.
    """
    for table, rows in roll_up(deltas):
        keys = ", ".join(list(table.columns)[:-1])
        table.insert(
            [(*key, value) for key, value in sorted(rows.items())],
            on_conflict=f"({keys}) DO UPDATE SET value = t.value + excluded.value",
        )


def gather(deltas: Deltas, rows: Iterable[tuple[DayKey, int]], sign: int = 1) -> None:
    """Add keyed values into `deltas`, times the sign."""
    for key, value in rows:
        deltas[key] = deltas.get(key, 0) + sign * value
