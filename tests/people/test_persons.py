"""What we know of people: added, corrected, moved, met, counted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import ModelLogEntry

from common.ids import new_uuid
from people import actions, signals
from people.consents import REGISTER_TEXT, load_consent_texts
from people.models import Consent, ConsentText, Encounter, Person, Residence
from people.personal_data import data_subjects
from people.registry import PersonalData, personal_data
from pilot_communes.models import Succession, Unit
from pilot_communes.querysets import today
from tests import factories as make

DAY = dt.date(2026, 11, 20)


def test_a_person_needs_only_a_name(cast, ground):
    person = actions.add_person(
        user=cast.tam, name="  út   em ", hamlet=ground.rach_moi
    )
    assert (person.name, person.search, person.sort_name) == ("út em", "ut em", "em ut")
    assert person.residences.get().hamlet == ground.rach_moi


def test_the_same_person_twice_is_one(cast, ground):
    key = new_uuid()
    first = actions.add_person(
        user=cast.tam, name="Út", hamlet=ground.rach_moi, uuid=key
    )
    again = actions.add_person(
        user=cast.tam, name="Ai", hamlet=ground.rach_moi, uuid=key
    )
    assert (first, again.name) == (again, "Út")


def test_a_team_adds_nobody_on_other_ground(cast, ground):
    with pytest.raises(PermissionDenied):
        actions.add_person(user=cast.tam, name="Út", hamlet=ground.ong_trang)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "no_name"),
        ("phone", "12", "phone"),
        ("phone", "abc", "phone"),
        ("birth_year", 1880, "birth_year"),
        ("birth_year", 2190, "birth_year"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(cast, ground, field, value, code):
    with pytest.raises(ValidationError) as refused:
        actions.change_person(cast.bay, user=cast.tam, **{field: value})
    assert refused.value.code == code


def test_many_are_added_in_few_queries_and_once(
    cast, ground, django_assert_num_queries
):
    rows = [
        actions.NewPerson(f"Người {n}", uuid=new_uuid(), hamlet_id=ground.rach_moi.pk)
        for n in range(30)
    ]
    with django_assert_num_queries(6):
        people = actions.add_persons(rows, user=cast.tam)
    assert len(people) == 30
    actions.add_persons(rows, user=cast.tam)
    assert Residence.objects.filter(person__in=people.values()).count() == 30
    assert Person.objects.matching("nguoi 29").count() == 1


def test_the_log_says_which_fields_changed_and_never_their_values(cast):
    actions.change_person(
        cast.bay, user=cast.tam, name="Nguyễn Thị Bãi", phone="0917555123"
    )
    entry = ModelLogEntry.objects.get(action="people.change")
    assert entry.data == {"fields": ["name", "phone"]}
    assert "Bãi" not in f"{entry.label}{entry.data}"


def test_rooms_above_hear_which_fields_changed(cast, ground):
    heard = []

    def listen(sender, person_ids, fields, **kwargs):
        heard.append((person_ids, set(fields)))

    signals.person_changed.connect(listen)
    try:
        actions.change_person(cast.bay, user=cast.tam, birth_year=1960)
        actions.change_person(cast.bay, user=cast.tam, birth_year=1960)
        actions.move_person(
            cast.bay, user=cast.tam, hamlet=ground.rach_moi, outside=False
        )
        actions.move_person(cast.bay, user=cast.tam, outside=True)
    finally:
        signals.person_changed.disconnect(listen)
    assert heard == [([cast.bay.pk], {"birth_year"}), ([cast.bay.pk], {"home"})]


def test_a_move_is_dated_and_a_correction_is_not(cast, ground):
    actions.move_person(cast.bay, user=cast.hanh, hamlet=ground.kinh_tu, since=DAY)
    rows = cast.bay.residences.order_by("pk")
    assert [(row.hamlet, row.valid_from, row.valid_to) for row in rows] == [
        (ground.rach_moi, make.BEGAN, DAY),
        (ground.kinh_tu, DAY, None),
    ]
    actions.move_person(cast.bay, user=cast.hanh, hamlet=ground.unknown)
    assert cast.bay.residences.get(valid_to=None).hamlet == ground.unknown
    assert cast.bay.residences.count() == 2
    with pytest.raises(ValidationError) as refused:
        actions.move_person(
            cast.bay, user=cast.hanh, hamlet=ground.rach_moi, since=dt.date(2026, 1, 1)
        )
    assert refused.value.code == "moved_before"


def test_a_household_takes_its_people_along(cast, ground):
    household = make.make_household("Trần Văn Hai", ground.rach_moi)
    inside = make.make_person("Trần Thị Ba", ground.rach_moi, household=household)
    moved = actions.place_household(
        household, user=cast.hanh, hamlet=ground.kinh_tu, since=DAY
    )
    assert moved == 1
    for rows in (household.residences.filter(person=None), inside.residences):
        assert rows.get(valid_to=None).hamlet == ground.kinh_tu
    assert inside in Person.objects.living_with([household.pk])


def test_households_stand_at_the_end_of_their_route(cast, ground):
    for number in (1, 2, 3):
        household = actions.add_household(
            user=cast.tam,
            hamlet=ground.rach_moi,
            head_name=f"Hộ {number}",
            route="Kinh",
        )
        assert household.order == number
    with pytest.raises(ValidationError):
        actions.add_household(user=cast.tam, hamlet=ground.rach_moi)
    with pytest.raises(PermissionDenied):
        actions.add_household(user=cast.lan, hamlet=ground.rach_moi, head_name="Hai")


def test_encounters_keep_first_and_last_day(cast, ground):
    hamlet = ground.kinh_tu.pk
    met = [
        actions.Reached(cast.bay.pk, hamlet, DAY + dt.timedelta(days=n))
        for n in (3, 0, 9)
    ]
    actions.note_reached(met[:1])
    actions.note_reached(met[1:])
    actions.note_reached(met[:1])
    row = Encounter.objects.get(person=cast.bay)
    assert (row.first_on, row.last_on) == (DAY, DAY + dt.timedelta(days=9))
    actions.note_reached(met[:1], exactly_for=[cast.bay.pk])
    row = Encounter.objects.get(person=cast.bay)
    assert (row.first_on, row.last_on) == (met[0].on, met[0].on)
    actions.note_reached([], exactly_for=[cast.bay.pk])
    assert not Encounter.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_noting_encounters_costs_the_same_for_one_and_for_three(
    db, ground, count, django_assert_num_queries
):
    people = [make.make_person(f"Người {n}") for n in range(count)]
    rows = [actions.Reached(person.pk, ground.rach_moi.pk, DAY) for person in people]
    with django_assert_num_queries(1):
        actions.note_reached(rows)


def test_the_consent_text_is_the_briefs_to_the_letter(db):
    assert load_consent_texts() == 2  # the register, and a leader's own telephone
    assert load_consent_texts() == 0
    text = ConsentText.objects.get(purpose="register", version="2026-11", language="vi")
    assert text.body == REGISTER_TEXT
    assert text.body.startswith("Thưa bà con, tổ xin ghi họ tên, năm sinh và ấp")
    assert text.body.endswith("muốn rút tên lúc nào cũng được.")


def test_consent_is_given_once_and_taken_back(cast):
    first = actions.record_consent(cast.bay, user=cast.tam, mode="room")
    assert actions.record_consent(cast.bay, user=cast.tam, mode="signed") == first
    assert actions.withdraw_consent(cast.bay, user=cast.tam)
    assert not actions.withdraw_consent(cast.bay, user=cast.tam)
    again = actions.record_consent(cast.bay, user=cast.tam, mode="signed")
    assert again != first
    with pytest.raises(PermissionDenied):
        actions.withdraw_consent(cast.bay, user=cast.son)


def test_a_rooms_consent_is_recorded_for_all_in_three_queries(
    cast, ground, django_assert_num_queries
):
    people = [make.make_person(f"Người {n}", ground.rach_moi) for n in range(20)]
    entry = new_uuid()
    with django_assert_num_queries(4):
        actions.record_room_consents(
            [p.pk for p in people], user=cast.tam, entry_id=entry
        )
    assert Consent.objects.filter(entry_id=entry, mode="room").count() == 20
    assert (
        actions.record_room_consents([people[0].pk], user=cast.tam, entry_id=entry) == 0
    )


def test_data_subjects_are_people_with_a_name_or_a_phone_each_once(
    cast, ground, settings, django_assert_num_queries
):
    settings.BASIC_SUBJECTS_LIMIT = 20
    before = data_subjects().basic
    assert before == Person.objects.count()
    nameless = Person.objects.create()
    twin = make.make_person("Bảy nữa", ground.rach_moi)
    actions.merge_persons(twin, into=cast.bay, user=cast.hanh)
    actions.merge_persons(make.make_person("Có tên"), into=nameless, user=None)
    gone = make.make_person("Sẽ xóa", ground.rach_moi)
    actions.erase_person(gone, user=cast.hanh)
    with django_assert_num_queries(1):
        now = data_subjects()
    assert now.basic == before + 1
    assert (now.is_near, now.is_over) == (False, False)
    settings.BASIC_SUBJECTS_LIMIT = before + 1
    assert data_subjects().is_over


def test_rooms_count_sensitive_subjects_for_themselves(db):
    entry = PersonalData(
        "thu", export=list, erase=lambda persons: None, sensitive=lambda: 7
    )
    before = data_subjects().sensitive
    personal_data.register(entry)
    try:
        assert data_subjects().sensitive == before + 7
    finally:
        personal_data.unregister("thu")


def test_after_a_split_people_wait_and_are_placed(cast, ground, enter):
    household = make.make_household("Trần Văn Hai", ground.rach_moi)
    parts = [
        make.make_unit(name, "hamlet", parent=ground.dat_mui, valid_from=DAY)
        for name in ("Rạch Mới A", "Rạch Mới B")
    ]
    Unit.objects.filter(pk=ground.rach_moi.pk).update(valid_to=DAY)
    for part in parts:
        Succession.objects.create(
            predecessor=ground.rach_moi,
            successor=part,
            effective_on=DAY,
            share_forward="0.5",
            share_back="1",
        )
    assert today() >= DAY
    client = enter(cast.hanh)
    page = client.get("/xa/dan/chua-xep/").content.decode()
    assert "Nguyễn Thị Bảy" in page
    assert "Trần Văn Hai" in page
    chosen = {
        f"r{cast.bay.residences.get().pk}": parts[1].pk,
        f"r{household.residences.get().pk}": parts[0].pk,
    }
    client.post("/xa/dan/chua-xep/", chosen)
    assert cast.bay.residences.get(valid_to=None).hamlet == parts[1]
    assert cast.bay.residences.get(valid_to=DAY).hamlet == ground.rach_moi
    assert household.residences.get(valid_to=None).hamlet == parts[0]
    assert "Nguyễn Thị Bảy" not in client.get("/xa/dan/chua-xep/").content.decode()
