"""What attendance holds about people: how it is given, shown, erased and retired."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import ngettext

from attendance.loading import sessions_of
from attendance.models import (
    Attendance,
    EntryBody,
    RefusedEntry,
    RegisterEntry,
    TrainingSession,
)
from attendance.newcomers import read_body
from common.names import fold_name
from people.models import Household, Person
from people.registry import PersonalData

# docs/data-protection.md: bodies 24 months, what could not be received 3 months.
BODY_MONTHS = 24
REFUSED_DAYS = 92
_CHUNK = 500
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def export(persons: Sequence[Person]) -> dict[str, Any]:
    """Where these persons were, what they could do, and what was written about them."""
    rows = Attendance.objects.filter(person__in=persons).select_related("session__host")
    bodies = EntryBody.objects.filter(
        person__in=[person.uuid for person in persons], bytes__isnull=False
    )
    return {
        "sessions": [
            {
                "date": row.session.date.isoformat(),
                "place": row.session.host.full_name,
                "present": row.present,
                "outcome": str(row.get_outcome_display()),
                "blocker": row.blocker,
                "skills": row.skills,
            }
            for row in rows.order_by("session__date", "pk")
        ],
        "written": [
            {
                key: value
                for key, value in read_body(body.bytes).items()
                if key != "salt"
            }
            for body in bodies.order_by("pk")
        ],
    }


def merge_preview(first: Person, second: Person) -> list[str]:
    """How often each was recorded, and whether both were at one session."""
    both = (
        Attendance.objects.filter(person__in=[first, second])
        .values("session")
        .annotate(people=Count("person"))
        .filter(people=2)
        .count()
    )
    counts = [Attendance.objects.filter(person=p).count() for p in (first, second)]
    notes = [
        ngettext(
            "%(code)s was recorded at %(count)d session.",
            "%(code)s was recorded at %(count)d sessions.",
            count,
        )
        % {"code": person.short_code, "count": count}
        for person, count in zip((first, second), counts, strict=True)
    ]
    if both:
        notes.append(
            ngettext(
                "Both were recorded at %(count)d same session: look there whether they "
                "are really one.",
                "Both were recorded at %(count)d same sessions: look there whether they "
                "are really one.",
                both,
            )
            % {"count": both}
        )
    return notes


def erase(persons: Sequence[Person]) -> None:
    """Delete the bodies about these persons, and free text that bears their names."""
    now = timezone.now()
    uuids = [person.uuid for person in persons]
    EntryBody.objects.filter(person__in=uuids, erased_at=None).update(
        bytes=None, erased_at=now
    )
    RefusedEntry.objects.filter(person__in=uuids).update(bytes=None)
    words = _Words(persons)
    for refused in RefusedEntry.objects.filter(person=None, bytes__isnull=False):
        if words.are_in(_text_of(refused.bytes)):
            RefusedEntry.objects.filter(pk=refused.pk).update(bytes=None)
    sessions = sessions_of([person.pk for person in persons])
    entries = RegisterEntry.objects.filter(session__in=sessions)
    # A child learns for a household: those words stand under the household.
    homes = Household.objects.filter(
        Q(head__in=persons) | Q(residences__person__in=persons)
    )
    bodies = EntryBody.objects.filter(
        Q(entry__in=entries.values("pk")) | Q(person__in=homes.values("uuid")),
        bytes__isnull=False,
    ).values_list("pk", "bytes")
    bearing = [pk for pk, raw in bodies.iterator() if words.are_in(_text_of(raw))]
    for start in range(0, len(bearing), _CHUNK):
        EntryBody.objects.filter(pk__in=bearing[start : start + _CHUNK]).update(
            bytes=None, erased_at=now
        )
    # "Nhà bà …" may be written of any session on the ground where somebody lived.
    grounds = {unit for person in persons for unit in person.ground_ids}
    for session in (
        TrainingSession.objects.filter(Q(uuid__in=sessions) | Q(host__in=grounds))
        .exclude(venue="", cancel_reason="")
        .only("venue", "cancel_reason")
    ):
        venue = "" if words.are_in(session.venue) else session.venue
        reason = "—" if words.are_in(session.cancel_reason) else session.cancel_reason
        if (venue, reason) != (session.venue, session.cancel_reason):
            TrainingSession.objects.filter(pk=session.pk).update(
                venue=venue, cancel_reason=reason
            )


class _Words:
    """What free text is searched for: whole names, and telephone numbers however spaced."""

    def __init__(self, persons: Iterable[Person]) -> None:
        self._names = {_plain(person.name) for person in persons}
        # One word alone (Bảy, Út) is a word of the language.
        usual = (_plain(person.usual_name) for person in persons)
        self._names |= {name for name in usual if " " in name}
        self._names.discard("")
        self._phones = {_digits(person.phone)[-9:] for person in persons}
        self._phones.discard("")

    def are_in(self, text: str) -> bool:
        plain, digits = f" {_plain(text)} ", _digits(text)
        return any(f" {name} " in plain for name in self._names) or any(
            phone in digits for phone in self._phones
        )


def _plain(text: str) -> str:
    return " ".join(_NOT_WORDS.sub(" ", fold_name(text)).split())


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def _text_of(raw: bytes) -> str:
    """The words in bytes that a phone made, also where JSON lies inside JSON."""
    text = bytes(raw).decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return " | ".join(_strings(found))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.startswith("{"):
            yield _text_of(value.encode())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def retain(date: dt.date) -> int:
    """Delete bodies and refused bytes that are past their time on that day."""
    day = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    now = timezone.now()
    old = RegisterEntry.objects.filter(
        received_at__lt=day - dt.timedelta(days=BODY_MONTHS * 365 // 12)
    )
    bodies = EntryBody.objects.filter(bytes__isnull=False, entry__in=old.values("pk"))
    retired = bodies.update(bytes=None, erased_at=now)
    refused = RefusedEntry.objects.filter(
        bytes__isnull=False, received_at__lt=day - dt.timedelta(days=REFUSED_DAYS)
    )
    return retired + refused.update(bytes=None)


ATTENDANCE = PersonalData(
    name="attendance",
    export=export,
    erase=erase,
    merge_preview=merge_preview,
    retain=retain,
)
