"""The evening of 23 heads (design-brief §2.3), through the forms, without JavaScript."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from bs4 import BeautifulSoup

from attendance.models import Attendance, HouseholdReach, TrainingSession
from attendance.reading import Reading
from courses.models import Blocker
from people.models import Consent, Person
from tests import factories as make
from tests.attendance.screens import enter, look, words

LISTED = [
    "Danh Sóc Kha",
    "Đỗ Văn Ba",
    "Huỳnh Thị Ánh Nguyệt",
    "Lê Thị Hồng Gấm",
    "Lý Thị Út Em",
    "Ngô Thị Sáu",
    "Nguyễn Văn Lành",
    "Phạm Văn Bé",
    "Sơn Thị Mai",
    "Trần Thị Mười",
    "Trương Văn Hai",
    "Võ Văn Đực",
]
ON_PAPER = [
    "Bùi Thị Tư",
    "Cao Văn Năm",
    "Hồ Thị Chín",
    "Kim Thị Ngọc Lan",
    "Mai Văn Tám",
    "Thạch Ry",
]
WALK_INS = ["Dương Thị Kiều", "Quách Văn Khởi", "Tạ Thị Bông", "Ưng Văn Ường"]


@pytest.fixture
def evening(ground, cast):
    """Seven in the evening; the hamlet's list, the blockers, one household."""
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=True):
        for name in [*LISTED, *ON_PAPER]:
            make.make_person(name, ground.rach_moi)
        make.make_household("Lâm Văn Ngoan", ground.rach_moi)
        Blocker.objects.create(
            code="chuyen-cong-an",
            label="Chuyển công an",
            solver="police",
            is_referral=True,
            order=10,
        )
        Blocker.objects.create(
            code="sim", label="SIM bị khóa", solver="telecom", order=40
        )
        yield


def test_an_evening_of_23_is_recorded_by_forms_alone(evening, client, cast, ground):
    enter(client, cast.tam)

    plan = look(client, "/so/buoi/moi/", ngay="1")
    register = plan.send("plan", venue="Sala chùa")
    session = TrainingSession.objects.get()
    home = f"/so/buoi/{session.uuid}/"
    assert register.url == f"{home}diem-danh/"
    assert (session.status, session.date) == ("open", dt.date(2026, 11, 20))
    assert session.starts_at == dt.time(19)

    # Twelve from the list, found by folded search too; the buttons keep the ticks.
    page = register.send("so", p=register.tick(*LISTED[:8]), di="tim", tim="hong gam")
    assert [words(b) for b in page.soup.select("ul.people b")] == ["Lê Thị Hồng Gấm"]
    page = look(client, register.url)
    page = page.send("so", p=page.tick(*LISTED[8:]), di="them")
    assert "Đã ghi: 12 người có tên đang có mặt." in page.messages

    # Consent comes before the first new name.
    assert page.url == f"{home}them/"
    assert page.soup.select_one("#id_name") is None
    assert words(page.soup.select_one(".aloud")).startswith("Thưa bà con, tổ xin ghi")
    page = page.send("consent", ("consent", "read"), witness=str(cast.lan.person.uuid))
    for name in WALK_INS:
        page = page.send("add", name=name)
        assert f"Đã ghi: {name}, số thứ tự" in page.main
    assert set(
        Consent.objects.filter(purpose="register").values_list(
            "person__name", flat=True
        )
    ) == set(WALK_INS)

    # Six from the paper, by their row numbers.
    page = look(client, f"{home}diem-danh/")
    numbers = [words(page.row_of(name).select_one(".no")) for name in ON_PAPER]
    page = page.send("so", di="so")
    page = page.send(
        "numbers", numbers=" ".join(numbers[:3]) + "," + ".".join(numbers[3:])
    )
    assert "Đã ghi có mặt:" in page.main
    assert "22 có tên" in page.main

    # A child learns for her grandmother: the household, no name.
    page = look(client, f"{home}them/").send("hoc-thay/", household="lam van ngoan")
    assert page.messages == [
        "Đã ghi: một em nhỏ học thay cho hộ lam van ngoan. Em được đếm trong tổng số "
        "người có mặt, không ghi tên."
    ]

    # One head count.
    page = look(client, f"{home}diem-danh/").send("so", head_count="23", di="ket-qua")
    assert page.url == f"{home}ket-qua/"
    assert "Chưa ghi (22)" in page.main

    # Outcomes: 9 alone, 8 with guidance, 2 not yet, 2 to the police, 1 unrecorded.
    present = [*LISTED, *WALK_INS, *ON_PAPER]
    answers = {}
    for index, name in enumerate(present[:21]):
        position = page.position(name)
        outcome = "alone" if index < 9 else "helped" if index < 17 else "not_yet"
        answers[f"o{position}"] = outcome
        if index >= 19:
            answers[f"b{position}"] = "chuyen-cong-an"
    page = page.send("ket-qua", di="dong", **answers)
    assert page.messages == ["Đã ghi. Còn 1 người chưa ghi kết quả."]

    page = page.send("close", head_count="20")
    assert "Tổng 20 ít hơn 22 người có tên. Anh chị sửa lại tổng." in page.main
    page = page.send("close", head_count="23", note="Máy chiếu hư, mượn của trường.")
    assert page.url == home
    assert (
        "Đã đóng buổi: 23 lượt người, 22 có tên, 1 không tên. Kết quả: 9 đã làm được, "
        "8 làm được khi có hướng dẫn, 2 chưa làm được, 2 chuyển công an, 1 chưa ghi. "
        "Anh chị còn sửa được đến khi xã gửi báo cáo." in page.main
    )
    assert "Máy chiếu hư, mượn của trường." in page.main

    session.refresh_from_db()
    totals = Reading.of(session).totals
    assert session.status == "closed"
    assert (totals["visits"], totals["named"], totals["nameless"]) == (23, 22, 1)
    assert totals["proxies"] == 1
    assert totals["outcomes"] == {
        "alone": 9,
        "helped": 8,
        "not_yet": 2,
        "referred": 2,
        "unrecorded": 1,
    }
    assert totals["blockers"] == {"chuyen-cong-an": 2}
    assert Attendance.objects.filter(session=session, present=True).count() == 22
    assert HouseholdReach.objects.filter(session=session).count() == 1
    assert Person.objects.filter(name__in=WALK_INS).count() == 4


def test_a_name_already_here_is_not_written_twice(evening, client, cast, ground):
    session = make.make_session(
        ground.rach_moi, ground.team, date=dt.date(2026, 11, 20)
    )
    enter(client, cast.tam)
    home = f"/so/buoi/{session.uuid}/"
    client.post(f"{home}bat-dau/")
    page = look(client, f"{home}them/").send("consent", ("consent", "read"))
    page = page.send("add", name="dang thi moi")
    page = page.send("add", name="Đặng Thị Mới")
    assert "Đã có trong buổi này" in page.main
    session.refresh_from_db()
    assert Reading.of(session).named == 1
    page = page.send("add", ("who", "new"))
    session.refresh_from_db()
    assert Reading.of(session).named == 2


def test_a_similar_name_is_asked_about_and_marks_the_known_person(
    evening, client, cast, ground
):
    session = make.make_session(
        ground.rach_moi, ground.team, date=dt.date(2026, 11, 20)
    )
    enter(client, cast.tam)
    home = f"/so/buoi/{session.uuid}/"
    client.post(f"{home}bat-dau/")
    page = look(client, f"{home}them/").send("consent", ("consent", "read"))
    page = page.send("add", name="Bay Lanh")
    assert "Có phải …?" in page.main
    assert "Nguyễn Thị Bảy Bảy Lành · 1962" in page.main
    page = page.send("add", ("who", str(cast.bay.uuid)))
    session.refresh_from_db()
    assert Reading.of(session).present() == [str(cast.bay.uuid)]
    assert not Person.objects.filter(name="Bay Lanh").exists()


def test_the_first_session_of_a_hamlet_has_no_list_and_is_good(
    evening, client, cast, ground
):
    session = make.make_session(ground.kinh_tu, None, date=dt.date(2026, 11, 20))
    enter(client, cast.hanh)
    home = f"/so/buoi/{session.uuid}/"
    page = look(client, home).send("bat-dau/")
    assert "Ấp này chưa có danh sách, không sao cả." in page.main
    primary = page.soup.select_one(".bottom .button:not(.second)")
    assert words(primary) == "Thêm người"
    page = page.send("so", di="them").send("consent", ("consent", "read"))
    page = page.send("add", name="Trần Thị Đầu Tiên")
    page = look(client, f"{home}diem-danh/")
    assert isinstance(page.soup, BeautifulSoup)
    assert words(page.row_of("Trần Thị Đầu Tiên").select_one(".no")) == "1"
