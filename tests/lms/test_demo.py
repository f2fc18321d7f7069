"""The invented pilot: believable, the same every time, and never beside real data."""

import datetime as dt
import io
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from attendance.models import HeldEntry, RegisterEntry, TrainingSession
from lms.demo import build as demo
from lms.demo.people import LOGINS, PASSWORD
from lms.demo.plan import PILOT, SECOND, THIRD, tell
from people.models import Person, PersonPointer, User
from pilot_communes.models import MapChange, Phase, PhaseMembership, PopulationFigure
from tests import factories as make

# Four weeks and five communes show everything; the whole story takes a minute.
DAY = dt.date(2026, 11, 3)
CAST = (
    ("32248", PILOT, 3, "hamlets"),
    ("32098", PILOT, 4, "hamlets"),
    ("32128", PILOT, 2, "commune"),
    ("32044", SECOND, 2, ""),
    ("32191", THIRD, 1, ""),
)


def _load_programme():
    """What `load_programme` leaves behind, as far as the story needs it."""
    province = make.make_unit("Cà Mau", "province", code="96")
    for code, _phase, _count, _base in CAST:
        make.make_unit(f"Xã {code}", "commune", parent=province, code=code)
    for order in (1, 2, 3):
        Phase.objects.create(code=f"dot-{order}", name=f"Đợt {order}", order=order)


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The story, told once for all tests that only look at it; each works on a savepoint."""
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO=True),
        transaction.atomic(),
    ):
        _load_programme()
        yield demo.build(DAY, say=lambda text: None, cast=CAST)
        transaction.set_rollback(True)


@pytest.fixture
def story(told, db):
    return told


def test_the_same_day_gives_the_same_story():
    assert tell(DAY) == tell(DAY)
    assert tell(DAY) != tell(DAY, seed=1)


@pytest.mark.parametrize("day", [dt.date(2026, 1, 31), dt.date(2026, 11, 1), DAY])
def test_a_story_can_be_told_on_any_day(day):
    story = tell(day)
    assert len(story.communes) == 12
    assert len(story.redrawings) == 2
    assert Counter(c.phase for c in story.communes) == {PILOT: 5, SECOND: 4, THIRD: 3}
    held = [s for s in story.sessions if s.ending in ("closed", "open")]
    assert all(story.start <= s.date <= day for s in held)
    assert {s.kind for s in held} == set(TrainingSession.Kind.values)


def test_the_foot_of_its_pages_names_an_office_that_nobody_is(story):
    page = Client().get("/khong-co/").text.partition("<footer")[2]
    assert "Cơ quan phụ trách (dữ liệu mẫu)" in page
    assert 'href="tel:0900000000"' in page


def test_every_telephone_number_is_visibly_nobodys():
    story = tell(DAY)
    phones = {r.phone for c in story.communes for h in c.hamlets for r in h.residents}
    phones |= {m.phone for c in story.communes for t in c.teams for m in t.members}
    assert all(phone.startswith("0900 000 0") for phone in phones if phone)
    assert len(phones) > 50


def test_people_are_introduced_before_they_are_marked_and_only_once():
    met = set()
    for session in tell(DAY).sessions:
        for mark in session.marks:
            assert mark.new == (mark.resident not in met)
            met.add(mark.resident)


def test_the_story_agrees_with_the_register_and_the_figures(story):
    out = io.StringIO()
    call_command("verify_register", stdout=out)
    call_command("verify_figures", stdout=out)
    assert RegisterEntry.objects.count() > 1000


def test_the_story_has_what_a_real_autumn_has(story):
    states = [s.state for s in TrainingSession.objects.exclude(status="planned")]
    totals = [state["totals"] for state in states if state]
    assert sum(t["conflicts"] for t in totals) == 1
    assert sum(t["short"] for t in totals) == 1
    assert any(t["nameless"] for t in totals)
    assert any(t["proxies"] for t in totals)
    assert any(t["blockers"] for t in totals)
    assert TrainingSession.objects.register_missing(DAY).exists()
    assert TrainingSession.objects.filter(status="cancelled").count() == 1
    assert TrainingSession.objects.filter(kind="rehearsal").exists()
    (held,) = HeldEntry.objects.all()
    assert held.reason == HeldEntry.Reason.TICKET_ENDED
    assert PersonPointer.objects.filter(undone_at=None).count() == 2
    assert Person.objects.exclude(erased_at=None).count() == 1


def test_the_map_is_redrawn_in_the_middle_by_decrees(story):
    changes = {c.kind: c for c in MapChange.objects.exclude(kind="add")}
    assert set(changes) == {"merge", "split"}
    for change in changes.values():
        assert story.start < change.effective_on < DAY
        assert "dữ liệu mẫu" in change.decree
        assert TrainingSession.objects.filter(date__lt=change.effective_on).exists()


def test_some_communes_have_a_base_and_others_have_none(story):
    declared = set(
        PopulationFigure.objects.filter(quality="declared").values_list(
            "unit__level", flat=True
        )
    )
    assert declared == {"commune", "hamlet"}
    bases = PopulationFigure.objects.filter(unit__level="commune")
    assert {f.unit.code for f in bases} == {"32248", "32098", "32128"}
    assert PhaseMembership.objects.count() == len(CAST)


def test_every_printed_login_signs_in_with_the_printed_password(story):
    for login in LOGINS:
        user = User.objects.get(username=login.username)
        assert user.check_password(PASSWORD)
        assert not user.must_set_password
        assert user.reach().grants


def test_what_happened_then_was_written_down_then(story):
    session = TrainingSession.objects.filter(status="closed").earliest("date")
    assert session.closed_at.date() == session.date
    received = RegisterEntry.objects.earliest("received_at").received_at
    assert received.date() < DAY - dt.timedelta(days=20)


def test_the_second_start_tells_nothing_twice(story):
    before = RegisterEntry.objects.count()
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    assert RegisterEntry.objects.count() == before
    assert PASSWORD in out.getvalue()
    assert "totruong" in out.getvalue()


def test_visitors_of_the_demonstration_need_no_second_step(story, client):
    assert client.login(username="xa", password=PASSWORD)
    assert client.get("/xa/bat-dau/").status_code == 200
    stranger = Client()
    with override_settings(DEMO=False):
        assert stranger.login(username="xa", password=PASSWORD)
        assert stranger.get("/xa/bat-dau/").status_code == 302
