"""The fold transaction: entries arrive, are judged, folded and counted, or wait.

In this order, so that transactions that meet wait for one another and never in a ring:
insert the entries (on conflict do nothing); lock the sessions by key, then read their
log; lock the persons by key; write what the fold makes of it; figures follow by signal,
sorted by key. The whole is tried again after a deadlock.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from attendance import log
from attendance.consent import INTRODUCES, judge_consent
from attendance.fold import fold_rows
from attendance.founding import found_sessions, take_words
from attendance.loading import (
    Bringing,
    LogRow,
    People,
    Waiting,
    erased_households,
    lock_sessions,
    people_in,
    read_bringing,
    read_log,
    read_names,
    read_people,
    read_waiting,
    sessions_of,
)
from attendance.models import HeldEntry, TrainingSession
from attendance.newcomers import (
    Introduction,
    admit_households,
    admit_people,
    head_named,
    read_body,
)
from attendance.outcomes import stand
from attendance.receipts import Code, Receipt, Status
from attendance.refold import fold_sessions, refold
from attendance.rights import Judge
from attendance.wire import Entry, Refusal, header_of
from common.ids import new_uuid
from common.retries import retrying
from people.actions.consents import record_room_consents
from people.models import AuthorTicket, Device, Household, Person

Reason = HeldEntry.Reason


@dataclasses.dataclass
class Arrival:
    """What came of a batch: a receipt for each item, in the order of the batch."""

    receipts: list[Receipt]
    sessions: dict[str, TrainingSession] = dataclasses.field(default_factory=dict)
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    tombstones: set[str] = dataclasses.field(default_factory=set)


@retrying
def ingest(
    items: Sequence[Entry | Refusal],
    *,
    sender: Device | None = None,
    tickets: Iterable[AuthorTicket] = (),
    pen_of: TrainingSession | None = None,
) -> Arrival:
    """Take a batch into the register, in one transaction.

    `sender` is the phone that brings it, `tickets` those already read. `pen_of` is the
    locked session whose own pen writes: its entries are new, and their author's rights
    were asked for with `has_perm`. Consent is asked for in any case.
    """
    if not items:
        return Arrival([])
    with transaction.atomic(savepoint=False):
        batch = _Batch(sender, tickets, pen_of)
        batch.take(items)
        if batch.fresh or batch.revived:
            batch.settle()
        return batch.arrival(items)


@retrying
def settle(session: str, *, accepted: Iterable[str] = (), cause: str = "") -> Arrival:
    """Judge and fold a session again: a decision was made about its waiting entries."""
    with transaction.atomic():
        batch = _Batch(None, ())
        batch.uuids = {session}
        batch.settle(accepted=set(accepted), cause=cause)
        return batch.arrival([])


class _Batch:
    """One batch on its way through the transaction."""

    def __init__(
        self,
        sender: Device | None,
        tickets: Iterable[AuthorTicket],
        pen_of: TrainingSession | None = None,
    ) -> None:
        self.now: dt.datetime = timezone.now()
        self.trusted = pen_of is not None
        self.judge = Judge(sender, tickets)
        self.fresh: dict[str, Entry] = {}
        self.revived: dict[str, Entry] = {}
        self.codes: dict[int, tuple[str, str]] = {}
        self.uuids: set[str] = set()
        self.holds: dict[str, str] = {}
        self.sessions = {str(pen_of.uuid): pen_of} if pen_of else {}
        self.people = People()
        # Public ids of the erased persons and households that the batch speaks of.
        self.forgotten: set[str] = set()

    def take(self, items: Sequence[Entry | Refusal]) -> None:
        """Put what is new into the log; say of the rest why it is not."""
        entries = [item for item in items if isinstance(item, Entry)]
        taken = log.look_up(() if self.trusted else entries)
        refusals = [item for item in items if isinstance(item, Refusal)]
        hashes = {key: known.hash for key, known in taken.known.items()}
        forks: dict[str, int] = {}
        for place, item in enumerate(items):
            if isinstance(item, Refusal):
                self.codes[place] = (Status.REFUSED, item.code)
                continue
            known = taken.known.get(item.id)
            if item.id not in hashes:
                hashes[item.id] = item.hash
                number = (item.device, item.seq)
                forks[item.id] = fork = taken.forks.get(number, -1) + 1
                taken.forks[number] = fork
                self.fresh[item.id] = item
                self.codes[place] = (Status.ACCEPTED, Code.FORK if fork else Code.NEW)
            elif hashes[item.id] != item.hash:
                self.codes[place] = (Status.REFUSED, Code.OTHER_BYTES)
                refusals.append(_other_bytes(item))
            elif known is not None and known.waits_for:
                self.codes[place] = (Status.HELD, known.waits_for)
            else:
                rejected = known is not None and known.rejected
                code = Code.REJECTED if rejected else Code.KNOWN
                self.codes[place] = (Status.ALREADY, code)
            if (
                known is not None
                and item.body is not None
                and hashes[item.id] == item.hash
            ):
                if known.erased:
                    self.codes[place] = (Status.ALREADY, Code.ERASED)
                elif known.body_missing:
                    self.revived[item.id] = item
        if self.fresh:
            log.append(
                ((entry, forks[entry.id]) for entry in self.fresh.values()), self.now
            )
        if refusals:
            ids = [str(new_uuid()) for _ in refusals]
            log.refuse(refusals, ids, self.now, _forgotten(refusals))
        self.uuids = {e.session for e in (*self.fresh.values(), *self.revived.values())}

    def settle(self, accepted: Collection[str] = (), cause: str = "") -> None:
        """Judge, admit, fold and count the sessions of the batch."""
        self.sessions = self.sessions or lock_sessions(self.uuids)
        rows = read_log(self.uuids)
        waiting = read_waiting(rows)
        if waiting or not self.trusted:
            self.judge.look_up(
                {
                    *(entry.ticket for entry in self.fresh.values()),
                    *(entry.ticket for entry in waiting.values()),
                },
                self.sessions,
            )
        if missing := self.uuids - self.sessions.keys():
            self._found(missing, rows, waiting)
        self._judge_rights(waiting)
        self.people = read_people(
            people_in(row for log_rows in rows.values() for row in log_rows)
        )
        self.forgotten = {u for u, one in self.people.by_uuid.items() if one.erased}
        brought = (*self.fresh.values(), *self.revived.values())
        self.forgotten |= erased_households(
            {entry.cell[6:] for entry in brought if _is_of_household(entry)}
        )
        names = read_names(accepted)
        objections = judge_consent(
            rows,
            self.holds,
            fresh=[
                entry
                for entry in self.fresh.values()
                if log.subject_of(entry) not in self.forgotten
            ],
            waiting=waiting,
            accepted=names,
            people=self.people,
        )
        self.holds.update(objections)
        released = [
            key
            for key, one in waiting.items()
            if one.reason in (Reason.NO_SESSION, Reason.NO_CONSENT)
            and not self.holds.get(key)
        ]
        log.hold(
            (entry.id, entry.session, self.holds[entry.id])
            for entry in self.fresh.values()
            if self.holds.get(entry.id)
        )
        log.release(released, self.now)
        for reason in (Reason.NO_CONSENT, Reason.OTHER_GROUND, Reason.TICKET_ENDED):
            moved = [
                key
                for key, one in waiting.items()
                if self.holds.get(key) == reason and one.reason != reason
            ]
            log.change_reason(moved, reason)
        # Whose author the commune accepts still needs the sentence for a new name.
        unread = {name.id for name in names if self.holds.get(name.id)}
        log.hold_again(unread, Reason.NO_CONSENT)
        log.keep_bodies(brought, self.forgotten, self.now)
        standing = self._standing(rows, set(released))
        again = {*released, *accepted} - unread
        elsewhere = self._admit(standing, waiting, again)
        reworded = take_words(
            self.sessions,
            standing,
            {*(entry.id for entry in brought), *again},
            {entry.id: entry.body for entry in brought if entry.body},
        )
        known = {uuid: rows for uuid, rows in standing.items() if uuid in self.sessions}
        fold_sessions(
            list(self.sessions.values()),
            known,
            self.people,
            reworded=reworded,
            cause=cause,
        )
        refold(elsewhere, cause=cause)

    def arrival(self, items: Sequence[Entry | Refusal]) -> Arrival:
        """The receipts, in the order of the items."""
        receipts = []
        for place, item in enumerate(items):
            status, code = self.codes[place]
            if status == Status.ACCEPTED and (reason := self.holds.get(item.id or "")):
                status, code = Status.HELD, reason
            elif (
                status == Status.ACCEPTED
                and isinstance(item, Entry)
                and log.subject_of(item) in self.forgotten
            ):
                code = Code.ERASED
            receipts.append(
                Receipt(item.id or "", item.seq or 0, str(status), str(code))
            )
        return Arrival(receipts, self.sessions, self.people.aliases, self.forgotten)

    def _found(
        self,
        missing: set[str],
        rows: Mapping[str, Sequence[LogRow]],
        waiting: Mapping[str, Waiting],
    ) -> None:
        """Make the sessions that these entries themselves describe."""
        made, objections = found_sessions(
            missing, rows, self.fresh, waiting, self.judge, trusted=self.trusted
        )
        self.holds.update(objections)
        if made:
            self.sessions = lock_sessions(self.uuids)
            self.judge.look_up((), self.sessions)

    def _judge_rights(self, waiting: Mapping[str, Waiting]) -> None:
        for entry in self.fresh.values():
            session = self.sessions.get(entry.session)
            if self.trusted or self.holds.get(entry.id):
                continue
            if session is not None:
                reason = self.judge.objection(entry.ticket, entry.device, session)
            else:
                reason = self.judge.stranger(entry.ticket, entry.device)
                reason = reason or Reason.NO_SESSION
            self.holds[entry.id] = reason
        for key, one in waiting.items():
            session = self.sessions.get(one.session)
            if one.reason != Reason.NO_SESSION or key in self.holds:
                continue
            self.holds[key] = (
                self.judge.objection(one.ticket, one.device, session, brought=True)
                if session is not None
                else Reason.NO_SESSION
            )

    def _standing(
        self, rows: Mapping[str, Sequence[LogRow]], released: set[str]
    ) -> dict[str, list[LogRow]]:
        if not self.holds:
            return stand(rows)
        return {
            uuid: [
                row
                for row in log_rows
                if row.id in released or (row.stands and not self.holds.get(row.id))
            ]
            for uuid, log_rows in rows.items()
        }

    def _admit(
        self,
        standing: Mapping[str, Sequence[LogRow]],
        waiting: Mapping[str, Waiting],
        again: set[str],
    ) -> set[str]:
        """Let in the people and households whose introduction stands now.

        Returns the other sessions of persons of whom more is known than before.
        """
        revived: list[Entry] = []
        if self.revived:
            # A body that came late lets nobody in whose entry waits or was rejected.
            stands = {row.id for log_rows in standing.values() for row in log_rows}
            revived = [entry for key, entry in self.revived.items() if key in stands]
        bringing = [
            Bringing(e.id, e.kind, e.person, e.cell, e.ticket, e.session, e.body)
            for e in (*self.fresh.values(), *revived)
            if e.kind in INTRODUCES and not self.holds.get(e.id)
        ]
        bringing += read_bringing(again)
        people, homes = [], []
        heads: dict[str, str] = {}
        for one in bringing:
            session = self.sessions.get(one.session)
            body = read_body(one.body)
            if session is None or not body:
                continue
            author = self.judge.author_of(one.ticket)
            if one.kind == "walk_in" and one.person:
                people.append(Introduction(one.person, session.host_id, author, body))
                if home := head_named(body):
                    heads[one.id] = home
            elif one.cell.startswith("proxy/"):
                homes.append(Introduction(one.cell[6:], session.host_id, author, body))
        if homes:
            admit_households(homes)
        if not people:
            return set()
        better_known = admit_people(people)
        # Who walked in is known by name now; the head that was named with it is not to be.
        gone = erased_households(set(heads.values()))
        log.empty_bodies([key for key, home in heads.items() if home in gone], self.now)
        self.forgotten |= gone
        self.people = read_people(
            self.people.by_uuid.keys()
            | people_in(row for rows in standing.values() for row in rows)
        )
        self._note_consents(bringing, standing)
        return sessions_of(better_known) - self.uuids

    def _note_consents(
        self, bringing: Sequence[Bringing], standing: Mapping[str, Sequence[LogRow]]
    ) -> None:
        for session in sorted({one.session for one in bringing}):
            cell = fold_rows(
                [row[:5] for row in standing.get(session, ()) if row.cell == "consent"]
            )["cells"].get("consent")
            named = {
                someone.pk
                for one in bringing
                if one.session == session
                and (someone := self.people.by_uuid.get(one.person or ""))
                and someone.named
            }
            if cell and cell["value"] == "read" and named:
                record_room_consents(named, user=None, entry_id=cell["heads"][0])


def _is_of_household(entry: Entry) -> bool:
    return entry.person is None and entry.cell.startswith("proxy/")


def _forgotten(refusals: Iterable[Refusal]) -> set[str]:
    """Of whom the refused bytes speak, if they were erased before these came."""
    named = {refusal.person for refusal in refusals if refusal.person}
    if not named:
        return set()
    persons = Person.objects.filter(uuid__in=named, erased_at__isnull=False)
    homes = Household.objects.filter(uuid__in=named, erased_at__isnull=False)
    rows = persons.values_list("uuid").union(homes.values_list("uuid"))
    return {str(public_id) for (public_id,) in rows}


def _other_bytes(entry: Entry) -> Refusal:
    raw = {
        "header": header_of(entry),
        "body": None if entry.body is None else entry.body.decode(),
    }
    return Refusal(
        Code.OTHER_BYTES,
        entry.id,
        entry.device,
        entry.seq,
        entry.ticket,
        log.subject_of(entry),
        json.dumps(raw, sort_keys=True).encode(),
    )
