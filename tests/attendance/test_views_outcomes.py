"""Kết quả, blockers, notes, disagreements; closing and reopening."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from attendance.models import Attendance, RegisterEntry
from attendance.pen import Draft, write
from attendance.reading import Reading
from courses.models import Blocker
from tests import factories as make
from tests.attendance.screens import enter, look, words


@pytest.fixture(autouse=True)
def in_the_evening():
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def session(cast, ground):
    Blocker.objects.create(
        code="chuyen-cong-an",
        label="Chuyển công an",
        solver="police",
        is_referral=True,
        order=10,
    )
    Blocker.objects.create(
        code="chuyen-ngan-hang",
        label="Chuyển ngân hàng",
        solver="bank",
        is_referral=True,
        order=20,
    )
    Blocker.objects.create(code="sim", label="SIM bị khóa", solver="telecom", order=40)
    Blocker.objects.create(
        code="cu", label="Lý do cũ", solver="other", order=50, is_active=False
    )
    session = make.make_session(ground.rach_moi, ground.team, status="open")
    people = [cast.bay, cast.lan.person, cast.tam.person]
    write(
        session,
        user=cast.tam,
        drafts=[
            Draft("mark", f"presence/{one.uuid}", "present", person=one.uuid)
            for one in people
        ],
    )
    session.refresh_from_db()
    return session


@pytest.fixture
def home(session):
    return f"/so/buoi/{session.uuid}/"


def state(session) -> Reading:
    session.refresh_from_db()
    return Reading.of(session)


def of_bay(session, cast) -> tuple[str, str]:
    row = state(session).state["people"][str(cast.bay.uuid)]
    return row["outcome"], row["blocker"]


def answer(page, name: str, outcome: str, blocker: str | None = None) -> dict[str, str]:
    number = page.position(name)
    found = {f"o{number}": outcome}
    if blocker is not None:
        found[f"b{number}"] = blocker
    return found


def test_three_buttons_a_person_and_nothing_is_chosen_for_anybody(client, cast, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    labels = [words(tag) for tag in page.soup.select("fieldset")[0].select("label")[:3]]
    assert labels == ["Làm được", "Có hướng dẫn", "Chưa được"]
    assert (
        page.soup.select("input.a[checked], input.h[checked], input.n[checked]") == []
    )
    before = RegisterEntry.objects.count()
    page.send("ket-qua")
    assert RegisterEntry.objects.count() == before


@pytest.mark.parametrize(
    ("chosen", "blocker", "stored"),
    [
        ("alone", "", ("alone", "")),
        ("helped", "", ("helped", "")),
        ("not_yet", "", ("not_yet", "")),
        ("not_yet", "sim", ("not_yet", "sim")),
        ("not_yet", "chuyen-cong-an", ("referred", "chuyen-cong-an")),
        ("alone", "chuyen-cong-an", ("alone", "")),
        ("not_yet", "khong-co", ("not_yet", "")),
        ("referred", "sim", ("", "")),
        ("<b>", "", ("", "")),
    ],
)
def test_what_is_chosen_is_what_is_stored(
    chosen, blocker, stored, client, cast, session, home
):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", chosen, blocker))
    assert of_bay(session, cast) == stored


def test_a_referral_is_shown_as_not_yet_with_its_blocker(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    page = page.send(
        "ket-qua", **answer(page, "Nguyễn Thị Bảy", "not_yet", "chuyen-cong-an")
    )
    row = page.row_of("Nguyễn Thị Bảy")
    assert row.select_one("input.n").has_attr("checked")
    assert words(row.select_one("option[selected]")) == "Chuyển công an"
    before = RegisterEntry.objects.count()
    page = page.send("ket-qua")
    assert RegisterEntry.objects.count() == before, "unchanged rows write nothing"
    page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", "alone"))
    assert of_bay(session, cast) == ("alone", "")


def test_an_answer_can_be_taken_back(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    page = page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", "not_yet", "sim"))
    page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", ""))
    assert of_bay(session, cast) == ("", "")
    assert state(session).unrecorded == 3


def test_the_filter_shows_who_is_not_recorded(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    assert "Tất cả (3) Chưa ghi (3)" in page.main
    page = page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", "alone"))
    page = look(client, f"{home}ket-qua/", loc="chua-ghi")
    assert "Tất cả (3) Chưa ghi (2)" in page.main
    assert len(page.soup.select("fieldset")) == 2
    page = page.send("ket-qua", **{f"o{n}": "helped" for n in range(2)})
    assert page.messages == ["Đã ghi. Người có mặt đều đã có kết quả."]
    assert page.soup.select("fieldset") == []


def test_a_retired_blocker_is_offered_only_where_it_stands(client, cast, session, home):
    enter(client, cast.tam)
    assert "Lý do cũ" not in look(client, f"{home}ket-qua/").main
    write(
        session,
        user=cast.tam,
        drafts=[
            Draft(
                "outcome", f"outcome/{cast.bay.uuid}", "not_yet", person=cast.bay.uuid
            ),
            Draft("blocker", f"blocker/{cast.bay.uuid}", "cu", person=cast.bay.uuid),
        ],
    )
    page = look(client, f"{home}ket-qua/")
    selected = page.row_of("Nguyễn Thị Bảy").select_one("option[selected]")
    assert words(selected) == "Lý do cũ"


def test_two_outcomes_are_shown_with_both_sentences_and_chosen(
    client, cast, session, home
):
    enter(client, cast.tam)
    lan = enter(Client(), cast.lan)
    his, hers = look(client, f"{home}ket-qua/"), look(lan, f"{home}ket-qua/")
    his.send("ket-qua", **answer(his, "Nguyễn Thị Bảy", "alone"))
    page = hers.send("ket-qua", **answer(hers, "Nguyễn Thị Bảy", "not_yet"))
    assert of_bay(session, cast)[0] == "not_yet", "the lower outcome meanwhile"
    sentence = (
        "Hai máy ghi khác nhau về Nguyễn Thị Bảy (Bảy Lành): máy anh Tâm “đã làm được”, "
        "máy chị Lan “chưa làm được”. Anh chị chọn kết quả đúng."
    )
    for address in ("ket-qua/", "diem-danh/", "dong/", ""):
        assert sentence in look(client, f"{home}{address}").main
    assert [words(tag) for tag in page.soup.select(".pick button")] == [
        "đã làm được",
        "chưa làm được",
    ]
    page = page.send("lech/", ("value", "alone"))
    assert page.url == f"{home}ket-qua/"
    assert of_bay(session, cast)[0] == "alone"
    assert state(session).totals["conflicts"] == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"r": "x"},
        {"r": "head_count||", "value": "3"},
        {"r": "outcome/" + "0" * 36 + "||", "value": "alone"},
        {"r": "|" * 400, "value": "alone"},
    ],
)
def test_choosing_where_nothing_is_open_changes_nothing(
    data, client, cast, session, home
):
    enter(client, cast.tam)
    before = RegisterEntry.objects.count()
    answer_ = client.post(f"{home}lech/", data)
    assert answer_.status_code == 302
    assert RegisterEntry.objects.count() == before


def test_a_value_that_nobody_wrote_cannot_be_chosen(client, cast, session, home):
    enter(client, cast.tam)
    hanh = enter(Client(), cast.hanh)
    his, hers = look(client, f"{home}diem-danh/"), look(hanh, f"{home}diem-danh/")
    his.send("so", head_count="23")
    page = hers.send("so", head_count="21")
    page = page.send("lech/", ("value", "500"))
    assert "Anh chị chọn một trong các ý." in page.messages[0]
    assert state(session).head_count == 21


def test_only_present_people_get_an_outcome(client, cast, ground, session, home):
    absent = make.make_person("Người Vắng", ground.rach_moi)
    enter(client, cast.tam)
    client.post(f"{home}ket-qua/", {"r": f"{absent.uuid}||||", "o0": "alone"})
    assert str(absent.uuid) not in state(session).state["people"]
    assert not Attendance.objects.filter(person=absent).exists()


def test_notes_stand_side_by_side(client, cast, session, home):
    enter(client, cast.tam)
    look(client, f"{home}ket-qua/").send("ket-qua", note="Mất điện lúc 20 giờ")
    look(client, f"{home}ket-qua/").send("ket-qua", note="<i>Mượn</i> máy phát")
    page = look(client, home)
    assert [
        words(tag) for tag in page.soup.select("main ul:not(.rows):not(.tabs) li")
    ] == [
        "Mất điện lúc 20 giờ",
        "<i>Mượn</i> máy phát",
    ]
    enter(client, cast.mai)
    assert "Mất điện" not in look(client, home).main


def test_a_form_sent_twice_makes_one_note(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    for _ in range(2):
        page.send("ket-qua", note="Mất điện lúc 20 giờ")
    assert look(client, home).main.count("Mất điện lúc 20 giờ") == 1
    assert state(session).totals["notes"] == 1
    assert state(session).totals["conflicts"] == 0


def test_closing_refuses_a_total_below_the_names(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}dong/").send("close", head_count="2")
    assert "Tổng 2 ít hơn 3 người có tên. Anh chị sửa lại tổng." in page.main
    assert session.status == "open"
    assert state(session).head_count is None


def test_closing_asks_for_the_total_or_a_word_that_nobody_counted(
    client, cast, session, home
):
    enter(client, cast.tam)
    page = look(client, f"{home}dong/").send("close")
    assert "Anh chị ghi tổng số người có mặt, kể cả người không ghi tên." in page.main
    page = page.send("close", not_counted="on")
    assert (
        "Đã đóng buổi: 3 lượt người, 3 có tên; chưa đếm tổng số người. Kết quả: 3 chưa "
        "ghi." in page.main
    )
    assert (
        "Chưa đếm tổng số người nên chưa biết bao nhiêu người không ghi tên."
        in page.main
    )


def test_closing_with_nothing_recorded_is_allowed_and_says_so(client, cast, ground):
    session = make.make_session(ground.rach_moi, ground.team, status="open")
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{session.uuid}/dong/")
    assert "Buổi này chưa ghi gì. Anh chị vẫn đóng được" in page.main
    page = page.send("close", head_count="0")
    session.refresh_from_db()
    assert session.status == "closed"
    assert "Đã đóng buổi: chưa ghi ai. Anh chị còn sửa được" in page.main


def test_referrals_are_told_by_whom_they_go_to(client, cast, session, home):
    enter(client, cast.tam)
    page = look(client, f"{home}ket-qua/")
    page = page.send(
        "ket-qua",
        di="dong",
        **answer(page, "Nguyễn Thị Bảy", "not_yet", "chuyen-cong-an"),
        **answer(page, "Lê Thị Lan", "not_yet", "chuyen-ngan-hang"),
        **answer(page, "Trần Văn Tâm", "not_yet", "sim"),
    )
    page = page.send("close", head_count="3")
    assert (
        "Đã đóng buổi: 3 lượt người, 3 có tên, 0 không tên. Kết quả: 1 chưa làm được, 1 "
        "chuyển công an, 1 chuyển ngân hàng." in page.main
    )


def test_closing_and_opening_again_keep_everything(client, cast, session, home):
    enter(client, cast.tam)
    look(client, f"{home}dong/").send("close", head_count="5")
    page = look(client, f"{home}dong/")
    assert page.url == home, "a closed session is not closed twice"
    page = look(client, f"{home}mo-lai/").send("reopen")
    assert page.messages == ["Đã mở lại buổi."]
    assert state(session).named == 3
    assert state(session).head_count == 5
    assert session.status == "open"


def test_an_outcome_after_closing_needs_a_reason(client, cast, session, home):
    enter(client, cast.tam)
    look(client, f"{home}dong/").send("close", head_count="5")
    page = look(client, f"{home}ket-qua/")
    page = page.send("ket-qua", **answer(page, "Nguyễn Thị Bảy", "alone"))
    assert "Buổi này đã đóng. Anh chị ghi lý do sửa." in page.main
    assert of_bay(session, cast)[0] == ""
    page.send("ket-qua", reason="Nhầm dòng", **answer(page, "Nguyễn Thị Bảy", "alone"))
    assert of_bay(session, cast)[0] == "alone"
    assert RegisterEntry.objects.filter(kind="correct").count() == 1
