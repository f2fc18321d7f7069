"""What a fold adds to the sums, where, and what it takes out again."""

import datetime as dt

import pytest

from people.models import Residence
from reports.models import ALL, FirstReach, HamletDay, HamletMonth, HamletTotal
from reports.verify import differences
from tests import factories as make
from tests.reports.register import hold, record, tell

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 20)


def total(unit, measure, **key):
    key = {"sex": ALL, "age_band": ALL, "kind": ALL, "skill": ""} | key
    rows = HamletTotal.objects.filter(hamlet=unit, measure=measure, **key)
    return sum(rows.values_list("value", flat=True))


def month(unit, measure, day=DAY):
    rows = HamletMonth.objects.filter(
        hamlet=unit, measure=measure, month=day.replace(day=1), kind=ALL
    )
    return sum(rows.values_list("value", flat=True))


def reached(units, window_names, rung="attended", subject="people", day=DAY):
    """Distinct subjects of the month, quarter or year of that day."""
    months = {
        "m": [day.month],
        "q": [m for m in range(1, 13) if (m + 2) // 3 == (day.month + 2) // 3],
        "y": range(1, 13),
    }[window_names[0]]
    rows = HamletMonth.objects.filter(
        hamlet__in=units,
        month__in=[dt.date(day.year, m, 1) for m in months],
        measure__in=[f"{subject}/{rung}/{w}" for w in window_names],
        kind=ALL,
    )
    return sum(rows.values_list("value", flat=True))


@pytest.fixture
def folk(ground):
    return [
        make.make_person(f"Người {n}", ground.rach_moi, sex="f", birth_year=1960)
        for n in range(4)
    ]


@pytest.fixture(autouse=True)
def _exact(db):
    yield
    assert list(differences()) == []


def test_a_session_counts_at_its_host_hamlet(ground, folk):
    hold(ground.rach_moi, DAY, [(folk[0], "alone"), (folk[1], "referred")], heads=5)
    assert total(ground.rach_moi, "sessions") == 1
    assert total(ground.rach_moi, "visits") == 5
    assert total(ground.rach_moi, "named") == 2
    assert total(ground.rach_moi, "nameless") == 3
    assert total(ground.rach_moi, "outcome/alone") == 1
    assert total(ground.rach_moi, "outcome/referred") == 1
    assert total(ground.rach_moi, "no_household") == 2
    assert HamletDay.objects.get(measure="named").sex == "f"


def test_the_evening_of_23(ground):
    """12 from the list, 4 walk-ins, 6 from paper, 1 child (design brief 2.3)."""
    homes = [make.make_household(f"Chủ hộ {n}", ground.rach_moi) for n in range(19)]
    listed = [
        make.make_person(f"Bà con {n}", ground.rach_moi, household=homes[n])
        for n in range(18)
    ]
    walk_ins = [make.make_person(f"Đến thêm {n}") for n in range(4)]
    outcomes = (
        ["alone"] * 9 + ["helped"] * 8 + ["not_yet"] * 2 + ["referred"] * 2 + [""]
    )
    came = list(zip(listed + walk_ins, outcomes, strict=True))
    hold(ground.rach_moi, DAY, came, heads=23, proxies=[homes[18]])
    at = ground.rach_moi
    assert (total(at, "visits"), total(at, "named"), total(at, "nameless")) == (
        23,
        22,
        1,
    )
    assert total(at, "proxies") == 1
    assert total(at, "people/attended/e") == 18
    assert total(at, "people_unknown/attended/e") == 4
    assert total(at, "households/attended/e") == 19
    assert total(at, "no_household") == 4
    assert [
        total(at, f"outcome/{o}")
        for o in ("alone", "helped", "not_yet", "referred", "unrecorded")
    ] == [9, 8, 2, 2, 1]


def test_people_count_at_home_and_visits_at_the_host(ground, folk):
    guest = make.make_person("Khách", ground.ong_trang)
    hold(ground.rach_moi, DAY, [guest], heads=1)
    assert total(ground.ong_trang, "people/attended/e") == 1
    assert total(ground.ong_trang, "visits") == 0
    assert total(ground.rach_moi, "visits") == 1
    assert total(ground.rach_moi, "people/attended/e") == 0


def test_who_lives_outside_or_nowhere_known_is_counted_apart(ground):
    away = make.make_person("Ở xa")
    Residence.objects.create(person=away, outside=True)
    hold(ground.rach_moi, DAY, [away, make.make_person("Chưa rõ")])
    assert total(ground.rach_moi, "people_outside/attended/e") == 1
    assert total(ground.rach_moi, "people_unknown/attended/e") == 1
    assert not HamletTotal.objects.filter(measure="people/attended/e").exists()


@pytest.mark.parametrize(
    ("kind", "status"), [("rehearsal", "closed"), ("class", "planned")]
)
def test_rehearsals_and_plans_count_nowhere(ground, folk, kind, status):
    hold(ground.rach_moi, DAY, folk, heads=9, kind=kind, status=status)
    assert not HamletDay.objects.exists()
    assert not FirstReach.objects.exists()


def test_a_cancelled_session_is_shown_apart(ground, folk):
    session = hold(ground.rach_moi, DAY, folk, heads=4)
    session.status, session.cancel_reason = "cancelled", "mưa lớn"
    session.save()
    tell(session)
    assert total(ground.rach_moi, "cancelled") == 1
    assert total(ground.rach_moi, "sessions") == 0
    assert total(ground.rach_moi, "people/attended/e") == 0


def test_a_session_without_head_count_is_counted_apart(ground, folk):
    hold(ground.rach_moi, DAY, folk[:2])
    assert total(ground.rach_moi, "uncounted") == 1
    assert total(ground.rach_moi, "visits") == 2
    assert total(ground.rach_moi, "nameless") == 0


def test_first_reach_knows_month_quarter_year_and_ever(ground, folk):
    here = [ground.rach_moi]
    days = ["2025-12-30", "2026-01-05", "2026-02-10", "2026-02-11", "2026-04-01"]
    for text in days:
        hold(ground.rach_moi, dt.date.fromisoformat(text), [folk[0]])
    windows = FirstReach.objects.order_by("day").values_list("attended", flat=True)
    assert list(windows) == ["e", "y", "m", "q"]
    february = dt.date(2026, 2, 1)
    assert reached(here, "mqye", day=february) == 1
    assert reached(here, "qye", day=february) == 1
    assert reached(here, "ye", day=february) == 1
    assert total(ground.rach_moi, "people/attended/e") == 1


def test_an_earlier_register_that_comes_late_takes_the_first_place(ground, folk):
    hold(ground.rach_moi, DAY, [folk[0]])
    hold(ground.kinh_tu, DAY - dt.timedelta(days=3), [folk[0]])
    assert FirstReach.objects.get().day == DAY - dt.timedelta(days=3)
    assert HamletDay.objects.get(measure="people/attended/e", value=1).day == DAY - (
        dt.timedelta(days=3)
    )


def test_a_correction_takes_out_what_it_replaces(ground, folk):
    session = hold(ground.rach_moi, DAY, [(p, "alone") for p in folk], heads=10)
    record(session, [(folk[0], "helped")], heads=4)
    assert total(ground.rach_moi, "visits") == 4
    assert total(ground.rach_moi, "outcome/alone") == 0
    assert total(ground.rach_moi, "people/attended/e") == 1
    assert total(ground.rach_moi, "people/alone/e") == 0


def test_moving_a_session_moves_all_who_came_even_if_nobody_was_named(ground, folk):
    session = hold(ground.rach_moi, DAY, folk, heads=6)
    session.date, session.host = dt.date(2026, 12, 2), ground.kinh_tu
    session.save()
    tell(session)
    assert total(ground.rach_moi, "visits") == 0
    assert total(ground.kinh_tu, "visits") == 6
    assert set(FirstReach.objects.values_list("day", flat=True)) == {session.date}


@pytest.mark.parametrize(
    ("days", "kept"), [(29, False), (30, True), (60, True), (61, False)]
)
def test_the_fourth_rung_is_thirty_to_sixty_days_later(ground, folk, days, kept):
    hold(ground.rach_moi, DAY - dt.timedelta(days=days), [(folk[0], "helped")])
    hold(ground.rach_moi, DAY, [(folk[0], "alone")])
    assert total(ground.rach_moi, "people/kept/e") == kept


def test_who_did_it_alone_stands_on_the_lower_rungs_too(ground, folk):
    hold(ground.rach_moi, DAY, [(folk[0], "alone"), (folk[1], "helped"), folk[2]])
    rungs = [
        total(ground.rach_moi, f"people/{rung}/e")
        for rung in ("attended", "helped", "alone", "kept")
    ]
    assert rungs == [3, 2, 1, 0]


def test_two_members_reach_one_household_once(ground):
    home = make.make_household("Út Em", ground.rach_moi)
    two = [make.make_person(n, ground.rach_moi, household=home) for n in ("Hai", "Ba")]
    hold(ground.rach_moi, DAY, two)
    hold(ground.rach_moi, DAY, [], proxies=[home])
    assert total(ground.rach_moi, "households/attended/e") == 1
    assert total(ground.rach_moi, "people/attended/e") == 2


def test_an_observed_skill_counts_for_that_skill_only(ground, folk):
    hold(
        ground.rach_moi,
        DAY,
        [(folk[0], "helped", {"skills": {"c-ma-qr": "alone"}}), (folk[1], "alone")],
    )
    at = ground.rach_moi
    assert total(at, "outcome/alone", skill="c-ma-qr", kind="class") == 1
    assert total(at, "outcome/helped") == 1
    assert total(at, "people/alone/e", skill="c-ma-qr", kind="class") == 1
    assert total(at, "people/alone/e") == 2


def test_a_class_of_any_size_is_counted_in_nine_queries(
    ground, django_assert_max_num_queries
):
    def classroom(size):
        homes = [make.make_household(f"H{n}", ground.rach_moi) for n in range(size)]
        return [
            make.make_person(f"P{n}", ground.rach_moi, household=homes[n])
            for n in range(size)
        ]

    for size in (5, 50):
        came = classroom(size)
        session = hold(ground.rach_moi, DAY, came, heads=size)
        homes = set(session.attendances.values_list("household", flat=True))
        session.attendances.update(outcome="alone")
        session.date = DAY - dt.timedelta(days=1)
        session.save()
        with django_assert_max_num_queries(9):
            tell(session, [p.pk for p in came], homes)
