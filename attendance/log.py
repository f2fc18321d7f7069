"""Writing to the log: headers, bodies, what waits and what was refused."""

# ruff: noqa: S608 -- names in the statements are ours, values are parameters

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from attendance.sql import Table, among, fetch, moment, same, text_of
from attendance.wire import NOTHING, Entry, Refusal
from common.retries import Raced

ENTRIES = Table(
    "attendance_registerentry",
    id="uuid",
    device="uuid",
    seq="int",
    fork="small",
    prev="text",
    session="uuid",
    ticket="uuid",
    kind="text",
    cell="text",
    person="uuid",
    value="text",
    seen="json",
    occurred_at="text",
    body_digest="text",
    extra="json",
    header_hash="text",
    received_at="time",
)
BODIES = Table(
    "attendance_entrybody",
    entry_id="uuid",
    person="uuid",
    bytes="bytes",
    erased_at="time",
)
HELD = Table(
    "attendance_heldentry",
    entry_id="uuid",
    session="uuid",
    reason="text",
    decision="text",
)
REFUSED = Table(
    "attendance_refusedentry",
    uuid="uuid",
    entry="uuid",
    device="uuid",
    seq="int",
    ticket="uuid",
    person="uuid",
    code="text",
    digest="text",
    bytes="bytes",
    received_at="time",
)


class Known(NamedTuple):
    """An entry that the log holds already."""

    hash: str
    body_missing: bool
    erased: bool
    waits_for: str
    rejected: bool


class Taken(NamedTuple):
    """What the log holds of a batch's ids, and of its device's numbers."""

    known: dict[str, Known]
    forks: dict[tuple[str, int], int]


def look_up(entries: Sequence[Entry]) -> Taken:
    """Read what the log already holds of these entries, in one statement."""
    taken = Taken({}, {})
    if not entries:
        return taken
    select = (
        "SELECT e.id, e.device, e.seq, e.fork, e.header_hash, e.body_digest, "
        "b.bytes IS NULL, b.erased_at IS NOT NULL, h.reason, h.decision "
        "FROM attendance_registerentry e "
        "LEFT JOIN attendance_entrybody b ON b.entry_id = e.id "
        "LEFT JOIN attendance_heldentry h ON h.entry_id = e.id WHERE "
    )
    where, params = among("e.id", [entry.id for entry in entries])
    parts, values = [select + where], [params]
    seqs: dict[str, set[int]] = {}
    for entry in entries:
        seqs.setdefault(entry.device, set()).add(entry.seq)
    for device, numbers in seqs.items():
        of_device, key = same("e.device", device)
        first, last = min(numbers), max(numbers)
        # A run of numbers is read as a range: an index answers that without knowing
        # how much else the device has sent.
        if last - first < 4 * len(numbers):
            parts.append(f"{select}{of_device} AND e.seq BETWEEN %s AND %s")
            values += [key, first, last]
        else:
            with_seq, keys = among("e.seq", numbers)
            parts.append(f"{select}{of_device} AND {with_seq}")
            values += [key, keys]
    for row in fetch(" UNION ALL ".join(parts), values):
        entry_id, device, seq, fork, digest, body, bare, erased, reason, decision = row
        taken.known[text_of(entry_id)] = Known(
            digest,
            bool(bare) and body != NOTHING,
            bool(erased),
            reason if reason and decision == "" else "",
            decision == "rejected",
        )
        place = (text_of(device), seq)
        taken.forks[place] = max(fork, taken.forks.get(place, -1))
    return taken


def append(entries: Iterable[tuple[Entry, int]], now: dt.datetime) -> None:
    """Add entries with their fork numbers to the log, or raise Raced.

    Sorted, so that two transactions that bring the same entries wait for one another
    in one order only.
    """
    at = now.isoformat()
    rows = sorted(
        (
            entry.id,
            entry.device,
            entry.seq,
            fork,
            entry.prev,
            entry.session,
            entry.ticket,
            entry.kind,
            entry.cell,
            entry.person,
            entry.value,
            json.dumps(entry.seen) if entry.seen else "[]",
            entry.at,
            entry.digest,
            None if entry.extra is None else json.dumps(entry.extra),
            entry.hash,
            at,
        )
        for entry, fork in entries
    )
    if len(ENTRIES.insert(rows, returning="id")) != len(rows):
        raise Raced("The same entries arrived twice at one moment.")


def keep_bodies(
    entries: Iterable[Entry], forgotten: Collection[str], now: dt.datetime
) -> None:
    """Keep the exact bytes; of whom or what was erased only that there were some."""
    rows = []
    for entry in entries:
        if entry.body is not None:
            subject = subject_of(entry)
            gone = subject in forgotten
            body = None if gone else entry.body.hex()
            rows.append((entry.id, subject, body, now.isoformat() if gone else None))
    BODIES.insert(
        rows,
        on_conflict=(
            "(entry_id) DO UPDATE SET bytes = excluded.bytes "
            "WHERE attendance_entrybody.bytes IS NULL "
            "AND attendance_entrybody.erased_at IS NULL"
        ),
    )


def empty_bodies(ids: Collection[str], now: dt.datetime) -> None:
    """Erase the bytes of these entries; that there were some stays."""
    if ids:
        where, params = among("entry_id", ids)
        fetch(
            "UPDATE attendance_entrybody SET bytes = NULL, erased_at = %s "
            f"WHERE erased_at IS NULL AND {where}",
            [moment(now), params],
        )


def subject_of(entry: Entry) -> str | None:
    """Whom a body is about: a person, or the household that a child learnt for."""
    if entry.person is None and entry.cell.startswith("proxy/"):
        return entry.cell[6:]
    return entry.person


def hold(waiting: Iterable[tuple[str, str, str]]) -> None:
    """Let entries (id, session, reason) wait for a decision."""
    HELD.insert([(*row, "") for row in sorted(waiting)])


def release(ids: Collection[str], now: dt.datetime) -> None:
    """Let waiting entries count: what they waited for has come."""
    if ids:
        where, params = among("entry_id", ids)
        fetch(
            "UPDATE attendance_heldentry SET decision = 'accepted', decided_at = %s "
            f"WHERE decision = '' AND {where}",
            [moment(now), params],
        )


def change_reason(ids: Collection[str], reason: str) -> None:
    """Say of waiting entries that they wait for something else now."""
    if ids:
        where, params = among("entry_id", ids)
        fetch(
            "UPDATE attendance_heldentry SET reason = %s "
            f"WHERE decision = '' AND {where}",
            [reason, params],
        )


def hold_again(ids: Collection[str], reason: str) -> None:
    """Let entries wait that were just let through: something else is still missing."""
    if ids:
        where, params = among("entry_id", ids)
        fetch(
            "UPDATE attendance_heldentry SET decision = '', reason = %s, "
            f"decided_at = NULL, decided_by_id = NULL WHERE {where}",
            [reason, params],
        )


def refuse(
    refusals: Sequence[Refusal],
    ids: Sequence[str],
    now: dt.datetime,
    forgotten: Collection[str] = (),
) -> None:
    """Keep the bytes that the log cannot take, once, with the reason.

    Of persons and households that were erased only that there were some.
    """
    rows = {
        (refusal.id, refusal.digest): (
            new_id,
            refusal.id,
            refusal.device,
            refusal.seq,
            refusal.ticket,
            refusal.person,
            refusal.code,
            refusal.digest,
            None if refusal.person in forgotten else refusal.raw.hex(),
            now.isoformat(),
        )
        for refusal, new_id in zip(refusals, ids, strict=True)
    }
    # Bytes without a readable id are kept once too; no constraint compares nulls.
    nameless = [digest for entry, digest in rows if entry is None]
    if nameless:
        marks = ", ".join(["%s"] * len(nameless))
        known = fetch(
            "SELECT digest FROM attendance_refusedentry "
            f"WHERE entry IS NULL AND digest IN ({marks})",
            nameless,
        )
        for (digest,) in known:
            rows.pop((None, digest), None)
    REFUSED.insert(
        [rows[key] for key in sorted(rows, key=lambda k: (k[0] or "", k[1]))]
    )
