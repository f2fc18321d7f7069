"""A simulated phone of the story: numbers and chains its entries as a real one does."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

from attendance.chain import NOTHING, body_digest
from attendance.ingest import Arrival, ingest
from attendance.models import TrainingSession
from attendance.wire import VERSION, Entry, make_entry
from common.ids import new_uuid
from people.actions import enrol_device, issue_enrolment, revoke_device, ticket_for
from people.models import User
from pilot_communes.models import Team


class Phone:
    """A phone bound to a login, as the commune's officer does it: by a one-time code."""

    def __init__(
        self, login: User, team: Team, *, officer: User, draw: random.Random
    ) -> None:
        code = issue_enrolment(login, user=officer)
        self.device = enrol_device(
            username=login.username, code=code.code, label="Điện thoại mẫu"
        )
        self.officer = officer
        self.ticket = ticket_for(login, device=self.device, team=team)
        self._draw = draw
        self._seq = 0
        self._prev = NOTHING

    def write(
        self,
        session: TrainingSession,
        kind: str,
        cell: str,
        value: str,
        *,
        at: dt.datetime,
        person: uuid.UUID | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Entry:
        """One entry whose author had seen nothing in its cell."""
        packed = None
        if body is not None:
            salt = self._draw.randbytes(16).hex()
            packed = json.dumps({"salt": salt, **body}, ensure_ascii=False).encode()
        self._seq += 1
        entry = make_entry(
            {
                "v": VERSION,
                "id": str(new_uuid()),
                "device": str(self.device.uuid),
                "seq": self._seq,
                "prev": self._prev,
                "session": str(session.uuid),
                "ticket": str(self.ticket.uuid),
                "kind": kind,
                "cell": cell,
                "person": None if person is None else str(person),
                "value": value,
                "seen": [],
                "at": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "body": NOTHING if packed is None else body_digest(packed),
            },
            packed,
        )
        if not isinstance(entry, Entry):
            raise ValueError(f"The story wrote an entry that is none: {entry}")
        self._prev = entry.hash
        return entry

    def send(self, *entries: Entry) -> Arrival:
        """Bring entries to the server."""
        return ingest(entries, sender=self.device)

    def lose(self) -> None:
        """Report the phone lost: what it still sends waits for the coordinator."""
        revoke_device(self.device, user=self.officer)
        self.device.refresh_from_db()
