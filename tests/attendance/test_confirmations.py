"""Chờ xác nhận: what waits for the commune's coordinator, and what a stranger is told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from attendance.actions import decide_held_entry
from attendance.models import Attendance, HeldEntry
from common.ids import new_uuid
from people.models import Person
from tests import factories as make
from tests.attendance.screens import enter, look

ADDRESS = "/xa/cho-xac-nhan/"
QUERIES = 13


@pytest.fixture
def elsewhere(post, phone, cast, ground):
    """Anh Tâm helped out in ấp Kinh Tư, which his team does not serve."""
    session = make.make_session(ground.kinh_tu)
    phone.mark(session.uuid, cast.bay.uuid)
    post(phone)
    return session


def press(page, held, button: str):
    return page.send(f"{held.pk}/?page=1", ("do", button))


def test_nothing_waiting_is_said_in_words(client, cast):
    enter(client, cast.hanh)
    page = look(client, ADDRESS)
    assert "Không có mục nào chờ anh chị" in page.main
    assert page.soup.select("main form") == []
    assert "chờ anh chị xác nhận" not in look(client, "/xa/").main


def test_who_wrote_what_where_and_why_stands_on_the_screen(elsewhere, client, cast):
    enter(client, cast.hanh)
    first = look(client, "/xa/")
    assert "1 mục chờ anh chị xác nhận" in first.main
    assert first.soup.select_one(f'main a[href="{ADDRESS}"]')
    assert first.soup.select_one(f'header a[href="{ADDRESS}"]')
    main = look(client, ADDRESS).main
    for words in (
        "Ấp Kinh Tư, 20/11/2026",
        cast.bay.name,
        cast.persons.tam.name,
        str(HeldEntry.Reason.OTHER_GROUND.label),
        "Nhận",
        "Không tính",
    ):
        assert words in main


def test_accepting_counts_the_record_and_says_so(elsewhere, client, cast):
    held = HeldEntry.objects.get()
    enter(client, cast.hanh)
    page = press(look(client, ADDRESS), held, "accept")
    assert page.messages == ["Đã nhận: mục này được tính trong buổi."]
    assert Attendance.objects.get().session == elsewhere
    done = ModelLogEntry.objects.get(action="attendance.confirm")
    assert (done.user_id, done.data["entry"]) == (cast.hanh.pk, str(held.pk))
    assert "Không có mục nào chờ" in page.main


def test_not_counting_keeps_the_record_and_says_so(elsewhere, client, cast):
    held = HeldEntry.objects.get()
    enter(client, cast.hanh)
    listed = look(client, ADDRESS)
    page = press(listed, held, "reject")
    assert page.messages == [
        "Không tính: mục này vẫn được giữ và không vào con số nào."
    ]
    assert not Attendance.objects.exists()
    assert ModelLogEntry.objects.get(action="attendance.reject").user_id == cast.hanh.pk
    again = press(listed, held, "accept")
    assert "Mục này đã được quyết định rồi." in again.messages[0]
    assert not Attendance.objects.exists()


def test_a_form_without_a_button_decides_nothing(elsewhere, client, cast):
    held = HeldEntry.objects.get()
    enter(client, cast.hanh)
    page = look(client, ADDRESS).send(f"{held.pk}/?page=1")
    assert "Chưa quyết định gì" in page.messages[0]
    held.refresh_from_db()
    assert held.decision == ""


def test_a_name_is_not_shown_nor_accepted_before_the_sentence(
    session, client, cast, post, phone
):
    phone.walk_in(session.uuid, "Út Em")
    post(phone)
    held = HeldEntry.objects.get()
    enter(client, cast.hanh)
    page = look(client, ADDRESS)
    assert "Út Em" not in page.html
    assert "Một người mới: có mặt" in page.main
    assert page.soup.select_one(f'main a[href$="{session.uuid}/loi-doc/"]')
    assert page.soup.select('button[value="accept"]') == []
    refused = press(page, held, "accept")
    assert "chưa ghi là đã đọc lời xin phép" in refused.messages[0]
    assert not Person.objects.filter(name="Út Em").exists()


def test_the_author_of_a_new_name_is_accepted_and_the_name_waits_on(
    client, cast, ground, post, phone
):
    phone.walk_in(make.make_session(ground.kinh_tu).uuid, "Út Em")
    post(phone)
    enter(client, cast.hanh)
    page = press(look(client, ADDRESS), HeldEntry.objects.get(), "accept")
    assert "tên vẫn còn chờ" in page.messages[0]
    assert HeldEntry.objects.get().reason == "no_consent"
    assert not Person.objects.filter(name="Út Em").exists()


def test_a_session_that_is_not_known_stands_with_its_authors_commune(
    client, cast, ground, post, phone
):
    uuid = new_uuid()
    phone.begin(uuid, ground.kinh_tu.uuid, "2026-11-19")
    phone.mark(uuid, cast.bay.uuid)
    post(phone)
    enter(client, cast.hanh)
    page = look(client, ADDRESS)
    for words in ("máy chủ chưa biết", "19/11/2026", "ấp Kinh Tư", "đã biết buổi"):
        assert words in page.main
    enter(client, cast.dao)
    assert "Không có mục nào chờ" in look(client, ADDRESS).main


@pytest.mark.parametrize("accept", [True, False])
def test_a_decision_about_a_session_not_known_is_written_down_too(
    accept, cast, ground, post, phone
):
    uuid = new_uuid()
    # The hamlet alone founds nothing: the session stays unknown after the decision.
    phone.write(uuid, "session", "session/host", str(ground.kinh_tu.uuid))
    post(phone)
    held = HeldEntry.objects.get()
    decide_held_entry(held, user=cast.hanh, accept=accept)
    action = "attendance.confirm" if accept else "attendance.reject"
    done = ModelLogEntry.objects.get(action=action)
    assert (done.user_id, done.object_id, done.data) == (
        cast.hanh.pk,
        str(ground.team.pk),
        {"entry": str(held.pk), "session": str(uuid)},
    )


@pytest.mark.parametrize("who", ["tam", "lan", "mai", "thao", "dung"])
def test_only_coordinators_open_the_screen(who, elsewhere, client, cast):
    enter(client, getattr(cast, who))
    held = HeldEntry.objects.get()
    assert client.get(ADDRESS).status_code == 403
    address = reverse("confirmations:decide", args=[held.pk])
    assert client.post(address, {"do": "accept"}).status_code == 403
    assert not Attendance.objects.exists()


def test_the_sibling_coordinator_sees_and_decides_nothing_of_it(
    elsewhere, client, cast
):
    held = HeldEntry.objects.get()
    enter(client, cast.dao)
    page = look(client, ADDRESS)
    assert "Không có mục nào chờ" in page.main
    assert cast.bay.name not in page.html
    answers = [
        client.post(
            reverse("confirmations:decide", args=[entry]), {"do": "accept"}
        ).status_code
        for entry in (held.pk, new_uuid())
    ]
    assert answers == [404, 404]
    held.refresh_from_db()
    assert held.decision == ""


def test_a_guest_is_led_to_the_door(elsewhere, client):
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.url.startswith("/vao/")) == (302, True)


def test_an_author_of_the_next_commune_is_not_named(client, cast, ground, post, enrol):
    stranger = enrol(cast.son, ground.other_team)
    session = make.make_session(ground.kinh_tu)
    stranger.heads(session.uuid, 7)
    post(stranger)
    enter(client, cast.hanh)
    main = look(client, ADDRESS).main
    assert cast.persons.son.name not in main
    assert "một người ngoài danh sách của xã" in main


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    size, client, cast, ground, post, phone
):
    for number in range(size):
        session = make.make_session(ground.kinh_tu)
        phone.mark(
            session.uuid, make.make_person(f"Người {number}", ground.kinh_tu).uuid
        )
        phone.heads(session.uuid, 3)
    post(phone)
    enter(client, cast.hanh)
    client.get(ADDRESS)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = client.get(ADDRESS)
    assert page.status_code == 200
    assert len(asked) == QUERIES


def test_the_list_turns_pages(client, cast, ground, post, phone):
    session = make.make_session(ground.kinh_tu)
    for number in range(21):
        phone.heads(session.uuid, number)
    post(phone)
    enter(client, cast.hanh)
    assert len(look(client, ADDRESS).soup.select("main form")) == 20
    last = look(client, ADDRESS, page="2")
    assert len(last.soup.select("main form")) == 1
    assert "21 mục" in last.main


# --- what the sender is told ------------------------------------------------------------


def test_what_is_sent_about_a_session_out_of_reach_tells_nothing_of_it(
    post, phone, cast, ground
):
    theirs = make.make_session(ground.ong_trang, ground.other_team)
    gone = make.make_person("", ground.ong_trang, erased_at=timezone.now())
    phone.mark(theirs.uuid, gone.uuid)
    told = post(phone)
    assert [receipt["code"] for receipt in told["receipts"]] == ["other_ground"]
    assert (told["sessions"], told["aliases"], told["tombstones"]) == ({}, {}, [])
    bodied = phone.walk_in(theirs.uuid, "Út Em")
    walk_in = phone.entries[-1]
    assert post(phone, [{**walk_in, "body": None}])["sessions"] == {}
    held = HeldEntry.objects.get(entry__person=bodied)
    decide_held_entry(held, user=cast.dao, accept=False)
    assert post(phone, [walk_in])["sessions"] == {}


def test_of_a_mixed_batch_only_the_session_in_reach_is_told(
    post, phone, session, ground
):
    theirs = make.make_session(ground.ong_trang, ground.other_team)
    phone.heads(theirs.uuid, 3)
    phone.heads(session.uuid, 5)
    told = post(phone)["sessions"]
    assert list(told) == [str(session.uuid)]
    assert told[str(session.uuid)]["totals"]["head_count"] == 5


def test_a_session_is_told_when_only_the_sentence_is_missing(post, phone, session):
    phone.walk_in(session.uuid, "Út Em")
    answer = post(phone)
    assert [receipt["code"] for receipt in answer["receipts"]] == ["no_consent"]
    assert list(answer["sessions"]) == [str(session.uuid)]
