"""Listens to the rooms below, so that figures stay exact without their knowing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.dispatch import receiver

from attendance.models import TrainingSession
from attendance.signals import folded
from pilot_communes.signals import map_changed
from reports.adjustments import note_map
from reports.counting import count_fold


@receiver(folded, dispatch_uid="reports.count_fold")
def count(
    *,
    sessions: Sequence[TrainingSession],
    person_ids: Collection[int],
    household_ids: Collection[int],
    cause: str = "",
    **_: Any,
) -> None:
    """A fold was saved: count it, in the same transaction."""
    count_fold(
        sessions=sessions,
        person_ids=person_ids,
        household_ids=household_ids,
        cause=cause,
    )


@receiver(map_changed, dispatch_uid="reports.note_map")
def note_map_change(*, change: Any, unit_ids: Collection[int], **_: Any) -> None:
    """No sum moves with the map; reports already sent say what it changed for them."""
    note_map(unit_ids, change.effective_on)
