"""Whoever answers for the ground today sees its whole history."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from pilot_communes.actions import merge_units, next_codes, unknown_leaf
from pilot_communes.frames import ground_under
from pilot_communes.models import Placement, Succession, Unit
from tests import factories as make

TODAY = dt.date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("on_the_day")


def test_ground_is_read_in_three_queries_however_many_the_units(
    ground, django_assert_max_num_queries
):
    for number in range(3):
        make.make_unit(f"Ấp {number}", "hamlet", parent=ground.dat_mui)
    roots = [ground.province.pk, ground.dat_mui.pk, ground.rach_moi.pk]
    with django_assert_max_num_queries(3):
        found = ground_under(roots, TODAY)
    assert len(found.units[ground.province.pk]) == 10
    assert len(found.units[ground.dat_mui.pk]) == 7
    assert found.units[ground.rach_moi.pk] == {ground.rach_moi.pk}
    assert found.parents == {ground.dat_mui.pk, ground.province.pk}


def test_no_roots_have_no_ground(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ground_under([], TODAY).units == {}


def test_a_former_commune_comes_with_the_hamlets_that_nobody_followed(ground):
    old = make.make_unit(
        "Cũ", "commune", valid_from=dt.date(2020, 1, 1), valid_to=make.BEGAN
    )
    lost = make.make_unit(
        "Mất", "hamlet", valid_from=old.valid_from, valid_to=make.BEGAN
    )
    Placement.objects.create(
        unit=lost, parent=old, valid_from=old.valid_from, valid_to=make.BEGAN
    )
    Succession.objects.create(
        predecessor=old,
        successor=ground.dat_mui,
        effective_on=make.BEGAN,
        share_forward=1,
        share_back=1,
    )
    found = ground_under([ground.dat_mui.pk, ground.tan_an.pk], TODAY)
    assert {old.pk, lost.pk} <= found.units[ground.dat_mui.pk]
    assert not {old.pk, lost.pk} & found.units[ground.tan_an.pk]


def test_a_decided_merger_is_seen_before_its_day_and_takes_effect_on_it(cast, ground):
    day = dt.date(2027, 1, 1)
    change = merge_units(
        [ground.rach_moi, ground.kinh_tu],
        user=cast.hanh,
        name="Mới",
        effective_on=day,
        decree="1/NQ",
    )
    (new,) = change.record["after"]
    before = ground_under([ground.dat_mui.pk], TODAY).units[ground.dat_mui.pk]
    assert {new, ground.rach_moi.pk} <= before
    assert ground_under([new], TODAY).units[new] == {new}
    assert ground_under([new], day).units[new] == {
        new,
        ground.rach_moi.pk,
        ground.kinh_tu.pk,
    }


def test_the_leaf_of_a_commune_is_one_and_the_same(ground):
    assert unknown_leaf(ground.dat_mui) == ground.unknown
    made = unknown_leaf(ground.tan_an)
    assert (made.code, made.name, made.is_unknown) == ("32236000", "ấp chưa rõ", True)
    assert unknown_leaf(ground.tan_an) == made
    assert list(Unit.objects.under(ground.tan_an).filter(is_unknown=True)) == [made]


def test_the_leaf_of_a_ward_is_a_khom(ground):
    ward = make.make_unit(
        "An Xuyên", "commune", kind="phuong", code="32002", parent=ground.province
    )
    assert unknown_leaf(ward).full_name == "khóm chưa rõ"


def test_codes_go_on_after_the_highest_ever_given(ground):
    make.make_unit("Xa", "hamlet", code="32248041", parent=ground.tan_an)
    assert next_codes(ground.dat_mui, 2) == ["32248042", "32248043"]


def test_a_commune_without_numbers_left_says_so(ground):
    make.make_unit("Xa", "hamlet", code="32248998", parent=ground.dat_mui)
    assert next_codes(ground.dat_mui, 1) == ["32248999"]
    with pytest.raises(ValidationError) as refusal:
        next_codes(ground.dat_mui, 2)
    assert refusal.value.code == "no_codes"
