"""Sums of all hamlets, added up commune by commune in the database.

The page of the whole province asks for ten numbers of every hamlet, and adding them up in
Python took a quarter of its time (measured with 640 hamlets; see bench/dashboard.py). A
hamlet that belongs to one commune whole is added to it by the database; one that the
map divided comes back by itself and is shared out exactly.
"""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from attendance import sql
from reports.models import ALL
from reports.sums import month_of

# Not a commune: the sessions of a hamlet, by which it counts as covered.
HELD = ""


def add_up(
    groups: Mapping[int, int],
    measures: Collection[str],
    months: Sequence[dt.date] | None,
    prefix: str,
) -> list[tuple[int, str, int]]:
    """(group, measure, sum) of the months (None: to date), and (hamlet, HELD, sessions).

    `groups` says for each hamlet to which key it is added. Taken are these measures and
    those that begin with `prefix`.
    """
    postgresql = connection.vendor == "postgresql"
    table = "reports_hamlettotal" if months is None else "reports_hamletmonth"
    in_span, span = "", []
    if months is not None:
        in_span = f"AND {_among('t.month', 'date')} "
        span = [_list([month_of(month.isoformat()) for month in months])]
    pairs = (
        "SELECT (v->>0)::bigint AS hamlet, (v->>1)::bigint AS key "
        "FROM json_array_elements(%s::json) AS v"
        if postgresql
        else "SELECT json_extract(value, '$[0]') AS hamlet, "
        "json_extract(value, '$[1]') AS key FROM json_each(%s)"
    )
    where = f"WHERE t.kind = '{ALL}' AND t.skill = '' {in_span}"
    rows = sql.fetch(
        f"SELECT g.key, t.measure, sum(t.value) FROM {table} t "
        f"JOIN ({pairs}) g ON g.hamlet = t.hamlet_id {where}"
        f"AND ({_among('t.measure', 'text')} OR t.measure LIKE %s) GROUP BY 1, 2 "
        f"UNION ALL SELECT t.hamlet_id, '{HELD}', sum(t.value) FROM {table} t {where}"
        "AND t.measure = 'sessions' GROUP BY 1",
        [
            json.dumps(list(groups.items())),
            *span,
            _list(sorted(measures)),
            f"{prefix}%",
            *span,
        ],
    )
    return [(key, measure, int(value)) for key, measure, value in rows]


def _among(column: str, kind: str) -> str:
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::{kind}[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"


def _list(values: Sequence[str]) -> Sequence[str] | str:
    return list(values) if connection.vendor == "postgresql" else json.dumps(values)
