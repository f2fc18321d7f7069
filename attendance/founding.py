"""Sessions that begin on a phone, and the words that only bodies hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from attendance.fold import fold_rows
from attendance.lifecycle import Kind, Status, find_host, read_date
from attendance.loading import LogRow, Waiting, read_bodies
from attendance.models import RegisterEntry, TrainingSession
from attendance.newcomers import read_body
from attendance.rights import Judge
from attendance.wire import Entry
from common.names import clean_name

STATUS = "session/status"
# Cells whose words stand in a body: the session's field, the body's key, its length.
WORDED = {
    "session/host": ("venue", "venue", 160),
    STATUS: ("cancel_reason", "reason", 240),
}


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
    standing: Mapping[str, Sequence[LogRow]],
    touched: Collection[str],
    bodies: Mapping[str, bytes | None],
) -> set[int]:
    """Take the venue and the reason of a cancellation from what stands in their cells.

    `touched` are the entries that are new, whose body came late or that count from now
    on; a session with none of them in these cells keeps its words. `bodies` are those at
    hand, all others are read. A head whose body is missing or erased says nothing. The
    order of arrival does not matter: of several venues the smallest text stands. Returns
    the keys of the sessions whose words changed.
    """
    heads: dict[str, dict[str, list[str]]] = {}
    for uuid in sessions:
        rows = [row for row in standing.get(uuid, ()) if row.cell in WORDED]
        if not any(row.id in touched for row in rows):
            continue
        cells = fold_rows([row[:5] for row in rows])["cells"]
        of_value = {row.id: row.value for row in rows}
        heads[uuid] = {
            name: [head for head in cell["heads"] if of_value[head] == cell["value"]]
            for name, cell in cells.items()
            if name != STATUS or cell["value"] == Status.CANCELLED
        }
    wanted = {
        head for cells in heads.values() for ids in cells.values() for head in ids
    }
    if not wanted:
        return set()
    said = {key: body for key, body in bodies.items() if key in wanted}
    said |= read_bodies(wanted - said.keys())
    changed = set()
    for uuid, cells in heads.items():
        session = sessions[uuid]
        before = (session.venue, session.cancel_reason)
        for name, ids in cells.items():
            field, key, longest = WORDED[name]
            found = (read_body(said.get(head)).get(key) for head in ids)
            texts = [clean_name(t)[:longest] for t in found if isinstance(t, str)]
            if texts and (any(texts) or name != STATUS):
                setattr(session, field, min(filter(None, texts), default=""))
        if (session.venue, session.cancel_reason) != before:
            changed.add(session.pk)
    return changed
