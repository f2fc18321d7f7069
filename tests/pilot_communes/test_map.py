"""The map follows facts through time; these tests need no database."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot_communes.frames import (
    Link,
    Map,
    Share,
    Spot,
    Stay,
    largest_remainder,
)

D0, D1, D2, D3 = (
    dt.date(2025, 7, 1),
    dt.date(2026, 7, 1),
    dt.date(2026, 9, 1),
    dt.date(2026, 12, 1),
)
EARLY, LATE = dt.date(2020, 1, 1), dt.date(2030, 1, 1)
HALF = Fraction(1, 2)


def hamlet(key, since, until=None, **fields):
    return Spot(key, "hamlet", f"h{key}", since, until, **fields)


def commune(key, since, until=None):
    return Spot(key, "commune", f"c{key}", since, until)


@pytest.fixture
def redrawn():
    """Hamlets 10 and 11 merge into 12 on D1; 12 splits into 13 and 14 on D2."""
    return Map(
        [
            commune(1, D0),
            hamlet(10, D0, D1),
            hamlet(11, D0, D1),
            hamlet(12, D1, D2),
            hamlet(13, D2),
            hamlet(14, D2),
        ],
        [
            Stay(10, 1, D0, D1),
            Stay(11, 1, D0, D1),
            Stay(12, 1, D1, D2),
            Stay(13, 1, D2),
            Stay(14, 1, D2),
        ],
        [
            Link(10, 12, 1, Fraction(3, 4)),
            Link(11, 12, 1, Fraction(1, 4)),
            Link(12, 13, HALF, 1),
            Link(12, 14, HALF, 1),
        ],
    )


def test_a_fact_stays_in_its_unit_while_it_stands(redrawn):
    assert redrawn.place(10, D0, D0) == [Share(10, Fraction(1))]


def test_a_fact_follows_a_merger_whole(redrawn):
    (share,) = redrawn.place(10, D0, D1)
    assert (share.unit_id, share.share, share.estimated) == (12, 1, False)


def test_a_fact_follows_a_split_in_estimated_parts(redrawn):
    assert redrawn.place(10, D0, D3) == [Share(13, HALF), Share(14, HALF)]
    assert all(share.estimated for share in redrawn.place(10, D0, D3))


def test_a_fact_is_shown_on_an_earlier_map(redrawn):
    assert redrawn.place(13, D3, D0) == [
        Share(10, Fraction(3, 4)),
        Share(11, Fraction(1, 4)),
    ]


def test_as_then_is_the_map_of_the_day_of_the_fact(redrawn):
    assert redrawn.place(13, D1) == [Share(12, Fraction(1))]


def test_a_closed_unit_still_takes_facts(redrawn):
    assert redrawn.place(10, D3) == redrawn.place(10, D0, D3)
    assert redrawn.place(10, D3, D0) == [Share(10, Fraction(1))]


def test_parts_that_meet_again_are_exact():
    again = Map(
        [hamlet(1, D0, D1), hamlet(2, D1, D2), hamlet(3, D1, D2), hamlet(4, D2)],
        [],
        [
            Link(1, 2, Fraction(1, 3), 1),
            Link(1, 3, Fraction(2, 3), 1),
            Link(2, 4, 1, HALF),
            Link(3, 4, 1, HALF),
        ],
    )
    assert again.place(1, D0, D3) == [Share(4, Fraction(1))]
    assert not again.place(1, D0, D3)[0].estimated


def test_in_a_gap_the_ground_stays_with_the_unit_that_held_it_last():
    gap = Map([hamlet(1, D0, D1), hamlet(2, D2)], [], [Link(1, 2, 1, 1)])
    between = dt.date(2026, 8, 1)
    assert gap.place(1, D0, between) == [Share(1, Fraction(1))]
    assert gap.place(2, D3, between) == [Share(1, Fraction(1))]


def test_a_hamlet_without_a_past_gives_earlier_facts_to_the_leaf_of_its_commune():
    young = Map(
        [commune(1, D0), hamlet(10, D1), hamlet(19, D0, is_unknown=True)],
        [Stay(10, 1, D1), Stay(19, 1, D0)],
        [],
    )
    assert young.place(10, D0) == [Share(19, Fraction(1))]
    assert young.place(10, D0, D1) == [Share(10, Fraction(1))]


def test_the_leaf_is_found_through_the_succession_of_communes():
    merged = Map(
        [
            commune(1, D0, D1),
            commune(2, D0, D1),
            commune(3, D1),
            hamlet(19, D0, D1, is_unknown=True),
            hamlet(30, D1),
            hamlet(39, D1, is_unknown=True),
        ],
        [Stay(19, 1, D0, D1), Stay(30, 3, D1), Stay(39, 3, D1)],
        [Link(1, 3, 1, Fraction(1, 4)), Link(2, 3, 1, Fraction(3, 4))],
    )
    # Commune 2 has no leaf, so the hamlet keeps that part.
    assert merged.place(30, D0) == [
        Share(19, Fraction(1, 4)),
        Share(30, Fraction(3, 4)),
    ]
    assert merged.place_in_communes(30, D0) == [
        Share(1, Fraction(1, 4)),
        Share(2, Fraction(3, 4)),
    ]
    assert merged.place(19, D0, D3) == [Share(39, Fraction(1))]


def test_a_moved_hamlet_counts_for_the_commune_of_the_day():
    moved = Map(
        [commune(1, D0), commune(2, D0), hamlet(10, D0)],
        [Stay(10, 1, D0, D1), Stay(10, 2, D1)],
        [],
    )
    assert moved.place_in_communes(10, D0) == [Share(1, Fraction(1))]
    assert moved.place_in_communes(10, D0, D1) == [Share(2, Fraction(1))]
    assert moved.parent_on(10, D0) == 1
    assert moved.parent_on(10, EARLY) is None


def test_the_hamlets_of_a_commune_end_with_its_leaf():
    listed = Map(
        [
            commune(1, D0),
            Spot(10, "hamlet", "zz", D0),
            Spot(11, "hamlet", "aa", D0),
            Spot(12, "hamlet", "aa", D1, is_unknown=False),
            Spot(19, "hamlet", "ap chua ro", D0, is_unknown=True),
        ],
        [Stay(10, 1, D0), Stay(11, 1, D0), Stay(12, 1, D1), Stay(19, 1, D0)],
        [],
    )
    assert listed.hamlets_of(1, D0) == (11, 10, 19)
    assert listed.hamlets_of(1, D1) == (11, 12, 10, 19)
    assert listed.communes_on(D0) == (1,)
    assert listed.communes_on(EARLY) == ()
    assert listed.leaf_of(1, D0) == 19


def test_a_succession_that_goes_back_in_time_is_not_followed():
    circle = Map(
        [hamlet(1, D0, D1), hamlet(2, D1, D2)],
        [],
        [Link(1, 2, 1, 1), Link(2, 1, 1, 1)],
    )
    assert circle.place(1, D0, D3) == [Share(2, Fraction(1))]


def test_a_unit_that_the_map_does_not_hold_is_an_error(redrawn):
    with pytest.raises(KeyError):
        redrawn.place(999, D0, D0)


@st.composite
def maps(draw):
    """Layers of hamlets, each redrawn into the next, sometimes with gaps and ends."""
    days = sorted(
        draw(
            st.lists(
                st.dates(dt.date(2025, 1, 1), dt.date(2028, 1, 1)),
                min_size=2,
                max_size=5,
                unique=True,
            )
        )
    )
    spots, stays, links = [commune(1, days[0])], [], []
    if draw(st.booleans()):
        spots.append(hamlet(2, days[0], is_unknown=True))
        stays.append(Stay(2, 1, days[0]))
    key, previous = 10, []
    for number, day in enumerate(days):
        last = number == len(days) - 1
        until = (
            None
            if last
            else days[number + 1] - dt.timedelta(days=draw(st.sampled_from([0, 0, 5])))
        )
        if until is not None and until <= day:
            until = days[number + 1]
        layer = []
        for _each in range(draw(st.integers(1, 3))):
            key += 1
            spots.append(hamlet(key, day, until))
            stays.append(Stay(key, 1, day, until))
            layer.append(key)
        for old in previous:
            for new in layer:
                if draw(st.booleans()):
                    share = st.fractions(Fraction(1, 9), 1, max_denominator=9)
                    links.append(Link(old, new, draw(share), draw(share)))
        previous = layer
    return Map(spots, stays, links), range(11, key + 1), days


@settings(max_examples=50, deadline=None)
@given(maps(), st.data())
def test_the_shares_of_a_fact_sum_to_one_on_every_map(built, data):
    the, keys, days = built
    fact_date = data.draw(st.dates(EARLY, LATE))
    for frame in (None, EARLY, LATE, *days):
        for key in keys:
            for shares in (
                the.place(key, fact_date, frame),
                the.place_in_communes(key, fact_date, frame),
            ):
                assert sum(share.share for share in shares) == 1
                assert all(share.share > 0 for share in shares)


@settings(max_examples=50, deadline=None)
@given(maps(), st.data())
def test_a_total_is_the_same_on_every_map(built, data):
    the, keys, days = built
    facts = data.draw(
        st.lists(st.tuples(st.sampled_from(keys), st.dates(EARLY, LATE)), max_size=20)
    )
    for frame in (None, EARLY, LATE, *days):
        found = {}
        for shares in the.place_many(facts, frame):
            for share in shares:
                found[share.unit_id] = found.get(share.unit_id, 0) + share.share
        assert sum(found.values()) == len(facts)
        shown = largest_remainder(found.values(), len(facts))
        assert sum(shown) == len(facts)


@given(
    st.lists(st.fractions(0, 1000), min_size=1, max_size=12).filter(sum),
    st.integers(0, 10**6),
)
def test_largest_remainder_keeps_the_total_and_stays_next_to_the_quota(values, total):
    rounded = largest_remainder(values, total)
    whole = sum(values)
    assert sum(rounded) == total
    for value, number in zip(values, rounded, strict=True):
        assert abs(number - value * total / whole) < 1


def test_equal_remainders_go_to_the_earlier_value():
    assert largest_remainder([1, 1, 1], 10) == [4, 3, 3]
    assert largest_remainder([], 0) == []


@pytest.mark.parametrize(("values", "total"), [([0, 0], 3), ([-1, 2], 1), ([1], -1)])
def test_what_cannot_be_shared_out_is_an_error(values, total):
    with pytest.raises(ValueError, match="shared out"):
        largest_remainder(values, total)
