"""Hôm nay and Lịch."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import TeamMembership
from people.roles import Role
from tests import factories as make
from tests.attendance.screens import enter, look, words

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC), tick=True):
        yield


def days(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def word(role: str) -> str:
    """A role as the people room says it, with a capital letter."""
    label = str(dict([*TeamMembership.Position.choices, *Role.choices])[role])
    return label[:1].upper() + label[1:]


def headings(page) -> list[str]:
    return [words(tag) for tag in page.soup.select("main h2")]


def test_today_is_headed_by_role_and_place(client, cast, ground):
    make.make_session(ground.rach_moi, ground.team, starts_at=dt.time(19))
    enter(client, cast.tam)
    page = look(client, "/so/")
    assert "Thứ Sáu 20/11/2026" in page.main
    assert headings(page) == [f"{word('leader')} – ấp Rạch Mới"]
    assert words(page.soup.select_one(".card h3")) == "Ấp Rạch Mới"
    assert "19:00 · Thứ Sáu 20/11/2026" in page.main


def test_an_empty_day_offers_both_beginnings(client, cast):
    enter(client, cast.tam)
    page = look(client, "/so/")
    assert "Hôm nay chưa có buổi nào." in page.main
    buttons = {words(tag): tag["href"] for tag in page.soup.select("main a.button")}
    assert buttons == {
        "Lên buổi mới": "/so/buoi/moi/",
        "Ghi buổi đột xuất": "/so/buoi/moi/?ngay=1",
    }


def test_a_member_is_not_offered_to_plan(client, cast):
    enter(client, cast.lan)
    page = look(client, "/so/")
    assert page.soup.select("main a.button") == []


def test_only_sessions_on_own_ground_are_shown(client, cast, ground):
    make.make_session(ground.ong_trang, ground.other_team, venue="Chợ Ông Trang")
    make.make_session(
        ground.ong_trang, ground.other_team, venue="Chợ Ông Trang", date=days(-2)
    )
    make.make_session(
        ground.ong_trang, ground.other_team, venue="Chợ Ông Trang", date=days(2)
    )
    enter(client, cast.tam)
    for address in ("/so/", "/so/lich/", "/so/lich/?qua=1"):
        assert "Ông Trang" not in look(client, address).html


def test_somebody_with_two_hats_sees_both_and_each_session_once(client, cast, ground):
    make.give_role(cast.tam, Role.COMMUNE_COORDINATOR, ground.dat_mui)
    make.make_session(ground.rach_moi, ground.team, venue="Sala chùa")
    make.make_session(ground.kinh_tu, None, venue="Trường học")
    enter(client, cast.tam)
    page = look(client, "/so/")
    assert headings(page) == [
        f"{word('leader')} – ấp Rạch Mới",
        f"{word('commune_coordinator')} – xã Đất Mũi",
    ]
    venues = [words(tag.select("p")[1]) for tag in page.soup.select(".card")]
    assert venues == ["Sala chùa · lớp tập trung", "Trường học · lớp tập trung"]


def test_a_register_that_has_not_come_stands_on_today(client, cast, ground):
    make.make_session(ground.rach_moi, ground.team, date=days(-3))
    make.make_session(ground.rach_moi, ground.team, date=days(-4), status="closed")
    make.make_session(
        ground.rach_moi,
        ground.team,
        date=days(-5),
        status="cancelled",
        cancel_reason="mưa",
    )
    enter(client, cast.tam)
    page = look(client, "/so/")
    assert "1 buổi đã qua ngày mà sổ chưa về. Anh chị nhập sổ từ giấy" in page.main
    assert len(page.soup.select(".card")) == 1
    enter(client, cast.hanh)
    assert (
        "1 buổi đã qua ngày mà sổ chưa về. Có thể điện thoại chưa có mạng – anh chị gọi "
        "hỏi trước khi gửi số." in look(client, "/so/").main
    )


def test_a_session_left_open_stays_on_today(client, cast, ground):
    make.make_session(ground.rach_moi, ground.team, date=days(-1), status="open")
    enter(client, cast.tam)
    assert len(look(client, "/so/").soup.select(".card")) == 1


@pytest.mark.parametrize(
    ("status", "date", "step"),
    [
        ("planned", 0, "Mở sổ điểm danh"),
        ("planned", -2, "Mở sổ điểm danh"),
        ("planned", 2, "Xem buổi này"),
        ("open", 0, "Điểm danh"),
    ],
)
def test_each_session_has_one_next_step(status, date, step, client, cast, ground):
    make.make_session(ground.rach_moi, ground.team, date=days(date), status=status)
    enter(client, cast.tam)
    card = look(client, "/so/").soup.select_one(".card")
    assert [words(tag) for tag in card.select(".button")] == [step]


def test_the_screen_has_one_orange_button(client, cast, ground):
    for number in range(3):
        make.make_session(ground.rach_moi, ground.team, starts_at=dt.time(8 + number))
    enter(client, cast.tam)
    page = look(client, "/so/")
    orange = page.soup.select("main .button:not(.second):not(.quiet)")
    assert [words(tag) for tag in orange] == ["Mở sổ điểm danh"]


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize(
    ("address", "limit"), [("/so/", 26), ("/so/lich/", 18), ("/so/lich/?qua=1", 18)]
)
def test_three_sessions_cost_no_more_queries_than_one(
    address, limit, client, cast, ground
):
    def one(date: int, **fields) -> None:
        make.make_session(ground.rach_moi, ground.team, date=days(date), **fields)

    enter(client, cast.tam)
    for date in (0, -3, 5):
        one(date)
    look(client, address)
    first = queries_of(client, address)
    for date in (0, 0, -3, -3, 5, 5):
        one(date)
    assert queries_of(client, address) == first
    assert first <= limit


def test_the_calendar_turns_pages(client, cast, ground):
    for number in range(23):
        make.make_session(ground.rach_moi, ground.team, date=days(-number - 1))
    enter(client, cast.tam)
    page = look(client, "/so/lich/", qua="1")
    assert len(page.soup.select("ul.rows a.row")) == 20
    assert "Trang 1 trên 2" in page.main
    assert len(look(client, "/so/lich/", qua="1", page="2").soup.select("a.row")) == 3
    assert (
        len(look(client, "/so/lich/", qua="1", page="chữ").soup.select("a.row")) == 20
    )
    assert "Chưa có buổi nào sắp tới." in look(client, "/so/lich/").main
