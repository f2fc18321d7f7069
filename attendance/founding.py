"""Sessions that begin on a phone, and the words that only bodies hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from attendance.fold import fold_rows
from attendance.lifecycle import Kind, find_host, read_date
from attendance.loading import LogRow, Waiting
from attendance.models import RegisterEntry, TrainingSession
from attendance.newcomers import read_body
from attendance.rights import Judge
from attendance.wire import Entry
from common.names import clean_name


def found_sessions(
    uuids: Iterable[str],
    log: Mapping[str, Sequence[LogRow]],
    fresh: Mapping[str, Entry],
    waiting: Mapping[str, Waiting],
    judge: Judge,
    *,
    trusted: bool,
) -> tuple[set[str], dict[str, str]]:
    """Make the sessions whose own entries say where and when they are held.

    Returns the ids of those made, and the reasons to hold founding entries whose authors
    may not hold a session there.
    """
    made: set[str] = set()
    objections: dict[str, str] = {}
    for uuid in sorted(uuids):
        rows = [
            row
            for row in log[uuid]
            if row.cell.startswith("session/") and (row.stands or row.id in waiting)
        ]
        where = _where_and_when(rows)
        if where is None:
            continue
        session = TrainingSession(uuid=uuid, date=where[0], host_id=where[1])
        if not trusted:
            judge.look_up((), {uuid: session})
            for row in rows:
                one = fresh.get(row.id) or waiting.get(row.id)
                if one is not None and (
                    reason := judge.objection(
                        one.ticket, one.device, session, brought=row.id in waiting
                    )
                ):
                    objections[row.id] = reason
        rows = [row for row in rows if row.id not in objections]
        where = _where_and_when(rows)
        if where is not None:
            session.date, session.host_id = where
            _make(session, rows, fresh, waiting, judge)
            made.add(uuid)
    return made, objections


def _where_and_when(rows: Sequence[LogRow]) -> tuple[dt.date, int] | None:
    fields = fold_rows([row[:5] for row in rows])["fields"]
    date = read_date(fields.get("date", ""))
    host = find_host(fields.get("host", ""), date) if date else None
    return (date, host) if date and host else None


def _make(
    session: TrainingSession,
    rows: Sequence[LogRow],
    fresh: Mapping[str, Entry],
    waiting: Mapping[str, Waiting],
    judge: Judge,
) -> None:
    fields = fold_rows([row[:5] for row in rows])["fields"]
    first = min(row.id for row in rows)
    one = fresh.get(first) or waiting.get(first)
    ticket_id = (
        one.ticket
        if one is not None
        else str(RegisterEntry.objects.values_list("ticket", flat=True).get(pk=first))
    )
    judge.look_up([ticket_id], {})
    ticket = judge.ticket(ticket_id)
    session.kind = fields["kind"] if fields.get("kind") in Kind.values else Kind.CLASS
    session.team_id = ticket.team_id if ticket else None
    session.planned_by_id = ticket.user_id if ticket else None
    # Another phone may found the same session at this moment.
    TrainingSession.objects.bulk_create([session], ignore_conflicts=True)


def take_words(
    sessions: Mapping[str, TrainingSession],
    entries: Iterable[Entry],
    holds: Mapping[str, str],
) -> None:
    """Take the venue and the reason of a cancellation from the bodies that bring them."""
    for entry in entries:
        session = sessions.get(entry.session)
        if session is None or entry.body is None or holds.get(entry.id):
            continue
        body = read_body(entry.body)
        if entry.cell == "session/host" and isinstance(body.get("venue"), str):
            session.venue = clean_name(body["venue"])[:160]
        if entry.cell == "session/status" and isinstance(body.get("reason"), str):
            session.cancel_reason = clean_name(body["reason"])[:240]
