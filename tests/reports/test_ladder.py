"""First reaches, step by step, are the first reaches by definition."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from reports.ladder import Event, firsts
from reports.recount import Happening, firsts_by_definition

OUTCOMES = ["alone", "helped", "not_yet", "referred", ""]
outcomes = st.sampled_from(OUTCOMES)
skills = st.sampled_from(["a", "b"])
came = st.lists(
    st.tuples(
        # Days near the turns of months, quarters and years, and 30 to 60 days apart.
        st.one_of(
            st.integers(0, 800),
            st.sampled_from([30, 31, 60, 61, 90, 91, 152, 153, 212, 213, 242, 243]),
        ),
        outcomes,
        st.sets(skills),
        st.dictionaries(skills, outcomes.filter(bool), max_size=2),
        st.integers(1, 3),
    ),
    max_size=10,
    unique_by=lambda one: one[0],
)


@given(came)
def test_people_climb_the_ladder_as_defined(said):
    events, happenings = [], []
    for session, (days, outcome, taught, observed, hamlet) in enumerate(said):
        day = dt.date(2025, 5, 1) + dt.timedelta(days=days)
        where = (hamlet, "hamlet", "class")
        events.append(
            Event(
                day.isoformat(),
                session,
                0,
                outcome,
                observed,
                tuple(sorted(taught)),
                *where,
                "f",
                "60",
            )
        )
        known = {**dict.fromkeys(taught, outcome), "": outcome, **observed}
        happenings.append(Happening(day, session, 7, known, where, "f", "60"))
    step_by_step = {
        key: (dt.date.fromisoformat(first.day), *first[1:])
        for key, first in firsts(events).items()
    }
    assert step_by_step == firsts_by_definition(happenings, "p")


def test_two_sessions_of_one_day_make_one_first_reach():
    day = "2026-11-20"
    rows = [
        Event(day, pk, 0, "alone", {}, (), 1, "hamlet", "class", "", "")
        for pk in (2, 1)
    ]
    assert [key for key, _first in firsts(rows).items()] == [("", 1)]
