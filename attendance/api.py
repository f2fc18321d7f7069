"""The register's sync: what a phone sends and what it is told.

Authorised by an author ticket in a header; no cookie and no session. The protocol is
written down in docs/register-protocol.md, from which somebody else could write a client.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.security import APIKeyHeader

from attendance.allowance import Allowance
from attendance.fold import FOLD_VERSION
from attendance.ingest import Arrival, ingest
from attendance.models import HeldEntry
from attendance.receipts import TEXTS, Code, Status
from attendance.sealing import public_key
from attendance.sync import BadCursor, changes, epoch, received_from, remember
from attendance.wire import (
    MAX_BATCH_BYTES,
    BatchError,
    Entry,
    Refusal,
    read_batch,
)
from people.actions import TicketRefused, verify_ticket
from people.models import AuthorTicket

router = Router(tags=["register"])
_encode = msgspec.json.Encoder().encode
# Less is not worth the phone's battery.
_COMPRESS_FROM = 1200
# Held for what its author may, or decided against: no reason to tell of the session.
OUT_OF_REACH = frozenset(
    {
        HeldEntry.Reason.OTHER_GROUND.value,
        HeldEntry.Reason.TICKET_ENDED.value,
        HeldEntry.Reason.NO_TICKET.value,
        Code.REJECTED.value,
    }
)

PROBLEMS: dict[str, tuple[int, Promise]] = {
    "ticket_malformed": (
        401,
        _(
            "Not sent: this phone has no valid ticket. Every record is still on this "
            "phone. Press “Sign in again”, then send."
        ),
    ),
    "ticket_unknown": (
        401,
        _(
            "Not sent: the server does not know this phone's ticket any more. Every "
            "record is still on this phone. Press “Sign in again”, then send."
        ),
    ),
    "revoked": (
        403,
        _(
            "This phone's rights were taken back by the commune. Every record is still "
            "on this phone. Press “Call the commune”."
        ),
    ),
    "malformed": (
        400,
        _(
            "Not received: what was sent cannot be read; perhaps it was cut off on the "
            "way. Every record is still on this phone. Press “Send now” to try again."
        ),
    ),
    "too_large": (
        413,
        _(
            "Not received: too much was sent at once. Every record is still on this "
            "phone. Press “Send now”; it goes in smaller parts."
        ),
    ),
    "too_often": (
        429,
        _(
            "Not received yet: this phone sent very often within a minute. Every record "
            "is still on this phone. Wait a minute, then press “Send now”."
        ),
    ),
    "bad_since": (
        400,
        _(
            "The server cannot read which changes are asked for. Every record is still "
            "on this phone. Press “Send now” to fetch everything again."
        ),
    ),
}


class TicketHeader(APIKeyHeader):
    """`Authorization: Ticket <token>`; the view says what is wrong with it."""

    param_name = "Authorization"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        scheme, _space, token = (key or "").partition(" ")
        if scheme != "Ticket" or not token.isascii():
            return TicketRefused("malformed")
        try:
            return verify_ticket(token.strip())
        except TicketRefused as refused:
            return refused


class ProblemOut(Schema):
    """What went wrong, in a code and in a sentence for the screen."""

    code: str
    text: str


class DeviceOut(Schema):
    seq: int
    hash: str | None


class ReceiptOut(Schema):
    id: str
    seq: int
    status: str
    code: str


class SessionOut(Schema):
    version: int
    status: str
    totals: dict[str, Any]


class SyncOut(Schema):
    """The answer to a batch; also to an empty one, which is the hello."""

    epoch: str
    fold: int
    device: DeviceOut
    receipts: list[ReceiptOut]
    texts: dict[str, str]
    sessions: dict[str, SessionOut]
    aliases: dict[str, str]
    tombstones: list[str]


class StateOut(Schema):
    """Later states of the sessions in reach."""

    epoch: str
    seal_key: str
    now: str
    fold: int
    sessions: list[dict[str, Any]]
    more: bool
    cursor: str
    aliases: dict[str, str | None] | None = None
    tombstones: list[str] | None = None


_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "entries": {
                            "type": "array",
                            "maxItems": 400,
                            "items": {
                                "type": "object",
                                "required": ["header"],
                                "properties": {
                                    "header": {"type": "object"},
                                    "body": {"type": ["string", "null"]},
                                    "sealed": {"type": ["string", "null"]},
                                },
                            },
                        }
                    },
                }
            }
        },
    }
}
_PROBLEM_CODES = frozenset({400, 401, 403, 413, 429})
# Of one phone in a minute, in each worker.
requests_left = Allowance(settings.REGISTER_REQUESTS_PER_MINUTE)
bytes_left = Allowance(settings.REGISTER_MIB_PER_MINUTE * 1024 * 1024)


@router.post(
    "/sync",
    auth=TicketHeader(),
    response={200: SyncOut, _PROBLEM_CODES: ProblemOut},
    openapi_extra=_BATCH,
    summary="Send entries; an empty batch asks how far the server has received",
)
def sync(request: HttpRequest) -> HttpResponse:
    """Take a batch and answer with a receipt for each entry."""
    ticket = request.auth
    if isinstance(ticket, TicketRefused):
        return problem(request, f"ticket_{ticket.code}")
    if wait := must_wait(request, ticket):
        return problem(request, "too_often", wait=wait)
    try:
        items = read_batch(body_of(request))
    except BatchError as error:
        return problem(request, error.code)
    arrival = ingest(items, sender=ticket.device, tickets=[ticket])
    return answer(request, _sync_answer(ticket, items, arrival))


@router.get(
    "/state",
    auth=TicketHeader(),
    response={200: StateOut, _PROBLEM_CODES: ProblemOut},
    summary="Later states of the sessions in reach, merged people, tombstones",
)
def state(request: HttpRequest, since: str = "", cursor: str = "") -> HttpResponse:
    """Tell what changed since the `now` of the last complete answer."""
    ticket = request.auth
    if isinstance(ticket, TicketRefused):
        return problem(request, f"ticket_{ticket.code}")
    if ticket.revoked_at or ticket.device.revoked_at or not ticket.user.is_active:
        return problem(request, "revoked")
    if wait := must_wait(request, ticket):
        return problem(request, "too_often", wait=wait)
    try:
        told = changes(ticket.user, since=since, cursor=cursor)
    except BadCursor:
        return problem(request, "bad_since")
    return answer(request, {"epoch": epoch(), "seal_key": public_key(), **told})


def _sync_answer(
    ticket: AuthorTicket, items: Sequence[Entry | Refusal], arrival: Arrival
) -> dict[str, Any]:
    seq, digest = received_from(ticket.device)
    remember(ticket.device, seq, digest)
    reached = _reached(items, arrival)
    return {
        "epoch": epoch(),
        "fold": FOLD_VERSION,
        "device": {"seq": seq, "hash": digest},
        "receipts": [
            {"id": r.id, "seq": r.seq, "status": r.status, "code": r.code}
            for r in arrival.receipts
        ],
        "texts": {code: str(TEXTS[code]) for code in _codes(arrival.receipts)},
        "sessions": {
            uuid: {
                "version": session.state_version,
                "status": str(session.status),
                "totals": session.state.get("totals", {}),
            }
            for uuid, session in arrival.sessions.items()
            if uuid in reached
        },
        "aliases": arrival.aliases if reached else {},
        "tombstones": sorted(arrival.tombstones) if reached else [],
    }


def _reached(items: Sequence[Entry | Refusal], arrival: Arrival) -> set[str]:
    """The sessions in which something of the batch stood within its author's rights.

    Of a session out of reach a phone hears no totals, whatever it sends about it.
    """
    return {
        item.session
        for item, receipt in zip(items, arrival.receipts, strict=True)
        if isinstance(item, Entry)
        and receipt.status != Status.REFUSED
        and receipt.code not in OUT_OF_REACH
    }


def _codes(receipts: Sequence[Any]) -> list[str]:
    return sorted({receipt.code for receipt in receipts})


def must_wait(request: HttpRequest, ticket: AuthorTicket) -> int:
    """Seconds until this phone may come again; 0 for every phone that keeps measure."""
    device = str(ticket.device.uuid)
    length = request.headers.get("Content-Length", "")
    size = int(length) if length.isascii() and length.isdigit() else 0
    return requests_left.spend(device) or bytes_left.spend(device, size)


def body_of(request: HttpRequest) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BatchError("too_large") from error
    except UnreadablePostError as error:
        raise BatchError("malformed") from error
    if request.headers.get("Content-Encoding", "") != "gzip":
        return body
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = inflate.decompress(body, MAX_BATCH_BYTES + 1)
    except zlib.error as error:
        raise BatchError("malformed") from error
    if len(plain) > MAX_BATCH_BYTES:
        raise BatchError("too_large")
    if not inflate.eof:
        raise BatchError("malformed")
    return plain


def problem(request: HttpRequest, code: str, *, wait: int = 0) -> HttpResponse:
    """An answer that says what went wrong, why, and that nothing is lost."""
    status, text = PROBLEMS[code]
    response = answer(request, {"code": code, "text": str(text)}, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def answer(request: HttpRequest, data: Any, *, status: int = 200) -> HttpResponse:
    """JSON that no cache keeps, compressed when it is worth it."""
    content = _encode(data)
    response = HttpResponse(content, content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Encoding"
    accepted = request.headers.get("Accept-Encoding", "")
    if len(content) >= _COMPRESS_FROM and "gzip" in accepted:
        response.content = gzip.compress(content, 5)
        response.headers["Content-Encoding"] = "gzip"
    return response
