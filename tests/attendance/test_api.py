"""The door that phones knock at."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from attendance import api
from attendance.allowance import Allowance
from attendance.models import RegisterEntry, ServerEpoch
from attendance.sealing import seal
from common.ids import new_uuid
from people.actions import erase_person, merge_persons, revoke_device, unmerge
from people.models import AuthorTicket, Device, Person
from tests import factories as make
from tests.attendance.phones import STATE, SYNC, packed, send, through_test_client


@pytest.fixture
def ask(client):
    """Ask for changes with a phone's ticket."""

    def asked(phone, query: str = ""):
        response = client.get(
            STATE + query, headers={"Authorization": f"Ticket {phone.token}"}
        )
        return response.status_code, response.json()

    return asked


def test_a_phone_without_a_ticket_is_told_what_to_do(client, db):
    for headers in ({}, {"Authorization": "Ticket x"}, {"Authorization": "Bearer y"}):
        response = client.post(
            SYNC, data="{}", content_type="application/json", headers=headers
        )
        assert response.status_code == 401
        assert response.json()["code"] == "ticket_malformed"
        assert response.headers["Cache-Control"] == "no-store"


def test_a_ticket_that_a_restored_server_lost_is_told_apart(post, phone, client):
    AuthorTicket.objects.all().delete()
    status, answer = send(through_test_client(client), phone)
    assert (status, answer["code"]) == (401, "ticket_unknown")


def test_nothing_is_set_on_the_phone_and_no_token_is_asked_for(client, phone):
    strict = client.__class__(enforce_csrf_checks=True)
    status, headers, _content = through_test_client(strict)(
        "POST", SYNC, {"Authorization": f"Ticket {phone.token}"}, packed([])
    )
    assert status == 200
    assert "Set-Cookie" not in headers


def test_what_is_no_batch_is_refused_with_a_sentence(client, phone, session):
    phone.heads(session.uuid, 3)
    whole = packed(phone.entries)
    bad = [b"", b"[]", b"{", whole[:-7], b'{"entries": 3}', b"\xff\xfe", b"<html>"]
    for body in bad:
        status, answer = send(through_test_client(client), phone, body)
        assert (status, answer["code"]) == (400, "malformed"), body
        assert answer["text"]
    assert RegisterEntry.objects.count() == 0


def test_compressed_batches_are_read_and_bounded(client, phone, session):
    phone.heads(session.uuid, 3)
    call = through_test_client(client)
    zipped = {"Content-Encoding": "gzip"}
    whole = gzip.compress(packed(phone.entries))
    assert send(call, phone, whole, **zipped)[1]["device"]["seq"] == 1
    assert send(call, phone, whole[:-9], **zipped)[0] == 400
    assert send(call, phone, b"no gzip", **zipped)[0] == 400
    bomb = gzip.compress(b" " * 20_000_000)
    assert send(call, phone, bomb, **zipped)[1]["code"] == "too_large"


def test_too_much_at_once_is_refused_whole(client, phone, session):
    call = through_test_client(client)
    for count in range(401):
        phone.heads(session.uuid, count)
    assert send(call, phone, phone.entries)[1]["code"] == "too_large"
    assert send(call, phone, b" " * (1024 * 1024) + b"{}")[0] == 413
    assert send(call, phone, b" " * (5 * 1024 * 1024))[0] == 413
    assert RegisterEntry.objects.count() == 0


def test_a_phone_gone_wild_waits_and_its_neighbours_do_not(
    client, phone, lans_phone, session, monkeypatch
):
    monkeypatch.setattr(api, "requests_left", Allowance(3))
    call = through_test_client(client)
    phone.heads(session.uuid, 3)
    assert [send(call, phone)[0] for _n in range(4)] == [200, 200, 200, 429]
    status, headers, content = call(
        "POST",
        SYNC,
        {"Authorization": f"Ticket {phone.token}"},
        packed(phone.entries),
    )
    told = json.loads(content)
    assert (status, told["code"], headers["Retry-After"]) == (429, "too_often", "20")
    assert told["text"] == str(api.PROBLEMS["too_often"][1])
    assert RegisterEntry.objects.count() == 0
    assert send(call, lans_phone)[0] == 200


def test_a_phone_that_sends_too_much_in_a_minute_waits(
    client, phone, lans_phone, session, monkeypatch
):
    monkeypatch.setattr(api, "bytes_left", Allowance(1500))
    call = through_test_client(client)
    for count in range(2):
        phone.heads(session.uuid, count)
    answers = [send(call, phone, phone.entries)[0] for _n in range(3)]
    assert (answers[0], answers[-1]) == (200, 429)
    assert send(call, lans_phone, packed([]))[0] == 200


def test_thirty_phones_behind_one_address_are_thirty(client, enrol, ground):
    call = through_test_client(client)
    for number in range(30):
        person = make.make_person(f"Tổ viên {number}", ground.rach_moi)
        user = make.make_user(f"may{number}", person)
        make.join_team(person, ground.team)
        one = enrol(user, ground.team)
        assert {send(call, one)[0] for _n in range(12)} == {200}


def test_an_allowance_refills_and_forgets_who_was_quiet():
    now = [0.0]
    allowance = Allowance(6, clock=lambda: now[0])
    assert [allowance.spend("a") for _n in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    now[0] += 9.5
    assert allowance.spend("a") == 1
    now[0] += 0.5
    assert allowance.spend("a") == 0
    assert Allowance(0).spend("a", 10**9) == 0
    now[0] += 60
    assert [allowance.spend(str(n)) for n in range(6000)] == [0] * 6000
    assert len(allowance._left) <= 5001


def test_a_long_answer_is_compressed(client, phone, session):
    for count in range(40):
        phone.heads(session.uuid, count)
    _status, headers, content = through_test_client(client)(
        "POST",
        SYNC,
        {"Authorization": f"Ticket {phone.token}", "Accept-Encoding": "gzip"},
        packed(phone.entries),
    )
    assert headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(content))["receipts"]) == 40


def test_the_epoch_is_that_of_the_servers_present_life(post, phone):
    first = post(phone, [])["epoch"]
    assert post(phone, [])["epoch"] == first
    ServerEpoch.objects.create(reason="restore")
    assert post(phone, [])["epoch"] != first


def test_state_tells_of_sessions_in_reach_only(
    ask, post, phone, lans_phone, cast, ground
):
    ours = make.make_session(ground.rach_moi, ground.team, venue="Sala")
    theirs = make.make_session(ground.ong_trang, ground.other_team)
    phone.heads(ours.uuid, 3)
    phone.heads(theirs.uuid, 3)
    post(phone)
    theirs.refresh_from_db()
    status, answer = ask(lans_phone)
    assert status == 200
    (told,) = answer["sessions"]
    assert (told["id"], told["venue"], told["status"]) == (
        str(ours.uuid),
        "Sala",
        "open",
    )
    assert told["state"]["cells"]["head_count"]["heads"] == [
        phone.entries[0]["header"]["id"]
    ]
    assert ask(lans_phone, "?since=" + answer["now"].replace("+", "%2B"))[1]["sessions"]


def test_state_tells_only_what_is_later_with_some_overlap(
    ask, post, phone, session, time_machine_at
):
    phone.heads(session.uuid, 3)
    with time_machine_at("2026-11-20T12:00:00Z"):
        post(phone)
    early = "?since=2026-11-20T12:04:00%2B00:00"
    late = "?since=2026-11-20T12:06:00%2B00:00"
    assert len(ask(phone, early)[1]["sessions"]) == 1
    assert ask(phone, late)[1]["sessions"] == []


def test_state_comes_in_pages(ask, post, phone, ground):
    sessions = [make.make_session(ground.rach_moi, ground.team) for _n in range(120)]
    for session in sessions:
        phone.heads(session.uuid, 3)
    post(phone)
    found, query = [], ""
    for _page in range(3):
        _status, answer = ask(phone, query)
        found += [told["id"] for told in answer["sessions"]]
        query = "?cursor=" + answer["cursor"].replace("+", "%2B")
    assert not answer["more"] and answer["cursor"] == ""
    assert sorted(found) == sorted(str(session.uuid) for session in sessions)


def test_state_tells_who_was_merged_and_who_is_gone(ask, post, phone, cast, ground):
    other = make.make_person("Bảy Lành", ground.rach_moi)
    pointer = merge_persons(other, into=cast.bay, user=None)
    assert ask(phone)[1]["aliases"] == {str(other.uuid): str(cast.bay.uuid)}
    unmerge(pointer, user=None)
    assert ask(phone)[1]["aliases"] == {str(other.uuid): None}
    erase_person(other, user=None)
    assert ask(phone)[1]["tombstones"] == [str(other.uuid)]


def test_a_sealed_body_is_sent_by_the_next_user_who_cannot_read_it(
    ask, post, phone, session
):
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, "Út Em", birth_year=1950)
    key = ask(phone)[1]["seal_key"]
    entry = phone.entries[1]
    digest = entry["header"]["body"]
    sealed = seal(entry["body"].encode(), digest, key, b"n" * 12)
    assert "Út Em".encode() not in base64.b64decode(sealed)
    answer = post(
        phone, [phone.entries[0], {"header": entry["header"], "sealed": sealed}]
    )
    assert [r["status"] for r in answer["receipts"]] == ["accepted", "accepted"]
    assert Person.objects.get(uuid=person).name == "Út Em"


@pytest.mark.parametrize("sealed", ["", "%", "AAAA", "B" * 200])
def test_what_was_not_sealed_for_us_is_refused(post, phone, session, sealed):
    phone.walk_in(session.uuid, "Út Em")
    entry = {"header": phone.entries[0]["header"], "sealed": sealed}
    assert post(phone, [entry])["receipts"][0]["code"] == "bad_body"


def test_state_refuses_what_it_did_not_give_out(ask, phone):
    for query in ("?since=yesterday", "?since=2026-11-20", "?cursor=x~y", "?cursor=~"):
        status, answer = ask(phone, query)
        assert (status, answer["code"]) == (400, "bad_since"), query


def test_a_revoked_phone_is_told_nothing(ask, phone, cast):
    revoke_device(Device.objects.get(uuid=phone.device), user=None)
    assert ask(phone)[0] == 403


@pytest.mark.parametrize("size", [1, 3])
def test_state_takes_as_many_queries_for_one_session_as_for_three(
    client, post, phone, ground, django_assert_num_queries, size
):
    for _n in range(size):
        session = make.make_session(ground.rach_moi, ground.team)
        phone.heads(session.uuid, 3)
        phone.walk_in(session.uuid, "Út", person=new_uuid())
    post(phone)
    with django_assert_num_queries(STATE_QUERIES):
        client.get(STATE, headers={"Authorization": f"Ticket {phone.token}"})


STATE_QUERIES = 11


def test_the_description_of_the_api_names_the_two_doors(client, db):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {SYNC, STATE} <= paths.keys()
    assert paths[SYNC]["post"]["security"] == [{"TicketHeader": []}]
