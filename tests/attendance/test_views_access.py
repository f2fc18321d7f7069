"""Who opens which of the team's screens: own ground yes, sibling ground never."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from tests import factories as make
from tests.attendance.screens import enter, look

NOWHERE = "40a93450-c714-4bbe-a3a1-0a3c513ecc9e"

SESSION_PAGES = [
    "session",
    "register",
    "by_number",
    "consent",
    "add",
    "outcomes",
    "close",
    "reopen",
    "change",
    "cancel",
    "sign_list",
]
LEADER_ONLY = {"close", "reopen", "change", "cancel"}


@pytest.fixture
def open_session(ground):
    return make.make_session(ground.rach_moi, ground.team, status="open")


def status(client, user, name, session) -> int:
    enter(client, user)
    return client.get(reverse(f"attendance:{name}", args=[session.uuid])).status_code


@pytest.mark.parametrize("name", SESSION_PAGES)
def test_the_leader_opens_every_page_of_the_session(
    name, client, cast, open_session
) -> None:
    expected = 302 if name == "change" else 200  # a session that has begun
    assert status(client, cast.tam, name, open_session) == expected


@pytest.mark.parametrize("name", SESSION_PAGES)
def test_a_member_takes_the_register_and_does_not_close(
    name, client, cast, open_session
) -> None:
    expected = 403 if name in LEADER_ONLY else 200
    assert status(client, cast.lan, name, open_session) == expected


@pytest.mark.parametrize("name", SESSION_PAGES)
@pytest.mark.parametrize("who", ["son", "dao"])
def test_the_sibling_sees_nothing_of_the_session(
    name, who, client, cast, open_session
) -> None:
    assert status(client, getattr(cast, who), name, open_session) == 404


@pytest.mark.parametrize("name", SESSION_PAGES)
def test_the_communes_coordinator_may_do_all_of_it(
    name, client, cast, open_session
) -> None:
    expected = 302 if name == "change" else 200
    assert status(client, cast.hanh, name, open_session) == expected


@pytest.mark.parametrize("who", ["mai", "thao"])
def test_province_and_auditor_look_at_the_session_and_at_no_name(
    who, client, cast, ground, open_session
) -> None:
    enter(client, getattr(cast, who))
    page = look(client, f"/so/buoi/{open_session.uuid}/")
    assert page.response.status_code == 200
    assert page.soup.select("main form, main a.row") == []
    for name in SESSION_PAGES[1:]:
        answer = client.get(reverse(f"attendance:{name}", args=[open_session.uuid]))
        assert answer.status_code == 403


@pytest.mark.parametrize("who", ["dung", "thu", "quan"])
def test_roles_without_sessions_do_not_enter(who, client, cast, open_session) -> None:
    enter(client, getattr(cast, who))
    for address in (
        "/so/",
        "/so/lich/",
        "/so/buoi/moi/",
        f"/so/buoi/{open_session.uuid}/",
    ):
        assert client.get(address).status_code == 403


def test_a_guest_is_sent_to_the_door(client, open_session) -> None:
    answer = client.get(f"/so/buoi/{open_session.uuid}/diem-danh/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/vao/?next=")


def test_nobody_writes_into_a_session_on_other_ground(
    client, cast, ground, open_session
) -> None:
    enter(client, cast.son)
    home = f"/so/buoi/{open_session.uuid}/"
    row = f"{cast.bay.uuid}||"
    for address, data in (
        ("diem-danh/", {"r": row, "p": "0"}),
        ("them/", {"name": "Người Lạ"}),
        ("hoc-thay/", {"household": "Lâm Văn Ngoan"}),
        ("loi-doc/", {"consent": "read", "c": "consent||"}),
        ("ket-qua/", {"r": f"{cast.bay.uuid}||||", "o0": "alone"}),
        ("lech/", {"r": "head_count||", "value": "1"}),
        ("dong/", {"head_count": "1"}),
        ("bat-dau/", {}),
        ("huy/", {"reason": "x"}),
        ("mo-lai/", {}),
        (f"nguoi/{cast.bay.uuid}/", {"name": "Đổi Tên"}),
    ):
        assert client.post(home + address, data).status_code == 404
    before = open_session.state_version
    open_session.refresh_from_db()
    assert open_session.state_version == before
    cast.bay.refresh_from_db()
    assert cast.bay.name == "Nguyễn Thị Bảy"


def test_a_leader_marks_nobody_of_another_hamlet(client, cast, ground) -> None:
    """Even with the right public id in the form: the person is not on his list."""
    session = make.make_session(ground.rach_moi, ground.team, status="open")
    stranger = make.make_person("Người Ông Trang", ground.ong_trang)
    enter(client, cast.tam)
    client.post(
        f"/so/buoi/{session.uuid}/diem-danh/", {"r": f"{stranger.uuid}||", "p": "0"}
    )
    session.refresh_from_db()
    assert session.state == {}
    page = client.get(f"/so/buoi/{session.uuid}/nguoi/{stranger.uuid}/")
    assert page.status_code == 404


@pytest.mark.parametrize("name", ["start", "proxy", "choose"])
def test_what_changes_things_is_no_link(name, client, cast, open_session) -> None:
    assert status(client, cast.tam, name, open_session) == 405


@pytest.mark.parametrize(
    "address",
    [
        "/so/buoi/khong-phai-uuid/",
        f"/so/buoi/{NOWHERE}/",
        f"/so/buoi/{NOWHERE}/diem-danh/",
        "/so/buoi/00000000-0000-0000-0000-000000000000/in/",
    ],
)
def test_a_wrong_address_is_not_found(address, client, cast) -> None:
    enter(client, cast.tam)
    assert client.get(address).status_code == 404


def test_pages_of_the_team_are_kept_by_no_cache(client, cast, open_session) -> None:
    enter(client, cast.tam)
    answer = client.get(f"/so/buoi/{open_session.uuid}/diem-danh/")
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_access_ends_with_the_membership(client, cast, ground, open_session) -> None:
    membership = ground.team.memberships.get(person=cast.tam.person)
    membership.valid_to = dt.date(2026, 1, 1)
    membership.save()
    assert status(client, cast.tam, "session", open_session) == 403
