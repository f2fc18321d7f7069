"""A head of household is forgotten with the person, and alone; a namesake is not."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ModelLogEntry

from people import actions
from people.models import Household, Person
from people.namesakes import namesakes
from pilot_communes.actions import add_support_point
from pilot_communes.querysets import today
from tests import factories as make
from tests.people.dump import tables_with

NAME = "Huỳnh Thị Lượm"


@pytest.fixture
def luom(ground):
    return make.make_person(NAME, ground.rach_moi, usual_name="Lượm Bánh Bò")


@pytest.fixture
def alike(ground):
    """A household of that name of which nothing else is known."""
    return make.make_household("HUỲNH THỊ LƯỢM", ground.rach_moi)


def names(*households):
    return [Household.objects.get(pk=one.pk).head_name for one in households]


def test_a_household_of_the_same_name_alone_is_asked_about_and_kept(cast, luom, alike):
    found = namesakes([luom])
    assert (found.own, found.doubtful) == ((), (alike,))
    actions.erase_person(luom, user=cast.hanh)
    alike.refresh_from_db()
    assert (alike.head_name, alike.erased_at) == ("HUỲNH THỊ LƯỢM", None)


def test_the_one_that_the_officer_names_loses_the_name_for_good(
    cast, ground, luom, alike, data_folder
):
    other = make.make_household(NAME, ground.kinh_tu)
    actions.erase_person(luom, user=cast.hanh, households=[alike])
    alike.refresh_from_db()
    assert (alike.head_name, alike.usual_name, alike.search) == ("", "", "")
    assert alike.is_erased
    assert names(other) == [NAME]
    done = ModelLogEntry.objects.get(action="people.erase_household")
    assert (done.user_id, done.object_id) == (cast.hanh.pk, str(alike.pk))
    assert NAME not in done.label
    assert actions.listed_erasures() == [luom.uuid]
    assert actions.listed_erasures(of="household") == [alike.uuid]


def test_a_usual_name_of_two_words_is_a_name(cast, ground, luom):
    by_usual = make.make_household("Lượm Bánh Bò", ground.rach_moi)
    beside = make.make_household("Má Hai", ground.rach_moi, usual_name="lượm bánh bò")
    make.make_household("Lượm", ground.rach_moi)
    make.make_household("Huỳnh Thị Lượm Em", ground.rach_moi)
    assert namesakes([luom]).doubtful == (by_usual, beside)


def test_another_mans_household_is_not_even_asked_about(cast, ground, luom):
    headed = make.make_household(
        NAME, ground.rach_moi, head=make.make_person(NAME, ground.rach_moi)
    )
    lived_in = make.make_household(NAME, ground.rach_moi)
    make.make_person("Huynh Thi Luom", ground.rach_moi, household=lived_in)
    assert namesakes([luom]).doubtful == ()
    actions.erase_person(luom, user=None, households=[headed, lived_in])
    assert names(headed, lived_in) == [NAME, NAME]


def test_what_is_asked_about_is_only_what_the_person_answers_for(cast, ground, luom):
    theirs = make.make_household(NAME, ground.ong_trang)
    with pytest.raises(PermissionDenied):
        actions.erase_person(luom, user=cast.hanh, households=[theirs])
    luom.refresh_from_db()
    assert not luom.is_erased
    assert names(theirs) == [NAME]


def test_own_households_go_with_the_person_and_are_marked(cast, ground, luom):
    headed = make.make_household("Má Hai Lượm", ground.rach_moi, head=luom)
    lived_in = make.make_household(NAME, ground.rach_moi)
    actions.move_person(luom, user=None, hamlet=ground.rach_moi, household=lived_in)
    husbands = make.make_household("Trần Văn Sáu", ground.rach_moi)
    actions.move_person(
        luom, user=None, hamlet=ground.rach_moi, household=husbands, since=today()
    )
    actions.erase_person(luom, user=cast.hanh)
    assert names(headed, lived_in, husbands) == ["", "", "Trần Văn Sáu"]
    erased = Household.objects.filter(erased_at__isnull=False)
    assert set(erased) == {headed, lived_in}


def test_a_household_alone_is_erased_once(cast, ground, alike):
    make.make_person("Trần Văn Sáu", ground.rach_moi, household=alike)
    for user in (cast.tam, cast.dao, cast.mai, cast.quan):
        with pytest.raises(PermissionDenied):
            actions.erase_household(alike, user=user)
    assert actions.erase_household(alike, user=cast.hanh)
    assert not actions.erase_household(alike, user=cast.hanh)
    assert tables_with("HUỲNH THỊ LƯỢM", "huynh thi luom") == set()
    assert alike.residences.filter(person__name="Trần Văn Sáu").exists()


def test_a_new_head_may_be_written_down_and_the_erasing_stays(cast, alike):
    actions.erase_household(alike, user=cast.hanh)
    assert not Household.objects.to_name().filter(pk=alike.pk).exists()
    changed = actions.change_household(alike, user=cast.hanh, head_name="Trần Văn Sáu")
    assert Household.objects.to_name().get(pk=alike.pk).head_name == "Trần Văn Sáu"
    assert changed.is_erased
    assert actions.erase_household(alike, user=cast.hanh)
    assert names(alike) == [""]


def test_a_restored_copy_forgets_households_again(cast, luom, alike, data_folder):
    copies = [
        (model, model.objects.filter(pk=row.pk).values().get())
        for model, row in ((Person, luom), (Household, alike))
    ]
    actions.erase_person(luom, user=cast.hanh, households=[alike])
    for model, copy in copies:
        model.objects.filter(pk=copy["id"]).update(**copy)
    assert actions.repeat_erasures() == 2
    assert tables_with(NAME, "HUỲNH THỊ LƯỢM", "huynh thi luom") == set()
    assert actions.repeat_erasures() == 0


def test_a_copy_that_never_heard_of_the_household_gets_a_tombstone(
    cast, ground, alike, data_folder
):
    actions.erase_household(alike, user=cast.hanh)
    alike.residences.all().delete()
    Household.objects.filter(pk=alike.pk).delete()
    actions.repeat_erasures()
    assert Household.objects.get(uuid=alike.uuid).is_erased


# --- the screens -------------------------------------------------------------------------


def test_the_officer_is_asked_and_ticks_what_is_the_persons(
    enter, cast, ground, luom, alike
):
    far = make.make_household(NAME, ground.kinh_tu)
    theirs = make.make_household(NAME, ground.ong_trang)
    own = make.make_household("Nhà Má Hai", ground.rach_moi, head=luom)
    client = enter(cast.hanh)
    address = reverse("people:erase_person", args=[luom.uuid])
    page = client.get(address)
    assert [row.pk for row in page.context["doubtful"]] == [alike.pk, far.pk]
    text = page.text
    for words in (
        "Những hộ này cũng mang tên đó",
        "ấp Rạch Mới",
        "ấp Kinh Tư",
        "Nhà Má Hai",
    ):
        assert words in text
    assert "Ông Trang" not in text
    client.post(address, {"sure": "on", "ho": [far.pk, theirs.pk, "x"]})
    assert names(alike, far, theirs, own) == ["HUỲNH THỊ LƯỢM", "", NAME, ""]


def test_the_officer_is_shown_where_else_the_name_stands(enter, cast, ground, luom):
    team = make.make_team("Tổ bà Huỳnh Thị Lượm", ground.dat_mui, ground.kinh_tu)
    make.make_team("Tổ bà Huỳnh Thị Lượm", ground.tan_an, ground.ong_trang)
    luom.phone = "0917555123"
    luom.save()
    point = add_support_point(
        ground.dat_mui, user=cast.hanh, name="Điểm 1", valid_from=today()
    )
    point.hours = "Gọi 0917 555 123"
    point.save()
    make.make_household("Ai Khác", ground.rach_moi, route="Bờ kinh lượm bánh bò")
    page = enter(cast.hanh).get(reverse("people:erase_person", args=[luom.uuid]))
    assert [place.text for place in page.context["leftovers"]] == [
        "Tổ bà Huỳnh Thị Lượm",
        "Điểm 1",
        "Bờ kinh lượm bánh bò",
    ]
    assert reverse("people:change_team", args=[team.uuid]) in page.text
    assert "Tên này còn nằm ở" in page.text


def test_a_household_is_erased_from_its_own_page(enter, cast, alike):
    client = enter(cast.hanh)
    page = client.get(reverse("people:household", args=[alike.uuid]))
    address = reverse("people:erase_household", args=[alike.uuid])
    assert address in page.text
    assert client.post(address).url == address
    assert names(alike) == ["HUỲNH THỊ LƯỢM"]
    client.post(address, {"sure": "on"})
    assert names(alike) == [""]
    page = client.get(reverse("people:household", args=[alike.uuid]))
    assert address not in page.text


@pytest.mark.parametrize("size", [1, 3])
def test_asking_costs_the_same_for_one_household_and_for_three(
    enter, cast, ground, luom, size
):
    for number in range(size):
        make.make_household(NAME, ground.rach_moi, route=f"Tuyến {number}")
        make.make_team(f"Tổ {NAME} {number}", ground.dat_mui)
        make.make_person(NAME, ground.kinh_tu)
    client = enter(cast.hanh)
    address = reverse("people:erase_person", args=[luom.uuid])
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    assert len(asked) == QUERIES


QUERIES = 23
