"""What the phone app asks beside the sync: enrolment, fresh tickets, its data.

Enrolment is in person: an officer gives a code that works once. Afterwards the phone
shows its ticket, and no cookie takes part. See docs/register-protocol.md.
"""

from __future__ import annotations

from typing import Any

import msgspec
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from attendance.api import (
    BatchError,
    ProblemOut,
    TicketHeader,
    answer,
    body_of,
    must_wait,
    problem,
)
from attendance.app_data import Ground, grounds_of, told
from attendance.sealing import public_key
from attendance.sync import epoch
from people.actions import (
    TicketRefused,
    enrol_again,
    enrol_device,
    signed,
    ticket_for,
)
from people.models import AuthorTicket, Device, User
from people.roles import TEAM_LEADER

router = Router(tags=["register"])
MOST_BYTES = 2000
MOST_TAGS = 200

PROBLEMS: dict[str, tuple[int, Promise]] = {
    "no_duty": (
        403,
        _(
            "This person is in no team today and takes no register. Every record is "
            "still on this phone. Press “Call the commune”."
        ),
    ),
}


class _Enrolment(msgspec.Struct):
    username: str
    code: str
    label: str = ""


class _Renewal(msgspec.Struct):
    new: bool = False


class PlaceOut(Schema):
    uuid: str
    name: str


class TeamOut(Schema):
    """A team, or an officer's unit, with its hamlets of today."""

    uuid: str
    name: str
    hamlets: list[PlaceOut]


class TicketOut(Schema):
    """`team` is null for an officer's ticket; `until` is its last day."""

    uuid: str
    team: str | None
    token: str
    until: str


class PhoneOut(Schema):
    """Who writes on this phone, with what."""

    user: str
    username: str
    name: str
    leader: bool
    device: str
    teams: list[TeamOut]
    tickets: list[TicketOut]
    epoch: str
    seal_key: str
    now: str


class PartOut(Schema):
    """A piece of the app's data; without `data` when the phone has that tag."""

    key: str
    tag: str
    data: Any = None


class AppOut(Schema):
    epoch: str
    seal_key: str
    now: str
    name: str
    leader: bool
    teams: list[TeamOut]
    parts: list[PartOut]
    more: bool


def _body(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_TEXT = {"type": "string"}
_PROBLEM_CODES = frozenset({400, 401, 403, 413, 429})


@router.post(
    "/enrol",
    auth=None,
    response={200: PhoneOut, frozenset({400, 403, 413, 429}): ProblemOut},
    openapi_extra=_body(
        {"username": _TEXT, "code": _TEXT, "label": _TEXT}, "username", "code"
    ),
    summary="Bind this phone to a login with the code that the officer gave",
)
def enrol(request: HttpRequest) -> HttpResponse:
    """Use the code once and answer with the phone's id and tickets."""
    asked = _read(request, _Enrolment)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        with transaction.atomic():
            device = enrol_device(
                username=asked.username[:150],
                code=asked.code[:40],
                label=asked.label,
                address=get_adapter(request).get_client_ip(request),
            )
            return answer(request, _phone(device.user, device))
    except ValidationError as error:
        said = {"code": error.code or "wrong", "text": " ".join(error.messages)}
        return answer(request, said, status=429 if error.code == "slow" else 400)
    except PermissionDenied:
        # The code is not used up: it works when the person is in a team.
        return _problem(request, "no_duty")


@router.post(
    "/renew",
    auth=TicketHeader(),
    response={200: PhoneOut, _PROBLEM_CODES: ProblemOut},
    openapi_extra=_body({"new": {"type": "boolean"}}),
    summary="Fresh tickets; with `new` an id of its own for a phone whose store was copied",
)
def renew(request: HttpRequest) -> HttpResponse:
    """Answer with tickets of today's duties."""
    ticket = _admitted(request)
    if isinstance(ticket, HttpResponse):
        return ticket
    asked = _read(request, _Renewal)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        with transaction.atomic():
            device = ticket.device
            if asked.new:
                device = enrol_again(device)
            return answer(request, _phone(ticket.user, device))
    except PermissionDenied:
        return _problem(request, "no_duty")


@router.get(
    "/app",
    auth=TicketHeader(),
    response={200: AppOut, _PROBLEM_CODES: ProblemOut},
    summary="What the app needs without a network, in parts",
)
def app(request: HttpRequest, since: str = "") -> HttpResponse:
    """Tell the parts that differ from the tags in `since`, joined by commas."""
    ticket = _admitted(request)
    if isinstance(ticket, HttpResponse):
        return ticket
    known = frozenset(since.split(",")[:MOST_TAGS])
    grounds, parts, more = told(ticket.user, known)
    said = {
        "epoch": epoch(),
        "seal_key": public_key(),
        "now": timezone.now().isoformat(),
        "name": ticket.user.get_full_name(),
        "leader": TEAM_LEADER in ticket.user.reach().roles,
        "teams": [_team(ground) for ground in grounds],
        "parts": parts,
        "more": more,
    }
    return answer(request, said)


def _admitted(request: HttpRequest) -> AuthorTicket | HttpResponse:
    """The ticket of a phone that may read, or the answer that says why it may not."""
    ticket = request.auth
    if isinstance(ticket, TicketRefused):
        return problem(request, f"ticket_{ticket.code}")
    if ticket.revoked_at or ticket.device.revoked_at or not ticket.user.is_active:
        return problem(request, "revoked")
    if wait := must_wait(request, ticket):
        return problem(request, "too_often", wait=wait)
    return ticket


def _read(request: HttpRequest, shape: type[Any]) -> Any:
    try:
        body = body_of(request)
        if len(body) > MOST_BYTES:
            return problem(request, "too_large")
        return msgspec.json.decode(body, type=shape)
    except BatchError as error:
        return problem(request, error.code)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return problem(request, "malformed")


def _phone(user: User, device: Device) -> dict[str, Any]:
    """Raises PermissionDenied when the login takes no register anywhere."""
    grounds = grounds_of(user)
    tickets = [
        (ground, ticket_for(user, device=device, team=ground.team))
        for ground in grounds
    ]
    if not tickets:
        raise PermissionDenied("attendance.take_register")
    return {
        "user": str(user.uuid),
        "username": user.username,
        "name": user.get_full_name(),
        "leader": TEAM_LEADER in user.reach().roles,
        "device": str(device.uuid),
        "teams": [_team(ground) for ground in grounds],
        "tickets": [
            {
                "uuid": str(ticket.uuid),
                "team": ground.uuid if ground.team else None,
                "token": signed(ticket),
                "until": ticket.valid_to.isoformat(),
            }
            for ground, ticket in tickets
        ],
        "epoch": epoch(),
        "seal_key": public_key(),
        "now": timezone.now().isoformat(),
    }


def _team(ground: Ground) -> dict[str, Any]:
    return {
        "uuid": ground.uuid,
        "name": ground.name,
        "hamlets": [
            {"uuid": str(hamlet.uuid), "name": hamlet.full_name}
            for hamlet in ground.hamlets
        ],
    }


def _problem(request: HttpRequest, code: str) -> HttpResponse:
    status, text = PROBLEMS[code]
    return answer(request, {"code": code, "text": str(text)}, status=status)
