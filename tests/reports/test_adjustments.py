"""A sent figure stands still; every later difference stands below it with its cause."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from pilot_communes.actions.units import move_unit
from reports.actions import open_period, send_report
from reports.adjustments import figures_now, figures_written, lines_of
from reports.models import Adjustment, PeriodReport
from tests import factories as make
from tests.reports.register import hold, record

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 5)
Cause = Adjustment.Cause


@pytest.fixture(autouse=True)
def _december():
    with time_machine.travel(dt.datetime(2026, 12, 3, 2, 0, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def sent(ground, cast):
    """November of Đất Mũi, sent by chị Hạnh with one session in it."""
    people = [make.make_person(f"P{n}", ground.rach_moi) for n in range(3)]
    session = hold(ground.rach_moi, DAY, [(p, "alone") for p in people], heads=5)
    period = open_period(user=cast.mai, kind="month", starts_on=dt.date(2026, 11, 1))
    report = send_report(user=cast.hanh, period=period, commune=ground.dat_mui)
    report.session, report.people = session, people
    return report


def changes(report):
    return set(report.adjustments.values_list("cause", "measure", "difference"))


def test_a_report_is_a_snapshot_with_its_log_position(sent):
    assert sent.status == PeriodReport.Status.SENT
    assert sent.sent_figures["visits"] == 5
    assert sent.sent_figures["people/attended"] == 3
    assert sent.log_position == {str(sent.session.uuid): sent.session.state_version}
    assert not sent.adjustments.exists()


def test_a_late_register_is_an_adjustment(sent, ground):
    hold(ground.kinh_tu, DAY + dt.timedelta(days=1), [sent.people[0]], heads=14)
    assert (Cause.LATE, "visits", 14) in changes(sent)
    assert not any(measure.startswith("people/") for _c, measure, _d in changes(sent))
    (line,) = lines_of(sent, ["visits"])
    assert (line.sent, line.added, line.now) == (5, 14, 19)
    sent.refresh_from_db()
    assert sent.sent_figures["visits"] == 5


def test_corrections_merges_and_erasures_keep_their_cause(sent):
    record(sent.session, sent.people[:2], heads=4)
    assert (Cause.CORRECTION, "visits", -1) in changes(sent)
    record(sent.session, sent.people[:1], heads=4, cause="merge")
    assert (Cause.MERGE, "people/attended", -1) in changes(sent)
    assert figures_written(sent) | {} == {
        **dict.fromkeys(figures_written(sent), 0),
        **figures_now(sent),
    }


def test_other_months_and_communes_change_nothing(sent, ground):
    hold(ground.rach_moi, dt.date(2026, 12, 1), heads=9)
    hold(ground.ong_trang, DAY, heads=9)
    assert not sent.adjustments.exists()


def test_an_earlier_month_can_take_a_first_place_away(sent, ground):
    """People of a quarter are counted in the month in which they first came."""
    quarter = open_period(user=None, kind="quarter", starts_on=dt.date(2026, 10, 1))
    report = send_report(user=None, period=quarter, commune=ground.dat_mui)
    hold(ground.ong_trang, dt.date(2026, 9, 30), [sent.people[0]])
    assert not report.adjustments.exists()
    assert not sent.adjustments.exists()
    assert figures_now(report)["people/attended"] == 3


def test_a_decree_that_reaches_back_is_noted_with_both_communes(sent, ground):
    other = send_report(user=None, period=sent.period, commune=ground.tan_an)
    move_unit(
        ground.rach_moi,
        user=None,
        parent=ground.tan_an,
        effective_on=dt.date(2026, 11, 2),
        decree="NQ 15/2026",
    )
    assert (Cause.MAP, "visits", -5) in changes(sent)
    assert (Cause.MAP, "visits", 5) in changes(other)


def test_who_may_not_send_does_not(sent, ground, cast):
    for user in (cast.dao, cast.mai, cast.tam):
        with pytest.raises(PermissionDenied):
            send_report(user=user, period=sent.period, commune=ground.dat_mui)


def test_a_sent_report_is_not_sent_twice_until_it_is_returned(sent, ground, cast):
    with pytest.raises(ValidationError, match="đã gửi"):
        send_report(user=cast.hanh, period=sent.period, commune=ground.dat_mui)
    hold(ground.kinh_tu, DAY, heads=2)
    PeriodReport.objects.update(status=PeriodReport.Status.RETURNED)
    with time_machine.travel(dt.datetime(2026, 12, 4, 2, 0, tzinfo=dt.UTC)):
        again = send_report(user=cast.hanh, period=sent.period, commune=ground.dat_mui)
        assert again.sent_figures["visits"] == 7
        assert figures_written(again)["visits"] == 7


def test_no_quarter_begins_in_november(cast):
    with pytest.raises(ValidationError, match="quý"):
        open_period(user=cast.mai, kind="quarter", starts_on=dt.date(2026, 11, 1))


def test_a_period_is_opened_once(cast):
    first = open_period(user=cast.mai, kind="year", starts_on=dt.date(2026, 1, 1))
    assert (
        open_period(user=cast.mai, kind="year", starts_on=dt.date(2026, 1, 1)) == first
    )
    with pytest.raises(PermissionDenied):
        open_period(user=cast.hanh, kind="year", starts_on=dt.date(2026, 1, 1))
