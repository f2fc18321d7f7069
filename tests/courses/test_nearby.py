"""Gần nhà: communes by any name, what is held, open and called, and nothing stale."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.actions import cancel_session, change_plan, plan_session
from attendance.models import TrainingSession
from courses.nearby import places_on
from home.models import ContactSettings
from people.actions import change_person
from people.actions.showing import hide_my_phone, show_my_phone
from people.models import Person
from pilot_communes.actions import add_support_point
from pilot_communes.models import Succession, SupportPoint, Unit
from tests.courses import test_stored_pages
from tests.courses.making import make_lesson
from tests.factories import make_unit

TODAY = dt.date(2026, 11, 20)
HERE = "/gan-nha/dat-mui/"

# The whole house behind its page cache, and a request to it.
stored = test_stored_pages.cache
get = test_stored_pages.get


def plan(cast, ground, **fields) -> TrainingSession:
    """A public class of the team of ấp Rạch Mới on Thursday the 26th."""
    fields.setdefault("date", dt.date(2026, 11, 26))
    fields.setdefault("starts_at", dt.time(19))
    fields.setdefault("venue", "Sala chùa")
    return plan_session(user=cast.tam, host=ground.rach_moi, team=ground.team, **fields)


def give_number(cast, number: str = "0900000091") -> None:
    Person.objects.filter(pk=cast.tam.person_id).update(phone=number)
    cast.tam.person.phone = number


# --- communes ---------------------------------------------------------------------------


def former(name: str, *successors: Unit, kind: str = "xa") -> Unit:
    unit = make_unit(
        name, "commune", kind=kind, valid_from=dt.date(2024, 12, 1),
        valid_to=dt.date(2025, 7, 1),
    )  # fmt: skip
    for successor in successors:
        Succession.objects.create(
            predecessor=unit,
            successor=successor,
            effective_on=dt.date(2025, 7, 1),
            share_forward=1,
            share_back=1,
        )
    return unit


@pytest.mark.parametrize(
    "typed",
    ["Đất Mũi", "dat mui", "xã đất mũi", "DAT MUY", "vien an", "Viên An", "datmui"],
)
def test_a_commune_is_found_by_any_spelling_and_by_its_old_name(typed, ground, client):
    former("Viên An", ground.dat_mui)
    assert client.get("/gan-nha/", {"xa": typed}).headers["Location"] == HERE


def test_an_old_name_that_went_two_ways_asks_which(ground, client):
    former("Viên An", ground.dat_mui, ground.tan_an)
    page = client.get("/gan-nha/vien-an/", follow=True)
    assert page.redirect_chain == [("/gan-nha/?xa=vien+an", 302)]
    assert page.text.count("<small>trước là xã Viên An</small>") == 2


def test_the_address_of_a_former_commune_leads_to_todays(ground, client):
    former("Viên An", ground.dat_mui)
    assert client.get("/gan-nha/vien-an/").headers["Location"] == HERE


def test_a_part_of_a_name_finds_its_own_before_an_old_one(ground):
    make_unit("Biển Bạch", "commune", code="2")
    former("Tân Bằng", Unit.objects.get(name="Biển Bạch"))
    found = [place.name for place in places_on(TODAY).sought("tan")]
    assert found == ["xã Tân Ân", "xã Biển Bạch"]


def test_a_name_that_went_elsewhere_and_lives_on_offers_both(ground, client):
    former("Tân Ân", ground.dat_mui)
    found = [place.name for place in places_on(TODAY).sought("tân ân")]
    assert found == ["xã Tân Ân", "xã Đất Mũi"]
    assert client.get("/gan-nha/tan-an/").status_code == 200


def test_a_ward_is_called_a_ward(ground, client):
    make_unit("Bạc Liêu", "commune", kind="phuong", code="3")
    page = client.get("/gan-nha/bac-lieu/").text
    assert "Hai tuần tới phường này chưa có buổi nào." in page


def test_a_commune_that_is_none_says_so_and_shows_the_list(ground, client):
    page = client.get("/gan-nha/", {"xa": "<b>hà nội"}).text
    assert "Không có xã, phường nào tên “&lt;b&gt;hà nội”." in page
    assert f'href="{HERE}"' in page
    assert client.get("/gan-nha/ha-noi/").status_code == 404


def test_two_communes_of_one_name_have_two_addresses_and_the_older_keeps_its_own(
    ground,
):
    make_unit("Đất Mũi", "commune", kind="phuong", code="1", valid_from=TODAY)
    places = places_on(TODAY)
    assert {place.slug: place.name for place in places.today} == {
        "dat-mui": "xã Đất Mũi",
        "phuong-dat-mui": "phường Đất Mũi",
        "tan-an": "xã Tân Ân",
    }


def test_every_commune_of_the_programme_has_a_plain_address_of_its_own(ground):
    names = {place.slug for place in places_on(TODAY).today}
    assert names == {"dat-mui", "tan-an"}
    assert [letter for letter, _ in places_on(TODAY).by_letter()] == ["Đ", "T"]


# --- what the page shows --------------------------------------------------------------


def test_a_card_says_when_where_what_and_what_to_bring(cast, ground, client):
    lesson = make_lesson(
        need=[
            ("item", "Thẻ căn cước, còn hạn"),
            ("item", "Điện thoại"),
            ("item", "Có mạng"),
        ]
    )
    plan(cast, ground, lessons=[lesson])
    page = client.get(HERE).text
    assert "Thứ Năm 26/11, 19:00" in page
    assert "Sala chùa, ấp Rạch Mới" in page
    assert f'<a href="{lesson.url}">Quên mật khẩu</a>' in page
    assert "Mang theo: thẻ căn cước; điện thoại" in page
    assert "danh sách lúc 09:00 ngày 20/11/2026" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"is_public": False},
        {"kind": "rehearsal"},
        {"date": dt.date(2026, 12, 5)},
        {"date": dt.date(2026, 11, 19)},
        {"date": TODAY, "starts_at": dt.time(5), "ends_at": dt.time(6)},
    ],
    ids=["private", "rehearsal", "in three weeks", "yesterday", "over this morning"],
)
def test_only_public_sessions_of_the_next_two_weeks_are_told(
    fields, cast, ground, client
):
    plan(cast, ground, **fields)
    page = client.get(HERE).text
    assert "Sala chùa" not in page
    assert "Hai tuần tới xã này chưa có buổi nào." in page


def test_the_other_commune_shows_its_own(cast, ground, client):
    plan(cast, ground)
    assert "Sala chùa" not in client.get("/gan-nha/tan-an/").text


def test_without_a_session_the_support_points_stay_open(cast, ground, client):
    add_support_point(
        ground.dat_mui,
        user=cast.hanh,
        name="Điểm hỗ trợ Đất Mũi",
        valid_from=TODAY,
        hours="Thứ Hai đến thứ Sáu, 7 giờ đến 11 giờ",
        phone="0290 000 0001",
    )
    page = client.get(HERE).text
    assert "Hai tuần tới xã này chưa có buổi nào. Điểm hỗ trợ vẫn mở:" in page
    assert "Giờ mở cửa: Thứ Hai đến thứ Sáu, 7 giờ đến 11 giờ" in page
    assert "Thứ Sáu 20/11 mở cửa: 7 giờ đến 11 giờ" in page
    assert 'class="button" href="tel:02900000001"' in page


def test_a_leaders_number_stands_there_only_while_its_owner_agrees(
    cast, ground, client
):
    plan(cast, ground)
    give_number(cast)
    page = client.get(HERE).text
    assert ("0900000091" in page, "Trần Văn Tâm" in page) == (False, False)
    show_my_phone(user=cast.tam)
    page = client.get(HERE).text
    assert 'class="button" href="tel:0900000091"' in page
    assert "Gọi hỏi 0900\u00a0000\u00a0091" in page
    assert "Trần Văn Tâm" not in page
    hide_my_phone(user=cast.tam)
    assert "0900000091" not in client.get(HERE).text


def test_a_tick_by_the_officer_alone_shows_no_number(cast, ground, client):
    give_number(cast)
    cast.tam.person.team_memberships.update(phone_public=True)
    assert "0900000091" not in client.get(HERE).text


def test_without_a_number_of_the_team_the_centre_is_called_then_the_office(
    cast, ground, client
):
    plan(cast, ground)
    assert "Chưa có số nào để gọi." in client.get(HERE).text
    ContactSettings.objects.create(organisation="Sở", phone="0290 000 0009")
    page = client.get(HERE).text
    assert 'class="button" href="tel:02900000009"' in page
    assert "Chưa có số nào" not in page


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_asks_the_same_for_one_session_and_three(
    many, cast, ground, client, django_assert_num_queries, cache_in_memory
):
    lessons = [make_lesson(f"bai-{number}") for number in range(many)]
    for number in range(many):
        plan(cast, ground, starts_at=dt.time(8 + number), lessons=lessons[: number + 1])
        SupportPoint.objects.create(
            commune=ground.dat_mui, name=f"Điểm {number}", valid_from=TODAY
        )
    client.get(HERE)
    with django_assert_num_queries(20):
        page = client.get(HERE).text
    assert (page.count('class="meet"'), page.count("<li><strong>Điểm")) == (many, many)


def test_a_hundred_sessions_are_no_endless_page(cast, ground, client):
    TrainingSession.objects.bulk_create(
        TrainingSession(host=ground.rach_moi, date=TODAY + dt.timedelta(days=1))
        for _ in range(100)
    )
    assert client.get(HERE).text.count('class="meet"') == 20


# --- nothing stale --------------------------------------------------------------------


def test_planning_changing_and_cancelling_are_on_the_next_page(cast, ground, stored):
    assert "Sala chùa" not in get(stored, HERE)[1]
    session = plan(cast, ground)
    assert "Sala chùa" in get(stored, HERE)[1]
    change_plan(
        session,
        user=cast.hanh,
        host=ground.kinh_tu,
        date=dt.date(2026, 11, 27),
        venue="Nhà văn hóa",
    )
    page = get(stored, HERE)[1]
    assert "Nhà văn hóa, ấp Kinh Tư" in page
    assert "Thứ Sáu 27/11" in page
    cancel_session(session, user=cast.hanh, reason="Trúng con nước")
    assert "Nhà văn hóa" not in get(stored, HERE)[1]


def test_a_session_made_private_is_gone_from_the_next_page(cast, ground, stored):
    session = plan(cast, ground)
    assert "Sala chùa" in get(stored, HERE)[1]
    change_plan(
        session, user=cast.tam, host=ground.rach_moi, date=session.date,
        venue="Sala chùa", is_public=False,
    )  # fmt: skip
    assert "Sala chùa" not in get(stored, HERE)[1]


def test_a_session_that_is_over_leaves_the_stored_page_at_its_end(
    cast,
    ground,
    stored,
    time_machine,
):
    plan(cast, ground, date=TODAY, starts_at=dt.time(14), ends_at=dt.time(16))
    assert "Sala chùa" in get(stored, HERE)[1]
    time_machine.move_to("2026-11-20 15:59 +0700", tick=False)
    assert "Sala chùa" in get(stored, HERE)[1]
    time_machine.move_to("2026-11-20 16:00 +0700", tick=False)
    assert "Sala chùa" not in get(stored, HERE)[1]


def test_a_number_that_changes_or_goes_is_not_called_any_more(cast, ground, stored):
    give_number(cast)
    show_my_phone(user=cast.tam)
    assert "0900000091" in get(stored, HERE)[1]
    person = Person.objects.get(pk=cast.tam.person_id)
    change_person(person, user=cast.hanh, phone="0900000092")
    page = get(stored, HERE)[1]
    assert ("0900000091" in page, "0900000092" in page) == (False, True)
    hide_my_phone(user=cast.tam)
    assert "0900000092" not in get(stored, HERE)[1]


def test_the_next_sessions_stand_at_the_end_of_every_page(cast, ground, lesson, stored):
    assert "Sala chùa" not in get(stored, lesson.url)[1]
    plan(cast, ground)
    page = get(stored, lesson.url)[1]
    assert "Buổi hướng dẫn Thứ Năm 26/11, 19:00" in page
    assert "Sala chùa, ấp Rạch Mới, xã Đất Mũi" in page


def test_the_moment_of_the_list_is_local(ground, client):
    assert f"{timezone.localtime():%H}:" in client.get(HERE).text
