"""The programme's own data files load once and stay as they were changed."""

import datetime as dt
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from pilot_communes.actions import merge_units, rename_unit, undo_change
from pilot_communes.frames import the_map
from pilot_communes.imports import load_units
from pilot_communes.models import (
    Commune,
    ContextFigure,
    MapChange,
    Phase,
    PopulationFigure,
    Province,
    Succession,
    Unit,
)

PROGRAMME = Path(__file__).resolve().parents[2] / "lms" / "programme"
TODAY = dt.date(2026, 11, 20)
THEN = dt.date(2025, 1, 1)
pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def loaded(db):
    return load_units(PROGRAMME)


def test_the_files_give_the_map_of_ca_mau(loaded):
    now = Commune.objects.valid_on(TODAY)
    assert (now.filter(kind="xa").count(), now.filter(kind="phuong").count()) == (55, 9)
    assert Province.objects.valid_on(TODAY).get().code == "96"
    assert Commune.objects.valid_on(THEN).count() == 164
    assert Unit.objects.filter(is_unknown=True).valid_on(TODAY).count() == 64
    assert (Phase.objects.count(), ContextFigure.objects.count()) == (3, 17)
    assert loaded["succession"] == Succession.objects.count() == 186 + 2
    dat_mui = now.get(code="32248")
    assert (dat_mui.full_name, dat_mui.decree) == (
        "xã Đất Mũi",
        "Nghị quyết 1655/NQ-UBTVQH15",
    )
    assert (dat_mui.tile_col, dat_mui.lat) != (None, None)


def test_loading_again_changes_nothing(loaded, snapshot):
    before = snapshot()
    assert load_units(PROGRAMME) == {}
    assert snapshot() == before
    assert MapChange.objects.count() == 1


def test_what_was_changed_on_the_screen_stays(loaded):
    commune = Commune.objects.valid_on(TODAY).get(code="32248")
    rename_unit(
        commune, user=None, name="Đất Mũi mới", effective_on=TODAY, decree="1/NQ"
    )
    PopulationFigure.objects.filter(unit=commune).update(value=1)
    assert load_units(PROGRAMME) == {}
    commune.refresh_from_db()
    assert commune.name == "Đất Mũi mới"
    assert PopulationFigure.objects.get(unit=commune).value == 1


def test_populations_keep_their_quality(loaded):
    figures = PopulationFigure.objects.filter(unit__level="commune")
    assert sum(figures.values_list("value", flat=True)) == 2_606_569
    assert figures.filter(quality="estimated").count() == 30


def test_every_share_of_the_files_sums_to_one_and_places_facts(loaded):
    the = the_map()
    for then in the.communes_on(THEN):
        assert sum(s.share for s in the.place(then, THEN, TODAY)) == 1
    for now in the.communes_on(TODAY):
        shares = the.place(now, TODAY, THEN)
        assert sum(s.share for s in shares) == 1
        assert {s.unit_id for s in shares} <= set(the.communes_on(THEN))
        leaf = the.leaf_of(now, TODAY)
        assert [s.share for s in the.place(leaf, TODAY, THEN)] == [
            s.share for s in shares
        ]


def test_a_split_commune_is_placed_in_estimated_parts(loaded):
    old = Unit.objects.get(code="cu-162")
    shares = the_map().place(old.pk, THEN, TODAY)
    assert [share.share for share in shares] == [Fraction(1, 2), Fraction(1, 2)]
    assert all(share.estimated for share in shares)


def test_the_first_map_cannot_be_undone(loaded):
    with pytest.raises(ValidationError) as refusal:
        undo_change(MapChange.objects.get(), user=None)
    assert refusal.value.code == "final"


def test_real_communes_merge_and_come_back(loaded, snapshot):
    before = snapshot()
    communes = list(Commune.objects.valid_on(TODAY).filter(code__in=["32248", "32236"]))
    change = merge_units(
        communes,
        user=None,
        name="Mũi Cà Mau",
        code="32248",
        effective_on=dt.date(2027, 1, 1),
        decree="1/NQ",
    )
    new = Unit.objects.get(pk=change.record["after"][0])
    assert new.population_figures.get().value == sum(
        PopulationFigure.objects.filter(unit__in=communes).values_list(
            "value", flat=True
        )
    )
    assert sum(new.origins.values_list("share_back", flat=True)) == Decimal(1)
    undo_change(change, user=None)
    assert snapshot() == before


def test_a_broken_file_writes_nothing(db, tmp_path, snapshot):
    before = snapshot()
    for path in PROGRAMME.iterdir():
        shutil.copy(path, tmp_path)
    former = tmp_path / "former_units.csv"
    former.write_text(
        former.read_text(encoding="utf-8").replace(",32248,", ",99999,"),
        encoding="utf-8",
    )
    with pytest.raises(KeyError):
        load_units(tmp_path)
    assert snapshot() == before
