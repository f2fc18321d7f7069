"""The two commands: one finds any difference, the other mends it."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from reports.models import (
    FirstReach,
    HamletDay,
    HamletMonth,
    HamletTotal,
    SessionFigures,
)
from reports.verify import differences
from tests import factories as make
from tests.reports.register import hold

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 20)


@pytest.fixture
def held(ground):
    home = make.make_household("Hai", ground.rach_moi)
    people = [
        make.make_person(f"P{n}", ground.rach_moi, household=home) for n in range(3)
    ]
    return hold(ground.rach_moi, DAY, [(p, "alone") for p in people], heads=5)


def verify():
    out = io.StringIO()
    call_command("verify_figures", stdout=out)
    return out.getvalue()


def test_figures_that_are_right_are_said_to_be_so(held):
    assert "Every figure is what the register says." in verify()


@pytest.mark.parametrize(
    "plant",
    [
        lambda: HamletDay.objects.filter(measure="visits").update(value=6),
        lambda: HamletMonth.objects.filter(measure="visits", kind="*").update(value=6),
        lambda: HamletTotal.objects.filter(measure="named").delete(),
        lambda: FirstReach.objects.filter(subject_kind="h").delete(),
        lambda: FirstReach.objects.filter(subject_kind="p").update(attended="q"),
        lambda: FirstReach.objects.filter(subject_kind="h").update(subject_id=10**6),
        lambda: SessionFigures.objects.update(contribution=[]),
    ],
)
def test_a_planted_difference_is_found_and_rebuilt(held, plant):
    assert plant()
    with pytest.raises(CommandError, match="differ from the register"):
        verify()
    call_command("rebuild_figures", stdout=io.StringIO())
    verify()


def test_a_register_nobody_counted_is_a_difference(held):
    SessionFigures.objects.all().delete()
    for model in (HamletDay, HamletMonth, HamletTotal, FirstReach):
        model.objects.all().delete()
    with pytest.raises(CommandError):
        verify()


def test_lines_name_no_person(held):
    FirstReach.objects.all().delete()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_figures", stdout=out)
    assert "P0" not in out.getvalue()
    assert "FirstReach" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_reading_at_one_moment_holds_up_nobody(ground):
    """Outside a transaction: the state of the database at the first look, then let go."""
    hold(ground.rach_moi, DAY, heads=3)
    assert list(differences()) == []
    hold(ground.rach_moi, DAY, heads=4)
    HamletDay.objects.filter(measure="visits").update(value=1)
    found = differences()
    assert next(found).table == "HamletDay"
    found.close()
    assert not connection.in_atomic_block
    hold(ground.kinh_tu, DAY, heads=5)
