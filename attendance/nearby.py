"""What residents are told of training sessions: the public ones of the next two weeks.

A register is written to all evening, so a session is not made news by every tap: stored
pages grow old only when something that stands on them differs from what was read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery
from django.db.models.signals import post_init, post_save
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from attendance.models import SessionLesson, TrainingSession
from attendance.signals import folded
from common import public_content
from common.names import fold_name
from courses import nearby
from courses.models import LessonPage
from courses.nearby import DAYS_AHEAD, MOST_MEETINGS, Meeting, MeetingSource
from home.ask import SomebodyToAsk, Source, sources
from pilot_communes.ground import ground_under
from pilot_communes.models import Placement, Unit

Kind = TrainingSession.Kind
Status = TrainingSession.Status

# At the end of every page stand the very next ones, not a calendar.
MOST_ON_A_PAGE = 2
# "Mang theo": what fits into one line.
MOST_TO_BRING, LONGEST_THING = 4, 8
THINGS = (
    "the can cuoc",
    "the ngan hang",
    "the bao hiem",
    "dien thoai",
    "chiec dien thoai",
    "may moi",
    "sim",
    "giay",
    "kinh",
    "day sac",
    "mon hang",
)
TOLD = ("date", "starts_at", "ends_at", "host_id", "venue", "kind", "team_id")


def coming(commune_id: int, now: dt.datetime) -> Sequence[Meeting]:
    """The public sessions on the ground of a commune, soonest first."""
    on = timezone.localdate(now)
    ground = ground_under([commune_id], on).units[commune_id]
    sessions = TrainingSession.objects.for_residents(on).filter(host__in=ground)
    pages = LessonPage.objects.visible_to(None).to_follow(on)
    lessons = SessionLesson.objects.filter(lesson__in=pages).select_related("lesson")
    rows = sessions.select_related("host").prefetch_related(
        Prefetch("session_lessons", lessons)
    )
    found = [_meeting(row) for row in rows[: 2 * MOST_MEETINGS]]
    return [meeting for meeting in found if meeting.ends() > now][:MOST_MEETINGS]


def the_next(on: dt.date) -> Iterable[SomebodyToAsk]:
    """The next public sessions of the province, for the end of every page; one query."""
    now = timezone.now()
    home = Placement.objects.valid_on(on).filter(unit=OuterRef("host"))
    rows = (
        TrainingSession.objects.for_residents(on)
        .exclude(kind=Kind.HOUSE_VISITS)
        .select_related("host")
        .annotate(
            commune=Subquery(home.values("parent__name")[:1]),
            commune_kind=Subquery(home.values("parent__kind")[:1]),
        )
    )
    shown = 0
    for row in rows[: 5 * MOST_ON_A_PAGE]:
        meeting = _meeting(row, with_lessons=False)
        if meeting.ends() <= now:
            continue
        commune = row.commune and f"{Unit.KIND_WORDS[row.commune_kind]} {row.commune}"
        yield SomebodyToAsk(
            _("Training session, %(when)s") % {"when": when(meeting)},
            ", ".join(filter(None, (meeting.venue, meeting.hamlet, commune))),
            # By its name, so that no other commune has to be read for the address.
            page=commune and f"{reverse('nearby')}?{urlencode({'xa': commune})}",
        )
        shown += 1
        if shown == MOST_ON_A_PAGE:
            return


def when(meeting: Meeting) -> str:
    """The day and hour as people say them: "Thứ Năm 26/11, 19:00"."""
    day = date_format(meeting.date, "l d/m")
    return f"{day}, {meeting.starts_at:%H:%M}" if meeting.starts_at else day


def to_bring(needs: Iterable[str]) -> tuple[str, ...]:
    """What one carries to a session, from what lessons want ready, each thing once.

    "Có mạng" and "nhớ mật khẩu" are no things, and what stands after the comma explains.
    """
    found: dict[str, str] = {}
    for need in needs:
        thing = re.split(r"[,;:(]", need)[0].strip().rstrip(".")
        folded = fold_name(thing)
        kind = next(
            (word for word in THINGS if f"{folded} ".startswith(f"{word} ")), ""
        )
        if kind and len(folded.split()) <= LONGEST_THING:
            lower = thing[:1].lower() + thing[1:] if thing[1:2].islower() else thing
            found.setdefault(kind, lower)
    return tuple(found.values())[:MOST_TO_BRING]


def _meeting(row: TrainingSession, *, with_lessons: bool = True) -> Meeting:
    taught = [one.lesson for one in row.session_lessons.all()] if with_lessons else []
    return Meeting(
        date=row.date,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        venue=row.venue,
        hamlet="" if row.host.is_unknown else row.host.full_name,
        kind="" if row.kind == Kind.CLASS else row.get_kind_display(),
        lessons=tuple(taught),
        bring=to_bring(str(block.value) for page in taught for block in page.need),
        team_id=row.team_id,
    )


# --- keeping stored pages true -------------------------------------------------------


def told(values: dict[str, Any], on: dt.date) -> tuple | None:
    """What residents read of a session; None when they read nothing of it."""
    if (
        not values.get("is_public")
        or values.get("status") not in (Status.PLANNED, Status.OPEN)
        or values.get("kind") == Kind.REHEARSAL
        or not isinstance(values.get("date"), dt.date)
        or not on <= values["date"] <= on + dt.timedelta(days=DAYS_AHEAD)
    ):
        return None
    fields = (values.get("state") or {}).get("fields", {})
    return (*(values.get(name) for name in TOLD), fields.get("lessons", ""))


def is_told(session: TrainingSession) -> bool:
    """Do residents read something of this session, now or when it was read or saved?"""
    now = told(session.__dict__, timezone.localdate())
    return now is not None or session.__dict__.get("_told") is not None


def is_news(session: TrainingSession) -> bool:
    """Does a page differ now from what it was when this session was read?

    A session that a phone founded is inserted without a signal: its first fold is news.
    """
    now = told(session.__dict__, timezone.localdate())
    is_new = session.state_version <= 1 and now is not None
    return is_new or session.__dict__.get("_told") != now


def remember(sender: Any, instance: TrainingSession, **kwargs: Any) -> None:
    """Keep what residents are told as the row is read from, or stands in, the database."""
    if instance.pk is not None and "status" in instance.__dict__:
        instance.__dict__["_told"] = told(instance.__dict__, timezone.localdate())


def note_folds(sessions: Sequence[TrainingSession], **kwargs: Any) -> None:
    """A fold wrote sessions without a signal of Django's."""
    if any(is_news(session) for session in sessions):
        public_content.bump()


def tell_residents() -> None:
    """Register with the rooms below, and hear of every change."""
    nearby.meetings.register(MeetingSource("sessions", coming))
    sources.register(Source("sessions", 20, the_next))
    post_init.connect(remember, sender=TrainingSession, dispatch_uid="nearby: read")
    folded.connect(note_folds, dispatch_uid="nearby: folded")
    public_content.register(TrainingSession, when=is_told)
    # Connected last: whether the pages are old was asked with what was told before.
    post_save.connect(remember, sender=TrainingSession, dispatch_uid="nearby: saved")
