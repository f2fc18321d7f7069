"""A resident says how a lesson went: counted without a name, and only once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Mapping

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import LessonPage, StepReport
from courses.models.told import monday
from pilot_communes.querysets import today

# A whole class behind one hotspot tells within a few minutes; a flood does not get through.
MOST, SECONDS = 120, 600
# A phone sends again what it is not sure of; after so long it is sure.
REMEMBERED = dt.timedelta(days=30)
KEPT = dt.timedelta(days=365)


@dataclasses.dataclass(frozen=True)
class Told:
    """What one resident says of one lesson."""

    kind: StepReport.Kind
    step: int = 0
    revision: int = 0
    id: uuid.UUID | None = None


def read(lesson: LessonPage, form: Mapping[str, str]) -> Told:
    """The words of a form. Raises ValidationError when it says nothing we asked."""
    kind = form.get("ket-qua", "")
    if kind not in StepReport.Kind.values:
        raise ValidationError(_("Choose one of the answers."))
    step = _number(form.get("buoc"), most=len(lesson.steps))
    if kind != StepReport.Kind.STUCK:
        step = 0
    try:
        told_id = uuid.UUID(form["ma"]) if form.get("ma") else None
    except ValueError:
        told_id = None
    return Told(
        kind=StepReport.Kind(kind),
        step=step,
        revision=_revision(lesson, form.get("ban")),
        id=told_id,
    )


def _number(text: str | None, *, most: int) -> int:
    number = int(text) if text and text.isascii() and text.isdigit() else 0
    return number if number <= most else 0


def _revision(lesson: LessonPage, text: str | None) -> int:
    """The revision that was read, when it is one of this lesson's; else 0."""
    number = _number(text, most=2**62)
    if number == lesson.live_revision_id:
        return number
    return number if lesson.revisions.filter(pk=number).exists() else 0


def may_tell(address: str) -> bool:
    """Count a telling from this network address; False once there were too many.

    The window is fixed, so many phones behind one address never shut one another out for
    longer than ten minutes. The address is not kept.
    """
    window = int(time.time()) // SECONDS
    digest = hashlib.sha256(f"{address}|{window}".encode()).hexdigest()[:32]
    key = f"courses:telling:{digest}"
    if cache.add(key, 1, timeout=SECONDS):
        return True
    try:
        return cache.incr(key) <= MOST
    except ValueError:
        return True


def tell(lesson: LessonPage, told: Told) -> bool:
    """Count it in the week of today; False when this very telling was counted before."""
    key = f"courses:told:{told.id}"
    if told.id is not None and not cache.add(
        key, 1, timeout=int(REMEMBERED.total_seconds())
    ):
        return False
    try:
        _count(lesson, told)
    except BaseException:
        if told.id is not None:
            cache.delete(key)
        raise
    return True


def _count(lesson: LessonPage, told: Told) -> None:
    row = {
        "lesson": lesson,
        "revision": told.revision,
        "week": monday(today()),
        "kind": told.kind,
        "step": told.step,
    }
    if StepReport.objects.filter(**row).update(count=F("count") + 1):
        return
    try:
        with transaction.atomic():
            StepReport.objects.create(**row, count=1)
    except IntegrityError:
        # Somebody else told the first of this week at the same moment.
        StepReport.objects.filter(**row).update(count=F("count") + 1)


def forget_old() -> int:
    """Delete counts older than a year; returns how many rows."""
    oldest = timezone.localdate() - KEPT
    return StepReport.objects.filter(week__lt=oldest).delete()[0]
