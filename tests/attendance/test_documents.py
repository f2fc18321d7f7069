"""The list to be signed: rows, heading, hostile names, Vietnamese letters."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import time
import zlib

import pytest
import time_machine
import typst
from PIL import Image

from attendance import documents
from attendance.models import PaperRow
from tests import factories as make
from tests.attendance.screens import enter


@pytest.fixture(autouse=True)
def in_the_evening():
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def session(cast, ground):
    return make.make_session(
        ground.rach_moi, ground.team, starts_at=dt.time(19), venue="Sala chùa"
    )


@pytest.fixture
def sheet(monkeypatch):
    """What is handed to the typesetter."""
    seen: list[dict] = []
    compile_ = documents._compile

    def spy(data):
        seen.append(data)
        return compile_(data)

    monkeypatch.setattr(documents, "_compile", spy)
    return seen


def test_the_list_is_a_pdf_with_its_name(client, cast, session):
    enter(client, cast.tam)
    answer = client.get(f"/so/buoi/{session.uuid}/in/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        'inline; filename="danh-sach-2026-11-20.pdf"'
    )
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) < 200_000


def test_rows_are_numbered_as_on_the_screen(sheet, cast, ground, session):
    documents.sign_list(session, user=cast.tam)
    rows = sheet[0]["rows"]
    assert [(row["number"], row["name"]) for row in rows] == [
        ("1", "Nguyễn Thị Bảy"),
        ("2", "Lê Thị Lan"),
        ("3", "Trần Văn Tâm"),
    ]
    assert rows[0]["birth_year"] == "1962"
    assert rows[0]["hamlet"] == "Rạch Mới"
    assert sheet[0]["blank"][:2] == ["4", "5"]
    assert PaperRow.objects.filter(session=session).count() == 3


def test_the_heading_is_that_of_the_decree(sheet, cast, session):
    documents.sign_list(session, user=cast.tam)
    words = sheet[0]["words"]
    assert words["country"] == "Cộng hòa xã hội chủ nghĩa Việt Nam"
    assert words["motto"] == "Độc lập - Tự do - Hạnh phúc"
    assert words["authority"] == "Ủy ban nhân dân xã\u00a0Đất\u00a0Mũi"
    assert words["office"] == "Tổ ấp Rạch Mới"
    assert words["place_and_date"] == "Đất Mũi, ngày 20 tháng 11 năm 2026"
    assert words["time"] == "19:00 ngày 20/11/2026"


@pytest.mark.parametrize(
    ("date", "written"),
    [
        (dt.date(2027, 2, 3), "Đất Mũi, ngày 03 tháng 02 năm 2027"),
        (dt.date(2027, 3, 3), "Đất Mũi, ngày 03 tháng 3 năm 2027"),
    ],
)
def test_days_and_months_bear_their_nought(date, written, sheet, cast, session):
    session.date = date
    session.save()
    documents.sign_list(session, user=cast.tam, blank=True)
    assert sheet[0]["words"]["place_and_date"] == written


def test_an_empty_list_holds_no_name(sheet, cast, session):
    documents.sign_list(session, user=cast.tam, blank=True)
    assert sheet[0]["rows"] == []
    assert sheet[0]["blank"] == [str(number) for number in range(1, 26)]
    assert not PaperRow.objects.exists()


def test_a_sheet_holds_no_telephone(sheet, cast, ground, session):
    make.make_person("Ngô Thị Mận", ground.rach_moi, phone="0900000000")
    documents.sign_list(session, user=cast.tam)
    assert "0900000000" not in str(sheet)


HOSTILE = [
    '#panic("x")',
    '"]) #read("/etc/passwd")',
    "$ x^2 $ *b* _i_ `c` @a <b> // /* */ \\ #sys.inputs",
    "‮đảo ngược",
    "A" * 120,
    "Ư" * 120,
    "𐐷😀\u0301\u0301\u0301",
    "\\u{41}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_markup(name, cast, ground, session):
    make.make_person(name, ground.rach_moi, usual_name=name[:80])
    session.venue = name
    session.save()
    assert documents.sign_list(session, user=cast.tam).startswith(b"%PDF-")


def test_vietnamese_letters_have_their_glyphs(cast, ground, session):
    """A missing glyph would be set in a fallback font or as a box: there is none."""
    make.make_person("Ường Ặt Ễnh Ộn Ữ Ỵ đỡ", ground.rach_moi)
    pdf = documents.sign_list(session, user=cast.tam)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    text = pdf
    for stream in streams:
        try:
            text += zlib.decompress(stream)
        except zlib.error:
            continue
    fonts = {
        name.split(b"-")[0] for name in re.findall(rb"/BaseFont\s*/[A-Z]+\+(\w+)", text)
    }
    assert fonts == {b"LibertinusSerif"}
    # Every letter is mapped back to text, so the list can be searched and copied.
    mapped = set(re.findall(rb"<([0-9A-F]{4})>", text))
    for letter in "ƯờẶỄỘỮỴđỡ":
        assert f"{ord(letter):04X}".encode() in mapped, letter


def test_the_page_is_a4_and_has_ink(sheet, cast, session):
    documents.sign_list(session, user=cast.tam)
    pages = typst.compile(
        documents.SOURCE.read_bytes(),
        format="png",
        ppi=50,
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(sheet[0])},
    )
    picture = Image.open(io.BytesIO(pages[0] if isinstance(pages, list) else pages))
    assert [round(side / 50 * 25.4) for side in picture.size] == [210, 297]
    low, high = picture.convert("L").getextrema()
    assert (low < 60, high) == (True, 255)


def test_six_hundred_rows_are_set_in_seconds(cast, ground, session):
    for number in range(600):
        make.make_person(f"Nguyễn Thị Ngọc Ánh {number}", ground.rach_moi)
    began = time.monotonic()
    pdf = documents.sign_list(session, user=cast.tam)
    assert time.monotonic() - began < 10
    assert PaperRow.objects.filter(session=session).count() == documents.MOST_ROWS
    assert len(pdf) < 1_000_000
