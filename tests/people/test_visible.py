"""Who sees whom: the whole cast, and the sibling who must not see."""

from __future__ import annotations

import datetime as dt

import pytest

from people import actions
from people.models import Household, Person, RoleAssignment, TeamMembership, User
from tests import factories as make


@pytest.fixture
def met(cast, ground):
    """Somebody of Tân Ân who came to a session in Rạch Mới."""
    person = make.make_person("Mai Văn Khách", ground.ong_trang)
    actions.note_reached(
        [actions.Reached(person.pk, ground.rach_moi.pk, dt.date(2026, 11, 1))]
    )
    return person


# Who sees bà Bảy of Rạch Mới, who sees the guest of Tân Ân met there.
SEEN = {
    "tam": (True, True),
    "lan": (True, True),
    "hanh": (True, True),
    "son": (False, True),
    "dao": (False, True),
    "mai": (False, False),
    "dung": (False, False),
    "thu": (False, False),
    "quan": (False, False),
    "thao": (False, False),
}


@pytest.mark.parametrize("name", SEEN)
def test_people_are_seen_by_who_answers_for_their_ground(cast, met, name):
    user = getattr(cast, name)
    visible = set(Person.objects.visible_to(user))
    assert (cast.bay in visible, met in visible) == SEEN[name]
    assert (
        user.has_perm("people.view_person", cast.bay),
        user.has_perm("people.view_person", met),
    ) == SEEN[name]


def test_a_guest_sees_nobody(cast, met):
    from django.contrib.auth.models import AnonymousUser

    for model in (Person, Household, User, TeamMembership, RoleAssignment):
        assert not model.objects.visible_to(AnonymousUser()).exists()


def test_whoever_moved_away_is_still_known_where_he_lived(cast, ground):
    actions.move_person(
        cast.bay, user=cast.hanh, hamlet=ground.kinh_tu, since=dt.date(2026, 11, 1)
    )
    assert cast.bay in Person.objects.visible_to(cast.tam)
    assert cast.bay not in Person.objects.living_in(
        [ground.rach_moi.pk], dt.date(2026, 11, 1)
    )
    assert cast.bay in Person.objects.living_in(
        [ground.rach_moi.pk], dt.date(2026, 10, 31)
    )


def test_a_permission_never_mistakes_a_persons_key_for_a_units(cast, ground):
    hamlet = make.make_unit("Cái Mòi", "hamlet", parent=ground.dat_mui, pk=7001)
    stranger = make.make_person("Người Lạ", ground.ong_trang, pk=7001)
    cast.hanh.forget_reach()
    assert cast.hanh.has_perm("people.view_person", hamlet)
    assert not cast.hanh.has_perm("people.view_person", stranger)


def test_households_and_memberships_follow_the_ground(cast, ground):
    here = make.make_household("Trần Văn Hai", ground.rach_moi)
    there = make.make_household("Lê Văn Ba", ground.ong_trang)
    assert list(Household.objects.visible_to(cast.tam)) == [here]
    assert list(Household.objects.visible_to(cast.dao)) == [there]
    teams = {row.team_id for row in TeamMembership.objects.visible_to(cast.dao)}
    assert teams == {ground.other_team.pk}


def test_logins_are_seen_by_who_invites_or_appoints_them(cast):
    assert set(User.objects.visible_to(cast.hanh)) == {cast.tam, cast.lan, cast.hanh}
    assert cast.hanh in User.objects.visible_to(cast.mai)
    assert set(User.objects.visible_to(cast.tam)) == {cast.tam}


def test_roles_are_seen_by_who_appoints_and_by_their_holder(cast):
    everybody = {
        cast.hanh,
        cast.dao,
        cast.mai,
        cast.dung,
        cast.thu,
        cast.quan,
        cast.thao,
    }
    assert {
        row.user for row in RoleAssignment.objects.visible_to(cast.quan)
    } == everybody
    assert {
        row.user for row in RoleAssignment.objects.visible_to(cast.thao)
    } == everybody
    assert {row.user for row in RoleAssignment.objects.visible_to(cast.hanh)} == {
        cast.hanh
    }


@pytest.mark.parametrize("count", [1, 3])
def test_seeing_costs_the_same_for_one_and_for_three(
    cast, ground, count, django_assert_num_queries
):
    for number in range(count):
        make.make_person(f"Người {number}", ground.rach_moi)
    assert cast.tam.reach().visible_unit_ids
    with django_assert_num_queries(1):
        assert len(Person.objects.visible_to(cast.tam).known().by_name()) == count + 3


def test_search_folds_and_takes_every_word_and_card_codes(cast, ground):
    bay = Person.objects.filter(pk=cast.bay.pk)
    bay.update(card_code="ABCD2345")
    for text in ("nguyen bay", "BẢY", "lanh", "abcd 2345", "bay lanh"):
        assert list(Person.objects.matching(text)) == [cast.bay], text
    assert not Person.objects.matching("nguyen tam").exists()


def test_likeness_is_suggested_within_the_hamlet_and_two_years(cast, ground):
    from people.duplicates import similar_to

    make.make_person("Nguyễn Thị Bảy", ground.ong_trang)
    near = similar_to(
        "nguyen thi bẩy", hamlet_ids=[ground.rach_moi.pk], birth_year=1960
    )
    assert [match.person for match in near] == [cast.bay]
    assert not similar_to(
        "nguyen thi bay", hamlet_ids=[ground.rach_moi.pk], birth_year=1950
    )
    assert not similar_to("Trương Văn Bền", hamlet_ids=[ground.rach_moi.pk])
    assert [
        m.person for m in similar_to("bay lanh", hamlet_ids=[ground.rach_moi.pk])
    ] == [cast.bay]
