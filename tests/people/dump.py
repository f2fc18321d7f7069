"""Every table of the database, and every file, as text."""

from __future__ import annotations

from pathlib import Path

from django.db import connection


def all_rows() -> dict[str, list[str]]:
    """Each table's rows as text; binary columns are shown decoded."""

    def shown(value: object) -> str:
        if isinstance(value, (bytes, memoryview)):
            return bytes(value).decode("utf-8", "replace")
        return str(value)

    tables = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            tables[name] = sorted(
                "|".join(shown(value) for value in row) for row in cursor.fetchall()
            )
    return tables


def tables_with(*needles: str) -> set[str]:
    """The tables in which one of these texts stands, also as JSON writes it."""
    wanted = {
        n
        for needle in needles
        for n in (needle, needle.encode("unicode_escape").decode())
    }
    wanted |= {n.lower() for n in wanted}
    return {
        name
        for name, rows in all_rows().items()
        if any(
            needle in row or needle in row.lower() for row in rows for needle in wanted
        )
    }


def files_with(folder: Path, *needles: str) -> set[str]:
    """The files under a folder in which one of these texts stands."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        and any(needle in path.read_text(errors="replace") for needle in needles)
    }
