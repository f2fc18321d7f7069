"""What this room knows about whom to ask, and the doors it opens for the front room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse

from courses.models import CourseIndexPage, Hotline
from home.ask import Door, SomebodyToAsk, Source, doors, sources

# A page ends with the nearest help, not with a telephone directory.
MOST_HOTLINES = 3


def hotlines(on: dt.date) -> Iterable[SomebodyToAsk]:
    """The public numbers that every resident should know."""
    for line in Hotline.objects.for_residents()[:MOST_HOTLINES]:
        yield SomebodyToAsk(line.name, line.what_for, line.number)


def all_lessons(request: HttpRequest) -> str:
    """The address of the list of all lessons."""
    index = CourseIndexPage.objects.live().first()
    return index.get_url(request) or "" if index else ""


def open_doors() -> None:
    """Register everything with the front room."""
    sources.register(Source("hotlines", 90, hotlines))
    doors.register(Door("all_lessons", all_lessons))
    doors.register(Door("nearby", lambda request: reverse("nearby")))
    doors.register(Door("hotlines", lambda request: reverse("hotlines")))
