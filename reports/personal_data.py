"""What figures hold of a person: at which session a rung was first reached, by key only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from people.models import Person
from people.registry import PersonalData
from reports.models import FirstReach, Rung


def export(persons: Sequence[Person]) -> Any:
    """The sessions at which these persons were counted for the first time."""
    rows = FirstReach.objects.filter(
        subject_kind=FirstReach.Subject.PERSON, subject_id__in=[p.pk for p in persons]
    ).order_by("day", "session_id", "skill")
    return [
        {
            "day": row.day.isoformat(),
            "skill": row.skill,
            "reached": [rung for rung in Rung.values if getattr(row, rung)],
        }
        for row in rows
    ]


def erase(persons: Sequence[Person]) -> None:
    """Nothing to delete: rows name a tombstone by its key, and sums must stay."""


REPORTS = PersonalData("reports", export=export, erase=erase)
