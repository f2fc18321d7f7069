"""Which steps a publication changed, and how the lesson says so for sixty days."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Revision

from pilot_communes.querysets import today

if TYPE_CHECKING:
    from courses.models import LessonChange, LessonPage

SHOWN_FOR = dt.timedelta(days=60)
# What a person does or sees in a step; marks for editors change nothing for them.
_MATTERS = ("text", "picture", "alt", "network", "warning")


@dataclasses.dataclass(frozen=True)
class Change:
    """The steps that were changed on one day, by their numbers of today."""

    date: dt.date
    steps: tuple[int, ...]
    removed: int = 0

    def what(self) -> str:
        """E.g. "step 4, step 6"; never empty."""
        said = [_("step %(number)s") % {"number": number} for number in self.steps]
        if self.removed:
            said.append(
                ngettext(
                    "%(count)s step left out", "%(count)s steps left out", self.removed
                )
                % {"count": self.removed}
            )
        return ", ".join(said)

    def __str__(self) -> str:
        return _("Changed on %(day)s: %(what)s") % {
            "day": f"{self.date:%d/%m/%Y}",
            "what": self.what(),
        }


@dataclasses.dataclass(frozen=True)
class Difference:
    """Between two versions of the steps: ids that are new or changed, how many went."""

    steps: tuple[str, ...]
    removed: int

    def __bool__(self) -> bool:
        return bool(self.steps or self.removed)


def difference(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Difference:
    """What changed between two stored streams of steps.

    Blocks are paired by their ids; those that loading gave new ids, by what they say.
    """
    old_by_id = {block.get("id"): _said(block) for block in old}
    new_ids = {block.get("id") for block in new}
    unpaired = [_said(block) for block in old if block.get("id") not in new_ids]
    changed = []
    for block in new:
        said = _said(block)
        if block.get("id") in old_by_id:
            if old_by_id[block["id"]] != said:
                changed.append(block["id"])
        elif said in unpaired:
            unpaired.remove(said)
        else:
            changed.append(block.get("id"))
    replaced = sum(1 for block_id in changed if block_id not in old_by_id)
    return Difference(tuple(changed), max(0, len(unpaired) - replaced))


def _said(block: Mapping[str, Any]) -> tuple:
    value = block.get("value") or {}
    return tuple(value.get(name) or "" for name in _MATTERS)


def steps_of(revision: Revision | None) -> list[dict]:
    """The steps as a revision stores them, without reading the page."""
    if revision is None:
        return []
    stored = revision.content.get("steps") or "[]"
    # A stream is stored as text inside the revision.
    return json.loads(stored) if isinstance(stored, str) else list(stored)


def note_changes(lesson: LessonPage, revision: Revision) -> LessonChange | None:
    """Write down which steps this publication changed; nothing for the first one.

    An editor who called it a small mistake leaves no note.
    """
    from courses.models import LessonChange  # noqa: PLC0415 -- models import this

    before = getattr(lesson, "live_before", None)
    if before is None or before == revision.pk or lesson.small_fix:
        return None
    previous = Revision.objects.filter(pk=before).first()
    if previous is None:
        return None
    found = difference(steps_of(previous), steps_of(revision))
    if not found:
        return None
    change, _made = LessonChange.objects.update_or_create(
        lesson_id=lesson.pk,
        revision_id=revision.pk,
        defaults={"on": today(), "steps": list(found.steps), "removed": found.removed},
    )
    return change


def published(sender: Any, instance: Any, revision: Revision, **kwargs: Any) -> None:
    """A receiver: a page was published."""
    from courses.models import LessonPage  # noqa: PLC0415 -- models import this

    if isinstance(instance, LessonPage) and instance.live:
        note_changes(instance, revision)


def recent(lesson: LessonPage, on: dt.date) -> list[Change]:
    """The changes of a lesson in the sixty days up to `on`, one for each day."""
    rows = lesson.changes.filter(on__gt=on - SHOWN_FOR, on__lte=on)
    return by_day(rows, [block.id for block in lesson.steps])


def recent_of(lessons: Sequence[LessonPage], on: dt.date) -> dict[int, list[Change]]:
    """The changes of several lessons by their keys, in one query."""
    from courses.models import LessonChange  # noqa: PLC0415 -- models import this

    rows: dict[int, list[LessonChange]] = {}
    found = LessonChange.objects.filter(
        lesson__in=[lesson.pk for lesson in lessons], on__gt=on - SHOWN_FOR, on__lte=on
    )
    for row in found:
        rows.setdefault(row.lesson_id, []).append(row)
    return {
        lesson.pk: by_day(rows[lesson.pk], [block.id for block in lesson.steps])
        for lesson in lessons
        if lesson.pk in rows
    }


def by_day(rows: Iterable[LessonChange], ids: Sequence[str]) -> list[Change]:
    """Rows of one lesson as days, with the numbers that its steps have now."""
    number_of = {block_id: number for number, block_id in enumerate(ids, 1)}
    days: dict[dt.date, tuple[set[int], int]] = {}
    for row in rows:
        steps, removed = days.get(row.on, (set(), 0))
        steps |= {number_of[step] for step in row.steps if step in number_of}
        days[row.on] = (steps, removed + row.removed)
    return [
        Change(day, tuple(sorted(steps)), removed)
        for day, (steps, removed) in sorted(days.items(), reverse=True)
        if steps or removed
    ]
