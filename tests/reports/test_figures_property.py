"""Whatever happens to sessions, in whatever order: the sums are what a recount finds."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from people.models import Residence
from reports.actions import open_period, send_report
from reports.adjustments import figures_now, figures_written
from reports.models import (
    FirstReach,
    HamletDay,
    HamletMonth,
    HamletTotal,
    SessionFigures,
)
from reports.verify import differences, rebuild
from tests import factories as make
from tests.reports.register import hold, record, tell

pytestmark = pytest.mark.django_db

FIRST = dt.date(2025, 11, 1)
PEOPLE, HOMES, HAMLETS = 6, 3, 3
SKILLS = ("a-mot", "b-hai")

days = st.integers(0, 400).map(lambda n: FIRST + dt.timedelta(days=n))
outcomes = st.sampled_from(["alone", "helped", "not_yet", "referred", ""])
marks = st.dictionaries(
    st.integers(0, PEOPLE - 1),
    st.tuples(
        outcomes,
        st.booleans(),
        st.sampled_from(["", "nfc", "sim"]),
        st.dictionaries(st.sampled_from(SKILLS), outcomes.filter(bool), max_size=2),
    ),
    max_size=PEOPLE,
)
heads = st.none() | st.integers(0, 12)
kinds = st.sampled_from(["class", "class", "house_visits", "rehearsal"])
statuses = st.sampled_from(["closed", "closed", "open", "planned", "cancelled"])
which = st.integers(0, 7)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("hold"),
            st.integers(0, HAMLETS - 1),
            days,
            marks,
            heads,
            kinds,
            statuses,
            st.sets(st.integers(0, HOMES - 1)),
        ),
        st.tuples(st.just("record"), which, marks, heads),
        st.tuples(st.just("move"), which, st.integers(0, HAMLETS - 1), days),
        st.tuples(st.just("turn"), which, kinds, statuses),
        st.tuples(
            st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)
        ),
        st.tuples(st.just("undo")),
        st.tuples(
            st.just("rehome"), st.integers(0, PEOPLE - 1), st.integers(0, HAMLETS + 1)
        ),
        st.tuples(st.just("erase"), st.integers(0, PEOPLE - 1)),
    ),
    min_size=1,
    max_size=14,
)


class World:
    """Hamlets, people and sessions; merges and homes act as attendance's refold does."""

    def __init__(self, ground) -> None:
        self.hamlets = [ground.rach_moi, ground.kinh_tu, ground.ong_trang]
        self.homes = [
            make.make_household(f"H{n}", self.hamlets[n]) for n in range(HOMES)
        ]
        self.people = [
            make.make_person(
                f"P{n}",
                self.hamlets[n % 2],
                household=self.homes[n % HOMES] if n % 2 else None,
                sex="fm"[n % 2],
                birth_year=1950 + 12 * n,
            )
            for n in range(PEOPLE)
        ]
        self.sessions: list = []
        self.said: dict[int, dict] = {}
        self.heads: dict[int, int | None] = {}
        self.proxies: dict[int, set[int]] = {}
        self.points_to: dict[int, int] = {}

    def canonical(self, n: int) -> int:
        while n in self.points_to:
            n = self.points_to[n]
        return n

    def do(self, step) -> None:
        getattr(self, f"do_{step[0]}")(*step[1:])

    def do_hold(self, hamlet, day, said, heads, kind, status, proxies) -> None:
        session = hold(self.hamlets[hamlet], day, [], kind=kind, status=status)
        self.sessions.append(session)
        self.proxies[session.pk] = proxies
        self.heads[session.pk] = heads
        self.said[session.pk] = said
        self.fold(session)

    def chosen(self, n):
        return self.sessions[n % len(self.sessions)] if self.sessions else None

    def do_record(self, n, said, heads) -> None:
        if session := self.chosen(n):
            self.said[session.pk], self.heads[session.pk] = said, heads
            self.fold(session)

    def do_move(self, n, hamlet, day) -> None:
        if session := self.chosen(n):
            session.host, session.date = self.hamlets[hamlet], day
            session.save()
            tell(session)

    def do_turn(self, n, kind, status) -> None:
        if session := self.chosen(n):
            session.kind, session.status = kind, status
            session.cancel_reason = "mưa" if status == "cancelled" else ""
            session.save()
            tell(session)

    def do_merge(self, a, b) -> None:
        if self.canonical(a) != self.canonical(b):
            self.points_to[self.canonical(a)] = self.canonical(b)
            self.refold("merge")

    def do_undo(self) -> None:
        if self.points_to:
            self.points_to.popitem()
            self.refold("merge")

    def do_rehome(self, n, where) -> None:
        home = {HAMLETS: {"outside": True}, HAMLETS + 1: {}}.get(where)
        if home is None:
            home = {"hamlet": self.hamlets[where], "household": self.homes[where]}
        Residence.objects.filter(person=self.people[n]).delete()
        Residence.objects.create(person=self.people[n], valid_from=FIRST, **home)
        self.refold("")

    def do_erase(self, n) -> None:
        """A tombstone keeps its rows, and what was stamped on them."""
        for session in self.sessions:
            tell(session, [self.people[n].pk], cause="erasure")

    def refold(self, cause) -> None:
        for session in self.sessions:
            self.fold(session, cause)

    def fold(self, session, cause="") -> None:
        best: dict[int, tuple] = {}
        for n, mark in sorted(self.said[session.pk].items()):
            best.setdefault(self.canonical(n), mark)
        record(
            session,
            [
                (
                    self.people[n],
                    did,
                    {"present": here, "blocker": stuck, "skills": skills},
                )
                for n, (did, here, stuck, skills) in best.items()
            ],
            heads=self.heads[session.pk],
            proxies=[self.homes[n] for n in sorted(self.proxies[session.pk])],
            cause=cause,
        )


def stored():
    """Everything that is kept, without row ids and husks of zero."""
    return [
        sorted(model.objects.exclude(value=0).values_list(*fields, "value"))
        for model, fields in (
            (
                HamletDay,
                ("hamlet", "day", "measure", "sex", "age_band", "skill", "kind"),
            ),
            (
                HamletMonth,
                ("hamlet", "month", "measure", "sex", "age_band", "skill", "kind"),
            ),
            (HamletTotal, ("hamlet", "measure", "sex", "age_band", "skill", "kind")),
        )
    ] + [
        sorted(
            FirstReach.objects.values_list(
                "subject_kind",
                "subject_id",
                "skill",
                "session",
                "attended",
                "helped",
                "alone",
                "kept",
            )
        ),
        sorted(
            SessionFigures.objects.exclude(contribution=[]).values_list(
                "session", "day"
            )
        ),
    ]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_sums_are_what_a_recount_finds(ground, done):
    with transaction.atomic():
        world = World(ground)
        for step in done:
            world.do(step)
        assert [str(d) for d in differences()] == []
        before = stored()
        rebuild()
        assert stored() == before
        transaction.set_rollback(True)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
    ],
)
@given(steps, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(ground, done, chance):
    """Sessions that are held and never changed give the same sums in any order."""
    held = [step for step in done if step[0] == "hold"]
    # Of two sessions of one day either may be the first: leave such days out.
    assume(len({step[2] for step in held}) == len(held) > 1)
    found = []
    for order in (held, chance.sample(held, len(held))):
        with transaction.atomic():
            world = World(ground)
            for step in order:
                world.do(step)
            found.append(stored()[:3])
            transaction.set_rollback(True)
    assert found[0] == found[1]


near = st.integers(0, 60).map(lambda n: FIRST + dt.timedelta(days=n))


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps, steps, st.lists(st.tuples(st.integers(0, 2), near, marks, heads), max_size=4)
)
def test_sent_plus_added_is_always_what_is_counted_now(ground, before, after, late):
    with transaction.atomic():
        world = World(ground)
        for step in before[:5]:
            world.do(step)
        reports = [
            send_report(user=None, period=period, commune=commune)
            for period in (
                open_period(user=None, kind="month", starts_on=dt.date(2025, 11, 1)),
                open_period(user=None, kind="quarter", starts_on=dt.date(2025, 10, 1)),
            )
            for commune in (ground.dat_mui, ground.tan_an)
        ]
        for hamlet, day, said, counted in late:
            world.do(("hold", hamlet, day, said, counted, "class", "closed", set()))
        for step in after[:4]:
            world.do(step)
        for report in reports:
            written = {k: v for k, v in figures_written(report).items() if v}
            assert written == figures_now(report)
        transaction.set_rollback(True)
