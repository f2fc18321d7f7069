"""What attendance does when the rooms below tell of a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Max, Min
from django.dispatch import receiver

from attendance.loading import sessions_of
from attendance.models import Attendance, HouseholdReach, TrainingSession
from attendance.refold import refold
from people.actions import Reached, note_reached
from people.signals import (
    household_changed,
    person_changed,
    person_erased,
    person_merged,
    person_unmerged,
)

# What is stamped on attendance; a new name changes nothing here.
STAMPED = frozenset({"birth_year", "sex", "home"})
_CHUNK = 50


@receiver(person_merged, dispatch_uid="attendance.merged")
@receiver(person_unmerged, dispatch_uid="attendance.unmerged")
def fold_for_one_person(*, person_ids: Collection[int], **_kwargs: Any) -> None:
    """Two records became one, or two again: every session of theirs is folded anew."""
    fold_again(sessions_of(person_ids), cause="merge")
    met = (
        Attendance.objects.filter(person__in=person_ids, present=True)
        .exclude(session__kind=TrainingSession.Kind.REHEARSAL)
        .values_list("person_id", "session__host_id")
        .annotate(first=Min("session__date"), last=Max("session__date"))
        .order_by("person_id", "session__host_id")
    )
    rows = [
        Reached(person_id, hamlet_id, on)
        for person_id, hamlet_id, first, last in met
        for on in (first, last)
    ]
    note_reached(rows, exactly_for=person_ids)


@receiver(person_erased, dispatch_uid="attendance.erased")
def fold_for_the_forgotten(*, person_ids: Collection[int], **_kwargs: Any) -> None:
    """Tombstones keep what was stamped on them, so sums stay as they are."""
    fold_again(sessions_of(person_ids), cause="erasure")


@receiver(person_changed, dispatch_uid="attendance.changed")
def fold_for_better_knowledge(
    *, person_ids: Collection[int], fields: Collection[str] = (), **_kwargs: Any
) -> None:
    """A birth year, a sex or a home was mended: stamp it on what was recorded."""
    if STAMPED & set(fields):
        fold_again(sessions_of(person_ids))


@receiver(household_changed, dispatch_uid="attendance.household_changed")
def fold_for_a_household(*, household_ids: Collection[int], **_kwargs: Any) -> None:
    """A household stands elsewhere: stamp it on the sessions a child learnt at for it."""
    rows = HouseholdReach.objects.filter(household__in=household_ids)
    uuids = rows.values_list("session__uuid", flat=True)
    fold_again({str(uuid) for uuid in uuids})


def fold_again(uuids: Iterable[str], *, cause: str = "") -> None:
    """Fold sessions again, a few at a time, in the caller's transaction."""
    waiting = sorted(uuids)
    for start in range(0, len(waiting), _CHUNK):
        refold(waiting[start : start + _CHUNK], cause=cause)
