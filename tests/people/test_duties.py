"""Roles and teams: nobody gives more than he has, and only inside his reach."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import Page

from people import actions
from people.models import RoleAssignment, TeamMembership
from people.roles import Role
from pilot_communes.querysets import today
from tests import factories as make


@pytest.fixture
def newcomer(db):
    return make.make_user("cb10001", make.make_person("Người Mới"))


def place_of(role: str, ground):
    return ground.dat_mui if role == Role.COMMUNE_COORDINATOR else ground.province


MAY_GIVE = {
    "tam": set(),
    "lan": set(),
    "hanh": set(),
    "son": set(),
    "dao": set(),
    "mai": {Role.COMMUNE_COORDINATOR},
    "dung": set(),
    "thu": set(),
    "quan": set(Role.values),
    "thao": set(),
}


@pytest.mark.parametrize("giver", MAY_GIVE)
def test_each_gives_only_what_the_table_says(cast, ground, newcomer, giver):
    given = set()
    for role in Role.values:
        try:
            actions.appoint(
                newcomer,
                user=getattr(cast, giver),
                role=role,
                unit=place_of(role, ground),
            )
        except PermissionDenied:
            continue
        given.add(role)
    assert given == MAY_GIVE[giver]
    assert RoleAssignment.objects.filter(user=newcomer).count() == len(given)


def test_nobody_appoints_himself(cast, ground):
    for user in (cast.quan, cast.mai):
        with pytest.raises(PermissionDenied):
            actions.appoint(
                user, user=user, role=Role.COMMUNE_COORDINATOR, unit=ground.dat_mui
            )


def test_nobody_appoints_outside_his_reach(cast, ground, newcomer):
    away = make.make_unit("An Giang", "province", code="91")
    with pytest.raises(PermissionDenied):
        actions.appoint(newcomer, user=cast.quan, role=Role.EDITOR, unit=away)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_belongs_to_its_level(cast, ground, newcomer, role):
    wrong = ground.province if role == Role.COMMUNE_COORDINATOR else ground.dat_mui
    with pytest.raises(ValidationError) as refused:
        actions.appoint(newcomer, user=cast.quan, role=role, unit=wrong)
    assert refused.value.code == "level"


def test_a_role_is_not_dated_back_except_by_loading(cast, ground, newcomer):
    yesterday = today() - dt.timedelta(days=1)
    given = {"role": Role.COMMUNE_COORDINATOR, "unit": ground.dat_mui}
    for user in (cast.quan, cast.mai):
        with pytest.raises(ValidationError) as refused:
            actions.appoint(newcomer, user=user, since=yesterday, **given)
        assert refused.value.code == "past"
    assert not RoleAssignment.objects.filter(user=newcomer).exists()
    held = actions.appoint(newcomer, user=cast.mai, since=today(), **given)
    assert held.valid_from == today()
    loaded = actions.appoint(
        newcomer,
        user=None,
        role=Role.COMMUNE_COORDINATOR,
        unit=ground.tan_an,
        since=yesterday,
    )
    assert loaded.valid_from == yesterday


def test_a_role_given_twice_is_one(cast, ground, newcomer):
    first = actions.appoint(
        newcomer, user=cast.quan, role=Role.EDITOR, unit=ground.province
    )
    second = actions.appoint(
        newcomer, user=cast.quan, role=Role.EDITOR, unit=ground.province
    )
    assert first == second


def test_an_editor_can_really_write_and_publish_and_stops_when_the_role_ends(
    cast, ground, newcomer
):
    root = Page.objects.get(depth=1)
    held = actions.appoint(
        newcomer, user=cast.quan, role=Role.EDITOR, unit=ground.province
    )
    may = root.permissions_for_user(newcomer)
    assert may.can_add_subpage()
    assert may.can_publish_subpage()
    assert newcomer.has_perm("wagtailadmin.access_admin")
    actions.end_role(held, user=cast.quan)
    newcomer = type(newcomer).objects.get(pk=newcomer.pk)
    assert not root.permissions_for_user(newcomer).can_add_subpage()
    assert not newcomer.has_perm("wagtailadmin.access_admin")


def test_a_role_of_tomorrow_opens_the_cms_tomorrow(cast, ground, newcomer):
    import time_machine

    tomorrow = today() + dt.timedelta(days=1)
    actions.appoint(
        newcomer,
        user=cast.quan,
        role=Role.REVIEWER,
        unit=ground.province,
        since=tomorrow,
    )
    assert not newcomer.groups.exists()
    with time_machine.travel(
        dt.datetime.combine(tomorrow, dt.time(8), tzinfo=dt.UTC), tick=False
    ):
        actions.sync_all_cms_groups()
    assert [group.name for group in newcomer.groups.all()] == ["Moderators"]


def test_one_administrator_must_stay(cast, ground, newcomer):
    held = RoleAssignment.objects.get(user=cast.quan)
    with pytest.raises(ValidationError) as refused:
        actions.end_role(held, user=cast.quan)
    assert refused.value.code == "last"
    actions.appoint(
        newcomer, user=cast.quan, role=Role.ADMINISTRATOR, unit=ground.province
    )
    actions.end_role(held, user=cast.quan)
    assert not RoleAssignment.objects.valid_on().filter(user=cast.quan).exists()


def test_a_role_is_ended_only_by_who_could_have_given_it(cast):
    held = RoleAssignment.objects.get(user=cast.dung)
    for user in (cast.mai, cast.hanh, cast.thao, cast.dung):
        with pytest.raises(PermissionDenied):
            actions.end_role(held, user=user)
    actions.end_role(held, user=cast.quan)


def test_an_ended_role_reaches_nothing(cast, ground):
    held = RoleAssignment.objects.get(user=cast.hanh)
    actions.end_role(held, user=cast.mai)
    hanh = type(cast.hanh).objects.get(pk=cast.hanh.pk)
    assert not hanh.reach().unit_ids
    assert not hanh.has_perm("people.view_person", cast.bay)


def test_an_officer_we_do_not_know_is_added_in_one_step(cast, ground):
    issued = actions.invite_officer(
        user=cast.mai,
        name="  Mã  Thị Sáu ",
        role=Role.COMMUNE_COORDINATOR,
        unit=ground.tan_an,
    )
    assert issued.login.person.name == "Mã Thị Sáu"
    assert issued.login.username.startswith("cb")
    assert issued.login.reach().roles == {Role.COMMUNE_COORDINATOR}
    with pytest.raises(PermissionDenied):
        actions.invite_officer(
            user=cast.mai, name="Ai Đó", role=Role.AUDITOR, unit=ground.province
        )


def test_a_team_has_one_leader(cast, ground):
    with pytest.raises(ValidationError) as refused:
        actions.join_team(
            cast.persons.lan, team=ground.team, user=cast.hanh, position="leader"
        )
    assert refused.value.code == "leader"
    actions.join_team(
        cast.persons.tam, team=ground.team, user=cast.hanh, position="member"
    )
    actions.join_team(
        cast.persons.lan, team=ground.team, user=cast.hanh, position="leader"
    )
    positions = TeamMembership.objects.valid_on().filter(team=ground.team)
    assert dict(positions.values_list("person__user__username", "position")) == {
        "tam": "member",
        "lan": "leader",
    }


def test_teams_of_the_sibling_are_not_ours(cast, ground):
    for attempt in (
        lambda: actions.join_team(cast.bay, team=ground.other_team, user=cast.hanh),
        lambda: actions.end_team(ground.other_team, user=cast.hanh),
        lambda: actions.add_team(user=cast.hanh, commune=ground.tan_an, name="Tổ lạ"),
        lambda: actions.serve_hamlets(ground.team, user=cast.tam, hamlets=[]),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_a_team_serves_hamlets_of_its_own_commune_only(cast, ground):
    with pytest.raises(ValidationError) as refused:
        actions.serve_hamlets(ground.team, user=cast.hanh, hamlets=[ground.ong_trang])
    assert refused.value.code == "other_ground"


def test_a_hamlet_given_away_and_taken_back_on_one_day_is_served(cast, ground):
    actions.serve_hamlets(ground.team, user=cast.hanh, hamlets=[ground.kinh_tu])
    actions.serve_hamlets(ground.team, user=cast.hanh, hamlets=[ground.rach_moi])
    actions.serve_hamlets(ground.team, user=cast.hanh, hamlets=[ground.kinh_tu])
    tam = type(cast.tam).objects.get(pk=cast.tam.pk)
    assert tam.reach().unit_ids == {ground.kinh_tu.pk}
