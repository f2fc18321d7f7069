"""A table as a file: what a spreadsheet opens, and what it must not run."""

import csv
import io

import pytest
from openpyxl import load_workbook

from common.tables import Column, Table

TABLE = Table(
    "Lượt người – tháng 11/2026",
    [Column("name", "Xã, phường"), Column("value", "Lượt người", number=True)],
    [["xã Đất Mũi", 1234], ["=HYPERLINK(1)", None], ["-5", -5], ["@x", 2.5]],
    notes=["Số liệu đến 17:00", "+84 là gì"],
)


def test_csv_opens_in_excel_with_vietnamese_letters():
    body = TABLE.csv()
    assert body.startswith(b"\xef\xbb\xbf")
    assert "xã Đất Mũi,1234" in body.decode("utf-8-sig")


def test_no_cell_of_a_csv_is_run_as_a_formula():
    rows = list(csv.reader(io.StringIO(TABLE.csv().decode("utf-8-sig"))))
    assert rows[2] == ["'+84 là gì"]
    assert rows[4:] == [
        ["xã Đất Mũi", "1234"],
        ["'=HYPERLINK(1)", ""],
        ["'-5", "-5"],
        ["'@x", "2.5"],
    ]


def test_xlsx_keeps_numbers_as_numbers_and_text_as_text():
    sheet = load_workbook(io.BytesIO(TABLE.xlsx())).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert cells == [
        ["xã Đất Mũi", 1234],
        ["=HYPERLINK(1)", None],
        ["-5", -5],
        ["@x", 2.5],
    ]
    assert {cell.data_type for cell in sheet["A"][4:]} == {"s"}


def test_a_download_has_a_name_and_is_kept_by_nobody():
    response = TABLE.response("csv", "toan-tinh")
    assert response["Content-Disposition"] == 'attachment; filename="toan-tinh.csv"'
    assert response["Cache-Control"] == "private, no-store"
    with pytest.raises(KeyError):
        TABLE.response("exe", "x")
