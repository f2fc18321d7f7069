"""What the server makes of what phones send."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from django.utils import translation

from attendance.actions import decide_held_entry
from attendance.models import (
    Attendance,
    EntryBody,
    HeldEntry,
    HouseholdReach,
    RefusedEntry,
    RegisterEntry,
    TrainingSession,
)
from attendance.receipts import TEXTS
from attendance.verify import verify
from common.ids import new_uuid
from people.actions import erase_person
from people.models import AuthorTicket, Consent, Device, Encounter, Household, Person
from tests import factories as make
from tests.attendance.phones import Phone
from tests.attendance.tables import rows_of

EVENING = json.loads(
    (Path(__file__).parents[1] / "vectors/fold/evening-of-23.json").read_text("utf-8")
)


def said(answer):
    return [(receipt["status"], receipt["code"]) for receipt in answer["receipts"]]


def test_marks_are_received_and_counted(post, phone, session, cast):
    phone.mark(session.uuid, cast.bay.uuid)
    phone.heads(session.uuid, 3)
    phone.outcome(session.uuid, cast.bay.uuid, "alone")
    answer = post(phone)
    assert said(answer) == [("accepted", "new")] * 3
    assert answer["sessions"][str(session.uuid)]["totals"]["nameless"] == 2
    row = Attendance.objects.get()
    assert (row.person, row.present, row.outcome) == (cast.bay, True, "alone")
    assert (row.sex, row.age_band, row.home) == ("f", "60", "hamlet")
    session.refresh_from_db()
    assert session.status == "open" and session.state_version == 1


def test_every_code_has_a_sentence_that_says_where_the_record_is(post, phone, session):
    phone.heads(session.uuid, 3)
    answer = post(phone)
    assert answer["texts"] == {"new": str(TEXTS["new"])}
    with translation.override("en"):
        sentences = {code: str(text) for code, text in TEXTS.items()}
    finished = {"new", "known", "same_value", "fork", "erased", "rejected"}
    unfinished = sentences.keys() - finished
    assert {
        c for c in unfinished if "still on this phone; press “" in sentences[c]
    } == (unfinished)


def test_the_evening_of_23_is_counted_as_the_vector_says(post, ground, cast):
    make.make_unit("Rạch Gốc", "hamlet", parent=ground.dat_mui, code="96123-004")
    host = make.make_unit("Mới", "hamlet", parent=ground.dat_mui, code="x")
    del host
    tickets = {(entry["device"], entry["ticket"]) for entry in EVENING["entries"]}
    phones = {}
    for device_id, ticket_id in sorted(tickets):
        device, _new = Device.objects.get_or_create(
            uuid=device_id, defaults={"user": cast.hanh}
        )
        AuthorTicket.objects.create(
            uuid=ticket_id,
            user=cast.hanh,
            device=device,
            valid_from="2026-01-01",
            valid_to="2027-01-01",
        )
        phones[device_id] = device
    from people.actions import signed

    for device_id in phones:
        ticket = AuthorTicket.objects.filter(device__uuid=device_id).first()
        phone = Phone(device_id, ticket.uuid, signed(ticket))
        mine = [e for e in EVENING["entries"] if e["device"] == device_id]
        post(phone, [{"header": entry, "body": None} for entry in mine])
    session = TrainingSession.objects.get()
    assert session.state == EVENING["state"]
    assert Attendance.objects.filter(present=True).count() == 22
    assert HouseholdReach.objects.count() == 1


def test_sending_everything_again_changes_no_row(post, phone, session, cast):
    phone.consent(session.uuid)
    phone.walk_in(session.uuid, "Út Em", birth_year=1950)
    phone.mark(session.uuid, cast.bay.uuid)
    phone.heads(session.uuid, 4)
    post(phone)
    before = rows_of("attendance", "people", "reports")
    answer = post(phone)
    assert said(answer) == [("already", "known")] * 4
    assert rows_of("attendance", "people", "reports") == before


def test_one_entry_twice_in_one_batch_is_kept_once(post, phone, session):
    phone.heads(session.uuid, 3)
    answer = post(phone, phone.entries * 2)
    assert said(answer) == [("accepted", "new"), ("already", "known")]
    assert RegisterEntry.objects.count() == 1


def test_any_order_and_any_parts_come_to_the_same(
    post, enrol, cast, ground, django_assert_max_num_queries
):
    people = [make.make_person(f"Người {n}", ground.rach_moi) for n in range(6)]
    dice = random.Random(20261120)
    states = []
    for _turn in range(4):
        session = make.make_session(ground.rach_moi, ground.team)
        phones = [enrol(cast.tam, ground.team), enrol(cast.lan, ground.team)]
        phones[0].consent(session.uuid)
        newcomers = [Person(uuid=new_uuid()) for _n in range(2)]
        for phone in phones:
            for person in people:
                phone.mark(session.uuid, person.uuid)
                phone.outcome(session.uuid, person.uuid, "alone")
            for person in newcomers:
                phone.walk_in(session.uuid, "Năm Bé", person=person.uuid)
        phones[1].outcome(session.uuid, people[0].uuid, "helped")
        mixed = [(phone, entry) for phone in phones for entry in phone.entries]
        mixed += dice.sample(mixed, 8)
        dice.shuffle(mixed)
        for phone, entry in mixed:
            post(phone, [entry])
        session.refresh_from_db()
        assert HeldEntry.objects.filter(decision="").count() == 0
        states.append((session.state["totals"], session.state["consent"]))
    assert states == [states[0]] * 4
    assert states[0][0]["named"] == 8 and states[0][0]["conflicts"] == 1


def test_the_same_id_with_other_bytes_is_refused_and_both_are_kept(
    post, phone, session
):
    phone.heads(session.uuid, 3)
    post(phone)
    other = {"header": {**phone.entries[0]["header"], "value": "9"}, "body": None}
    for _again in range(2):
        assert said(post(phone, [other])) == [("refused", "other_bytes")]
    refused = RefusedEntry.objects.get()
    assert json.loads(bytes(refused.bytes))["header"]["value"] == "9"
    session.refresh_from_db()
    assert session.state["totals"]["head_count"] == 3


def test_two_entries_with_one_number_are_a_fork_kept_and_flagged(post, phone, session):
    phone.heads(session.uuid, 3)
    clone = Phone(phone.device, phone.ticket, phone.token)
    clone.write(session.uuid, "consent", "consent", "read")
    post(phone)
    answer = post(clone)
    assert said(answer) == [("accepted", "fork")]
    # The clone sees by the hash that what stands under its number is not its own.
    assert answer["device"]["seq"] == 1 and answer["device"]["hash"] == phone.head
    forks = RegisterEntry.objects.order_by("fork").values_list("fork", flat=True)
    assert list(forks) == [0, 1]
    session.refresh_from_db()
    assert session.state["consent"] == "read"
    assert session.state["totals"]["head_count"] == 3


def test_one_bad_entry_does_not_stop_the_others(post, phone, session, cast):
    phone.mark(session.uuid, cast.bay.uuid)
    phone.heads(session.uuid, 3)
    good, last = phone.entries
    bad = [
        {"header": {"id": "nobody"}},
        {"header": 7},
        {"header": {**good["header"], "person": None, "id": str(new_uuid())}},
        {"header": {**good["header"], "value": "maybe", "id": str(new_uuid())}},
        {"header": {**good["header"], "x": 1.5, "id": str(new_uuid())}},
        {"header": {**good["header"], "body": "0" * 63 + "1"}, "body": "{}"},
        {"header": {**good["header"], "seen": ["b", "a"], "id": str(new_uuid())}},
    ]
    codes = ["malformed", "malformed", "malformed", "bad_value", "malformed"]
    codes += ["bad_body", "malformed"]
    for _again in range(2):
        answer = post(phone, [good, *bad, last])
        assert [code for status, code in said(answer) if status == "refused"] == codes
    assert RefusedEntry.objects.count() == len(bad)
    assert RegisterEntry.objects.count() == 2


def test_unknown_kinds_and_keys_are_stored_and_count_nothing(post, phone, session):
    phone.write(session.uuid, "weather", "weather/rain", "much", mood={"sky": [1, "ở"]})
    assert said(post(phone)) == [("accepted", "new")]
    session.refresh_from_db()
    entry = RegisterEntry.objects.get()
    assert session.state["unknown"] == [str(entry.pk)]
    assert entry.extra == {"v": 1, "mood": {"sky": [1, "ở"]}}
    assert entry.header_hash == phone.head


def test_hello_tells_the_highest_number_without_a_gap(post, phone, session):
    for count in range(1, 6):
        phone.heads(session.uuid, count)
    assert post(phone, [])["device"] == {"seq": 0, "hash": "0" * 64}
    answer = post(phone, [*phone.entries[:2], *phone.entries[3:]])
    assert answer["device"]["seq"] == 2
    answer = post(phone, phone.above(2))
    assert answer["device"] == {"seq": 5, "hash": phone.head}


def test_a_refused_entry_leaves_no_gap(post, phone, session):
    phone.heads(session.uuid, 1)
    phone.write(session.uuid, "consent", "consent", "perhaps")
    phone.heads(session.uuid, 2)
    answer = post(phone)
    assert said(answer)[1] == ("refused", "bad_value")
    assert answer["device"]["seq"] == 3


def test_a_server_restored_from_an_old_copy_gets_back_what_it_had(post, phone, session):
    for count in range(1, 131):
        phone.heads(
            session.uuid,
            count % 50,
            seen=[e["header"]["id"] for e in phone.entries[-1:]],
        )
    post(phone, phone.entries[:60])
    copy = set(RegisterEntry.objects.values_list("pk", flat=True))
    assert post(phone, phone.entries[60:])["device"]["seq"] == 130
    RegisterEntry.objects.exclude(pk__in=copy).delete()
    # The device's row still claims 130; the log does not.
    hello = post(phone, [])
    assert hello["device"]["seq"] == 60
    answer = post(phone, phone.above(60))
    assert said(answer) == [("accepted", "new")] * 70
    assert answer["device"]["seq"] == 130
    session.refresh_from_db()
    assert session.state["totals"]["head_count"] == 130 % 50


# --- names ---------------------------------------------------------------------------


def test_a_new_name_waits_for_the_consent_sentence(post, phone, session):
    person = phone.walk_in(session.uuid, "Út Em", birth_year=1950)
    answer = post(phone)
    assert said(answer) == [("held", "no_consent")]
    assert not Person.objects.filter(uuid=person).exists()
    phone.consent(session.uuid)
    assert said(post(phone, phone.above(1))) == [("accepted", "new")]
    found = Person.objects.get(uuid=person)
    assert (found.name, found.birth_year) == ("Út Em", 1950)
    assert HeldEntry.objects.get().decision == "accepted"
    assert said(post(phone))[0] == ("already", "known")
    assert Attendance.objects.get().person == found
    assert Consent.objects.get().person == found


def test_the_sentence_may_be_read_on_another_phone(post, phone, lans_phone, session):
    lans_phone.consent(session.uuid)
    post(lans_phone)
    phone.walk_in(session.uuid, "Út Em")
    assert said(post(phone)) == [("accepted", "new")]


def test_not_read_holds_names_and_nothing_else(post, phone, session, cast):
    phone.consent(session.uuid, "not_read")
    phone.walk_in(session.uuid, "Út Em")
    phone.mark(session.uuid, cast.bay.uuid)
    phone.heads(session.uuid, 5)
    codes = [code for _status, code in said(post(phone))]
    assert codes == ["new", "no_consent", "new", "new"]


def test_a_walk_in_lives_where_the_session_is_unless_they_say_otherwise(
    post, phone, session, ground
):
    phone.consent(session.uuid)
    here = phone.walk_in(session.uuid, "Một")
    there = phone.walk_in(session.uuid, "Hai", hamlet=str(ground.kinh_tu.uuid))
    away = phone.walk_in(session.uuid, "Ba", hamlet="outside")
    nobody_knows = phone.walk_in(session.uuid, "Bốn", hamlet="unknown")
    post(phone)
    homes = {
        row.person.uuid: (row.home, row.home_hamlet)
        for row in Attendance.objects.select_related("person", "home_hamlet")
    }
    assert homes == {
        here: ("hamlet", ground.rach_moi),
        there: ("hamlet", ground.kinh_tu),
        away: ("outside", None),
        nobody_knows: ("unknown", None),
    }


def test_a_walk_in_may_name_a_household_that_nobody_knows(post, phone, session):
    household = new_uuid()
    phone.consent(session.uuid)
    phone.walk_in(
        session.uuid, "Út Em", household=str(household), household_head="Ba Lành"
    )
    post(phone)
    row = Attendance.objects.select_related("household").get()
    assert (row.household.uuid, row.household.head_name) == (household, "Ba Lành")


def test_what_was_blank_is_filled_and_stamped_everywhere(post, phone, ground):
    first = make.make_session(ground.rach_moi, ground.team)
    second = make.make_session(ground.rach_moi, ground.team)
    phone.consent(first.uuid)
    phone.consent(second.uuid)
    person = phone.walk_in(first.uuid, "Út Em")
    post(phone)
    assert Attendance.objects.get().age_band == ""
    phone.walk_in(second.uuid, "Ut Em khac", person=person, birth_year="1950", sex="f")
    post(phone, phone.above(3))
    found = Person.objects.get(uuid=person)
    assert (found.name, found.birth_year, found.sex) == ("Út Em", 1950, "f")
    assert set(Attendance.objects.values_list("age_band", "sex")) == {("60", "f")}


def test_a_mark_of_somebody_unknown_counts_a_person_without_a_name(
    post, phone, session
):
    stranger = new_uuid()
    phone.mark(session.uuid, stranger)
    assert said(post(phone)) == [("accepted", "new")]
    person = Person.objects.get(uuid=stranger)
    assert person.name == "" and Attendance.objects.get().person == person
    phone.consent(session.uuid)
    phone.walk_in(session.uuid, "Út Em", person=stranger)
    post(phone, phone.above(1))
    person.refresh_from_db()
    assert person.name == "Út Em" and Person.objects.filter(uuid=stranger).count() == 1


def test_a_child_reaches_its_household_and_is_no_person(post, phone, session, ground):
    known = make.make_household("Ba Lành", ground.kinh_tu)
    unknown = new_uuid()
    for uuid in (known.uuid, unknown):
        phone.write(session.uuid, "household", f"proxy/{uuid}", "child")
    phone.heads(session.uuid, 2)
    post(phone)
    reached = {
        row.household.uuid: row.home_hamlet for row in HouseholdReach.objects.all()
    }
    assert reached == {known.uuid: ground.kinh_tu, unknown: ground.rach_moi}
    assert Household.objects.get(uuid=unknown).head_name == ""
    assert Attendance.objects.count() == 0
    session.refresh_from_db()
    assert session.state["totals"]["visits"] == 2
    heads = session.state["cells"][f"proxy/{unknown}"]["heads"]
    phone.write(session.uuid, "household", f"proxy/{unknown}", "", seen=heads)
    post(phone, phone.above(3))
    assert HouseholdReach.objects.get().household == known


def test_an_entry_about_a_tombstone_loses_its_body_and_says_so(
    post, phone, session, cast
):
    erase_person(cast.bay, user=None)
    phone.consent(session.uuid)
    phone.walk_in(session.uuid, "Bảy Lành", person=cast.bay.uuid)
    answer = post(phone)
    assert said(answer)[1] == ("accepted", "erased")
    assert answer["tombstones"] == [str(cast.bay.uuid)]
    body = EntryBody.objects.get()
    assert body.bytes is None and body.erased_at is not None
    cast.bay.refresh_from_db()
    assert cast.bay.name == "" and Attendance.objects.get().person == cast.bay
    assert said(post(phone))[1] == ("already", "erased")


def test_a_body_that_was_missing_is_taken_when_it_comes(post, phone, session):
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, "Út Em")
    consent, walk_in = phone.entries
    post(phone, [consent, {**walk_in, "body": None}])
    assert Person.objects.get(uuid=person).name == ""
    assert said(post(phone)) == [("already", "known")] * 2
    assert Person.objects.get(uuid=person).name == "Út Em"


def test_no_name_slips_in_with_a_body_that_comes_late_or_beside_the_name(
    post, phone, session, cast
):
    """Usual names, heads of household and bodies sent afterwards wait for consent too."""
    household = new_uuid()
    phone.write(
        session.uuid,
        "household",
        f"proxy/{household}",
        "child",
        body={"usual_name": "Bảy Lành"},
    )
    phone.write(
        session.uuid,
        "household",
        f"proxy/{new_uuid()}",
        "child",
        body={"name": "Ba Lành"},
    )
    phone.walk_in(
        session.uuid,
        "Bảy",
        person=cast.bay.uuid,
        household=str(new_uuid()),
        household_head="Tư Lành",
    )
    bare = [{**entry, "body": None} for entry in phone.entries]
    assert said(post(phone, bare)) == [("held", "no_consent")] * 3
    post(phone)
    names = Household.objects.exclude(head_name="", usual_name="")
    assert not names.filter(head_name__in=["Ba Lành", "Tư Lành"]).exists()
    assert not names.filter(usual_name="Bảy Lành").exists()
    phone.consent(session.uuid)
    post(phone, phone.above(3))
    assert Household.objects.get(uuid=household).usual_name == "Bảy Lành"


def test_the_late_body_of_an_entry_that_waits_brings_nobody(post, phone, ground, cast):
    elsewhere = make.make_session(ground.ong_trang, ground.other_team)
    phone.consent(elsewhere.uuid)
    person = phone.walk_in(elsewhere.uuid, "Út Em")
    consent, walk_in = phone.entries
    answer = post(phone, [consent, {**walk_in, "body": None}])
    assert said(answer) == [("held", "other_ground")] * 2
    post(phone)
    assert not Person.objects.filter(uuid=person).exists()
    held = HeldEntry.objects.get(pk=walk_in["header"]["id"])
    decide_held_entry(held, user=cast.dao, accept=False)
    post(phone)
    assert not Person.objects.filter(uuid=person).exists()


def test_a_name_rejected_before_its_body_came_is_not_kept(post, phone, session, cast):
    phone.walk_in(session.uuid, "Út Em")
    (walk_in,) = phone.entries
    post(phone, [{**walk_in, "body": None}])
    decide_held_entry(HeldEntry.objects.get(), user=cast.hanh, accept=False)
    post(phone)
    assert EntryBody.objects.get().bytes is None
    assert not Person.objects.filter(name="Út Em").exists()


def test_nothing_about_a_tombstone_comes_in_by_the_back_door(
    post, phone, session, cast
):
    erase_person(cast.bay, user=None)
    phone.consent(session.uuid)
    phone.walk_in(
        session.uuid,
        "Bảy Lành",
        person=cast.bay.uuid,
        household=str(new_uuid()),
        household_head="Bảy Lành",
    )
    walk_in = phone.entries[1]
    header = {**walk_in["header"], "value": "never"}
    post(phone, [*phone.entries, {"header": header, "body": walk_in["body"]}])
    assert RefusedEntry.objects.get().bytes is None
    assert not Household.objects.filter(head_name="Bảy Lành").exists()


# --- sessions ------------------------------------------------------------------------


def test_a_session_nobody_planned_begins_on_a_phone(post, phone, ground, cast):
    uuid = new_uuid()
    phone.begin(
        uuid, ground.rach_moi.uuid, "2026-11-19", start="19:30", kind="support_point"
    )
    phone.mark(uuid, cast.bay.uuid)
    assert {status for status, _code in said(post(phone))} == {"accepted"}
    session = TrainingSession.objects.get(uuid=uuid)
    assert (session.host, session.date.isoformat()) == (ground.rach_moi, "2026-11-19")
    assert (session.kind, session.status, session.team) == (
        "support_point",
        "open",
        ground.team,
    )
    assert session.starts_at.strftime("%H:%M") == "19:30"
    assert Attendance.objects.get().session == session


def test_marks_wait_for_their_session(post, phone, ground, cast):
    uuid = new_uuid()
    phone.mark(uuid, cast.bay.uuid)
    assert said(post(phone)) == [("held", "no_session")]
    phone.begin(uuid, ground.rach_moi.uuid, "2026-11-19")
    post(phone, phone.above(1))
    assert Attendance.objects.get().present
    assert said(post(phone))[0] == ("already", "known")


def test_a_session_elsewhere_waits_for_the_commune(post, phone, ground, cast):
    uuid = new_uuid()
    phone.begin(uuid, ground.ong_trang.uuid, "2026-11-19")
    phone.mark(uuid, cast.bay.uuid)
    answer = post(phone)
    assert said(answer)[0] == ("held", "other_ground")
    assert said(answer)[-1] == ("held", "no_session")
    assert not TrainingSession.objects.exists()


# --- words that only bodies hold -----------------------------------------------------


def words(session):
    session.refresh_from_db()
    return session.venue, session.cancel_reason


def test_a_venue_accepted_by_the_commune_stands(post, phone, cast, ground):
    session = make.make_session(ground.kinh_tu, venue="")
    phone.write(
        session.uuid,
        "session",
        "session/host",
        str(ground.kinh_tu.uuid),
        body={"venue": "Sala chùa"},
    )
    phone.write(
        session.uuid,
        "session",
        "session/status",
        "cancelled",
        body={"reason": "Nước lớn"},
    )
    assert said(post(phone)) == [("held", "other_ground")] * 2
    assert words(session) == ("", "")
    for held in HeldEntry.objects.order_by("pk"):
        decide_held_entry(held, user=cast.hanh, accept=True)
    assert words(session) == ("Sala chùa", "Nước lớn")
    assert verify().differences == []


def test_words_that_come_later_than_their_entries_stand(post, phone, ground):
    uuid = new_uuid()
    phone.write(uuid, "session", "session/date", "2026-11-19")
    phone.write(
        uuid,
        "session",
        "session/host",
        str(ground.rach_moi.uuid),
        body={"venue": "Sala chùa"},
    )
    phone.write(
        uuid, "session", "session/status", "cancelled", body={"reason": "Nước lớn"}
    )
    bare = [{**entry, "body": None} for entry in phone.entries]
    post(phone, bare)
    session = TrainingSession.objects.get()
    assert words(session) == ("", "—")
    version = session.state_version
    post(phone)
    assert words(session) == ("Sala chùa", "Nước lớn")
    assert session.state_version == version + 1
    post(phone)
    session.refresh_from_db()
    assert session.state_version == version + 1


@pytest.mark.parametrize("turned", [False, True])
def test_the_venue_is_that_of_the_entry_that_stands_whatever_comes_first(
    post, phone, session, ground, turned
):
    def venue(words: str, **more):
        host = str(ground.rach_moi.uuid)
        return phone.write(
            session.uuid,
            "session",
            "session/host",
            host,
            body={"venue": words},
            **more,
        )

    first = venue("Nhà chú Năm")
    venue("Sala chùa", seen=[first])
    entries = phone.entries[::-1] if turned else phone.entries
    for entry in entries:
        post(phone, [entry])
    assert words(session) == ("Sala chùa", "")


def test_two_venues_of_two_phones_are_one_rule(
    post, phone, lans_phone, session, ground
):
    for one, venue in ((phone, "Trường học"), (lans_phone, "Sala chùa")):
        one.write(
            session.uuid,
            "session",
            "session/host",
            str(ground.rach_moi.uuid),
            body={"venue": venue},
        )
    post(lans_phone)
    post(phone)
    assert words(session) == ("Sala chùa", "")


def test_a_cancellation_that_was_taken_back_gives_no_reason(
    post, phone, session, ground
):
    gone = phone.write(
        session.uuid,
        "session",
        "session/status",
        "cancelled",
        body={"reason": "Mưa lớn"},
    )
    phone.write(session.uuid, "session", "session/status", "planned", seen=[gone])
    post(phone)
    assert words(session) == ("Nhà văn hóa", "")


def test_people_who_came_to_a_cancelled_session_are_not_lost(
    post, phone, session, cast
):
    phone.write(
        session.uuid,
        "session",
        "session/status",
        "cancelled",
        body={"reason": "Mưa lớn"},
    )
    post(phone)
    session.refresh_from_db()
    assert (session.status, session.cancel_reason) == ("cancelled", "Mưa lớn")
    phone.mark(session.uuid, cast.bay.uuid)
    post(phone, phone.above(1))
    session.refresh_from_db()
    assert session.status == "open" and session.counts


def test_a_rehearsal_counts_nowhere_and_meets_nobody(post, phone, ground, cast):
    rehearsal = make.make_session(ground.rach_moi, ground.team, kind="rehearsal")
    phone.mark(rehearsal.uuid, cast.bay.uuid)
    post(phone)
    rehearsal.refresh_from_db()
    assert rehearsal.state["totals"]["named"] == 1 and not rehearsal.counts
    assert not Encounter.objects.exists()


# --- rights --------------------------------------------------------------------------


def test_rights_are_judged_on_the_day_of_the_session(post, phone, cast, ground):
    before = make.make_session(ground.rach_moi, ground.team, date="2025-06-30")
    phone.heads(before.uuid, 3)
    assert said(post(phone)) == [("held", "ticket_ended")]


def test_entries_about_other_ground_wait(post, phone, ground, cast):
    session = make.make_session(ground.ong_trang, ground.other_team)
    phone.heads(session.uuid, 3)
    assert said(post(phone)) == [("held", "other_ground")]
    session.refresh_from_db()
    assert session.state == {} and session.status == "planned"


def test_an_officers_ticket_covers_the_commune(post, enrol, cast, ground):
    session = make.make_session(ground.kinh_tu)
    phone = enrol(cast.hanh)
    phone.heads(session.uuid, 3)
    assert said(post(phone)) == [("accepted", "new")]


def test_what_a_lost_phone_still_sends_waits(post, phone, session):
    Device.objects.update(revoked_at="2026-11-21T00:00:00Z")
    phone.heads(session.uuid, 3)
    assert said(post(phone)) == [("held", "ticket_ended")]


def test_the_next_user_sends_the_queue_of_the_one_before(
    post, phone, cast, ground, session
):
    ticket = AuthorTicket.objects.create(
        user=cast.lan,
        device=Device.objects.get(uuid=phone.device),
        team=ground.team,
        valid_from="2026-01-01",
        valid_to="2027-01-01",
    )
    phone.heads(session.uuid, 3, ticket=str(ticket.uuid))
    assert said(post(phone)) == [("accepted", "new")]


def test_entries_of_a_strangers_phone_wait(post, phone, lans_phone, session):
    lans_phone.heads(session.uuid, 3)
    assert said(post(phone, lans_phone.entries)) == [("held", "no_ticket")]
    # Brought by their own phone they are known already, and still wait.
    assert said(post(lans_phone)) == [("held", "no_ticket")]


def test_an_unknown_ticket_waits(post, phone, session):
    phone.heads(session.uuid, 3, ticket=str(new_uuid()))
    assert said(post(phone)) == [("held", "no_ticket")]


@pytest.mark.parametrize("size", [5, 50])
def test_a_class_is_saved_in_few_queries_whatever_its_size(
    post, phone, ground, django_assert_num_queries, size
):
    people = [make.make_person(f"Người {n}", ground.rach_moi) for n in range(size)]
    session = make.make_session(ground.rach_moi, ground.team)
    for person in people:
        phone.mark(session.uuid, person.uuid)
    with django_assert_num_queries(SAVE_QUERIES):
        post(phone)
    assert Attendance.objects.count() == size


# Ticket, look-up, insert, session, log, team's hamlets, people, attendance, session's
# row, encounters, how far, device, epoch: 13; begin and end: 2; the figures: 7.
SAVE_QUERIES = 22
