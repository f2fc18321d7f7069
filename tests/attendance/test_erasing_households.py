"""Names of heads of household: what brought them, what phones send after the erasing."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from attendance.actions import decide_held_entry
from attendance.models import (
    EntryBody,
    HeldEntry,
    HouseholdReach,
    RefusedEntry,
    RegisterEntry,
    TrainingSession,
)
from attendance.personal_data import forget_again
from attendance.verify import verify
from common.ids import new_uuid
from people.actions import (
    change_household,
    erase_household,
    erase_person,
    move_person,
    repeat_erasures,
)
from people.models import Household, Person
from people.namesakes import namesakes
from reports.verify import differences
from tests import factories as make
from tests.attendance.phones import STATE
from tests.people.dump import tables_with

NAME = "Huỳnh Thị Lượm"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"


def said(answer):
    return [(receipt["status"], receipt["code"]) for receipt in answer["receipts"]]


def learns_for(phone, session, household, name="", **more):
    """A child learns for a household; returns the household's public id."""
    body = {"name": name, **more} if name else None
    cell = f"proxy/{household}"
    phone.write(session.uuid, "household", cell, "child", body=body)
    return household


def left():
    return [
        bytes(b.bytes).decode()
        for b in EntryBody.objects.exclude(bytes=None).order_by("pk")
    ]


# --- whose household it is ------------------------------------------------------------


def test_the_register_that_names_the_person_says_whose_household_it_is(
    post, phone, session, ground
):
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, NAME)
    here = learns_for(phone, session, new_uuid(), NAME)
    post(phone)
    elsewhere = make.make_household(NAME, ground.kinh_tu)
    erase_person(Person.objects.get(uuid=person), user=None)
    gone = Household.objects.get(uuid=here)
    assert (gone.head_name, gone.search, gone.is_erased) == ("", "", True)
    assert Household.objects.get(pk=elsewhere.pk).head_name == NAME
    assert left() == []
    assert HouseholdReach.objects.get().household == gone
    assert verify().differences == []


def test_a_wife_who_named_him_as_head_says_whose_household_it_is(post, phone, session):
    home = str(new_uuid())
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, "Trần Văn Sáu")
    wife = phone.walk_in(
        session.uuid, NAME, household=home, household_head="Trần Văn Sáu"
    )
    post(phone)
    assert Household.objects.get(uuid=home).head_name == "Trần Văn Sáu"
    erase_person(Person.objects.get(uuid=person), user=None)
    assert Household.objects.get(uuid=home).head_name == ""
    assert Person.objects.get(uuid=wife).name == NAME
    assert tables_with("Trần Văn Sáu", "tran van sau") == set()


def test_where_two_of_that_name_are_known_the_officer_is_asked(
    post, phone, session, ground
):
    make.make_person(NAME, ground.rach_moi)
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, NAME)
    home = learns_for(phone, session, new_uuid(), NAME)
    post(phone)
    luom = Person.objects.get(uuid=person)
    found = namesakes([luom])
    assert [str(row.uuid) for row in found.doubtful] == [str(home)]
    assert found.own == ()
    erase_person(luom, user=None, households=found.doubtful)
    assert Household.objects.get(uuid=home).head_name == ""


def test_what_the_person_brought_is_the_persons_whoever_else_bears_the_name(
    post, phone, session, ground
):
    make.make_person(NAME, ground.rach_moi)
    home = str(new_uuid())
    phone.consent(session.uuid)
    person = phone.walk_in(session.uuid, NAME, household=home, household_head=NAME)
    post(phone)
    luom = Person.objects.get(uuid=person)
    move_person(luom, user=None, hamlet=ground.kinh_tu)
    luom.residences.all().delete()
    erase_person(luom, user=None)
    assert Household.objects.get(uuid=home).head_name == ""


def test_a_namesake_keeps_his_name_and_what_was_written_of_him(
    post, phone, session, ground
):
    phone.consent(session.uuid)
    first = phone.walk_in(session.uuid, NAME, birth_year=1950)
    phone.walk_in(session.uuid, NAME, birth_year=1980)
    later = make.make_session(ground.rach_moi, ground.team)
    for text in (f"Nhà bà {NAME} xa quá", "Đông vui"):
        phone.write(
            later.uuid, "note", f"note/{new_uuid()}", "text", body={"text": text}
        )
    phone.write(
        later.uuid,
        "session",
        "session/host",
        str(ground.rach_moi.uuid),
        body={"venue": f"Nhà bà {NAME}"},
    )
    post(phone)
    version = TrainingSession.objects.get(pk=later.pk).state_version
    erase_person(Person.objects.get(uuid=first), user=None)
    kept = [json.loads(body) for body in left()]
    assert [body.get("birth_year") or body.get("text") for body in kept] == [
        1980,
        "Đông vui",
    ]
    later.refresh_from_db()
    assert (later.venue, later.state_version) == ("", version + 1)
    assert verify().differences == list(differences()) == []


# --- what comes after the erasing ------------------------------------------------------


def test_a_second_phone_does_not_bring_the_name_back_and_is_told(
    post, phone, lans_phone, session, client
):
    home = new_uuid()
    phone.consent(session.uuid)
    learns_for(phone, session, home, NAME)
    learns_for(lans_phone, session, home, NAME, usual_name="Lượm Bánh Bò")
    post(phone)
    erase_household(Household.objects.get(uuid=home), user=None)
    answer = post(lans_phone)
    assert said(answer) == [("accepted", "erased")]
    assert answer["tombstones"] == [str(home)]
    assert said(post(lans_phone)) == [("already", "erased")]
    assert said(post(phone))[1] == ("already", "erased")
    assert tables_with(NAME, "huynh thi luom", "Lượm Bánh Bò") == set()
    assert Household.objects.get(uuid=home).is_erased
    assert HouseholdReach.objects.get().household.uuid == home
    assert verify().differences == []
    told = client.get(STATE, headers={"Authorization": f"Ticket {phone.token}"}).json()
    assert told["tombstones"] == [str(home)]


def test_a_new_head_does_not_let_the_old_name_in(post, phone, session, ground):
    household = make.make_household(NAME, ground.rach_moi)
    erase_household(household, user=None)
    change_household(household, user=None, head_name="Trần Văn Sáu")
    phone.consent(session.uuid)
    learns_for(phone, session, household.uuid, NAME)
    assert said(post(phone))[1] == ("accepted", "erased")
    assert tables_with(NAME) == set()
    assert Household.objects.get().head_name == "Trần Văn Sáu"


def test_an_erased_household_needs_no_consent_sentence(post, phone, session, ground):
    household = make.make_household(NAME, ground.rach_moi)
    erase_household(household, user=None)
    learns_for(phone, session, household.uuid, NAME)
    assert said(post(phone)) == [("accepted", "erased")]
    assert HouseholdReach.objects.get().household == household


def test_who_walks_in_keeps_a_name_and_the_erased_head_does_not(
    post, phone, session, ground
):
    household = make.make_household(NAME, ground.rach_moi)
    erase_household(household, user=None)
    phone.consent(session.uuid)
    person = phone.walk_in(
        session.uuid,
        "Trần Văn Sáu",
        household=str(household.uuid),
        household_head=NAME,
    )
    answer = post(phone)
    assert said(answer)[1] == ("accepted", "new")
    assert answer["tombstones"] == [str(household.uuid)]
    sau = Person.objects.get(uuid=person)
    assert (sau.name, sau.residences.get().household) == ("Trần Văn Sáu", household)
    assert tables_with(NAME, "huynh thi luom") == set()
    assert said(post(phone))[1] == ("already", "erased")
    assert verify().differences == []


@pytest.mark.parametrize("accept", [True, False])
def test_who_waits_keeps_a_name_until_it_is_decided(post, phone, cast, ground, accept):
    household = make.make_household(NAME, ground.kinh_tu)
    session = make.make_session(ground.kinh_tu)
    phone.consent(session.uuid)
    person = phone.walk_in(
        session.uuid,
        "Trần Văn Sáu",
        household=str(household.uuid),
        household_head=NAME,
    )
    post(phone)
    erase_household(household, user=None)
    assert forget_again() == 0
    for held in HeldEntry.objects.order_by("pk"):
        decide_held_entry(held, user=cast.hanh, accept=accept)
    assert tables_with(NAME, "huynh thi luom") == set()
    assert Person.objects.filter(uuid=person, name="Trần Văn Sáu").exists() is accept
    assert verify().differences == []


def test_a_walk_in_of_before_loses_the_erased_head(post, phone, session):
    home = str(new_uuid())
    phone.consent(session.uuid)
    person = phone.walk_in(
        session.uuid, "Trần Văn Sáu", household=home, household_head=NAME
    )
    post(phone)
    erase_household(Household.objects.get(uuid=home), user=None)
    assert tables_with(NAME, "huynh thi luom") == set()
    assert Person.objects.get(uuid=person).name == "Trần Văn Sáu"
    assert verify().differences == []


def test_a_restored_server_counts_the_household_and_learns_no_name(
    post, phone, session, ground
):
    home = new_uuid()
    phone.consent(session.uuid)
    learns_for(phone, session, home, NAME)
    erase_household(make.make_household(NAME, ground.rach_moi, uuid=home), user=None)
    household = Household.objects.get()
    household.residences.all().delete()
    household.delete()
    repeat_erasures()
    assert said(post(phone))[1] == ("accepted", "erased")
    reach = HouseholdReach.objects.get()
    assert (reach.household.uuid, reach.home_hamlet) == (home, ground.rach_moi)
    assert tables_with(NAME, "huynh thi luom") == set()


# --- the nightly repeat ------------------------------------------------------------------


def refused_about(phone, subject, cell):
    return RefusedEntry.objects.create(
        entry=new_uuid(),
        person=subject,
        code="other_bytes",
        digest=f"{subject}{cell}"[:64],
        bytes=f"{NAME} {cell}".encode(),
    )


def test_what_slipped_past_an_erasing_is_emptied_at_night(
    post, phone, session, cast, ground
):
    household = make.make_household(NAME, ground.rach_moi)
    luom = make.make_person(NAME, ground.rach_moi)
    living = refused_about(phone, cast.bay.uuid, "presence")
    erase_person(luom, user=None)
    erase_household(household, user=None)
    # As if refused, or received, by a transaction that began before the erasing ended.
    late = [
        refused_about(phone, luom.uuid, "presence"),
        refused_about(phone, household.uuid, "proxy"),
    ]
    phone.heads(session.uuid, 3)
    post(phone)
    EntryBody.objects.create(
        entry=RegisterEntry.objects.get(), person=luom.uuid, bytes=NAME.encode()
    )
    assert forget_again() == 3
    assert [RefusedEntry.objects.get(pk=row.pk).bytes for row in late] == [None, None]
    assert EntryBody.objects.get().erased_at <= timezone.now()
    assert RefusedEntry.objects.get(pk=living.pk).bytes is not None
    assert forget_again() == 0


def test_bytes_refused_after_the_erasing_are_not_kept(post, phone, session, ground):
    household = make.make_household(NAME, ground.rach_moi)
    erase_household(household, user=None)
    learns_for(phone, session, household.uuid, NAME)
    entry = phone.entries[0]
    bad = {**entry, "header": {**entry["header"], "value": "nobody"}}
    assert said(post(phone, [bad]))[0][0] == "refused"
    refused = RefusedEntry.objects.get()
    assert (refused.person, refused.bytes) == (household.uuid, None)
