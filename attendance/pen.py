"""The server's own pen: a form writes to the register through the same door as a phone.

Each session has one pen for each life of the server. Its entries are numbered and
chained under a row lock, so that the ledger of a session kept by form verifies like that
of a session kept by phone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import secrets
import uuid as uuid_
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from attendance.chain import NOTHING, body_digest
from attendance.ingest import ingest
from attendance.loading import lock_sessions
from attendance.models import ServerEpoch, TrainingSession
from attendance.receipts import Code, Receipt, Status
from attendance.rights import TAKE_REGISTER
from attendance.wire import VERSION, Entry, make_entry
from common.ids import new_uuid
from common.retries import retrying
from people.checks import require
from people.models import AuthorTicket, Device, User


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """What a form wants to write into one cell.

    `seen` are the entries that the form showed in that cell, and which this replaces;
    None means those that stand at the moment of writing. `body` holds what no header
    may: names, years, free text.
    """

    kind: str
    cell: str
    value: str
    person: uuid_.UUID | str | None = None
    body: Mapping[str, Any] | None = None
    seen: Sequence[str] | None = None


def write(
    session: TrainingSession, *, user: User, drafts: Sequence[Draft]
) -> list[Receipt]:
    """Write the drafts and count them; returns a receipt for each, in order.

    What already stands as drafted is not written again. Raises PermissionDenied.
    """
    require(user, TAKE_REGISTER, session)
    return put(session, user=user, drafts=drafts)


@retrying
def put(
    session: TrainingSession, *, user: User, drafts: Sequence[Draft], cause: str = ""
) -> list[Receipt]:
    """Write without asking for rights: for actions, which have asked for their own."""
    if not drafts:
        return []
    with transaction.atomic():
        pen = _pen_of(session)
        ticket = _ticket_of(user, pen, session)
        locked = lock_sessions([str(session.uuid)])[str(session.uuid)]
        cells = (locked.state or {}).get("cells", {})
        receipts: list[Receipt | None] = []
        entries: list[Entry] = []
        now = timezone.now()
        for draft in drafts:
            standing = cells.get(draft.cell)
            if _stands_already(draft, standing):
                receipts.append(Receipt("", 0, Status.ALREADY, Code.SAME_VALUE))
                continue
            made = _entry(draft, standing, session, pen, ticket, now)
            if isinstance(made, Code):
                receipts.append(Receipt("", 0, Status.REFUSED, made))
                continue
            pen.last_seq, pen.last_hash = made.seq, made.hash
            entries.append(made)
            receipts.append(None)
        if entries:
            pen.last_seen_at = now
            pen.save(update_fields=["last_seq", "last_hash", "last_seen_at"])
            written = iter(ingest(entries, tickets=[ticket], pen_of=locked).receipts)
            receipts = [receipt or next(written) for receipt in receipts]
    return [receipt for receipt in receipts if receipt is not None]


def _stands_already(draft: Draft, standing: Mapping[str, Any] | None) -> bool:
    return (
        standing is not None
        and standing["value"] == draft.value
        and not standing["conflict"]
        and not draft.body
    )


def _entry(
    draft: Draft,
    standing: Mapping[str, Any] | None,
    session: TrainingSession,
    pen: Device,
    ticket: AuthorTicket,
    now: dt.datetime,
) -> Entry | Code:
    body = None
    if draft.body is not None:
        words = {"salt": secrets.token_hex(16), **draft.body}
        body = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
    seen = draft.seen
    if seen is None:
        seen = standing["heads"] if standing else ()
    header = {
        "v": VERSION,
        "id": str(new_uuid()),
        "device": str(pen.uuid),
        "seq": pen.last_seq + 1,
        "prev": pen.last_hash,
        "session": str(session.uuid),
        "ticket": str(ticket.uuid),
        "kind": draft.kind,
        "cell": draft.cell,
        "person": None if draft.person is None else str(draft.person),
        "value": draft.value,
        "seen": sorted(set(seen)),
        "at": now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "body": NOTHING if body is None else body_digest(body),
    }
    return make_entry(header, body)


def _pen_of(session: TrainingSession) -> Device:
    """The session's pen, locked. A restored server takes a new one: the numbers that the
    old one had given out since the copy was made must not be given twice."""
    epoch = ServerEpoch.current()
    name = uuid_.uuid5(epoch.uuid, str(session.uuid))
    pens = Device.objects.select_for_update(no_key=True, of=("self",))
    pen = pens.filter(uuid=name).first()
    if pen is None:
        Device.objects.bulk_create(
            [Device(uuid=name, kind=Device.Kind.SERVER)], ignore_conflicts=True
        )
        pen = pens.get(uuid=name)
    return pen


def _ticket_of(user: User, pen: Device, session: TrainingSession) -> AuthorTicket:
    known = AuthorTicket.objects.filter(user=user, device=pen).order_by("pk").first()
    return known or AuthorTicket.objects.create(
        user=user,
        device=pen,
        team_id=session.team_id,
        valid_from=session.date,
        valid_to=session.date,
    )
