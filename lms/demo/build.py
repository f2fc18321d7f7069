"""Tells the story to the rooms, day by day."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable

from django.db import transaction

from attendance.models import RegisterEntry, TrainingSession
from common.models import ImportRun
from lms.demo.clock import at
from lms.demo.people import Doorkeeper
from lms.demo.places import Places
from lms.demo.plan import COMMUNES, SEED, tell
from lms.demo.registers import Registers, enrol_phones
from lms.demo.story import Story
from people.actions import erase_person, merge_persons
from people.models import Household, Person

KIND = "demo"
MORNING = dt.time(7, 0)
WITH_PHONES = ("32248", "32098")


def is_told() -> bool:
    """Was the story told to this database, to its end?"""
    return ImportRun.objects.filter(kind=KIND, status=ImportRun.Status.APPLIED).exists()


def is_broken_off() -> bool:
    """Was it begun here and never finished?"""
    return ImportRun.objects.filter(kind=KIND, status=ImportRun.Status.CHECKED).exists()


def has_real_data() -> bool:
    """Does the database hold anything that the programme's own loading does not make?"""
    return any(
        rows.exists()
        for rows in (
            Person.objects.all(),
            Household.objects.all(),
            TrainingSession.objects.all(),
            RegisterEntry.objects.all(),
        )
    )


def build(
    today: dt.date,
    *,
    say: Callable[[str], None],
    seed: int = SEED,
    cast: tuple[tuple, ...] = COMMUNES,
) -> Story:
    """Fill an empty database with the story up to that day."""
    story = tell(today, seed=seed, cast=cast)
    run = ImportRun.objects.create(
        kind=KIND, source_digest=f"{seed}-{today:%Y%m%d}", rows=len(story.sessions)
    )
    draw = random.Random(seed + 1)  # noqa: S311 -- a story, not a secret
    places = Places(Doorkeeper())
    with at(story.start, MORNING), transaction.atomic():
        places.appoint(story)
        places.plan_phases(story)
    registers = Registers(story, places, draw)
    events = _events(story, places, registers)
    for month, days in itertools.groupby(events, key=lambda event: f"{event[0]:%m/%Y}"):
        say(f"{month} …")
        for _day, _rank, happen in days:
            happen()
    with at(today, MORNING):
        enrol_phones(story, places, WITH_PHONES, draw)
        _tidy(story, places, registers)
    run.status = ImportRun.Status.APPLIED
    run.save(update_fields=["status"])
    return story


def _events(story: Story, places: Places, registers: Registers):
    """What happens, by day: first a commune begins, then decrees, then sessions."""
    events = []
    for commune in story.communes:
        # Planned communes have prepared their ground, or not, before they join.
        day = min(commune.joins_on, story.today)
        events.append((day, 0, _on(day, places.settle, commune)))
    for change in story.redrawings:
        events.append((change.date, 1, _on(change.date, places.redraw, change)))
        if change.kind == "split":
            day = min(change.date + dt.timedelta(days=3), story.today)
            events.append((day, 1, _on(day, registers.rehome, change)))
    for session in story.sessions:
        # Turns the clock itself: it is planned some days before it is held.
        events.append((session.date, 2, lambda plan=session: registers.hold(plan)))
    return sorted(events, key=lambda event: event[:2])


def _on(day: dt.date, action: Callable, *arguments) -> Callable[[], None]:
    def run() -> None:
        with at(day, MORNING):
            action(*arguments)

    return run


def _tidy(story: Story, places: Places, registers: Registers) -> None:
    """The last days: records of one person are joined, one person is forgotten."""
    found = {
        p.uuid: p for p in Person.objects.filter(uuid__in=registers.persons.values())
    }
    for kept, twin in story.twins:
        code = twin.partition("-")[0]
        merge_persons(
            found[registers.persons[twin]],
            into=found[registers.persons[kept]],
            user=places.coordinator(code),
        )
    code = story.forgotten.partition("-")[0]
    erase_person(
        found[registers.persons[story.forgotten]], user=places.coordinator(code)
    )
