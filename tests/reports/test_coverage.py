"""Facts stay where they were; the frame says on which map they are read."""

import datetime as dt
from fractions import Fraction

import pytest
import time_machine

from pilot_communes.actions.redrawing import Part, split_unit
from pilot_communes.actions.undo import undo_change
from pilot_communes.actions.units import move_unit
from pilot_communes.models import PopulationFigure, Succession, Unit
from reports.coverage import THEN, Coverage, State
from reports.measures import MEASURES
from reports.models import HamletDay
from reports.spans import Span
from reports.tilemap import draw, short_number
from reports.words import number_words, percent_words
from tests import factories as make
from tests.conftest import TODAY
from tests.reports.register import hold

pytestmark = pytest.mark.django_db
MONTH = Span.parse("2026-11")
TURN = dt.date(2026, 11, 10)
DECREE = "NQ 12/2026"


@pytest.fixture(autouse=True)
def _evening():
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)):
        yield


def visits(coverage, level="commune", commune=None):
    rows = coverage.communes() if level == "commune" else coverage.hamlets(commune.pk)
    return {r.place.name: r.shown.get("visits", 0) for r in rows if r.amounts}


def test_a_hamlet_that_moves_takes_its_history_along_on_todays_map(ground):
    hold(ground.rach_moi, dt.date(2026, 11, 5), heads=7)
    move_unit(
        ground.rach_moi,
        user=None,
        parent=ground.tan_an,
        effective_on=TURN,
        decree=DECREE,
    )
    hold(ground.rach_moi, dt.date(2026, 11, 15), heads=4)
    assert visits(Coverage(span=MONTH)) == {"Tân Ân": 11}
    assert visits(Coverage(span=MONTH, frame=dt.date(2026, 11, 1))) == {"Đất Mũi": 11}
    # As then: the turn cuts the month, so days are read.
    assert visits(Coverage(span=MONTH, frame=THEN)) == {"Đất Mũi": 7, "Tân Ân": 4}
    assert HamletDay.objects.values("hamlet").distinct().count() == 1


def test_a_split_shares_exactly_and_is_called_an_estimate(ground):
    hold(ground.rach_moi, dt.date(2026, 10, 5), heads=10)
    old = ground.rach_moi.pk
    change = split_unit(
        ground.rach_moi,
        user=None,
        parts=[Part("Rạch Mới A", {old: 1}), Part("Rạch Mới B", {old: 2})],
        effective_on=TURN,
        decree=DECREE,
    )
    coverage = Coverage(span=Span.parse("2026-10"), commune=ground.dat_mui.pk)
    rows = {r.place.name: r for r in coverage.hamlets(ground.dat_mui.pk)}
    a, b = rows["Rạch Mới A"], rows["Rạch Mới B"]
    assert abs(a.amounts["visits"] - Fraction(10, 3)) < Fraction(1, 10**9)
    assert a.amounts["visits"] + b.amounts["visits"] == 10
    assert (a.shown["visits"], b.shown["visits"]) == (3, 7)
    assert a.estimated and b.estimated
    (commune,) = coverage.communes()
    assert commune.shown["visits"] == 10
    assert not commune.estimated
    then = Coverage(span=Span.parse("2026-10"), frame=THEN, commune=ground.dat_mui.pk)
    assert visits(then, "hamlet", ground.dat_mui)["Rạch Mới"] == 10
    undo_change(change, user=None)
    assert visits(Coverage(span=Span.parse("2026-10")), "hamlet", ground.dat_mui) == {
        "Rạch Mới": 10
    }


def test_every_frame_tells_the_same_whole(ground):
    for n, hamlet in enumerate((ground.rach_moi, ground.kinh_tu, ground.ong_trang)):
        hold(hamlet, dt.date(2026, 11, 1 + 9 * n), heads=10 + n)
    old = ground.kinh_tu.pk
    split_unit(
        ground.kinh_tu,
        user=None,
        parts=[Part("Kinh Tư Một", {old: 5}), Part("Kinh Tư Hai", {old: 2})],
        effective_on=TURN,
        decree=DECREE,
    )
    for frame in ("today", THEN, dt.date(2026, 11, 1), dt.date(2026, 11, 15)):
        coverage = Coverage(span=MONTH, frame=frame)
        rows = coverage.communes()
        assert sum(row.amounts.get("visits", 0) for row in rows) == 33
        assert coverage.totals(rows)["visits"] == 33
    assert Succession.objects.count() == 2


def said(row):
    numbers = {name: number for name, number in row.shown.items() if number}
    return numbers, row.hamlets_held, row.percent(), row.state, row.last_held


@pytest.mark.parametrize("code", ["2026-11", "2026-q4", "2026", "den-nay"])
@pytest.mark.parametrize("measure", MEASURES)
def test_the_province_and_the_commune_say_the_same(ground, code, measure):
    """One is added up by the database, the other hamlet by hamlet."""
    folk = [make.make_person(f"P{n}", ground.kinh_tu) for n in range(7)]
    came = [(person, "alone", {"blocker": "nfc"}) for person in folk]
    hold(ground.kinh_tu, dt.date(2026, 10, 3), came[:4], heads=8)
    hold(ground.rach_moi, dt.date(2026, 11, 4), came, heads=9)
    hold(ground.ong_trang, dt.date(2026, 11, 5), came[:2])
    old = ground.kinh_tu.pk
    split_unit(
        ground.kinh_tu,
        user=None,
        parts=[Part("Kinh Tư Một", {old: 1}), Part("Kinh Tư Hai", {old: 2})],
        effective_on=TURN,
        decree=DECREE,
    )
    asked = {"span": Span.parse(code), "measure": MEASURES[measure]}
    for row in Coverage(**asked).communes():
        (own,) = Coverage(**asked, commune=row.place.id).communes()
        assert said(row) == said(own)


def test_a_month_before_the_map_is_read_on_the_units_that_took_over(ground):
    former = make.make_unit(
        "Đất Mũi cũ",
        "commune",
        valid_from=dt.date(2020, 1, 1),
        valid_to=dt.date(2025, 7, 1),
    )
    hamlet = make.make_unit(
        "Xưa", "hamlet", parent=former, valid_from=dt.date(2020, 1, 1)
    )
    hamlet.valid_to = dt.date(2025, 7, 1)
    hamlet.save()
    Succession.objects.create(
        predecessor=former,
        successor=ground.dat_mui,
        effective_on=dt.date(2025, 7, 1),
        share_forward=1,
        share_back=1,
    )
    hold(hamlet, dt.date(2025, 6, 20), heads=5)
    assert visits(Coverage(span=Span.parse("2025-06"))) == {"Đất Mũi": 5}
    then = Coverage(span=Span.parse("2025-06"), frame=THEN)
    assert visits(then) == {"Đất Mũi cũ": 5}


@pytest.mark.parametrize(
    ("last", "missing", "state"),
    [
        (None, 0, State.NOT_STARTED),
        (0, 0, State.ACTIVE),
        (30, 3, State.ACTIVE),
        (31, 0, State.STALLED),
        (31, 1, State.UNKNOWN),
        (None, 1, State.UNKNOWN),
    ],
)
def test_the_four_states(last, missing, state):
    held = None if last is None else TODAY - dt.timedelta(days=last)
    assert State.of(held, missing, TODAY) == state


def test_hamlets_covered_need_a_session_in_the_span(ground):
    hold(ground.rach_moi, dt.date(2026, 10, 31), heads=3)
    hold(ground.kinh_tu, dt.date(2026, 11, 1), heads=3)
    covered = {
        code: Coverage(span=Span.parse(code), commune=ground.dat_mui.pk).communes()[0]
        for code in ("2026-10", "2026-11", "2026-q4", "2026", "den-nay")
    }
    assert {code: row.hamlets_held for code, row in covered.items()} == {
        "2026-10": 1,
        "2026-11": 1,
        "2026-q4": 2,
        "2026": 2,
        "den-nay": 2,
    }
    row = covered["2026-11"]
    assert (row.base.value, row.percent()) == (2, 50)


def test_distinct_people_of_a_quarter_are_not_the_sum_of_its_months(ground):
    person = make.make_person("Bảy", ground.rach_moi)
    for month in (10, 11):
        hold(ground.rach_moi, dt.date(2026, month, 2), [person])
    people = {
        code: Coverage(span=Span.parse(code), measure=MEASURES["nguoi"])
        .communes()[0]
        .shown.get("people/attended", 0)
        for code in ("2026-10", "2026-11", "2026-q4", "2026", "den-nay")
    }
    assert set(people.values()) == {1}


def test_the_newest_base_up_to_the_day_is_taken(ground):
    hold(ground.rach_moi, dt.date(2026, 11, 2), heads=3)
    for day, value in (("2026-01-01", 300), ("2026-10-01", 319), ("2027-01-01", 400)):
        PopulationFigure.objects.create(
            unit=ground.dat_mui,
            date=dt.date.fromisoformat(day),
            group="households",
            value=value,
            source="UBND xã",
            quality="estimated",
        )
    coverage = Coverage(span=MONTH, measure=MEASURES["ho"], commune=ground.dat_mui.pk)
    base = coverage.communes()[0].base
    assert (base.value, base.estimated) == (319, True)


def test_the_map_puts_a_figure_or_a_pattern_into_every_tile(ground):
    Unit.objects.filter(pk=ground.dat_mui.pk).update(tile_col=1, tile_row=9)
    Unit.objects.filter(pk=ground.tan_an.pk).update(tile_col=2, tile_row=9)
    hold(ground.rach_moi, dt.date(2026, 11, 2), heads=3)
    coverage = Coverage(span=MONTH)
    tiles = {tile.name: tile for tile in draw(coverage, coverage.communes()).tiles}
    assert (tiles["Đất Mũi"].figure, tiles["Đất Mũi"].css) == ("50%", "step-3")
    assert (tiles["Tân Ân"].figure, tiles["Tân Ân"].css) == ("", "not-started")
    assert "1/2" in tiles["Đất Mũi"].title


@pytest.mark.parametrize(
    ("number", "text"), [(999, "999"), (1249, "1,2k"), (12_400, "12k")]
)
def test_figures_fit_into_a_tile(number, text):
    assert short_number(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(Fraction(118 * 100, 319), "37,0\u00a0%"), (Fraction(1, 20), "0,1\u00a0%")],
)
def test_percentages_are_rounded_half_up(share, text):
    assert percent_words(share) == text


def test_thousands_are_told_apart_as_on_paper():
    assert number_words(1_234_567) == "1.234.567"
