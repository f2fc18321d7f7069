"""What the server tells a phone: how far it has received, and what changed elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone

from attendance.chain import NOTHING
from attendance.fold import FOLD_VERSION
from attendance.models import ServerEpoch, SessionLesson, TrainingSession
from attendance.sql import fetch, same, text_of
from people.models import Device, Household, Person, PersonPointer, User
from pilot_communes.querysets import today

PAGE = 50
MOST_PEOPLE = 1000
# A transaction that began before another was read may be committed after it.
OVERLAP = dt.timedelta(minutes=5)
# A phone that knows nothing yet is told of the sessions of two months.
FIRST_DAYS = 62
_STEP = 2000
_KEEP_EVERY = 200


def received_from(device: Device) -> tuple[int, str | None]:
    """The highest number received without a gap from this phone, and its header's hash.

    Refused entries are answered for, so they leave no gap; the hash is then None. The
    device's row remembers where to begin, and is not believed: a restored copy may
    remember more than it holds.
    """
    of_device, key = same("device", str(device.uuid))
    start, known = device.last_seq, 0
    reached, digest = 0, NOTHING
    while True:
        found = fetch(
            f"SELECT seq, header_hash FROM attendance_registerentry WHERE {of_device} "  # noqa: S608 -- ours
            "AND fork = 0 AND seq >= %s UNION "
            f"SELECT seq, '' FROM attendance_refusedentry WHERE {of_device} "
            "AND seq >= %s ORDER BY 1, 2 DESC LIMIT %s",
            [key, start, key, start, _STEP],
        )
        if start and known == 0 and (not found or found[0][0] != start):
            start = 0
            continue
        if start and known == 0:
            reached = start - 1
        known += len(found)
        for seq, own in found:
            if seq == reached + 1:
                reached, digest = seq, own or None
            elif seq > reached + 1:
                return reached, digest
        if len(found) < _STEP:
            return reached, digest
        start = reached + 1


def remember(device: Device, seq: int, digest: str | None) -> None:
    """Note now and then how far a phone has come and that it was heard of."""
    now = timezone.now()
    last = device.last_seen_at
    if (
        not device.last_seq <= seq < device.last_seq + _KEEP_EVERY
        or last is None
        or now - last > dt.timedelta(hours=1)
    ):
        Device.objects.filter(pk=device.pk).update(
            last_seq=seq, last_hash=digest or NOTHING, last_seen_at=now
        )


def epoch() -> str:
    """Which life of the server this is."""
    found = fetch("SELECT uuid FROM attendance_serverepoch ORDER BY id DESC LIMIT 1")
    return text_of(found[0][0]) if found else str(ServerEpoch.current().uuid)


class BadCursor(ValueError):
    """`since` or `cursor` is not what this server gave out."""


def changes(user: User, *, since: str = "", cursor: str = "") -> dict[str, Any]:
    """Sessions in reach whose state is later, merged people, tombstones.

    `since` is the `now` of the last complete answer; `cursor` continues a page. Raises
    BadCursor.
    """
    now = timezone.now()
    moment = _moment(since) if since else None
    rows = TrainingSession.objects.visible_to(user)
    if moment is not None:
        rows = rows.filter(state_at__gte=moment - OVERLAP)
    else:
        first = today() - dt.timedelta(days=FIRST_DAYS)
        rows = rows.filter(date__gte=first, state_at__isnull=False)
    if cursor:
        at, _, pk = cursor.partition("~")
        after = _moment(at)
        if not pk.isdigit():
            raise BadCursor(cursor)
        rows = rows.filter(Q(state_at__gt=after) | Q(state_at=after, pk__gt=int(pk)))
    page = list(
        rows.select_related("host", "team").order_by("state_at", "pk")[: PAGE + 1]
    )
    more, page = len(page) > PAGE, page[:PAGE]
    last = page[-1] if page else None
    taught: dict[int, list[int]] = {}
    for pk, number in SessionLesson.objects.filter(session__in=page).values_list(
        "session_id", "lesson__number"
    ):
        taught.setdefault(pk, []).append(number)
    answer: dict[str, Any] = {
        "now": now.astimezone(dt.UTC).isoformat(),
        "fold": FOLD_VERSION,
        "sessions": [_told(s, taught.get(s.pk, [])) for s in page],
        "more": more,
        "cursor": f"{last.state_at.isoformat()}~{last.pk}" if more and last else "",
    }
    if not cursor:
        floor = (moment or now - dt.timedelta(days=FIRST_DAYS)) - OVERLAP
        answer["aliases"] = _aliases(user, floor)
        answer["tombstones"] = _tombstones(floor)
    return answer


def _tombstones(floor: dt.datetime) -> list[str]:
    """The persons and households erased since then, in the order of their erasing."""
    persons = Person.objects.filter(erased_at__gte=floor).values_list(
        "erased_at", "uuid"
    )
    homes = Household.objects.filter(erased_at__gte=floor)
    rows = persons.union(homes.values_list("erased_at", "uuid")).order_by("erased_at")
    return [str(public_id) for _erased_at, public_id in rows[:MOST_PEOPLE]]


def _aliases(user: User, floor: dt.datetime) -> dict[str, str | None]:
    """Who stands for whom since then; None where a merge was undone."""
    seen = Person.objects.visible_to(user).values("pk")
    rows = (
        PersonPointer.objects.filter(Q(made_at__gte=floor) | Q(undone_at__gte=floor))
        .filter(Q(from_person__in=seen) | Q(to_person__in=seen))
        .order_by("made_at", "pk")
        .values_list("from_person__uuid", "to_person__uuid", "undone_at")
    )
    return {
        str(old): None if undone_at else str(new)
        for old, new, undone_at in rows[:MOST_PEOPLE]
    }


def _told(session: TrainingSession, lessons: list[int]) -> dict[str, Any]:
    return {
        "id": str(session.uuid),
        "host": str(session.host.uuid),
        "team": str(session.team.uuid) if session.team else None,
        "date": session.date.isoformat(),
        "start": session.starts_at.strftime("%H:%M") if session.starts_at else "",
        "kind": session.kind,
        "status": session.status,
        "venue": session.venue,
        "lessons": lessons,
        "version": session.state_version,
        "state": session.state,
    }


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadCursor(text) from error
    if moment.tzinfo is None or not 2000 < moment.year < 9000:
        raise BadCursor(text)
    return moment
