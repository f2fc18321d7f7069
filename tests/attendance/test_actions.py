"""Sessions are planned, opened, closed, cancelled; the server's pen; held entries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from attendance import actions
from attendance.chain import verify_chain
from attendance.models import (
    Attendance,
    EntryBody,
    HeldEntry,
    RegisterEntry,
    ServerEpoch,
    TrainingSession,
)
from attendance.pen import Draft, write
from attendance.refold import refold
from attendance.wire import header_of, make_entry
from common.ids import new_uuid
from people.models import Device, Household, Person
from tests import factories as make

DATE = dt.date(2026, 11, 20)


@pytest.fixture
def planned(cast, ground):
    return actions.plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        date=DATE,
        team=ground.team,
        starts_at=dt.time(19),
        venue="Sala chùa",
        helpers=[cast.persons.lan],
    )


def mark(person, value="present", **more):
    return Draft("mark", f"presence/{person.uuid}", value, person.uuid, **more)


def headers():
    rows = RegisterEntry.objects.order_by("device", "seq")
    return [
        {
            "v": 1,
            "id": str(row.pk),
            "device": str(row.device),
            "seq": row.seq,
            "prev": row.prev,
            "session": str(row.session),
            "ticket": str(row.ticket),
            "kind": row.kind,
            "cell": row.cell,
            "person": row.person and str(row.person),
            "value": row.value,
            "seen": row.seen,
            "at": row.occurred_at,
            "body": row.body_digest,
        }
        for row in rows
    ]


def test_a_plan_stands_in_the_register(planned, cast, ground):
    assert planned.status == "planned"
    assert planned.state["fields"] == {
        "date": "2026-11-20",
        "host": str(ground.rach_moi.uuid),
        "kind": "class",
        "lessons": "",
        "start": "19:00",
        "status": "planned",
    }
    assert planned.venue == "Sala chùa"
    leads = dict(planned.facilitators.values_list("person", "leads"))
    assert leads == {cast.persons.tam.pk: True, cast.persons.lan.pk: False}
    assert verify_chain(headers()) == []


def test_only_who_may_plan_there_plans(cast, ground):
    for user in (cast.lan, cast.son, cast.dung, cast.mai):
        with pytest.raises(PermissionDenied):
            actions.plan_session(user=user, host=ground.rach_moi, date=DATE)
    assert not TrainingSession.objects.exists()


def test_a_session_is_held_in_a_hamlet(cast, ground):
    with pytest.raises(ValidationError, match=r"A session is held in a hamlet|ấp"):
        actions.plan_session(user=cast.hanh, host=ground.dat_mui, date=DATE)


def test_a_plan_changes_until_the_session_begins(planned, cast, ground):
    actions.change_plan(
        planned,
        user=cast.hanh,
        host=ground.kinh_tu,
        date=dt.date(2026, 11, 21),
        starts_at=dt.time(8, 30),
        venue="Trường học",
        kind="support_point",
    )
    assert (planned.host, planned.date, planned.kind, planned.venue) == (
        ground.kinh_tu,
        dt.date(2026, 11, 21),
        "support_point",
        "Trường học",
    )
    assert planned.starts_at == dt.time(8, 30)
    actions.open_session(planned, user=cast.hanh)
    with pytest.raises(ValidationError):
        actions.change_plan(planned, user=cast.hanh, host=ground.rach_moi, date=DATE)


def test_a_venue_taken_away_stays_away(planned, cast, ground):
    facts = {"host": ground.rach_moi, "date": DATE}
    actions.change_plan(planned, user=cast.hanh, venue="", **facts)
    assert planned.venue == ""
    actions.open_session(planned, user=cast.hanh)
    assert refold([str(planned.uuid)]).sessions == []
    planned.refresh_from_db()
    assert planned.venue == ""


def test_the_same_again_is_a_new_session_on_another_day(planned, cast):
    again = actions.repeat_session(planned, user=cast.tam, date=dt.date(2026, 12, 4))
    assert again.pk != planned.pk
    assert (again.host, again.venue, again.starts_at, again.date) == (
        planned.host,
        planned.venue,
        planned.starts_at,
        dt.date(2026, 12, 4),
    )
    assert again.facilitators.count() == 2


def test_a_session_that_a_restored_server_lost_is_planned_again(
    post, phone, cast, ground
):
    lost = new_uuid()
    phone.mark(lost, cast.bay.uuid)
    post(phone)
    session = actions.plan_session(
        user=cast.tam, host=ground.rach_moi, date=DATE, team=ground.team, uuid=lost
    )
    assert Attendance.objects.get().session == session
    assert session.status == "open"


def test_a_register_opens_closes_once_and_opens_again(planned, cast):
    actions.open_session(planned, user=cast.tam)
    actions.open_session(planned, user=cast.tam)
    assert planned.status == "open"
    actions.close_session(planned, user=cast.tam)
    closed = planned.closed_at
    actions.close_session(planned, user=cast.tam)
    assert (planned.status, planned.closed_at) == ("closed", closed)
    assert RegisterEntry.objects.filter(kind="close").count() == 1
    with pytest.raises(ValidationError):
        actions.open_session(planned, user=cast.tam)
    actions.reopen_session(planned, user=cast.tam)
    assert (planned.status, planned.closed_at) == ("open", None)


def test_a_member_opens_but_does_not_close(planned, cast):
    actions.open_session(planned, user=cast.lan)
    with pytest.raises(PermissionDenied):
        actions.close_session(planned, user=cast.lan)


def test_fewer_heads_than_names_do_not_close(planned, cast):
    write(
        planned,
        user=cast.tam,
        drafts=[mark(cast.bay), Draft("head_count", "head_count", "0")],
    )
    with pytest.raises(ValidationError) as caught:
        actions.close_session(planned, user=cast.tam)
    assert caught.value.params == {"total": 0, "named": 1}


def test_a_cancellation_needs_a_reason_and_an_empty_register(planned, cast):
    with pytest.raises(ValidationError):
        actions.cancel_session(planned, user=cast.tam, reason="  ")
    actions.cancel_session(planned, user=cast.tam, reason="Mưa lớn")
    assert (planned.status, planned.cancel_reason) == ("cancelled", "Mưa lớn")
    assert not planned.counts
    actions.reopen_session(planned, user=cast.tam)
    assert planned.status == "open"
    write(planned, user=cast.tam, drafts=[mark(cast.bay)])
    with pytest.raises(ValidationError):
        actions.cancel_session(planned, user=cast.tam, reason="Mưa lớn")


def test_the_pen_chains_what_it_writes(planned, cast):
    write(planned, user=cast.tam, drafts=[mark(cast.bay), mark(cast.persons.lan)])
    write(
        planned,
        user=cast.lan,
        drafts=[Draft("note", f"note/{new_uuid()}", "text", body={"text": "Đông vui"})],
    )
    assert verify_chain(headers()) == []
    assert Device.objects.filter(kind="server").count() == 1
    assert set(
        EntryBody.objects.exclude(bytes=None).values_list("entry__kind", flat=True)
    ) == {"session", "note"}


def test_the_pen_writes_nothing_that_stands_already(planned, cast):
    write(planned, user=cast.tam, drafts=[mark(cast.bay)])
    before = RegisterEntry.objects.count()
    (receipt,) = write(planned, user=cast.tam, drafts=[mark(cast.bay)])
    assert (receipt.status, receipt.code) == ("already", "same_value")
    assert RegisterEntry.objects.count() == before


def test_two_forms_that_saw_the_same_disagree_openly(planned, cast):
    write(planned, user=cast.tam, drafts=[mark(cast.bay, seen=[])])
    write(planned, user=cast.lan, drafts=[mark(cast.bay, "absent", seen=[])])
    planned.refresh_from_db()
    assert planned.state["totals"]["conflicts"] == 1
    write(planned, user=cast.tam, drafts=[mark(cast.bay, "absent")])
    planned.refresh_from_db()
    assert planned.state["totals"]["conflicts"] == 0
    assert not Attendance.objects.get().present


def test_the_pen_refuses_what_no_cell_can_hold(planned, cast):
    (receipt,) = write(
        planned, user=cast.tam, drafts=[Draft("head_count", "head_count", "many")]
    )
    assert (receipt.status, receipt.code) == ("refused", "bad_value")


def test_the_pen_asks_for_rights(planned, cast):
    for user in (cast.son, cast.mai, cast.thao):
        with pytest.raises(PermissionDenied):
            write(planned, user=user, drafts=[mark(cast.bay)])


def test_a_restored_server_takes_a_new_pen(planned, cast):
    ServerEpoch.objects.create(reason="restore")
    write(planned, user=cast.tam, drafts=[mark(cast.bay)])
    assert Device.objects.filter(kind="server").count() == 2


def test_the_pen_needs_the_sentence_for_a_new_name(planned, cast):
    person = new_uuid()
    newcomer = Draft(
        "walk_in", f"presence/{person}", "present", person, {"name": "Út Em"}
    )
    (receipt,) = write(planned, user=cast.tam, drafts=[newcomer])
    assert (receipt.status, receipt.code) == ("held", "no_consent")
    receipts = write(
        planned, user=cast.tam, drafts=[Draft("consent", "consent", "read")]
    )
    assert receipts[0].status == "accepted"
    assert Person.objects.get(uuid=person).created_by == cast.tam


@pytest.mark.parametrize("size", [5, 50])
def test_a_form_of_a_class_is_saved_in_few_queries(
    planned, cast, ground, django_assert_num_queries, size
):
    people = [make.make_person(f"Người {n}", ground.rach_moi) for n in range(size)]
    write(planned, user=cast.tam, drafts=[mark(cast.bay)])
    with django_assert_num_queries(FORM_QUERIES):
        write(planned, user=cast.tam, drafts=[mark(person) for person in people])
    assert Attendance.objects.count() == size + 1


FORM_QUERIES = 22


def test_a_correction_needs_a_reason(planned, cast):
    cell = f"presence/{cast.bay.uuid}"
    with pytest.raises(ValidationError):
        actions.correct(
            planned,
            user=cast.tam,
            cell=cell,
            value="present",
            reason="",
            person=cast.bay.uuid,
        )
    receipt = actions.correct(
        planned,
        user=cast.tam,
        cell=cell,
        value="present",
        reason="Ghi sót",
        person=cast.bay.uuid,
    )
    assert receipt.status == "accepted"
    assert Attendance.objects.get().present


def test_what_is_done_to_a_session_is_in_the_audit_log(planned, cast):
    from wagtail.models import ModelLogEntry

    actions.open_session(planned, user=cast.tam)
    actions.close_session(planned, user=cast.tam)
    verbs = ModelLogEntry.objects.order_by("pk").values_list("action", "user_id")
    assert list(verbs) == [
        (f"attendance.{verb}", cast.tam.pk) for verb in ("plan", "open", "close")
    ]


# --- waiting entries -------------------------------------------------------------------


@pytest.fixture
def elsewhere(post, phone, cast, ground):
    """Anh Tâm helped out in ấp Kinh Tư, which his team does not serve."""
    session = make.make_session(ground.kinh_tu)
    phone.mark(session.uuid, cast.bay.uuid)
    post(phone)
    return session


def test_the_coordinator_lets_a_waiting_entry_count(elsewhere, cast):
    held = HeldEntry.objects.get()
    for user in (cast.tam, cast.dao, cast.mai):
        with pytest.raises(PermissionDenied):
            actions.decide_held_entry(held, user=user, accept=True)
    actions.decide_held_entry(held, user=cast.hanh, accept=True)
    assert Attendance.objects.get().session == elsewhere
    held.refresh_from_db()
    assert (held.decision, held.decided_by) == ("accepted", cast.hanh)
    with pytest.raises(ValidationError):
        actions.decide_held_entry(held, user=cast.hanh, accept=False)


def test_a_rejected_entry_is_kept_and_does_not_count(elsewhere, cast, post, phone):
    actions.decide_held_entry(HeldEntry.objects.get(), user=cast.hanh, accept=False)
    phone.heads(elsewhere.uuid, 3)
    post(phone, phone.above(1))
    assert RegisterEntry.objects.count() == 2
    assert not Attendance.objects.exists()
    assert post(phone)["receipts"][0]["code"] == "rejected"


def test_a_name_nobody_agreed_to_is_dropped_when_it_is_rejected(
    session, cast, post, phone
):
    phone.walk_in(session.uuid, "Út Em")
    post(phone)
    actions.decide_held_entry(HeldEntry.objects.get(), user=cast.hanh, accept=False)
    assert EntryBody.objects.get().bytes is None
    assert not Person.objects.filter(name="Út Em").exists()


def test_nobody_accepts_a_name_in_place_of_the_sentence(session, cast, post, phone):
    person = phone.walk_in(session.uuid, "Út Em")
    post(phone)
    with pytest.raises(ValidationError) as caught:
        actions.decide_held_entry(HeldEntry.objects.get(), user=cast.hanh, accept=True)
    assert caught.value.code == "no_consent"
    assert "đọc lời xin phép" in caught.value.messages[0]
    assert not Person.objects.filter(uuid=person).exists()
    phone.consent(session.uuid)
    post(phone, phone.above(1))
    assert Person.objects.get(name="Út Em").attendances.get().session == session
    assert not HeldEntry.objects.filter(decision="").exists()


@pytest.mark.parametrize("reason", ["other_ground", "ticket_ended", "no_ticket"])
@pytest.mark.parametrize("body_is_late", [False, True])
def test_an_accepted_author_lets_no_name_in_before_the_sentence_was_read(
    reason, body_is_late, cast, ground, post, phone
):
    elsewhere = make.make_session(ground.kinh_tu)
    person = phone.walk_in(elsewhere.uuid, "Út Em", household=str(new_uuid()))
    (walk_in,) = phone.entries
    post(phone, [{**walk_in, "body": None}] if body_is_late else None)
    HeldEntry.objects.update(reason=reason)
    held = actions.decide_held_entry(
        HeldEntry.objects.get(), user=cast.hanh, accept=True
    )
    assert (held.decision, held.reason) == ("", "no_consent")
    assert (held.decided_at, held.decided_by) == (None, None)
    post(phone)
    assert not Person.objects.filter(uuid=person).exists()
    assert not Attendance.objects.exists()
    write(elsewhere, user=cast.hanh, drafts=[Draft("consent", "consent", "read")])
    assert Person.objects.get(name="Út Em").attendances.get().session == elsewhere
    assert HeldEntry.objects.get().decision == "accepted"


def test_an_accepted_household_waits_for_the_sentence_too(cast, ground, post, phone):
    elsewhere = make.make_session(ground.kinh_tu)
    household = new_uuid()
    phone.write(
        elsewhere.uuid,
        "household",
        f"proxy/{household}",
        "child",
        body={"name": "Ba Lành"},
    )
    post(phone)
    held = actions.decide_held_entry(
        HeldEntry.objects.get(), user=cast.hanh, accept=True
    )
    assert held.reason == "no_consent"
    assert not Household.objects.filter(uuid=household).exists()
    write(elsewhere, user=cast.hanh, drafts=[Draft("consent", "consent", "read")])
    assert Household.objects.get(uuid=household).head_name == "Ba Lành"


def test_the_sentence_itself_lets_names_in_when_it_is_accepted(
    cast, ground, post, phone
):
    elsewhere = make.make_session(ground.kinh_tu)
    phone.walk_in(elsewhere.uuid, "Út Em")
    sentence = phone.consent(elsewhere.uuid)
    post(phone)
    for held in HeldEntry.objects.exclude(pk=sentence):
        actions.decide_held_entry(held, user=cast.hanh, accept=True)
    assert not Person.objects.filter(name="Út Em").exists()
    actions.decide_held_entry(
        HeldEntry.objects.get(pk=sentence), user=cast.hanh, accept=True
    )
    assert Person.objects.filter(name="Út Em").exists()


def test_a_session_elsewhere_is_founded_when_it_is_confirmed(cast, ground, post, phone):
    uuid = new_uuid()
    phone.begin(uuid, ground.kinh_tu.uuid, "2026-11-19")
    phone.mark(uuid, cast.bay.uuid)
    post(phone)
    waiting = HeldEntry.objects.filter(reason="other_ground").order_by("pk")
    for held in waiting:
        actions.decide_held_entry(held, user=cast.hanh, accept=True)
    session = TrainingSession.objects.get(uuid=uuid)
    assert (session.host, session.team) == (ground.kinh_tu, ground.team)
    # The mark itself is about ground that is not his.
    held = HeldEntry.objects.get(decision="")
    assert held.reason == "other_ground"
    actions.decide_held_entry(held, user=cast.hanh, accept=True)
    assert Attendance.objects.get().session == session


def test_an_entry_without_its_session_cannot_be_confirmed(cast, post, phone):
    phone.mark(new_uuid(), cast.bay.uuid)
    post(phone)
    with pytest.raises(ValidationError):
        actions.decide_held_entry(HeldEntry.objects.get(), user=cast.hanh, accept=True)


def test_a_header_is_given_back_as_it_was_made(phone, session):
    phone.heads(session.uuid, 3, mood="good")
    header = phone.entries[0]["header"]
    assert header_of(make_entry(header, None)) == header
