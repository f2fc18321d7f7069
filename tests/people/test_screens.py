"""The screens of the commune and of the province, as their people use them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from common.registries import navigation
from people.models import (
    Household,
    OneTimeCode,
    Person,
    PersonPointer,
    RoleAssignment,
    TeamMembership,
    User,
)
from people.roles import Role
from pilot_communes.models import Team
from tests import factories as make


def url(name: str, *args) -> str:
    return reverse(f"people:{name}", args=args)


def text_of(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.fixture
def no_tabs(monkeypatch):
    """Without the navigation, whose entries belong to other rooms."""
    monkeypatch.setattr(navigation, "_entries", {})


@pytest.fixture
def hanh(cast, enter):
    return enter(cast.hanh)


def test_every_list_opens_for_the_commune(hanh, ground):
    for name in (
        "teams",
        "persons",
        "households",
        "unplaced",
        "paste_households",
        "add_person",
        "add_household",
        "add_team",
    ):
        assert text_of(hanh.get(url(name)))


def test_a_commune_sets_up_a_team_with_a_leader_who_gets_a_code(hanh, ground):
    hanh.post(
        url("add_team"), {"name": "Tổ ấp Kinh Tư", "hamlets": [ground.kinh_tu.pk]}
    )
    team = Team.objects.get(name="Tổ ấp Kinh Tư")
    assert [row.hamlet for row in team.hamlets.all()] == [ground.kinh_tu]
    response = hanh.post(
        url("add_member", team.uuid),
        {
            "name": "Út Em",
            "phone": "0900 000 000",
            "hamlet": ground.kinh_tu.pk,
            "position": "leader",
        },
    )
    membership = TeamMembership.objects.get(team=team)
    assert response.url == url("member", team.uuid, membership.pk)
    assert "Út Em" in text_of(hanh.get(response.url))
    slip = hanh.post(response.url, {"do": "invite"})
    login = User.objects.get(person=membership.person)
    assert login.username in text_of(slip)
    assert "no-store" in slip["Cache-Control"]
    assert login.person.phone == "0900000000"
    assert "Út Em" in text_of(hanh.get(url("team", team.uuid)))


def test_a_member_is_added_from_the_list_changed_and_let_go(hanh, cast, ground):
    page = text_of(hanh.get(url("add_member", ground.team.uuid), {"tim": "bay lanh"}))
    assert "Nguyễn Thị Bảy" in page
    hanh.post(
        url("add_member", ground.team.uuid),
        {"person": cast.bay.pk, "position": "member"},
    )
    membership = TeamMembership.objects.get(person=cast.bay)
    here = url("member", ground.team.uuid, membership.pk)
    hanh.post(here, {"do": "position", "position": "deputy", "phone_public": "on"})
    now = TeamMembership.objects.get(person=cast.bay, valid_to=None)
    assert (now.position, now.phone_public) == ("deputy", True)
    hanh.post(url("member", ground.team.uuid, now.pk), {"do": "leave"})
    assert not TeamMembership.objects.valid_on().filter(person=cast.bay).exists()


def test_a_commune_resets_closes_opens_and_enrols_its_members(
    hanh, cast, ground, settings
):
    membership = TeamMembership.objects.get(person=cast.lan.person)
    here = url("member", ground.team.uuid, membership.pk)
    assert cast.lan.username in text_of(hanh.post(here, {"do": "reset"}))
    # A phone is enrolled when there is an app to enrol it for.
    assert "Ghi danh điện thoại: in mã" not in text_of(hanh.get(here))
    hanh.post(here, {"do": "enrol"})
    assert not cast.lan.codes.filter(purpose="enrol").exists()
    settings.REGISTER_APP = True
    assert "Ghi danh điện thoại: in mã" in text_of(hanh.get(here))
    assert "/so/ghi-danh/" in text_of(hanh.post(here, {"do": "enrol"}))
    hanh.post(here, {"do": "close"})
    cast.lan.refresh_from_db()
    assert not cast.lan.is_active
    assert "Mở lại tài khoản" in text_of(hanh.get(here))
    hanh.post(here, {"do": "reactivate"})
    cast.lan.refresh_from_db()
    assert cast.lan.is_active


def test_a_team_is_changed_and_ended(hanh, cast, ground):
    hanh.post(
        url("change_team", ground.team.uuid),
        {"name": "Tổ số 1", "hamlets": [ground.rach_moi.pk, ground.kinh_tu.pk]},
    )
    ground.team.refresh_from_db()
    assert ground.team.name == "Tổ số 1"
    hanh.post(url("team", ground.team.uuid))
    ground.team.refresh_from_db()
    assert ground.team.valid_to is not None


def test_the_sibling_commune_gets_nothing(enter, cast, ground):
    dao = enter(cast.dao)
    for name, key in (
        ("person", cast.bay.uuid),
        ("change_person", cast.bay.uuid),
        ("move_person", cast.bay.uuid),
        ("merge", cast.bay.uuid),
        ("erase_person", cast.bay.uuid),
        ("team", ground.team.uuid),
        ("change_team", ground.team.uuid),
        ("add_member", ground.team.uuid),
    ):
        assert dao.get(url(name, key)).status_code == 404, name
    assert dao.get(url("persons"), {"xa": "32248"}).status_code == 403
    page = text_of(dao.get(url("persons"), {"tim": "bay"}))
    assert "Nguyễn Thị Bảy" not in page


def test_people_without_the_right_are_told_it_is_not_open_to_them(enter, cast):
    for user in (cast.tam, cast.lan, cast.dung, cast.thao):
        client = enter(user)
        for name in ("teams", "persons", "roles"):
            assert client.get(url(name)).status_code == 403, (user.username, name)


def test_a_guest_is_led_to_the_door(client, ground):
    response = client.get(url("persons"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_a_person_is_added_after_a_look_at_who_sounds_alike(hanh, cast, ground):
    data = {
        "name": "Nguyen Thi Bay",
        "hamlet": ground.rach_moi.pk,
        "birth_year": "1963",
    }
    page = text_of(hanh.post(url("add_person"), data))
    assert "Nguyễn Thị Bảy" in page
    assert not Person.objects.filter(name="Nguyen Thi Bay").exists()
    response = hanh.post(url("add_person"), data | {"anyway": "1"})
    person = Person.objects.get(name="Nguyen Thi Bay")
    assert response.url == url("person", person.uuid)


def test_a_person_is_corrected_and_moved(hanh, cast, ground):
    hanh.post(
        url("change_person", cast.bay.uuid),
        {"name": "Nguyễn Thị Bảy", "usual_name": "Bảy Lành", "birth_year": "1961"},
    )
    cast.bay.refresh_from_db()
    assert cast.bay.birth_year == 1961
    hanh.post(url("move_person", cast.bay.uuid), {"hamlet": ground.kinh_tu.pk})
    assert cast.bay.residences.get(valid_to=None).hamlet == ground.kinh_tu
    assert "ấp Kinh Tư" in text_of(hanh.get(url("person", cast.bay.uuid)))


def test_two_records_are_merged_after_a_preview_and_parted_again(hanh, cast, ground):
    twin = make.make_person("Nguyễn Thị Bẩy", ground.rach_moi, birth_year=1963)
    page = text_of(hanh.get(url("person", cast.bay.uuid)))
    assert "Nguyễn Thị Bẩy" in page
    preview = text_of(hanh.get(url("merge", cast.bay.uuid), {"voi": twin.pk}))
    assert "1963" in preview and "1962" in preview
    hanh.post(url("merge", cast.bay.uuid), {"voi": twin.pk})
    pointer = PersonPointer.objects.get()
    assert (pointer.from_person, pointer.to_person) == (twin, cast.bay)
    # The merged record leads to the person it is, and its name still finds her.
    assert hanh.get(url("person", twin.uuid)).url == url("person", cast.bay.uuid)
    assert str(cast.bay.uuid) in text_of(hanh.get(url("persons"), {"tim": "bẩy"}))
    hanh.post(url("unmerge", cast.bay.uuid, pointer.pk))
    pointer.refresh_from_db()
    assert pointer.undone_at is not None


def test_erasing_asks_once_more(hanh, cast):
    here = url("erase_person", cast.bay.uuid)
    assert "Nguyễn Thị Bảy" in text_of(hanh.get(here))
    hanh.post(here)
    cast.bay.refresh_from_db()
    assert not cast.bay.is_erased
    hanh.post(here, {"sure": "on"})
    cast.bay.refresh_from_db()
    assert cast.bay.is_erased
    assert hanh.get(url("person", cast.bay.uuid)).status_code == 404


def test_a_copy_of_the_data_is_handed_out(hanh, cast):
    data = hanh.post(url("export_person", cast.bay.uuid)).json()
    assert data["people"][0]["name"] == "Nguyễn Thị Bảy"


def test_a_household_is_added_shown_and_changed(hanh, ground):
    hanh.post(
        url("add_household"),
        {"hamlet": ground.rach_moi.pk, "head_name": "Trần Văn Hai", "route": "Kinh Tư"},
    )
    household = Household.objects.get()
    assert "Trần Văn Hai" in text_of(hanh.get(url("households")))
    hanh.post(
        url("household", household.uuid),
        {"hamlet": ground.kinh_tu.pk, "head_name": "Trần Văn Hai", "order": "7"},
    )
    household.refresh_from_db()
    assert household.order == 7
    assert household.residences.get(valid_to=None).hamlet == ground.kinh_tu


def test_a_list_of_households_is_looked_at_then_taken_then_taken_away(hanh, ground):
    text = "Trần Văn Hai; Hai Lúa; Kinh Tư\n\n;;\nLê Văn Ba\ntran van hai|hai lua"
    data = {"hamlet": ground.rach_moi.pk, "text": text}
    assert "Lê Văn Ba" in text_of(hanh.post(url("paste_households"), data))
    assert Household.objects.count() == 0
    hanh.post(url("paste_households"), data | {"apply": "1"})
    assert sorted(Household.objects.values_list("head_name", "order")) == [
        ("Lê Văn Ba", 1),
        ("Trần Văn Hai", 1),
    ]
    page = text_of(hanh.get(url("paste_households")))
    undo = re.search(r'action="(/xa/ho/dan/[0-9a-f-]+/bo/)"', page).group(1)
    hanh.post(undo)
    assert Household.objects.count() == 0


def test_roles_are_given_found_and_ended(enter, cast, ground):
    quan = enter(cast.quan)
    page = text_of(quan.get(url("appoint")))
    assert Role.COMMUNE_COORDINATOR in page
    slip = quan.post(
        url("appoint"),
        {
            "role": Role.COMMUNE_COORDINATOR,
            "unit": ground.tan_an.pk,
            "name": "Mã Thị Sáu",
            "phone": "0900000001",
        },
    )
    held = RoleAssignment.objects.get(user__person__name="Mã Thị Sáu")
    assert held.user.username in text_of(slip)
    assert "Mã Thị Sáu" in text_of(quan.get(url("roles"), {"tim": "ma thi sau"}))
    here = url("assignment", held.pk)
    assert "Mã Thị Sáu" in text_of(quan.get(here))
    quan.post(here, {"do": "end"})
    held.refresh_from_db()
    assert held.valid_to is not None


def test_the_province_offers_only_what_it_may_give(enter, cast):
    page = text_of(enter(cast.mai).get(url("appoint")))
    assert f'value="{Role.COMMUNE_COORDINATOR}"' in page
    assert f'value="{Role.ADMINISTRATOR}"' not in page


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_for_three(
    hanh, cast, ground, count, django_assert_num_queries, no_tabs
):
    for number in range(count):
        household = make.make_household(
            f"Hộ {number}", ground.rach_moi, route="Kinh Tư"
        )
        person = make.make_person(
            f"Người {number}", ground.rach_moi, household=household, phone="0900000000"
        )
        team = make.make_team(f"Tổ {number}", ground.dat_mui, ground.kinh_tu)
        make.join_team(person, team, "leader")
        make.join_team(person, ground.team)
        make.make_user(f"nguoi{number}", person)
    hanh.get(url("persons"))
    with django_assert_num_queries(12):
        text_of(hanh.get(url("persons")))
    with django_assert_num_queries(10):
        text_of(hanh.get(url("households")))
    with django_assert_num_queries(13):
        text_of(hanh.get(url("teams")))
    with django_assert_num_queries(9):
        text_of(hanh.get(url("team", ground.team.uuid)))


def test_codes_on_slips_are_nowhere_in_the_database(hanh, cast, ground):
    membership = TeamMembership.objects.get(person=cast.lan.person)
    page = text_of(
        hanh.post(url("member", ground.team.uuid, membership.pk), {"do": "reset"})
    )
    code = re.search(r'class="big code">(\w{4} \w{4})<', page).group(1).replace(" ", "")
    row = OneTimeCode.objects.get()
    assert code not in row.code_hash.upper()
