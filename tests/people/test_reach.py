"""Whoever answers for the ground reaches it, and nobody else does."""

import datetime as dt

from django.utils import timezone

from people.actions import may_manage
from people.models import RoleAssignment
from people.roles import Role


def test_a_leader_reaches_the_hamlets_of_the_team(cast, ground):
    assert cast.tam.reach().unit_ids == {ground.rach_moi.pk}


def test_a_commune_coordinator_reaches_the_commune_and_its_hamlets(cast, ground):
    assert cast.hanh.reach().unit_ids == {
        ground.dat_mui.pk,
        ground.rach_moi.pk,
        ground.kinh_tu.pk,
        ground.unknown.pk,
    }
    assert cast.hanh.reach().visible_unit_ids == cast.hanh.reach().unit_ids | {
        ground.province.pk
    }


def test_has_perm_asks_the_ground(cast, ground):
    assert cast.hanh.has_perm("pilot_communes.change_map", ground.dat_mui)
    assert not cast.hanh.has_perm("pilot_communes.change_map", ground.tan_an)
    assert not cast.tam.has_perm("pilot_communes.change_map", ground.rach_moi)


def test_a_login_that_puts_on_a_higher_hat_tomorrow_is_out_of_the_communes_hands(
    cast, ground
):
    assert may_manage(cast.hanh, cast.tam)
    RoleAssignment.objects.create(
        user=cast.tam,
        role=Role.PROVINCE_COORDINATOR,
        unit=ground.province,
        valid_from=timezone.localdate() + dt.timedelta(days=1),
    )
    assert not may_manage(cast.hanh, cast.tam)
