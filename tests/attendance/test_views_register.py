"""Điểm danh, số thứ tự and the sentence to be read."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance.models import EntryBody, PaperRow, RegisterEntry
from attendance.reading import Reading
from people.actions.merges import merge_persons
from people.models import Encounter
from tests import factories as make
from tests.attendance.screens import enter, look, words


@pytest.fixture(autouse=True)
def in_the_evening():
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def session(cast, ground):
    return make.make_session(ground.rach_moi, ground.team, status="open")


@pytest.fixture
def home(session):
    return f"/so/buoi/{session.uuid}/"


def reading(session) -> Reading:
    session.refresh_from_db()
    return Reading.of(session)


def names(page) -> list[str]:
    return [words(tag) for tag in page.soup.select("ul.people b")]


def test_the_list_is_who_lives_here_and_who_was_met_here(client, cast, ground, session):
    guest = make.make_person("Khách Quen", ground.ong_trang)
    day = dt.date(2026, 10, 1)
    Encounter.objects.create(
        person=guest, hamlet=ground.rach_moi, first_on=day, last_on=day
    )
    make.make_person("Người Ông Trang", ground.ong_trang)
    make.make_person("Người Kinh Tư", ground.kinh_tu)
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{session.uuid}/diem-danh/")
    assert names(page) == [
        "Nguyễn Thị Bảy",
        "Lê Thị Lan",
        "Khách Quen",
        "Trần Văn Tâm",
    ]


def test_who_leads_or_helps_tonight_is_not_on_the_list(client, cast, ground, session):
    session.facilitators.create(person=cast.tam.person, leads=True)
    session.facilitators.create(person=cast.lan.person)
    enter(client, cast.tam)
    assert names(look(client, f"/so/buoi/{session.uuid}/diem-danh/")) == [
        "Nguyễn Thị Bảy"
    ]


def test_people_of_one_name_are_told_apart(client, cast, ground, session, home):
    household = make.make_household("Nguyễn Văn Lành", ground.rach_moi)
    for year, usual in ((1950, "Út Em"), (1971, "")):
        make.make_person(
            "Nguyễn Văn Út",
            ground.rach_moi,
            household=household,
            birth_year=year,
            usual_name=usual,
        )
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/", tim="van ut")
    assert [
        words(tag.select_one("small")) for tag in page.soup.select("ul.people li")
    ] == [
        "Út Em · 1950 · hộ Nguyễn Văn Lành",
        "1971 · hộ Nguyễn Văn Lành",
    ]


@pytest.mark.parametrize("text", ["bay lanh", "Bảy", "nguyen thi bay", "BẢY LÀNH"])
def test_search_is_folded_and_knows_the_usual_name(text, client, cast, home):
    enter(client, cast.tam)
    assert names(look(client, f"{home}diem-danh/", tim=text)) == ["Nguyễn Thị Bảy"]


def test_only_changed_rows_make_entries(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    before = RegisterEntry.objects.count()
    page = page.send("so", p=page.tick("Nguyễn Thị Bảy"))
    assert RegisterEntry.objects.count() == before + 1
    page = page.send("so")
    assert page.messages == []
    assert RegisterEntry.objects.count() == before + 1
    page = page.send("so", p=page.without("Nguyễn Thị Bảy"))
    assert RegisterEntry.objects.count() == before + 2
    assert reading(session).present() == []


def test_searching_and_leaving_keep_the_ticks(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    for button, end in (
        ({"di": "tim", "tim": "lan"}, "diem-danh/"),
        ({"di": "them"}, "them/"),
        ({"di": "so"}, "so-thu-tu/"),
        ({"di": "ket-qua"}, "ket-qua/"),
    ):
        after = page.send("so", p=page.tick("Nguyễn Thị Bảy"), **button)
        assert after.url == f"{home}{end}"
        assert reading(session).present() == [str(cast.bay.uuid)]


def test_two_people_who_mark_differently_disagree_openly(client, cast, session, home):
    """Anh Tâm and chị Lan open the same page; one ticks, then both change it."""
    enter(client, cast.tam)
    first = look(client, f"{home}diem-danh/")
    first.send("so", p=first.tick("Nguyễn Thị Bảy"))
    lan = enter(Client(), cast.lan)
    his, hers = look(client, f"{home}diem-danh/"), look(lan, f"{home}diem-danh/")
    his.send("so", p=his.without("Nguyễn Thị Bảy"))
    stale = hers.send("so", p=hers.without("Nguyễn Thị Bảy"))
    assert reading(session).totals["conflicts"] == 0, "both say the same"

    his, hers = look(client, f"{home}diem-danh/"), stale
    his.send("so", p=his.tick("Nguyễn Thị Bảy"))
    twice = look(client, f"{home}diem-danh/")
    twice.send("so", p=twice.without("Nguyễn Thị Bảy"))
    hers.send("so", p=hers.tick("Nguyễn Thị Bảy"))
    assert reading(session).totals["conflicts"] == 1
    assert reading(session).present() == [str(cast.bay.uuid)], "nobody who came is lost"
    page = look(client, f"{home}diem-danh/")
    assert (
        "Hai máy ghi khác nhau về Nguyễn Thị Bảy (Bảy Lành): máy anh Tâm “vắng”, máy "
        "chị Lan “có mặt”. Anh chị chọn điều đúng." in page.main
    )
    page = page.send("lech/", ("value", "present"))
    assert page.messages == ["Đã chọn xong."]
    assert reading(session).totals["conflicts"] == 0


def test_two_totals_are_a_disagreement_and_never_a_sum(client, cast, session, home):
    enter(client, cast.tam)
    hanh = enter(Client(), cast.hanh)
    his, hers = look(client, f"{home}diem-danh/"), look(hanh, f"{home}diem-danh/")
    his.send("so", head_count="23")
    hers.send("so", head_count="21")
    state = reading(session)
    assert (state.head_count, state.totals["conflicts"]) == (21, 1)
    page = look(client, f"{home}diem-danh/")
    assert "Hai máy ghi khác nhau về tổng số người có mặt" in page.main
    page.send("lech/", ("value", "23"))
    assert reading(session).head_count == 23


def test_nameless_is_computed_and_never_typed(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    assert "0 có tên · chưa đếm tổng" in page.main
    page = page.send("so", p=page.tick("Nguyễn Thị Bảy"), head_count="23")
    assert "1 có tên · 22 không tên" in page.main


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("hai mươi", "Anh chị ghi tổng bằng chữ số, ví dụ 23."),
        ("5001", "Hơn 5000 người. Anh chị xem lại."),
        ("-1", "0"),
        ("9" * 5000, "Chưa xong"),
        ("١٢x", "Anh chị ghi tổng bằng chữ số, ví dụ 23."),
    ],
)
def test_a_total_that_is_none_is_told_and_the_ticks_stay(
    typed, told, client, cast, session, home
):
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    page = page.send("so", p=page.tick("Nguyễn Thị Bảy"), head_count=typed)
    assert "Chưa xong" in page.main
    assert told in page.main
    assert page.row_of("Nguyễn Thị Bảy").input.has_attr("checked")
    assert reading(session).head_count is None


def test_a_member_sees_the_total_and_does_not_type_it(client, cast, session, home):
    enter(client, cast.lan)
    page = look(client, f"{home}diem-danh/")
    assert page.soup.select_one("#tong") is None
    page.send("so", head_count="99", h="head_count||")
    assert reading(session).head_count is None


def test_row_numbers_are_those_of_the_paper_and_never_move(client, cast, ground, home):
    enter(client, cast.tam)
    printed = client.get(f"{home}in/")
    assert printed.status_code == 200
    before = dict(PaperRow.objects.values_list("person__name", "number"))
    assert before == {"Nguyễn Thị Bảy": 1, "Lê Thị Lan": 2, "Trần Văn Tâm": 3}
    make.make_person("An Thị Ánh", ground.rach_moi)
    page = look(client, f"{home}diem-danh/")
    numbers = [words(tag) for tag in page.soup.select("ul.people .no")]
    assert numbers == ["1", "2", "3", "–"]
    page = page.send("so", p=page.tick("An Thị Ánh"))
    assert words(page.row_of("An Thị Ánh").select_one(".no")) == "4"
    assert (
        before.items()
        <= dict(PaperRow.objects.values_list("person__name", "number")).items()
    )


def test_numbers_from_the_paper_mark_who_signed_there(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}so-thu-tu/")
    assert "Danh sách có số 1 đến 3." in page.main
    page = page.send("numbers", numbers="1, 3 .77")
    assert "Đã ghi có mặt: 1. Nguyễn Thị Bảy 3. Trần Văn Tâm" in page.main
    assert "Danh sách không có số 77." in page.main
    assert set(reading(session).present()) == {
        str(cast.bay.uuid),
        str(cast.tam.person.uuid),
    }
    page = page.send("numbers", numbers="1 1 2-3")
    assert "Đã ghi có mặt: 2. Lê Thị Lan" in page.main
    assert "Đã có trong buổi này: 1. Nguyễn Thị Bảy 3. Trần Văn Tâm" in page.main
    assert reading(session).named == 3


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "một hai",
        "1;drop table",
        "12345",
        "٣",
        "<b>1</b>",
        "9" * 4001,
        "\x00",
        "½",
    ],
)
def test_what_is_no_row_number_marks_nobody(typed, client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}so-thu-tu/").send("numbers", numbers=typed)
    assert page.response.status_code == 200
    assert "Chưa xong" in page.main
    assert reading(session).named == 0


def test_the_number_of_a_merged_person_marks_the_one_who_stands(
    client, cast, ground, session, home
):
    double = make.make_person("Nguyễn Thị Bảy", ground.rach_moi)
    enter(client, cast.tam)
    look(client, f"{home}diem-danh/")
    number = PaperRow.objects.get(person=double).number
    merge_persons(double, into=cast.bay, user=cast.hanh)
    look(client, f"{home}so-thu-tu/").send("numbers", numbers=str(number))
    assert reading(session).present() == [str(cast.bay.uuid)]


def test_who_was_merged_can_be_taken_out_again(client, cast, ground, session, home):
    """The tick was made of the other record; taking it off must reach that cell too."""
    double = make.make_person("Nguyễn Thị Bảy", ground.rach_moi, birth_year=1961)
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    row = next(tag for tag in page.soup.select("ul.people li") if "1961" in words(tag))
    page.send("so", p=[row.input["value"]])
    merge_persons(double, into=cast.bay, user=cast.hanh)
    assert reading(session).present() == [str(cast.bay.uuid)]
    page = look(client, f"{home}diem-danh/")
    page.send("so", p=page.without("Nguyễn Thị Bảy"))
    assert reading(session).present() == []


def test_the_sentence_is_an_entry_with_its_version_and_witness(
    client, cast, session, home
):
    enter(client, cast.tam)
    page = look(client, f"{home}loi-doc/")
    page.send("consent", ("consent", "read"), witness=str(cast.lan.person.uuid))
    entry = RegisterEntry.objects.get(cell="consent")
    body = json.loads(bytes(EntryBody.objects.get(entry=entry).bytes))
    assert body.pop("salt")
    assert body == {
        "text_version": "2026-11",
        "language": "vi",
        "witness": str(cast.lan.person.uuid),
    }
    assert (entry.kind, entry.value) == ("consent", "read")


def test_without_the_sentence_heads_are_counted_and_no_name_is_taken(
    client, cast, session, home
):
    enter(client, cast.tam)
    page = look(client, f"{home}them/").send("consent", ("consent", "not_read"))
    assert page.url == f"{home}diem-danh/"
    page = page.send("so", p=page.tick("Nguyễn Thị Bảy"), head_count="9")
    assert (reading(session).named, reading(session).head_count) == (1, 9)
    page = look(client, f"{home}them/")
    assert page.soup.select_one("#id_name") is None
    client.post(f"{home}them/", {"name": "Tên Lén"})
    assert reading(session).named == 1


def test_a_witness_from_elsewhere_is_not_taken(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}loi-doc/")
    page.send("consent", ("consent", "read"), witness=str(cast.son.person.uuid))
    entry = RegisterEntry.objects.get(cell="consent")
    body = json.loads(bytes(EntryBody.objects.get(entry=entry).bytes))
    assert "witness" not in body


def test_a_closed_session_asks_why(client, cast, session, home):
    enter(client, cast.tam)
    look(client, f"{home}dong/").send("close", head_count="5")
    page = look(client, f"{home}diem-danh/")
    refused = page.send("so", p=page.tick("Nguyễn Thị Bảy"))
    assert "Buổi này đã đóng. Anh chị ghi lý do sửa." in refused.main
    assert refused.row_of("Nguyễn Thị Bảy").input.has_attr("checked")
    assert reading(session).named == 0
    refused.send("so", reason="Ký trên giấy mà sót")
    assert reading(session).named == 1
    entry = RegisterEntry.objects.get(cell__startswith="presence/")
    assert entry.kind == "correct"
    body = json.loads(bytes(EntryBody.objects.get(entry=entry).bytes))
    assert body["reason"] == "Ký trên giấy mà sót"


@pytest.mark.parametrize(
    "rows",
    [
        [""],
        ["|||||"],
        ["x||"],
        ["0" * 36 + "||"],
        ["\x00||"],
        ["' OR 1=1 --||"],
        ["|present|" + "a" * 30_000],
        ["r" for _ in range(3000)],
    ],
)
def test_a_form_that_we_did_not_write_writes_nothing(rows, client, cast, session, home):
    enter(client, cast.tam)
    answer = client.post(f"{home}diem-danh/", {"r": rows, "p": ["0", "9" * 5000, "-1"]})
    assert answer.status_code in (200, 302)
    assert reading(session).named == 0


def test_a_stale_row_of_an_unknown_entry_changes_nothing_else(
    client, cast, session, home
):
    """Made-up "seen" entries are of no cell: they replace nothing."""
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    page.send("so", p=page.tick("Nguyễn Thị Bảy"))
    forged = f"{cast.bay.uuid}|present|01a20000-0000-7000-8000-000000000000"
    client.post(f"{home}diem-danh/", {"r": [forged]})
    assert reading(session).totals["conflicts"] == 1
    assert reading(session).named == 1


@pytest.mark.parametrize("text", ["%", "'", "x\x00y", "a" * 5000, "<b>x", "😀", "‮abc"])
def test_a_hostile_search_finds_nobody(text, client, cast, home):
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/", tim=text)
    assert page.response.status_code == 200
    assert names(page) == []
    assert "<b>x" not in page.html


def test_a_long_list_turns_pages_and_keeps_the_ticks(
    client, cast, ground, session, home
):
    for number in range(205):
        make.make_person(f"Người Thứ {number:03}", ground.rach_moi)
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    assert len(names(page)) == 200
    ticked = page.tick("Người Thứ 000")
    page = page.send("so", ("trang", "2"), p=ticked)
    assert len(names(page)) == 8
    assert reading(session).named == 1
    assert look(client, f"{home}diem-danh/", page="999").response.status_code == 200


def test_three_people_cost_no_more_queries_than_one(client, cast, ground, home):
    enter(client, cast.tam)
    look(client, f"{home}diem-danh/")

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{home}{address}").status_code == 200
        return len(caught)

    pages = ("diem-danh/", "ket-qua/", "them/", "so-thu-tu/", "dong/", "")
    page = look(client, f"{home}diem-danh/")
    page.send("so", p=page.tick("Nguyễn Thị Bảy"))
    first = {address: count(address) for address in pages}
    page = look(client, f"{home}diem-danh/")
    page.send("so", p=page.tick("Lê Thị Lan", "Trần Văn Tâm"))
    look(client, f"{home}diem-danh/")
    assert {address: count(address) for address in pages} == first
    assert max(first.values()) <= 30


def test_saving_fifty_marks_costs_as_much_as_five(client, cast, ground, session, home):
    for number in range(60):
        make.make_person(f"Người Thứ {number:03}", ground.rach_moi)
    enter(client, cast.tam)

    def save(names_: list[str]) -> int:
        page = look(client, f"{home}diem-danh/")
        values = page.values(page.form("so")) | {"p": page.tick(*names_)}
        with CaptureQueriesContext(connection) as caught:
            client.post(f"{home}diem-danh/", values)
        return len(caught)

    look(client, f"{home}diem-danh/")
    save(["Nguyễn Thị Bảy"])
    five = save([f"Người Thứ {number:03}" for number in range(5)])
    fifty = save([f"Người Thứ {number:03}" for number in range(5, 55)])
    assert fifty == five
    assert reading(session).named == 56


def test_the_first_visit_of_sixty_people_is_light(client, cast, ground, session, home):
    for number in range(60):
        make.make_person(
            f"Nguyễn Thị Ngọc Ánh {number}",
            ground.rach_moi,
            usual_name=f"Út {number}",
            birth_year=1940 + number,
        )
    enter(client, cast.tam)
    page = look(client, f"{home}diem-danh/")
    page.send("so", p=[str(index) for index in range(60)])
    styles = ("lms/tokens.css", "lms/site.css", "attendance/register.css")
    css = 0
    for path in styles:
        with open(finders.find(path), "rb") as file:  # noqa: PTH123
            css += len(gzip.compress(file.read()))
    for address in ("diem-danh/", "ket-qua/"):
        answer = client.get(f"{home}{address}", headers={"accept-encoding": "gzip"})
        assert answer["Content-Encoding"] == "gzip"
        assert len(answer.content) + css <= 30_000, address
