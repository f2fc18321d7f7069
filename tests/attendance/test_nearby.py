"""What residents are told of a session is news only when it differs."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from attendance.actions import open_session, plan_session
from attendance.models import TrainingSession
from attendance.nearby import the_next, to_bring, told
from attendance.pen import Draft, write
from common.models import ContentVersion
from common.public_content import registered
from pilot_communes.querysets import today
from tests.factories import make_session


def number() -> int:
    return ContentVersion.objects.get_or_create(pk=1)[0].number


@pytest.fixture
def session(cast, ground) -> TrainingSession:
    return plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        team=ground.team,
        date=today(),
        venue="Sala",
    )


def test_the_model_is_among_those_that_public_pages_show():
    assert TrainingSession in registered()


def test_a_register_taken_all_evening_makes_no_page_old(session, cast):
    open_session(session, user=cast.tam)
    before = number()
    drafts = [
        Draft("consent", "consent", "read"),
        Draft("mark", f"presence/{cast.bay.uuid}", "present", cast.bay.uuid),
        Draft("head_count", "head_count", "9"),
    ]
    for draft in drafts:
        write(session, user=cast.tam, drafts=[draft])
    assert number() == before


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("session/start", "18:30"),
        ("session/date", (dt.date.today() + dt.timedelta(days=3)).isoformat()),
        ("session/lessons", "12"),
        ("session/kind", "house_visits"),
        ("session/status", "cancelled"),
    ],
)
def test_what_a_phone_changes_of_the_plan_makes_pages_old(cell, value, session, cast):
    before = number()
    write(session, user=cast.tam, drafts=[Draft("session", cell, value)])
    assert number() > before


def test_a_session_that_a_phone_founded_is_news_at_its_first_fold(cast, ground):
    TrainingSession.objects.bulk_create(
        [TrainingSession(host=ground.rach_moi, team=ground.team, date=today())]
    )
    session = TrainingSession.objects.get()
    before = number()
    planned = Draft("session", "session/status", "planned")
    write(session, user=cast.tam, drafts=[planned])
    after = number()
    assert after > before
    write(session, user=cast.tam, drafts=[Draft("head_count", "head_count", "3")])
    assert number() == after


def test_closing_takes_the_session_off_the_pages(session, cast):
    before = number()
    write(session, user=cast.tam, drafts=[Draft("close", "close", "closed")])
    assert number() > before


def test_an_old_or_private_session_is_nobodys_news(cast, ground):
    before = number()
    make_session(ground.rach_moi, date=today() - dt.timedelta(days=40))
    make_session(ground.rach_moi, date=today(), is_public=False)
    make_session(ground.rach_moi, date=today(), kind="rehearsal")
    make_session(ground.rach_moi, date=today() + dt.timedelta(days=40))
    assert number() == before


def test_a_row_that_was_half_read_tells_nothing():
    assert told({"status": "planned"}, today()) is None


def test_at_most_two_of_the_next_sessions_end_a_page_in_one_query(
    ground, django_assert_num_queries
):
    for hour in (20, 21, 22):
        make_session(
            ground.rach_moi,
            date=today() + dt.timedelta(days=1),
            starts_at=dt.time(hour),
            venue=f"Nơi {hour}",
        )
    make_session(ground.rach_moi, date=today(), kind="house_visits", venue="Từng nhà")
    with django_assert_num_queries(1):
        found = list(the_next(today()))
    assert [one.detail for one in found] == [
        "Nơi 20, ấp Rạch Mới, xã Đất Mũi",
        "Nơi 21, ấp Rạch Mới, xã Đất Mũi",
    ]
    assert {one.phone for one in found} == {""}
    # What a row says can be read further: when, what to bring, whom to call.
    page = Client().get(found[0].url, follow=True)
    assert page.redirect_chain == [("/gan-nha/dat-mui/", 302)]
    assert "Nơi 20" in page.text


@pytest.mark.parametrize(
    ("needs", "brought"),
    [
        (
            ["Thẻ căn cước còn hạn", "Có mạng", "Nhớ mật khẩu"],
            ("thẻ căn cước còn hạn",),
        ),
        (["Thẻ căn cước", "Thẻ căn cước có gắn chip"], ("thẻ căn cước",)),
        (["SIM đúng tên cô chú, để nhận mã"], ("SIM đúng tên cô chú",)),
        (["Đã làm tài khoản ở công an"], ()),
        ([], ()),
    ],
)
def test_only_things_are_brought_and_each_once(needs, brought):
    assert to_bring(needs) == brought
