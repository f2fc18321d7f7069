"""The lessons of a session: what was taught, or what has changed before it is."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils import timezone

from attendance.models import SessionLesson, TrainingSession
from courses.changes import Change, recent_of
from courses.models import LessonPage
from courses.taught import revisions_on
from pilot_communes.querysets import today

# Sessions that were folded within this time are looked at each night.
LATELY = dt.timedelta(days=2)


@dataclasses.dataclass(frozen=True)
class TaughtLesson:
    """A lesson of a session.

    `revision` is the text that was public when the session was held; `is_older` says that
    residents read another one today. `changes` are those a leader should know beforehand.
    """

    lesson: LessonPage
    revision: int | None = None
    changes: tuple[Change, ...] = ()

    @property
    def is_older(self) -> bool:
        return bool(self.revision) and self.revision != self.lesson.live_revision_id


def moment_of(session: TrainingSession) -> dt.datetime:
    """When a session began; the end of its day when nobody wrote the hour."""
    clock = session.starts_at or dt.time(23, 59)
    return timezone.make_aware(dt.datetime.combine(session.date, clock))


def freeze_lessons() -> str:
    """Write down what the sessions folded of late really taught.

    A session is planned with the text of that day; what it taught is the text of its own
    evening, also when its register arrives weeks later. Safe to repeat.
    """
    since = timezone.now() - LATELY
    folded = TrainingSession.objects.filter(
        state_at__gte=since, status__in=TrainingSession.HELD, date__lte=today()
    )
    changed = 0
    for session in folded.prefetch_related("session_lessons").iterator(chunk_size=200):
        links = list(session.session_lessons.all())
        if not links:
            continue
        then = revisions_on([link.lesson_id for link in links], moment_of(session))
        for link in links:
            revision = then.get(link.lesson_id)
            if revision and revision != link.revision_id:
                SessionLesson.objects.filter(pk=link.pk).update(revision_id=revision)
                changed += 1
    return f"{changed} changed"


def lessons_of(session: TrainingSession) -> list[TaughtLesson]:
    """The lessons of a session in their order (two queries)."""
    links = list(session.session_lessons.select_related("lesson"))
    if not links:
        return []
    ids = [link.lesson_id for link in links]
    if session.status in session.HELD and session.date <= today():
        then = revisions_on(ids, moment_of(session))
        return [
            TaughtLesson(link.lesson, then.get(link.lesson_id) or link.revision_id)
            for link in links
        ]
    changes = recent_of([link.lesson for link in links], today())
    return [
        TaughtLesson(link.lesson, changes=tuple(changes.get(link.lesson_id, ())))
        for link in links
    ]
