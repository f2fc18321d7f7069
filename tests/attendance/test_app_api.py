"""Enrolment, fresh tickets and the app's data: what a phone is given, and by whom."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from attendance import app_data
from attendance.models import Attendance, HouseholdReach, PaperRow
from attendance.sealing import public_key
from courses.models import Blocker
from people.actions import erase_person, issue_enrolment, join_team, revoke_device
from people.models import AuthorTicket, Device, OneTimeCode
from pilot_communes.models import TeamHamlet
from pilot_communes.querysets import today
from tests import factories as make
from tests import planting
from tests.attendance.phones import Phone, send, through_test_client
from tests.planting import HERE, THERE

ENROL, RENEW, APP = (f"/api/v1/register/{name}" for name in ("enrol", "renew", "app"))
APP_QUERIES = 28


@pytest.fixture
def post_json(client):
    """Post JSON and return the status and the answer."""

    def posted(url: str, data, **headers: str):
        body = data if isinstance(data, bytes) else json.dumps(data)
        response = client.post(
            url, body, content_type="application/json", headers=headers
        )
        return response.status_code, response.json()

    return posted


@pytest.fixture
def enrolled(cast, post_json):
    """What anh Tâm's phone was told at its enrolment."""
    code = issue_enrolment(cast.tam, user=cast.hanh).code
    status, told = post_json(
        ENROL, {"username": "tam", "code": code.lower(), "label": "Máy anh Tâm"}
    )
    assert status == 200, told
    return told


@pytest.fixture
def fetch(client):
    """Ask for the app's data with a token."""

    def fetched(token: str, since: str = ""):
        response = client.get(
            APP, {"since": since}, headers={"Authorization": f"Ticket {token}"}
        )
        return response.status_code, response.json()

    return fetched


def parts_of(told) -> dict:
    return {part["key"]: part.get("data") for part in told["parts"]}


def tags_of(told) -> str:
    return ",".join(part["tag"] for part in told["parts"])


def test_the_officers_code_makes_a_phone_that_can_send_at_once(
    enrolled, cast, ground, client, session
):
    device = Device.objects.get(uuid=enrolled["device"])
    (ticket,) = enrolled["tickets"]
    assert (device.user, device.label, device.enrolled_by) == (
        cast.tam,
        "Máy anh Tâm",
        cast.hanh,
    )
    assert enrolled["user"] == str(cast.tam.uuid)
    assert (enrolled["name"], enrolled["leader"]) == ("Trần Văn Tâm", True)
    assert enrolled["teams"] == [
        {
            "uuid": str(ground.team.uuid),
            "name": "Tổ ấp Rạch Mới",
            "hamlets": [{"uuid": str(ground.rach_moi.uuid), "name": "ấp Rạch Mới"}],
        }
    ]
    assert ticket["team"] == str(ground.team.uuid)
    assert enrolled["seal_key"] == public_key()
    phone = Phone(device.uuid, ticket["uuid"], ticket["token"])
    phone.heads(session.uuid, 3)
    status, answer = send(through_test_client(client), phone, phone.entries)
    assert (status, answer["receipts"][0]["status"]) == (200, "accepted")
    assert "Set-Cookie" not in client.post(ENROL, "{}", "application/json").headers


def test_a_code_works_once_and_a_wrong_one_says_what_to_do(cast, post_json):
    code = issue_enrolment(cast.tam, user=cast.hanh).code
    asked = {"username": "tam", "code": code}
    assert post_json(ENROL, {**asked, "code": "ABCD2345"})[0] == 400
    assert post_json(ENROL, {**asked, "username": "lan"})[0] == 400
    assert post_json(ENROL, asked)[0] == 200
    status, told = post_json(ENROL, asked)
    assert (status, told["code"]) == (400, "wrong")
    assert told["text"]
    for body in (b"", b"[]", b"{", b'{"username": 3}', b"\xff"):
        assert post_json(ENROL, body)[1]["code"] == "malformed", body
    assert post_json(ENROL, b" " * 3000)[0] == 413


def test_without_a_duty_the_code_is_not_used_up(cast, ground, post_json):
    newcomer = make.make_user("moi", make.make_person("Mới"))
    code = issue_enrolment(newcomer, user=None).code
    asked = {"username": "moi", "code": code}
    assert post_json(ENROL, asked)[1]["code"] == "no_duty"
    assert not Device.objects.filter(user=newcomer).exists()
    assert OneTimeCode.objects.get(user=newcomer).used_at is None
    join_team(newcomer.person, team=ground.team, position="member", user=None)
    assert post_json(ENROL, asked)[0] == 200


def test_a_ticket_is_renewed_and_a_copied_store_gets_an_id_of_its_own(
    enrolled, post_json, cast
):
    token = {"Authorization": f"Ticket {enrolled['tickets'][0]['token']}"}
    AuthorTicket.objects.update(valid_to=today())
    status, told = post_json(RENEW, {}, **token)
    assert (status, told["device"]) == (200, enrolled["device"])
    assert told["tickets"][0]["uuid"] == enrolled["tickets"][0]["uuid"]
    assert told["tickets"][0]["until"] == (today() + dt.timedelta(60)).isoformat()
    status, told = post_json(RENEW, {"new": True}, **token)
    assert status == 200
    assert told["device"] != enrolled["device"]
    fresh = Device.objects.get(uuid=told["device"])
    assert (fresh.user, fresh.enrolled_by) == (cast.tam, cast.hanh)
    revoke_device(Device.objects.get(uuid=enrolled["device"]), user=cast.hanh)
    assert post_json(RENEW, {"new": True}, **token)[1]["code"] == "revoked"
    assert post_json(RENEW, {})[0] == 401


def test_the_app_is_given_its_own_ground_and_nothing_of_the_next(
    cast, ground, enrol, fetch
):
    world = planting.plant(cast, ground)
    for user, team, own, other in (
        (cast.tam, ground.team, HERE, THERE),
        (cast.son, ground.other_team, THERE, HERE),
    ):
        status, told = fetch(enrol(user, team).token)
        assert status == 200
        text = json.dumps(told, ensure_ascii=False)
        assert str(world.planted[own]["person"]) in text
        for what in ("session", "closed", "planned", "person", "household"):
            assert str(world.planted[other][what]) not in text
        for word in planting.SECRETS[other] + planting.STAFF_NAMES[other]:
            assert word not in text


def test_an_officer_without_a_team_is_given_the_hamlets_of_the_commune(
    cast, ground, enrol, fetch
):
    told = fetch(enrol(cast.hanh).token)[1]
    (team,) = told["teams"]
    assert (team["name"], told["leader"]) == ("xã Đất Mũi", False)
    assert [one["name"] for one in team["hamlets"]] == ["ấp Kinh Tư", "ấp Rạch Mới"]


def test_what_the_phone_has_is_not_sent_again(phone, fetch, cast, ground):
    home = make.make_household("Lâm Văn Ngoan", ground.rach_moi)
    make.make_person("Ba Cần", ground.rach_moi, household=home, birth_year=1950)
    first = fetch(phone.token)[1]
    key = f"hamlet:{ground.rach_moi.uuid}"
    people = {one["name"]: one for one in parts_of(first)[key]["people"]}
    assert people["Nguyễn Thị Bảy"]["usual"] == "Bảy Lành"
    assert people["Ba Cần"]["household"] == str(home.uuid)
    assert parts_of(first)[key]["households"][0]["head"] == "Lâm Văn Ngoan"
    again = fetch(phone.token, tags_of(first))[1]
    assert [part["key"] for part in again["parts"] if "data" in part] == []
    assert tags_of(again) == tags_of(first)
    erase_person(cast.bay, user=None)
    later = fetch(phone.token, tags_of(first))[1]
    assert [part["key"] for part in later["parts"] if "data" in part] == [key]
    assert "Bảy" not in json.dumps(later, ensure_ascii=False)


def test_a_long_list_comes_in_pieces_and_goes_on(phone, fetch, ground, monkeypatch):
    TeamHamlet.objects.create(
        team=ground.team, hamlet=ground.kinh_tu, valid_from=make.BEGAN
    )
    make.make_person("Sáu Thơm", ground.kinh_tu)
    monkeypatch.setattr(app_data, "NAMES_AT_ONCE", 1)
    first = fetch(phone.token)[1]
    second = fetch(phone.token, tags_of(first))[1]
    hamlets = [
        [part["key"] for part in told["parts"] if part["key"].startswith("hamlet:")]
        for told in (first, second)
    ]
    assert (len(hamlets[0]), first["more"]) == (1, True)
    assert (len(hamlets[1]), second["more"]) == (2, False)


def test_plan_rows_and_whom_to_ask_again(phone, fetch, cast, ground):
    coming = make.make_session(ground.rach_moi, ground.team, date=today())
    PaperRow.objects.create(session=coming, person=cast.bay, number=7)
    Blocker.objects.create(code="sim", label="SIM bị khóa", solver="telecom")
    home = make.make_household("Lâm Văn Ngoan", ground.rach_moi)

    def held(days: int):
        date = today() - dt.timedelta(days)
        return make.make_session(
            ground.rach_moi, ground.team, date=date, status="closed"
        )

    old, late = held(40), held(3)
    kha = make.make_person("Danh Sóc Kha", ground.rach_moi)
    for session, person, outcome, blocker in (
        (old, cast.bay, "not_yet", "sim"),
        (late, cast.bay, "referred", "sim"),
        (old, kha, "helped", ""),
    ):
        Attendance.objects.create(
            session=session,
            person=person,
            present=True,
            outcome=outcome,
            blocker=blocker,
        )
    HouseholdReach.objects.create(session=late, household=home)
    told = parts_of(fetch(phone.token)[1])
    assert [one["id"] for one in told["plan"]] == [str(late.uuid), str(coming.uuid)]
    assert told["rows"] == {str(coming.uuid): {str(cast.bay.uuid): 7}}
    assert [one["code"] for one in told["blockers"]] == ["sim"]
    assert "không ghi số căn cước" in told["consent"]["text"]
    assert {
        (one["person"] or one["household"], one["why"]) for one in told["follow_ups"]
    } == {
        (str(cast.bay.uuid), "blocked"),
        (str(kha.uuid), "again"),
        (str(home.uuid), "child"),
    }


@pytest.mark.parametrize("size", [1, 3])
def test_the_apps_data_asks_a_fixed_number_of_questions(
    client, phone, ground, django_assert_num_queries, size
):
    for n in range(size):
        home = make.make_household(f"Chủ {n}", ground.rach_moi)
        person = make.make_person(f"Người {n}", ground.rach_moi, household=home)
        session = make.make_session(
            ground.rach_moi, ground.team, date=today(), status="open"
        )
        PaperRow.objects.create(session=session, person=person, number=1)
        Attendance.objects.create(
            session=session, person=person, present=True, outcome="not_yet"
        )
    headers = {"Authorization": f"Ticket {phone.token}"}
    with django_assert_num_queries(APP_QUERIES):
        client.get(APP, headers=headers)


def test_a_revoked_phone_is_given_nothing(phone, fetch, cast):
    revoke_device(Device.objects.get(uuid=phone.device), user=cast.hanh)
    assert fetch(phone.token)[1]["code"] == "revoked"
    assert fetch("x")[0] == 401


def test_the_description_of_the_api_names_these_doors(client, db):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {ENROL, RENEW, APP} <= paths.keys()
    assert "security" not in paths[ENROL]["post"]
    assert paths[APP]["get"]["security"] == [{"TicketHeader": []}]
