"""Merging and splitting: who may, what happens, and what is refused."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import ModelLogEntry

from pilot_communes.actions import (
    Part,
    merge_units,
    preview_merge,
    preview_redrawing,
    redraw_units,
    split_unit,
    undo_change,
    unknown_leaf,
)
from pilot_communes.frames import the_map
from pilot_communes.models import (
    MapChange,
    Phase,
    PhaseMembership,
    Placement,
    PopulationFigure,
    Succession,
    TeamHamlet,
    Unit,
)
from pilot_communes.signals import map_changed
from tests import factories as make

DAY = dt.date(2026, 8, 1)
DECREE = "12/NQ-HĐND"
pytestmark = pytest.mark.usefixtures("on_the_day")


def households(unit, value, date=dt.date(2026, 1, 1)):
    return PopulationFigure.objects.create(
        unit=unit,
        group="households",
        value=value,
        date=date,
        source="x",
        quality="declared",
    )


def merge(ground, user, **asked):
    asked = {"name": "Rạch Tư", "effective_on": DAY, "decree": DECREE} | asked
    return merge_units([ground.rach_moi, ground.kinh_tu], user=user, **asked)


def only_new(change):
    (key,) = change.record["after"]
    return Unit.objects.get(pk=key)


def test_a_merger_closes_the_old_hamlets_and_opens_one(cast, ground):
    new = only_new(merge(ground, cast.hanh))
    ground.rach_moi.refresh_from_db()
    assert (new.name, new.kind, new.valid_from, new.valid_to) == (
        "Rạch Tư",
        "ap",
        DAY,
        None,
    )
    assert ground.rach_moi.valid_to == DAY
    assert list(Unit.objects.under(ground.dat_mui, DAY).named()) == [new]
    assert the_map().place(ground.kinh_tu.pk, DAY, DAY)[0].unit_id == new.pk


def test_the_old_hamlets_weigh_by_their_households(cast, ground):
    households(ground.rach_moi, 300)
    households(ground.kinh_tu, 100)
    new = only_new(merge(ground, cast.hanh))
    shares = dict(Succession.objects.values_list("predecessor__name", "share_back"))
    assert shares == {"Rạch Mới": Decimal("0.75"), "Kinh Tư": Decimal("0.25")}
    assert set(Succession.objects.values_list("share_forward", "quality")) == {
        (Decimal(1), "estimated")
    }
    figure = PopulationFigure.objects.get(unit=new)
    assert (figure.value, figure.quality, figure.date) == (400, "declared", DAY)


def test_a_figure_that_one_hamlet_lacks_is_not_invented(cast, ground):
    households(ground.rach_moi, 300)
    preview = preview_merge(
        [ground.rach_moi, ground.kinh_tu],
        user=cast.hanh,
        name="Rạch Tư",
        effective_on=DAY,
        decree=DECREE,
    )
    assert len(preview.notes) == 2
    assert preview.after[0].households is None
    assert not PopulationFigure.objects.filter(unit=only_new(merge(ground, cast.hanh)))


def test_the_team_goes_on_serving_the_new_hamlet(cast, ground):
    new = only_new(merge(ground, cast.hanh))
    served = TeamHamlet.objects.valid_on(DAY).filter(team=ground.team)
    assert [row.hamlet_id for row in served] == [new.pk]
    cast.tam.forget_reach()
    assert cast.tam.reach().unit_ids == {new.pk, ground.rach_moi.pk, ground.kinh_tu.pk}


def test_a_split_shares_the_households_out(cast, ground):
    households(ground.rach_moi, 101)
    key = ground.rach_moi.pk
    split_unit(
        ground.rach_moi,
        user=cast.hanh,
        parts=[Part("Một", {key: 1}), Part("Hai", {key: 1})],
        effective_on=DAY,
        decree=DECREE,
    )
    figures = PopulationFigure.objects.exclude(unit=ground.rach_moi).order_by("pk")
    assert [(f.unit.name, f.value, f.quality) for f in figures] == [
        ("Một", 51, "estimated"),
        ("Hai", 50, "estimated"),
    ]
    assert (
        Succession.objects.filter(share_back=1, share_forward=Decimal("0.5")).count()
        == 2
    )


def test_shares_of_thirds_sum_to_exactly_one(cast, ground):
    key = ground.rach_moi.pk
    split_unit(
        ground.rach_moi,
        user=cast.hanh,
        parts=[Part(name, {key: 1}) for name in ("Một", "Hai", "Ba")],
        effective_on=DAY,
        decree=DECREE,
    )
    assert sum(Succession.objects.values_list("share_forward", flat=True)) == 1


def test_a_part_can_join_a_hamlet_that_stays(cast, ground):
    old, other = ground.rach_moi.pk, ground.kinh_tu.pk
    change = redraw_units(
        [ground.rach_moi, ground.kinh_tu],
        user=cast.hanh,
        parts=[
            Part("Rạch Mới", {old: 2}),
            Part("Kinh Tư", {old: 1, other: 1}),
        ],
        effective_on=DAY,
        decree=DECREE,
    )
    assert change.kind == MapChange.Kind.SPLIT
    shares = {s.unit_id: s.share for s in the_map().place(old, DAY, DAY)}
    third = Fraction(1, 3)
    assert [
        abs(share - part) < Fraction(1, 10**11)
        for share, part in zip(shares.values(), (2 * third, third), strict=True)
    ] == [True, True]
    assert sum(shares.values()) == 1


def test_the_change_is_logged_and_told(cast, ground):
    told = []

    def listen(sender, **kwargs):
        told.append(kwargs)

    map_changed.connect(listen)
    try:
        change = merge(ground, cast.hanh)
    finally:
        map_changed.disconnect(listen)
    (signal,) = told
    assert signal["change"] == change
    assert signal["before"] == sorted([ground.rach_moi.pk, ground.kinh_tu.pk])
    assert signal["after"] == change.record["after"]
    assert not signal["undone"]
    entry = ModelLogEntry.objects.get(action="pilot_communes.merge")
    assert entry.user == cast.hanh
    assert entry.data["old"] == ["ấp Rạch Mới", "ấp Kinh Tư"]
    assert entry.data["new"] == ["ấp Rạch Tư"]


@pytest.mark.parametrize("who", ["dao", "tam", "dung", "thao", "son"])
def test_others_may_not_merge(cast, ground, who, snapshot):
    before = snapshot()
    with pytest.raises(PermissionDenied):
        merge(ground, getattr(cast, who))
    assert snapshot() == before


@pytest.mark.parametrize("who", ["hanh", "mai", "quan"])
def test_coordinators_and_administrators_may_merge(cast, ground, who):
    assert merge(ground, getattr(cast, who)).kind == MapChange.Kind.MERGE


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"name": "  "}, "no_name"),
        ({"name": "x" * 121}, "long_name"),
        ({"kind": "xa"}, "kind"),
        ({"decree": ""}, "no_decree"),
        ({"decree": "x" * 121}, "long_decree"),
        ({"effective_on": make.BEGAN}, "later_change"),
        ({"effective_on": dt.date(2030, 1, 1)}, "too_far"),
    ],
)
def test_a_merger_that_cannot_be_is_refused(cast, ground, asked, code, snapshot):
    before = snapshot()
    with pytest.raises(ValidationError) as refusal:
        merge(ground, cast.hanh, **asked)
    assert refusal.value.code == code
    assert snapshot() == before


def test_a_name_that_stands_already_is_refused_in_any_spelling(cast, ground):
    make.make_unit("Hòa Bình", "hamlet", parent=ground.dat_mui)
    with pytest.raises(ValidationError) as refusal:
        merge(ground, cast.hanh, name="hoà bình")
    assert refusal.value.code == "name_taken"


def test_one_hamlet_alone_cannot_be_merged(cast, ground):
    with pytest.raises(ValidationError) as refusal:
        merge_units(
            [ground.rach_moi, ground.rach_moi],
            user=cast.hanh,
            name="X",
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == "one_unit"


def test_the_unknown_leaf_cannot_be_merged(cast, ground):
    with pytest.raises(ValidationError) as refusal:
        merge_units(
            [ground.rach_moi, ground.unknown],
            user=cast.hanh,
            name="X",
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == "levels"


def test_hamlets_of_two_communes_cannot_be_merged(cast, ground):
    with pytest.raises(ValidationError) as refusal:
        merge_units(
            [ground.rach_moi, ground.ong_trang],
            user=cast.mai,
            name="X",
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == "different_parents"


def test_a_hamlet_that_has_ended_cannot_be_merged_again(cast, ground):
    merge(ground, cast.hanh)
    with pytest.raises(ValidationError) as refusal:
        merge(ground, cast.hanh, name="Khác")
    assert refusal.value.code == "ended"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([("Một", 1)], "one_part"),
        ([("Một", 1), ("Hai", 0)], "empty_part"),
        ([("Một", 1), ("Một", 1)], "name_taken"),
        ([("Một", 1), ("Hai", Fraction(1, 10**15))], "too_small"),
    ],
)
def test_a_split_that_cannot_be_is_refused(cast, ground, parts, code):
    with pytest.raises(ValidationError) as refusal:
        split_unit(
            ground.rach_moi,
            user=cast.hanh,
            parts=[Part(name, {ground.rach_moi.pk: share}) for name, share in parts],
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == code


def test_a_part_takes_its_ground_only_from_the_units_redrawn(cast, ground):
    with pytest.raises(ValidationError) as refusal:
        redraw_units(
            [ground.rach_moi, ground.kinh_tu],
            user=cast.hanh,
            parts=[Part("X", {ground.rach_moi.pk: 1, ground.ong_trang.pk: 1})],
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == "no_ground"
    with pytest.raises(ValidationError) as refusal:
        redraw_units(
            [ground.rach_moi, ground.kinh_tu],
            user=cast.hanh,
            parts=[Part("X", {ground.rach_moi.pk: 1})],
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == "left_over"


def test_a_preview_shows_and_writes_nothing(cast, ground, snapshot):
    households(ground.rach_moi, 300)
    before = snapshot()
    preview = preview_redrawing(
        [ground.rach_moi],
        user=cast.hanh,
        parts=[
            Part("Một", {ground.rach_moi.pk: 2}),
            Part("Hai", {ground.rach_moi.pk: 1}),
        ],
        effective_on=DAY,
        decree=DECREE,
    )
    assert snapshot() == before
    assert [(line.name, line.households) for line in preview.before] == [
        ("ấp Rạch Mới", 300)
    ]
    assert [(line.name, line.households) for line in preview.after] == [
        ("ấp Một", 200),
        ("ấp Hai", 100),
    ]


def test_communes_merge_with_their_hamlets_leaves_and_phase(cast, ground, snapshot):
    unknown_leaf(ground.tan_an)
    phase = Phase.objects.create(code="dot-1", name="Đợt 1")
    for commune in (ground.dat_mui, ground.tan_an):
        PhaseMembership.objects.create(
            phase=phase, commune=commune, valid_from=dt.date(2026, 1, 1)
        )
    before = snapshot()
    change = merge_units(
        [ground.dat_mui, ground.tan_an],
        user=cast.mai,
        name="Mũi Cà Mau",
        code="32248",
        effective_on=DAY,
        decree=DECREE,
    )
    new = only_new(change)
    assert {unit.name for unit in Unit.objects.under(new, DAY)} == {
        "Rạch Mới",
        "Kinh Tư",
        "Ông Trang",
        "ấp chưa rõ",
    }
    the = the_map()
    assert the.leaf_of(new.pk, DAY) == unknown_leaf(new).pk
    assert the.place(ground.unknown.pk, DAY, DAY)[0].unit_id == unknown_leaf(new).pk
    assert PhaseMembership.objects.get(valid_to=None).commune_id == new.pk
    cast.hanh.forget_reach()
    # Who coordinated a part goes on answering for that part, and for nothing else.
    assert cast.hanh.has_perm("pilot_communes.change_map", ground.rach_moi)
    assert not cast.hanh.has_perm("pilot_communes.change_map", ground.ong_trang)
    undo_change(change, user=cast.mai)
    assert snapshot() == before


def test_a_commune_splits_hamlet_by_hamlet(cast, ground):
    key = ground.dat_mui.pk
    change = split_unit(
        ground.dat_mui,
        user=cast.mai,
        parts=[
            Part("Bắc", {key: 1}, code="32248", hamlets=(ground.rach_moi.pk,)),
            Part("Nam", {key: 1}, code="32249", hamlets=(ground.kinh_tu.pk,)),
        ],
        effective_on=DAY,
        decree=DECREE,
    )
    north, south = change.record["after"]
    the = the_map()
    assert the.parent_on(ground.rach_moi.pk, DAY) == north
    assert the.parent_on(ground.kinh_tu.pk, DAY) == south
    assert (
        the.place_in_communes(ground.rach_moi.pk, make.BEGAN, DAY)[0].unit_id == north
    )
    assert [s.share for s in the.place(ground.unknown.pk, DAY, DAY)] == [
        Fraction(1, 2)
    ] * 2
    assert Placement.objects.filter(parent=ground.dat_mui, valid_to=None).count() == 0


@pytest.mark.parametrize(
    ("hamlets", "code", "refused"),
    [(["rach_moi"], "32249", "hamlets"), (["rach_moi", "kinh_tu"], "3224", "code")],
)
def test_a_commune_split_that_forgets_something_is_refused(
    cast, ground, hamlets, code, refused
):
    key = ground.dat_mui.pk
    with pytest.raises(ValidationError) as refusal:
        split_unit(
            ground.dat_mui,
            user=cast.mai,
            parts=[
                Part(
                    "Bắc",
                    {key: 1},
                    code="32248",
                    hamlets=tuple(getattr(ground, h).pk for h in hamlets),
                ),
                Part("Nam", {key: 1}, code=code),
            ],
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == refused


def test_a_commune_coordinator_may_not_merge_communes(cast, ground):
    with pytest.raises(PermissionDenied):
        merge_units(
            [ground.dat_mui, ground.tan_an],
            user=cast.hanh,
            name="X",
            code="32248",
            effective_on=DAY,
            decree=DECREE,
        )
