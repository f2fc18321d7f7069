"""A phone that keeps a chained queue and speaks the sync protocol, and ways to reach a
server: Django's test client, or real HTTP that keeps its connection."""

from __future__ import annotations

import http.client
import json
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attendance.chain import NOTHING, body_digest, header_hash
from common.ids import new_uuid

SYNC = "/api/v1/register/sync"
STATE = "/api/v1/register/state"

# (method, path, headers, body) -> (status, headers, body)
Transport = Callable[
    [str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]
]


class Phone:
    """One device with one author at a time. Nothing is ever taken out of `entries`."""

    def __init__(self, device: Any, ticket: Any, token: str) -> None:
        self.device = str(device)
        self.ticket = str(ticket)
        self.token = token
        self.entries: list[dict[str, Any]] = []
        self.head = NOTHING

    def write(
        self,
        session: Any,
        kind: str,
        cell: str,
        value: str,
        *,
        person: Any = None,
        body: Mapping[str, Any] | None = None,
        seen: Sequence[str] = (),
        **header: Any,
    ) -> str:
        """Record one entry in the queue and return its id."""
        text = None
        if body is not None:
            text = json.dumps(
                {"salt": secrets.token_hex(16), **body}, ensure_ascii=False
            )
        made = {
            "v": 1,
            "id": str(new_uuid()),
            "device": self.device,
            "seq": len(self.entries) + 1,
            "prev": self.head,
            "session": str(session),
            "ticket": self.ticket,
            "kind": kind,
            "cell": cell,
            "person": None if person is None else str(person),
            "value": value,
            "seen": sorted(seen),
            "at": "2026-11-20T12:00:00.000Z",
            "body": NOTHING if text is None else body_digest(text.encode()),
            **header,
        }
        self.head = header_hash(made)
        self.entries.append({"header": made, "body": text})
        return made["id"]

    def mark(
        self, session: Any, person: Any, value: str = "present", **more: Any
    ) -> str:
        return self.write(
            session, "mark", f"presence/{person}", value, person=person, **more
        )

    def outcome(self, session: Any, person: Any, value: str, **more: Any) -> str:
        return self.write(
            session, "outcome", f"outcome/{person}", value, person=person, **more
        )

    def walk_in(self, session: Any, name: str, **body: Any) -> uuid.UUID:
        """Add somebody by name; returns the person's public id."""
        person = body.pop("person", None) or new_uuid()
        self.write(
            session,
            "walk_in",
            f"presence/{person}",
            "present",
            person=person,
            body={"name": name, **body},
        )
        return person

    def consent(self, session: Any, value: str = "read", **more: Any) -> str:
        return self.write(session, "consent", "consent", value, **more)

    def heads(self, session: Any, count: int, **more: Any) -> str:
        return self.write(session, "head_count", "head_count", str(count), **more)

    def begin(self, session: Any, host: Any, date: str, **fields: str) -> None:
        """Describe a session that nobody planned."""
        words = {"date": date, "host": str(host), "kind": "class", "status": "open"}
        for field, value in {**words, **fields}.items():
            self.write(session, "session", f"session/{field}", value)

    def above(self, seq: int, limit: int = 400) -> list[dict[str, Any]]:
        return self.entries[seq : seq + limit]


def packed(entries: Sequence[Any]) -> bytes:
    return json.dumps({"entries": list(entries)}, ensure_ascii=False).encode()


def send(
    transport: Transport,
    phone: Phone,
    entries: Sequence[Any] | bytes = (),
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    """Post entries (or raw bytes) and return the status and the answer."""
    body = entries if isinstance(entries, bytes) else packed(entries)
    status, _headers, content = transport(
        "POST",
        SYNC,
        {
            "Authorization": f"Ticket {phone.token}",
            "Content-Type": "application/json",
            **headers,
        },
        body,
    )
    return status, json.loads(content)


def through_test_client(client: Any) -> Transport:
    """Reach the application without a network."""

    def call(
        method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        response = client.generic(
            method,
            path,
            body,
            content_type=headers.get("Content-Type", "application/json"),
            headers={k: v for k, v in headers.items() if k != "Content-Type"},
        )
        return response.status_code, response.headers, response.content

    return call


class OverHttp:
    """Reach a real server over one kept connection; after a loss, over a new one."""

    def __init__(self, host: str, port: int, *, timeout: float = 20.0) -> None:
        self._link = http.client.HTTPConnection(host, port, timeout=timeout)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            self._link.request(method, path, body=body, headers=dict(headers))
            response = self._link.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        self._link.close()
