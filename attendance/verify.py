"""Is what is written down what the log says? Fold again and compare.

Nothing here writes. Memory is bounded: sessions and devices are looked at a few at a
time, the longest log of one session and the longest chain page being the limit.
"""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterator
from typing import Any

from attendance.chain import NOTHING, header_hash
from attendance.fold import FOLD_VERSION
from attendance.lifecycle import Kind, find_host, read_date, status_of
from attendance.loading import people_in, read_households, read_log, read_people
from attendance.models import TrainingSession
from attendance.outcomes import (
    fold_log,
    proxies_in,
    read_marks,
    read_reaches,
    stand,
    work_out,
)
from attendance.sql import among, fetch, json_of, text_of
from attendance.wire import VERSION

CHUNK = 40
PAGE = 500


@dataclasses.dataclass
class Findings:
    """What was looked at, what differs (an error), and what is only worth knowing."""

    sessions: int = 0
    entries: int = 0
    devices: int = 0
    differences: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    more: int = 0

    MOST = 200

    def differs(self, text: str) -> None:
        if len(self.differences) < self.MOST:
            self.differences.append(text)
        else:
            self.more += 1


def verify() -> Findings:
    """Fold every session again, and check every chain and every body."""
    findings = Findings()
    for sessions in in_chunks():
        _verify_sessions(sessions, findings)
    for device in _devices():
        _verify_chain(device, findings)
    return findings


def in_chunks() -> Iterator[list[TrainingSession]]:
    """All sessions, a few at a time, in the order of their keys."""
    last = 0
    while True:
        rows = TrainingSession.objects.filter(pk__gt=last).order_by("pk")
        chunk = list(rows.select_related("host")[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1].pk


def _verify_sessions(sessions: list[TrainingSession], findings: Findings) -> None:
    log = read_log([str(session.uuid) for session in sessions])
    standing = stand(log)
    people = read_people(
        people_in(row for rows in standing.values() for row in rows), lock=False
    )
    marks = read_marks(session.pk for session in sessions)
    reaches = read_reaches(session.pk for session in sessions)
    for session in sessions:
        findings.sessions += 1
        rows = standing[str(session.uuid)]
        if not rows and not session.state_version:
            continue
        state = fold_log(rows, people)
        households = read_households(proxies_in(state))
        existing = marks.get(session.pk, {})
        outcome = work_out(session, state, people, households, existing)
        if session.fold_version != FOLD_VERSION:
            findings.differs(f"session {session}: folded by other rules")
        if session.state != outcome.state:
            findings.differs(f"session {session}: state")
        _compare(session, "attendance", existing, outcome.marks, findings)
        _compare(
            session, "household", reaches.get(session.pk, {}), outcome.reaches, findings
        )
        for field in _wrong_fields(session, state):
            findings.differs(f"session {session}: {field}")


def _compare(
    session: TrainingSession, what: str, found: Any, wanted: Any, findings: Findings
) -> None:
    for key in sorted(found.keys() | wanted.keys()):
        if found.get(key) != wanted.get(key):
            findings.differs(f"session {session}: {what} {key}")


def _wrong_fields(session: TrainingSession, state: dict[str, Any]) -> Iterator[str]:
    fields = state["fields"]
    if session.status != status_of(state, session.status):
        yield "status"
    date = read_date(fields.get("date", ""))
    if date and session.date != date:
        yield "date"
    if fields.get("kind") in Kind.values and session.kind != fields["kind"]:
        yield "kind"
    host = fields.get("host", "")
    if host not in ("", str(session.host.uuid), session.host.code):
        known = find_host(host, session.date)
        if known is not None and known != session.host_id:
            yield "host"


def _devices() -> Iterator[str]:
    after: Any = None
    while True:
        where, params = "", []
        if after is not None:
            where, params = "WHERE device > %s", [after]
        rows = fetch(
            f"SELECT DISTINCT device FROM attendance_registerentry {where} "
            "ORDER BY device LIMIT %s",
            [*params, PAGE],
        )
        for (device,) in rows:
            yield text_of(device)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


_COLUMNS = (
    "e.id, e.device, e.seq, e.fork, e.prev, e.session, e.ticket, e.kind, e.cell, "
    "e.person, e.value, e.seen, e.occurred_at, e.body_digest, e.extra, e.header_hash, "
    "b.bytes"
)


def _verify_chain(device: str, findings: Findings) -> None:
    findings.devices += 1
    of_device, key = among("e.device", [device])
    short = device[-8:]
    before, hashes = 0, {NOTHING}
    older: set[str] = set()
    seq, fork, here = 0, -1, set()
    while True:
        rows = fetch(
            f"SELECT {_COLUMNS} FROM attendance_registerentry e "
            "LEFT JOIN attendance_entrybody b ON b.entry_id = e.id "
            f"WHERE {of_device} AND (e.seq > %s OR (e.seq = %s AND e.fork > %s)) "
            "ORDER BY e.seq, e.fork LIMIT %s",
            [key, seq, seq, fork, PAGE],
        )
        for row in rows:
            findings.entries += 1
            if row[2] != seq:
                if here:
                    older, before, hashes = hashes, seq, here
                here = set()
            seq, fork = row[2], row[3]
            if fork:
                findings.notes.append(f"device {short}: fork at {seq}")
            if seq > before + 1 and not here:
                findings.notes.append(
                    f"device {short}: {before + 1} to {seq - 1} missing"
                )
            here.add(row[15])
            _verify_entry(row, short, findings)
            if seq == before + 1 and row[4] not in hashes:
                kind = "wrong order" if row[4] in older else "broken link"
                findings.differs(f"device {short}: {kind} at {seq}")
        if len(rows) < PAGE:
            return


def _verify_entry(row: tuple, short: str, findings: Findings) -> None:
    extra = json_of(row[14])
    header = {
        "id": text_of(row[0]),
        "device": text_of(row[1]),
        "seq": row[2],
        "prev": row[4],
        "session": text_of(row[5]),
        "ticket": text_of(row[6]),
        "kind": row[7],
        "cell": row[8],
        "person": None if row[9] is None else text_of(row[9]),
        "value": row[10],
        "seen": json_of(row[11]),
        "at": row[12],
        "body": row[13],
        **({"v": VERSION} if extra is None else extra),
    }
    if header_hash(header) != row[15]:
        findings.differs(f"device {short}: changed header at {row[2]}")
    body = row[16]
    if body is not None and hashlib.sha256(bytes(body)).hexdigest() != row[13]:
        findings.differs(f"device {short}: changed body at {row[2]}")


def sessions_to_rebuild(uuids: Collection[str] = ()) -> Iterator[list[str]]:
    """The sessions to fold again, a few at a time: all, or those named."""
    for chunk in in_chunks():
        wanted = [str(s.uuid) for s in chunk if not uuids or str(s.uuid) in uuids]
        if wanted:
            yield wanted
