"""What attendance holds about people: how it is given, shown, erased and retired."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from attendance.loading import sessions_of
from attendance.models import (
    Attendance,
    EntryBody,
    HeldEntry,
    RefusedEntry,
    RegisterEntry,
    TrainingSession,
)
from attendance.newcomers import head_named, read_body
from attendance.refold import refold
from common.names import fold_name
from people.models import Household, Person
from people.registry import Made, PersonalData

# docs/data-protection.md: bodies 24 months, what could not be received 3 months.
BODY_MONTHS = 24
REFUSED_DAYS = 92
# What a body says of whom it is about.
OWN_WORDS = frozenset({"name", "usual_name", "phone"})
_CHUNK = 500
_FEW = 50
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
    """Delete the bodies about these persons, and free text that bears their names.

    Searched are the sessions that name them, those on the ground where they lived or
    were met, and what stands under their households. Of what was written about somebody
    else, his own name and telephone are his, also when they are the same.
    """
    now = timezone.now()
    uuids = {str(person.uuid) for person in persons}
    _empty(EntryBody.objects.filter(person__in=uuids), now)
    RefusedEntry.objects.filter(person__in=uuids).update(bytes=None)
    words = _Words(persons)
    for refused in RefusedEntry.objects.filter(person=None, bytes__isnull=False):
        if words.are_in(_text_of(refused.bytes)):
            RefusedEntry.objects.filter(pk=refused.pk).update(bytes=None)
    # "Nhà bà …" may be written of any session on the ground where somebody lived.
    grounds = {unit for person in persons for unit in person.ground_ids}
    sessions = TrainingSession.objects.filter(
        Q(uuid__in=sessions_of([person.pk for person in persons])) | Q(host__in=grounds)
    )
    entries = RegisterEntry.objects.filter(session__in=sessions.values("uuid"))
    # A child learns for a household: those words stand under the household.
    homes = Household.objects.filter(
        Q(head__in=persons) | Q(residences__person__in=persons)
    )
    bodies = EntryBody.objects.filter(
        Q(entry__in=entries.values("pk")) | Q(person__in=homes.values("uuid")),
        bytes__isnull=False,
    ).values_list("pk", "person", "bytes")
    _empty_bodies(
        (
            pk
            for pk, subject, raw in bodies.iterator()
            if words.are_in(_text_of(raw, without=OWN_WORDS if subject else ()))
        ),
        now,
    )
    reworded = []
    for session in sessions.exclude(venue="", cancel_reason="").only(
        "uuid", "venue", "cancel_reason"
    ):
        venue = "" if words.are_in(session.venue) else session.venue
        reason = "—" if words.are_in(session.cancel_reason) else session.cancel_reason
        if (venue, reason) != (session.venue, session.cancel_reason):
            TrainingSession.objects.filter(pk=session.pk).update(
                venue=venue, cancel_reason=reason
            )
            reworded.append(str(session.uuid))
    # A phone that holds the old words hears of the new ones by the session's version.
    for start in range(0, len(reworded), _FEW):
        refold(reworded[start : start + _FEW], reworded=True, cause="erasure")


def erase_households(households: Sequence[Household]) -> None:
    """Delete the bodies about these households, and those that name their heads."""
    now = timezone.now()
    uuids = {str(household.uuid) for household in households}
    _empty(EntryBody.objects.filter(person__in=uuids), now)
    RefusedEntry.objects.filter(person__in=uuids).update(bytes=None)
    _empty_bodies(_naming_heads(households), now)


def _naming_heads(households: Iterable[Household]) -> list[Any]:
    """Entries of people who live in these households and named the head when they came.

    Not those that wait for a decision: the walk-in's own name is nowhere else yet. They
    are emptied when they are let in or rejected.
    """
    uuids = {str(household.uuid) for household in households}
    if not uuids:
        return []
    inside = Person.objects.filter(residences__household__uuid__in=uuids)
    waiting = HeldEntry.objects.filter(decision="").values("pk")
    bodies = (
        EntryBody.objects.filter(
            person__in=inside.values("uuid"), entry__kind="walk_in", bytes__isnull=False
        )
        .exclude(pk__in=waiting)
        .values_list("pk", "bytes")
    )
    return [pk for pk, raw in bodies.iterator() if head_named(read_body(raw)) in uuids]


def _empty(bodies: QuerySet[EntryBody], now: dt.datetime) -> int:
    return bodies.filter(erased_at=None).update(bytes=None, erased_at=now)


def _empty_bodies(keys: Iterable[Any], now: dt.datetime) -> int:
    bearing, done = list(keys), 0
    for start in range(0, len(bearing), _CHUNK):
        part = EntryBody.objects.filter(pk__in=bearing[start : start + _CHUNK])
        done += _empty(part, now)
    return done


def made(persons: Sequence[Person], households: Sequence[Household]) -> dict[int, Made]:
    """Which households these persons' own entries brought, or registers naming them."""
    if not households:
        return {}
    own = {person.uuid for person in persons}
    keys = {str(household.uuid): household.pk for household in households}
    sessions = sessions_of([person.pk for person in persons])
    entries = RegisterEntry.objects.filter(session__in=sessions)
    found: dict[int, Made] = {}
    cells = [f"proxy/{uuid}" for uuid in keys]
    for cell in entries.filter(cell__in=cells).values_list("cell", flat=True):
        found[keys[cell[6:]]] = Made.BY_REGISTER
    walk_ins = EntryBody.objects.filter(
        entry__in=entries.filter(kind="walk_in").values("pk"), bytes__isnull=False
    ).values_list("person", "bytes")
    for person, raw in walk_ins.iterator():
        home = keys.get(head_named(read_body(raw)))
        if home is not None:
            how = Made.BY_PERSON if person in own else Made.BY_REGISTER
            found[home] = max(how, found.get(home, how))
    return found


def forget_again() -> int:
    """Empty what came at the very moment of an erasing; returns how much that was.

    Bytes that the log refuses are written before persons are locked, so that one of them
    may slip past an erasing that runs at the same time.
    """
    now = timezone.now()
    persons = Person.objects.filter(erased_at__isnull=False)
    homes = Household.objects.filter(erased_at__isnull=False)
    gone = Q(person__in=persons.values("uuid")) | Q(person__in=homes.values("uuid"))
    refused = RefusedEntry.objects.filter(gone, bytes__isnull=False).update(bytes=None)
    bodies = _empty(EntryBody.objects.filter(gone, bytes__isnull=False), now)
    return refused + bodies + _empty_bodies(_naming_heads(homes), now)


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


def _text_of(raw: bytes, *, without: Collection[str] = ()) -> str:
    """The words in bytes that a phone made, also where JSON lies inside JSON.

    `without` are keys of the outermost object that are passed over.
    """
    text = bytes(raw).decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if without and isinstance(found, dict):
        found = {key: inner for key, inner in found.items() if key not in without}
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
    erase_households=erase_households,
    made=made,
    merge_preview=merge_preview,
    retain=retain,
)
