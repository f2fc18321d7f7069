"""The lessons of a session: what was taught, or what has changed before it is."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils import timezone

from attendance.models import TrainingSession
from courses.changes import Change, recent_of
from courses.models import LessonPage
from courses.taught import revisions_on
from pilot_communes.querysets import today


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
