"""Planning, starting, changing, cancelling and reopening a session."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine

from attendance import actions
from attendance.models import TrainingSession
from attendance.pen import Draft, write
from tests import factories as make
from tests.attendance.screens import enter, look, words

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def planned(cast, ground):
    return actions.plan_session(
        user=cast.tam,
        team=ground.team,
        host=ground.rach_moi,
        date=TODAY + dt.timedelta(days=3),
        starts_at=dt.time(19),
        venue="Sala chùa",
        helpers=[cast.lan.person],
        is_public=False,
    )


def test_a_leader_plans_a_session(client, cast, ground):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/")
    page = page.send(
        "plan",
        date="2026-11-26",
        starts_at="19:00",
        venue="Sala chùa",
        helpers=[str(cast.lan.person.pk)],
    )
    session = TrainingSession.objects.get()
    assert page.url == f"/so/buoi/{session.uuid}/"
    assert page.messages == ["Đã lên buổi."]
    assert (session.team, session.host) == (ground.team, ground.rach_moi)
    assert (session.date, session.starts_at) == (dt.date(2026, 11, 26), dt.time(19))
    assert (session.venue, session.kind, session.status) == (
        "Sala chùa",
        "class",
        "planned",
    )
    assert session.is_public
    assert {row.person_id for row in session.facilitators.all()} == {
        cast.tam.person_id,
        cast.lan.person_id,
    }
    assert "Lê Thị Lan" in page.main
    assert "19:00 · Thứ Năm 26/11/2026" in page.main


def test_only_hamlets_of_the_team_can_be_chosen(client, cast, ground):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/")
    options = [words(tag) for tag in page.soup.select("#id_hamlet option")]
    assert options == ["ấp Rạch Mới"]
    page = page.send("plan", hamlet=str(ground.ong_trang.pk), date="2026-11-26")
    assert "Chưa xong" in page.main
    assert not TrainingSession.objects.exists()


def test_who_answers_for_several_teams_chooses_one_first(client, cast, ground):
    second = make.make_team("Tổ ấp Kinh Tư", ground.dat_mui, ground.kinh_tu)
    enter(client, cast.hanh)
    page = look(client, "/so/buoi/moi/")
    rows = {words(tag.span.span): tag["href"] for tag in page.soup.select("a.row")}
    assert set(rows) == {"Tổ ấp Kinh Tư", "Tổ ấp Rạch Mới"}
    assert rows["Tổ ấp Kinh Tư"] == f"?to={second.uuid}"
    page = look(client, "/so/buoi/moi/", to=str(second.uuid))
    page = page.send("plan", date="2026-11-26")
    assert TrainingSession.objects.get().team == second


def test_nobody_plans_for_a_team_on_other_ground(client, cast, ground):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/", to=str(ground.other_team.uuid))
    page = page.send("plan", date="2026-11-26")
    assert TrainingSession.objects.get().team == ground.team


@pytest.mark.parametrize("who", ["lan", "mai", "thao"])
def test_who_may_not_plan_is_stopped(who, client, cast):
    enter(client, getattr(cast, who))
    assert client.get("/so/buoi/moi/").status_code == 403
    assert client.post("/so/buoi/moi/", {}).status_code == 403


def test_an_unplanned_session_begins_at_once(client, cast, ground):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/", ngay="1")
    assert page.soup.select_one("#id_date") is None
    page = page.send("plan", venue="Hiên nhà chú Năm")
    session = TrainingSession.objects.get()
    assert page.url == f"/so/buoi/{session.uuid}/diem-danh/"
    assert (session.status, session.date) == ("open", TODAY)
    assert session.starts_at == dt.time(12)
    assert not session.is_public


@pytest.mark.parametrize("now", ["", "1"])
def test_pressing_twice_plans_one_session(now, client, cast, ground):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/", ngay=now)
    date = {} if now else {"date": "2026-11-26"}
    first, second = page.send("plan", **date), page.send("plan", **date)
    assert TrainingSession.objects.count() == 1
    assert first.url == second.url


def test_a_forged_key_opens_no_session_of_others(client, cast, ground):
    hidden = make.make_session(ground.ong_trang, ground.other_team)
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/")
    page = page.send("plan", date="2026-11-26", key=str(hidden.uuid))
    assert "Chưa lưu được. Anh chị mở lại trang này rồi ghi lại." in page.main
    assert TrainingSession.objects.get() == hidden


def test_another_one_like_this_asks_only_the_day(client, cast, ground, planned):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/", nhu=str(planned.uuid))
    assert "Như buổi ngày 23/11/2026: anh chị chọn ngày mới." in page.main
    page.send("plan", date="2026-12-01")
    copy = TrainingSession.objects.exclude(pk=planned.pk).get()
    assert (copy.venue, copy.starts_at, copy.is_public) == (
        "Sala chùa",
        dt.time(19),
        False,
    )
    assert copy.facilitators.count() == 2


def test_a_session_out_of_sight_cannot_be_copied(client, cast, ground):
    hidden = make.make_session(
        ground.ong_trang, ground.other_team, venue="Chợ Ông Trang"
    )
    enter(client, cast.tam)
    for address in (str(hidden.uuid), str(uuid.uuid4()), "x", "%00"):
        page = look(client, "/so/buoi/moi/", nhu=address)
        assert "Chợ Ông Trang" not in page.html
        assert page.response.status_code == 200


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("", "Chỗ này còn trống"),
        ("31/02/2026", "ngày"),
        ("2026-13-45", "ngày"),
        ("1026-11-26", "Ngày này cách hôm nay hơn một năm"),
        ("2126-11-26", "Ngày này cách hôm nay hơn một năm"),
    ],
)
def test_a_wrong_date_is_told_and_nothing_is_lost(date, told, client, cast):
    enter(client, cast.tam)
    page = look(client, "/so/buoi/moi/")
    page = page.send("plan", date=date, venue="Sala chùa")
    assert not TrainingSession.objects.exists()
    assert "Chưa xong" in page.main
    assert told in page.main
    assert page.soup.select_one("#id_venue")["value"] == "Sala chùa"


def test_a_plan_changes_until_it_begins(client, cast, ground, planned):
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{planned.uuid}/sua/")
    assert page.soup.select_one("#id_date")["value"] == "2026-11-23"
    page = page.send("plan", venue="Trường tiểu học", date="2026-11-24")
    planned.refresh_from_db()
    assert (planned.venue, planned.date) == ("Trường tiểu học", dt.date(2026, 11, 24))
    client.post(f"/so/buoi/{planned.uuid}/bat-dau/")
    page = look(client, f"/so/buoi/{planned.uuid}/sua/")
    assert page.messages == ["Lưu ý Buổi này đã bắt đầu nên không đổi kế hoạch nữa."]


def test_a_cancellation_needs_a_reason_and_shows_it(client, cast, ground, planned):
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{planned.uuid}/huy/")
    page = page.send("cancel", reason=" \u200f ")
    planned.refresh_from_db()
    assert planned.status == "planned"
    page = look(client, f"/so/buoi/{planned.uuid}/huy/").send(
        "cancel", reason="Nước lớn"
    )
    planned.refresh_from_db()
    assert (planned.status, planned.cancel_reason) == ("cancelled", "Nước lớn")
    assert "Đã hủy Nước lớn" in page.main
    page = look(client, f"/so/buoi/{planned.uuid}/diem-danh/")
    assert page.messages == ["Lưu ý Buổi này đã hủy."]
    page = look(client, f"/so/buoi/{planned.uuid}/mo-lai/").send("reopen")
    planned.refresh_from_db()
    assert planned.status == "planned"


def test_a_session_to_which_people_came_is_not_cancelled(client, cast, ground):
    session = make.make_session(ground.rach_moi, ground.team, status="open")
    write(session, user=cast.tam, drafts=[Draft("head_count", "head_count", "7")])
    enter(client, cast.tam)
    assert "Hủy buổi" not in look(client, f"/so/buoi/{session.uuid}/").main
    client.post(f"/so/buoi/{session.uuid}/huy/", {"reason": "x"})
    session.refresh_from_db()
    assert session.status == "open"


def test_starting_twice_is_starting_once(client, cast, ground, planned):
    enter(client, cast.tam)
    for _ in range(2):
        answer = client.post(f"/so/buoi/{planned.uuid}/bat-dau/")
        assert answer["Location"] == f"/so/buoi/{planned.uuid}/diem-danh/"
    planned.refresh_from_db()
    assert planned.status == "open"


def test_a_planned_session_has_no_register_yet(client, cast, planned):
    enter(client, cast.tam)
    for address in ("diem-danh", "them", "ket-qua", "dong", "so-thu-tu", "loi-doc"):
        page = look(client, f"/so/buoi/{planned.uuid}/{address}/")
        assert page.url == f"/so/buoi/{planned.uuid}/"
        assert page.messages == [
            "Lưu ý Buổi này chưa bắt đầu. Anh chị bấm “Mở sổ điểm danh” trước."
        ]


def test_a_name_of_markup_stays_text(client, cast, ground):
    session = make.make_session(
        ground.rach_moi, ground.team, venue="<script>alert(1)</script>"
    )
    enter(client, cast.tam)
    for address in ("/so/", "/so/lich/", f"/so/buoi/{session.uuid}/"):
        page = look(client, address)
        assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.main
