"""Merges, erasures and mended facts reach what was recorded, and undoing undoes."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from attendance.chain import body_digest
from attendance.models import (
    Attendance,
    EntryBody,
    HouseholdReach,
    RefusedEntry,
    RegisterEntry,
    TrainingSession,
)
from attendance.verify import verify
from common.ids import new_uuid
from people.actions import (
    change_person,
    erase_person,
    merge_persons,
    move_person,
    place_household,
    unmerge,
)
from people.models import Encounter
from people.registry import personal_data
from tests import factories as make
from tests.attendance.tables import rows_of


@pytest.fixture
def evening(post, phone, session, cast, ground):
    """Bà Bảy stands twice on the list, at two sessions, once on her own."""
    other = make.make_person("Bảy Lành", ground.kinh_tu, sex="f")
    first = make.make_session(ground.rach_moi, ground.team, date=dt.date(2026, 10, 2))
    phone.mark(session.uuid, cast.bay.uuid)
    phone.outcome(session.uuid, cast.bay.uuid, "alone")
    phone.mark(session.uuid, other.uuid)
    phone.outcome(session.uuid, other.uuid, "helped")
    phone.mark(first.uuid, other.uuid)
    phone.write(first.uuid, "hours", f"hours/{other.uuid}", "90", person=other.uuid)
    post(phone)
    return other


def rows():
    return rows_of(
        "attendance",
        "people",
        "reports",
        without=["people.personpointer", "attendance.trainingsession"],
    )


def totals(session):
    session.refresh_from_db()
    return session.state["totals"]


def test_a_merge_counts_one_person_and_undoing_it_is_as_if_it_never_was(
    evening, session, cast
):
    def facts():
        kept = rows()
        for name in ("attendance.attendance", "people.encounter"):
            kept[name] = sorted(
                tuple(v for k, v in row.items() if k != "id") for row in kept[name]
            )
        for name, table in kept.items():
            if name.startswith("reports."):
                kept[name] = sorted(
                    str(
                        {
                            k: v
                            for k, v in row.items()
                            if k not in ("id", "state_version")
                        }
                    )
                    for row in table
                    if row.get("value", 1)
                )
        return kept

    before, states = facts(), totals(session)
    pointer = merge_persons(evening, into=cast.bay, user=None)
    assert totals(session)["named"] == 1
    assert totals(session)["outcomes"]["helped"] == 1
    assert set(Attendance.objects.values_list("person", flat=True)) == {cast.bay.pk}
    assert Encounter.objects.filter(person=cast.bay).get().first_on == dt.date(
        2026, 10, 2
    )
    assert verify().differences == []
    unmerge(pointer, user=None)
    assert totals(session) == states
    assert facts() == before
    assert verify().differences == []


def test_an_entry_about_a_merged_person_counts_for_who_stands(
    evening, session, cast, post, phone, ground
):
    merge_persons(evening, into=cast.bay, user=None)
    later = make.make_session(ground.rach_moi, ground.team)
    phone.mark(later.uuid, evening.uuid)
    answer = post(phone, phone.above(6))
    assert answer["aliases"] == {str(evening.uuid): str(cast.bay.uuid)}
    assert Attendance.objects.get(session=later).person == cast.bay


def test_erasing_takes_the_words_and_leaves_the_sums_and_the_chain(
    post, phone, session, cast
):
    phone.consent(session.uuid)
    person = phone.walk_in(
        session.uuid, "Nguyễn Văn Út", birth_year=1950, sex="m", phone="0912345678"
    )
    phone.write(
        session.uuid,
        "note",
        f"note/{new_uuid()}",
        "text",
        body={"text": "Ông Nguyễn văn ÚT cần thẻ mới"},
    )
    phone.write(
        session.uuid, "note", f"note/{new_uuid()}", "text", body={"text": "Đông vui"}
    )
    header = {**phone.entries[1]["header"], "value": "never"}
    post(phone, [*phone.entries, {"header": header, "body": phone.entries[1]["body"]}])
    before = totals(session)
    row = Attendance.objects.get()
    erase_person(row.person, user=None)
    after = Attendance.objects.get()
    assert (after.sex, after.age_band, after.home) == ("m", "60", "hamlet")
    assert totals(session) == before
    left = [bytes(b.bytes).decode() for b in EntryBody.objects.exclude(bytes=None)]
    assert len(left) == 1 and "Đông vui" in left[0]
    assert RefusedEntry.objects.get().bytes is None
    found = verify()
    assert found.differences == []
    phone.mark(session.uuid, person, "absent", seen=[phone.entries[1]["header"]["id"]])
    post(phone, phone.above(4))
    assert Attendance.objects.get().age_band == "60"


def test_erasing_finds_names_and_numbers_wherever_they_were_written(
    post, phone, session, ground
):
    person = make.make_person("Lê Thị Lượm", ground.rach_moi)
    person.usual_name, person.phone = "Lượm Bánh Bò", "0917555123"
    person.save()
    home = make.make_household("Lê Thị Lượm", ground.rach_moi)
    move_person(person, user=None, hamlet=ground.rach_moi, household=home)
    other = make.make_session(ground.rach_moi, ground.team)
    TrainingSession.objects.filter(pk=other.pk).update(venue="Nhà bà Lê Thị Lượm.")
    phone.consent(session.uuid)
    phone.mark(session.uuid, person.uuid)
    for text in ("Gặp chị Lượm bánh bò, vui", "Gọi 0917 555 123 nhé", "Đông vui"):
        cell = f"note/{new_uuid()}"
        phone.write(session.uuid, "note", cell, "text", body={"text": text})
    phone.write(
        other.uuid,
        "household",
        f"proxy/{home.uuid}",
        "child",
        body={"name": "Lê Thị Lượm"},
    )
    post(phone)
    nobody = json.dumps({"header": {}, "body": '{"name": "L\\u00ea Thị Lượm"}'})
    post(phone, [*phone.entries, json.loads(nobody)])
    assert RefusedEntry.objects.get().person is None
    erase_person(person, user=None)
    left = [bytes(b.bytes).decode() for b in EntryBody.objects.exclude(bytes=None)]
    assert len(left) == 1 and "Đông vui" in left[0]
    assert RefusedEntry.objects.get().bytes is None
    other.refresh_from_db()
    assert other.venue == ""
    assert verify().differences == []


def test_a_mended_birth_year_or_home_is_stamped_anew(evening, session, cast, ground):
    change_person(cast.bay, user=None, birth_year=1990)
    assert Attendance.objects.get(person=cast.bay).age_band == "18"
    move_person(cast.bay, user=None, hamlet=ground.kinh_tu)
    assert Attendance.objects.get(person=cast.bay).home_hamlet == ground.kinh_tu
    version = session.state_version
    change_person(cast.bay, user=None, name="Nguyễn Thị Bảy Lành")
    session.refresh_from_db()
    assert version <= session.state_version == 3
    assert verify().differences == []


def test_a_move_on_a_later_day_leaves_what_was(evening, session, cast, ground):
    move_person(cast.bay, user=None, hamlet=ground.kinh_tu, since=dt.date(2026, 11, 21))
    assert Attendance.objects.get(person=cast.bay).home_hamlet == ground.rach_moi


def test_a_household_placed_elsewhere_is_stamped_anew(post, phone, session, ground):
    household = make.make_household("Ba Lành", ground.rach_moi)
    phone.write(session.uuid, "household", f"proxy/{household.uuid}", "child")
    post(phone)
    place_household(household, user=None, hamlet=ground.kinh_tu)
    assert HouseholdReach.objects.get().home_hamlet == ground.kinh_tu
    assert verify().differences == []


def test_what_is_held_about_a_person_is_handed_out(evening, session, cast, post, phone):
    phone.consent(session.uuid)
    phone.walk_in(session.uuid, "Út Em", birth_year=1950)
    post(phone)
    room = personal_data["attendance"]
    person = Attendance.objects.exclude(person__in=[cast.bay, evening]).get().person
    assert room.export([person]) == {
        "sessions": [
            {
                "date": "2026-11-20",
                "place": "ấp Rạch Mới",
                "present": True,
                "outcome": str(Attendance.outcome.field.choices[4][1]),
                "blocker": "",
                "skills": {},
            }
        ],
        "written": [{"name": "Út Em", "birth_year": 1950}],
    }
    assert len(room.merge_preview(cast.bay, evening)) == 3


def test_words_are_kept_two_years(post, phone, session, time_machine_at):
    phone.consent(session.uuid)
    with time_machine_at("2026-11-20T12:00:00Z"):
        phone.walk_in(session.uuid, "Út Em")
        post(phone, phone.entries)
    retain = personal_data["attendance"].retain
    assert retain(dt.date(2028, 11, 1)) == 0
    assert retain(dt.date(2028, 12, 1)) == 1
    body = EntryBody.objects.get()
    assert body.bytes is None
    assert RegisterEntry.objects.get(pk=body.pk).body_digest == body_digest(
        phone.entries[1]["body"].encode()
    )
