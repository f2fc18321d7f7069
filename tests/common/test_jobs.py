"""Scheduled work: due times, claims, retries, lateness."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from common import jobs
from common.jobs import Job, daily, every, monthly, weekly
from common.models import JobRun

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text: str) -> dt.datetime:
    """A moment in Viet Nam."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.fixture
def only_mine(monkeypatch):
    """An empty registry of jobs for the length of a test."""
    own = type(jobs.jobs)("jobs", key=lambda job: job.name)
    monkeypatch.setattr(jobs, "jobs", own)
    return own


@pytest.mark.parametrize(
    ("schedule", "now", "latest", "following"),
    [
        (every(15), "2026-11-20T07:29:59", "2026-11-20T07:15", "2026-11-20T07:30"),
        (every(15), "2026-11-20T07:30:00", "2026-11-20T07:30", "2026-11-20T07:45"),
        (every(1440), "2026-11-20T06:59", "2026-11-19T07:00", "2026-11-20T07:00"),
        (daily("02:30"), "2026-11-20T02:29", "2026-11-19T02:30", "2026-11-20T02:30"),
        (daily("02:30"), "2026-11-20T02:30", "2026-11-20T02:30", "2026-11-21T02:30"),
        (
            weekly(0, "07:00"),
            "2026-11-20T09:00",
            "2026-11-16T07:00",
            "2026-11-23T07:00",
        ),
        (
            monthly(1, "06:00"),
            "2026-11-01T05:59",
            "2026-10-01T06:00",
            "2026-11-01T06:00",
        ),
        (
            monthly(28, "06:00"),
            "2027-01-03T00:00",
            "2026-12-28T06:00",
            "2027-01-28T06:00",
        ),
    ],
)
def test_due_times_are_half_open(schedule, now, latest, following):
    assert schedule.latest(at(now)) == at(latest)
    assert schedule.next(at(now)) == at(following)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: every(7),
        lambda: every(0),
        lambda: weekly(7, "07:00"),
        lambda: monthly(29, "07:00"),
        lambda: daily("25:00"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(broken):
    with pytest.raises(ValueError):
        broken()


@pytest.mark.django_db
def test_a_job_runs_once_for_each_due_time(only_mine):
    ran = []
    jobs.register("a.b", every(15), lambda: ran.append(1), label="Việc")
    assert len(jobs.run_due_jobs(now=at("2026-11-20T07:15"))) == 1
    assert jobs.run_due_jobs(now=at("2026-11-20T07:29")) == []
    assert len(jobs.run_due_jobs(now=at("2026-11-20T07:30"))) == 1
    assert len(ran) == 2
    assert list(JobRun.objects.values_list("status", "attempts")) == [
        ("done", 1),
        ("done", 1),
    ]


@pytest.mark.django_db
def test_after_a_long_stop_only_the_latest_missed_time_is_made_up_for(only_mine):
    ran = []
    jobs.register("a.b", daily("02:00"), lambda: ran.append(1), label="Việc")
    jobs.run_due_jobs(now=at("2026-11-01T03:00"))
    jobs.run_due_jobs(now=at("2026-11-20T09:00"))
    assert len(ran) == 2


@pytest.mark.django_db
def test_a_failed_job_is_tried_again_after_growing_pauses_and_then_left(
    only_mine, caplog
):
    def broken():
        raise RuntimeError("Nguyễn Thị Bảy 0912 345 678")

    jobs.register("a.b", daily("02:00"), broken, label="Việc")
    now = at("2026-11-20T02:00")
    tries = []
    with time_machine.travel(now, tick=False) as clock:
        for _minute in range(600):
            if jobs.run_due_jobs(now=now):
                tries.append(now)
            now += dt.timedelta(minutes=1)
            clock.move_to(now)
    pauses = [(b - a).total_seconds() // 60 for a, b in itertools.pairwise(tries)]
    assert pauses == [1, 5, 15, 60]
    run = JobRun.objects.get()
    assert (run.status, run.attempts, run.message) == ("failed", 5, "RuntimeError")


@pytest.mark.django_db
def test_one_broken_job_does_not_stop_the_others(only_mine, caplog):
    ran = []
    jobs.register("a.broken", every(15), lambda: 1 / 0, label="Hỏng")
    jobs.register("b.sound", every(15), lambda: ran.append(1), label="Lành")
    runs = jobs.run_due_jobs(now=at("2026-11-20T07:15"))
    assert [run.status for run in runs] == ["failed", "done"]
    assert ran == [1]


@pytest.mark.django_db
def test_a_run_whose_host_died_is_claimed_again_after_its_lease(only_mine):
    ran = []
    jobs.register("a.b", daily("02:00"), lambda: ran.append(1), label="Việc")
    JobRun.objects.create(
        job="a.b",
        due=at("2026-11-20T02:00"),
        host="dead",
        started_at=at("2026-11-20T02:00"),
    )
    assert jobs.run_due_jobs(now=at("2026-11-20T02:59")) == []
    assert len(jobs.run_due_jobs(now=at("2026-11-20T03:01"))) == 1
    run = JobRun.objects.get()
    assert (run.status, run.attempts, run.host) == ("done", 2, jobs.host())


@pytest.mark.django_db(transaction=True)
def test_eight_hosts_run_a_due_job_once(only_mine):
    ran = []
    start = threading.Barrier(8)
    jobs.register("a.b", every(15), lambda: ran.append(1), label="Việc")

    def host():
        start.wait()
        try:
            jobs.run_due_jobs(now=at("2026-11-20T07:15"))
        finally:
            connection.close()

    hosts = [threading.Thread(target=host) for _number in range(8)]
    for thread in hosts:
        thread.start()
    for thread in hosts:
        thread.join()
    assert ran == [1]
    assert JobRun.objects.count() == 1


@pytest.mark.django_db
def test_a_job_is_late_when_its_grace_has_passed_without_success(only_mine):
    jobs.register("a.b", daily("02:00"), lambda: None, label="Việc")
    jobs.run_due_jobs(now=at("2026-11-19T02:00"))
    assert jobs.late_jobs(now=at("2026-11-20T02:14")) == []
    late = jobs.late_jobs(now=at("2026-11-20T02:16"))
    assert [row.job.name for row in late] == ["a.b"]
    assert late[0].late_since == at("2026-11-20T02:00")


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_standings_ask_twice_whatever_the_number_of_jobs(
    only_mine, count, django_assert_num_queries
):
    for number in range(count):
        only_mine.register(Job(f"a.{number}", "Việc", daily("02:00"), lambda: None))
    with django_assert_num_queries(2):
        assert len(jobs.standings(now=at("2026-11-20T09:00"))) == count


@pytest.mark.django_db
def test_old_runs_are_forgotten_but_never_the_last_success():
    old, older = at("2026-01-02T02:00"), at("2026-01-01T02:00")
    for due in (older, old):
        JobRun.objects.create(job="a.b", due=due, host="h", status="done")
    JobRun.objects.create(
        job="a.b", due=at("2026-01-03T02:00"), host="h", status="failed"
    )
    assert jobs.forget_old_runs(now=at("2026-11-20T02:00")) == 2
    assert [run.due for run in JobRun.objects.all()] == [old]


def test_the_clock_sleeps_until_the_next_job_and_no_longer_than_half_a_minute(
    only_mine,
):
    assert jobs.seconds_until_next(now=at("2026-11-20T07:00")) == 30
    jobs.register("a.b", every(15), lambda: None, label="Việc")
    assert jobs.seconds_until_next(now=at("2026-11-20T07:14:50")) == 10
    assert jobs.seconds_until_next(now=at("2026-11-20T07:14:59.9")) == 0.5
