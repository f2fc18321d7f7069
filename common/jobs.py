"""Repeated work: which jobs there are, when each is due, and who runs it.

Rooms register jobs in `AppConfig.ready()`. The clock of every host asks again and again
what is due; whoever inserts the row `JobRun(job, due)` first runs it, the others find the
row taken. After a stop only the latest missed time is made up for. A host may die after
the work and before the mark, so a job must bear being run twice.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from common.models import JobRun
from common.registries import Registry

log = logging.getLogger(__name__)

ATTEMPTS = 5
# The pause before the second, third … attempt.
PAUSES = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
)


class Schedule(Protocol):
    def latest(self, now: dt.datetime) -> dt.datetime:
        """The last due time that is not after `now`."""

    def next(self, now: dt.datetime) -> dt.datetime:
        """The first due time after `now`."""


@dataclasses.dataclass(frozen=True)
class Every:
    """Every so many minutes, counted from midnight UTC."""

    minutes: int

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= 1440 or 1440 % self.minutes:
            raise ValueError("every(): the minutes must divide a day.")

    def latest(self, now: dt.datetime) -> dt.datetime:
        now = now.astimezone(dt.UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        passed = (now - midnight) // dt.timedelta(minutes=self.minutes)
        return midnight + passed * dt.timedelta(minutes=self.minutes)

    def next(self, now: dt.datetime) -> dt.datetime:
        return self.latest(now) + dt.timedelta(minutes=self.minutes)


@dataclasses.dataclass(frozen=True)
class Daily:
    """Once a day, on some weekdays or on some days of the month, at a local time."""

    time: dt.time
    weekdays: frozenset[int] | None = None
    days: frozenset[int] | None = None

    def _at(self, day: dt.date) -> dt.datetime:
        zone = timezone.get_default_timezone()
        return dt.datetime.combine(day, self.time, tzinfo=zone)

    def _holds(self, day: dt.date) -> bool:
        return (self.weekdays is None or day.weekday() in self.weekdays) and (
            self.days is None or day.day in self.days
        )

    def latest(self, now: dt.datetime) -> dt.datetime:
        day = timezone.localdate(now, timezone.get_default_timezone())
        while not self._holds(day) or self._at(day) > now:
            day -= dt.timedelta(days=1)
        return self._at(day).astimezone(dt.UTC)

    def next(self, now: dt.datetime) -> dt.datetime:
        day = timezone.localdate(now, timezone.get_default_timezone())
        while not self._holds(day) or self._at(day) <= now:
            day += dt.timedelta(days=1)
        return self._at(day).astimezone(dt.UTC)


def every(minutes: int) -> Every:
    """Every so many minutes; the number must divide a day (1, 5, 15, 60 …)."""
    return Every(minutes)


def daily(at: str) -> Daily:
    """Every day at a local time, written "02:30"."""
    return Daily(dt.time.fromisoformat(at))


def weekly(weekday: int, at: str) -> Daily:
    """Once a week, Monday being 0, at a local time."""
    if not 0 <= weekday <= 6:
        raise ValueError("weekly(): Monday is 0 and Sunday is 6.")
    return Daily(dt.time.fromisoformat(at), weekdays=frozenset({weekday}))


def monthly(day: int, at: str) -> Daily:
    """Once a month, on a day from 1 to 28, at a local time."""
    if not 1 <= day <= 28:
        raise ValueError("monthly(): choose a day that every month has (1 to 28).")
    return Daily(dt.time.fromisoformat(at), days=frozenset({day}))


@dataclasses.dataclass(frozen=True)
class Job:
    """A piece of repeated work.

    `run` takes no argument. A run that is not finished after `lease` is taken for dead
    and may be claimed again. The health page calls the job late when no run has
    succeeded `grace` after it was due.
    """

    name: str
    label: Any
    schedule: Schedule
    run: Callable[[], object]
    lease: dt.timedelta = dt.timedelta(hours=1)
    grace: dt.timedelta = dt.timedelta(minutes=15)


jobs: Registry[Job] = Registry("jobs", key=lambda job: job.name)


def register(
    name: str,
    schedule: Schedule,
    run: Callable[[], object],
    *,
    label: Any,
    **options: Any,
) -> Job:
    """Register a job under a unique name, e.g. "courses.publish"."""
    return jobs.register(
        Job(name=name, label=label, schedule=schedule, run=run, **options)
    )


def host() -> str:
    """The name of this machine, as it stands in `JobRun.host`."""
    return socket.gethostname()[:120]


def _claim(job: Job, due: dt.datetime, now: dt.datetime) -> JobRun | None:
    """Take the run of a job at its due time, or None when it is somebody else's."""
    run = JobRun.objects.filter(job=job.name, due=due).first()
    if run is None:
        try:
            with transaction.atomic():
                return JobRun.objects.create(
                    job=job.name, due=due, host=host(), started_at=now
                )
        except IntegrityError:
            return None
    if run.status == JobRun.Status.DONE or run.attempts >= ATTEMPTS:
        return None
    if run.status == JobRun.Status.FAILED:
        waited_from = run.finished_at or run.started_at
        if now < waited_from + PAUSES[min(run.attempts, len(PAUSES)) - 1]:
            return None
    elif now < run.started_at + job.lease:
        return None
    # The attempt number is the fence: of two hosts that saw the same row, one changes it.
    taken = JobRun.objects.filter(
        pk=run.pk, status=run.status, attempts=run.attempts
    ).update(
        status=JobRun.Status.RUNNING,
        attempts=run.attempts + 1,
        host=host(),
        started_at=now,
        finished_at=None,
        message="",
    )
    return JobRun.objects.get(pk=run.pk) if taken else None


def _finish(run: JobRun, status: str, message: str = "") -> None:
    JobRun.objects.filter(pk=run.pk, attempts=run.attempts).update(
        status=status, finished_at=timezone.now(), message=message[:300]
    )


def run_job(job: Job, *, now: dt.datetime | None = None) -> JobRun | None:
    """Run a job if its latest due time is not taken. Returns the run, None if not ours."""
    now = now or timezone.now()
    run = _claim(job, job.schedule.latest(now), now)
    if run is None:
        return None
    try:
        job.run()
    except Exception as error:
        # The class alone: a message may quote a row.
        _finish(run, JobRun.Status.FAILED, type(error).__name__)
        log.exception("job failed", extra={"job": job.name, "attempt": run.attempts})
    else:
        _finish(run, JobRun.Status.DONE)
        log.info("job done", extra={"job": job.name, "attempt": run.attempts})
    return JobRun.objects.get(pk=run.pk)


def run_due_jobs(*, now: dt.datetime | None = None) -> list[JobRun]:
    """Run every job that is due and not taken; returns the runs made here."""
    now = now or timezone.now()
    runs = (run_job(job, now=now) for job in jobs)
    return [run for run in runs if run is not None]


@dataclasses.dataclass(frozen=True)
class Standing:
    """How a job stands: its last success, the due time it owes, and what went wrong."""

    job: Job
    last_done: dt.datetime | None
    next_due: dt.datetime
    late_since: dt.datetime | None
    failure: JobRun | None

    @property
    def is_late(self) -> bool:
        return self.late_since is not None


def standings(*, now: dt.datetime | None = None) -> list[Standing]:
    """How every registered job stands (two queries)."""
    now = now or timezone.now()
    done = dict(
        JobRun.objects.filter(status=JobRun.Status.DONE)
        .values_list("job")
        .annotate(last=Max("due"))
    )
    failures: dict[str, JobRun] = {}
    recent = Q(status=JobRun.Status.FAILED, due__gte=now - dt.timedelta(days=40))
    for run in JobRun.objects.filter(recent).order_by("due"):
        failures[run.job] = run
    rows = []
    for job in jobs:
        owed = job.schedule.latest(now - job.grace)
        last = done.get(job.name)
        late = last is None or last < owed
        failure = failures.get(job.name)
        if failure is not None and last is not None and failure.due <= last:
            failure = None
        rows.append(
            Standing(
                job=job,
                last_done=last,
                next_due=job.schedule.next(now),
                late_since=owed if late else None,
                failure=failure,
            )
        )
    return rows


def late_jobs(*, now: dt.datetime | None = None) -> list[Standing]:
    """Jobs whose work is overdue."""
    return [standing for standing in standings(now=now) if standing.is_late]


def forget_old_runs(*, now: dt.datetime | None = None, days: int = 90) -> int:
    """Delete runs older than so many days, but never the last success of a job."""
    now = now or timezone.now()
    newest = JobRun.objects.filter(status=JobRun.Status.DONE).values("job")
    keep = [row["last"] for row in newest.annotate(last=Max("pk"))]
    old = JobRun.objects.filter(due__lt=now - dt.timedelta(days=days))
    return old.exclude(pk__in=keep).delete()[0]


def seconds_until_next(
    *, now: dt.datetime | None = None, at_most: float = 30.0
) -> float:
    """How long the clock may sleep."""
    now = now or timezone.now()
    waits = [(job.schedule.next(now) - now).total_seconds() for job in jobs]
    return max(0.5, min([at_most, *waits]))
