"""A table as it is shown, and the same table as a file.

Screen, CSV and XLSX are made from one `Table`, so they cannot say different things.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

# A spreadsheet that opens a CSV file runs a cell that begins so as a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclasses.dataclass(frozen=True)
class Column:
    """A column with its heading; numbers stand to the right."""

    code: str
    label: Any
    number: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of plain values (text, whole number, decimal or None) under columns.

    `notes` are the lines that stand above: what is counted, by which map, as of when.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()

    def csv(self) -> bytes:
        """UTF-8 with a byte order mark, so that Excel reads Vietnamese letters."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([_guarded(self.title)])
        writer.writerows([_guarded(note)] for note in self.notes)
        writer.writerow([_guarded(str(column.label)) for column in self.columns])
        writer.writerows([_guarded(value) for value in row] for row in self.rows)
        return text.getvalue().encode("utf-8-sig")

    def xlsx(self) -> bytes:
        """One sheet; text is text and never a formula."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet(_sheet_name(self.title))
        head = 2 + len(self.notes)
        sheet.freeze_panes = f"A{head + 1}"
        for index, column in enumerate(self.columns, start=1):
            widest = max(
                [len(str(column.label)), *(len(str(r[index - 1])) for r in self.rows)]
            )
            width = min(60, max(8, widest + 2))
            sheet.column_dimensions[get_column_letter(index)].width = width

        def cell(value: Any, *, bold: bool = False) -> WriteOnlyCell:
            made = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                made.data_type = "s"
                made.quotePrefix = value.startswith(_DANGEROUS)
            if bold:
                made.font = Font(bold=True)
            return made

        sheet.append([cell(self.title, bold=True)])
        for note in self.notes:
            sheet.append([cell(str(note))])
        sheet.append([cell(str(column.label), bold=True) for column in self.columns])
        for row in self.rows:
            sheet.append([cell(_plain(value)) for value in row])
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def response(self, kind: str, name: str) -> HttpResponse:
        """The table as a download: `kind` is "csv" or "xlsx", `name` has no ending.

        Raises KeyError for another kind.
        """
        body, content_type = {
            "csv": lambda: (self.csv(), "text/csv; charset=utf-8"),
            "xlsx": lambda: (self.xlsx(), XLSX),
        }[kind]()
        response = HttpResponse(body, content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
        response["Cache-Control"] = "private, no-store"
        return response


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else str(value)


def _guarded(value: Any) -> Any:
    """The value as a CSV cell; text that a spreadsheet would run gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _sheet_name(title: str) -> str:
    """Excel takes at most 31 characters and none of these in a sheet's name."""
    return "".join(" " if c in "[]:*?/\\" else c for c in title)[:31].strip() or "Sheet"
