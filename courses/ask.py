"""What this room knows about whom to ask, and what it opens for the front room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import jobs, pagecache
from common.registries import Fragment, home_fragments
from courses import complaints, khmer, nearby
from courses.models import CourseIndexPage, Hotline
from home.ask import Door, SomebodyToAsk, Source, doors, emergency, sources

# A page ends with the nearest help, not with a telephone directory.
MOST_HOTLINES = 3
# What somebody who was tricked needs besides the bank, whose number is on the card.
WHEN_TRICKED = ("cong-an-113", "cuoc-goi-rac-156", "tin-nhan-rac-5656")


def _somebody(line: Hotline) -> SomebodyToAsk:
    return SomebodyToAsk(
        line.name,
        line.what_for,
        line.number,
        checked_on=line.checked_on,
        by_message=line.by_message,
    )


def hotlines(on: dt.date) -> Iterable[SomebodyToAsk]:
    """The public numbers that every resident should know."""
    return [_somebody(line) for line in Hotline.objects.for_residents()[:MOST_HOTLINES]]


def when_tricked(on: dt.date) -> Iterable[SomebodyToAsk]:
    """Police and the numbers that take reports, in the order in which they help."""
    lines = Hotline.objects.for_residents().in_bulk(WHEN_TRICKED, field_name="code")
    return [_somebody(lines[code]) for code in WHEN_TRICKED if code in lines]


def all_lessons(request: HttpRequest) -> str:
    """The address of the list of all lessons."""
    index = CourseIndexPage.objects.live().first()
    return index.get_url(request) or "" if index else ""


def open_doors() -> None:
    """Register everything with the front room."""
    sources.register(Source("hotlines", 90, hotlines))
    emergency.register(Source("hotlines", 10, when_tricked))
    doors.register(Door("all_lessons", all_lessons))
    doors.register(Door("nearby", lambda request: reverse("nearby")))
    doors.register(Door("hotlines", lambda request: reverse("hotlines")))
    doors.register(Door("wrong_lesson", lambda request: reverse("wrong_lesson")))
    home_fragments.register(
        Fragment("khmer", 10, "courses/khmer_line.html", khmer.for_the_home_page)
    )
    for query in ("xa", "bai"):
        pagecache.heed_query(query)
    nearby.keep_fresh()
    jobs.register(
        "courses.forget_old_complaints",
        jobs.daily("03:20"),
        complaints.forget_old,
        label=_("Delete what was told of wrong lessons more than 180 days ago"),
    )
