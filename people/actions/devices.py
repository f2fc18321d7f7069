"""Phones bound to a login, and the tickets they write with."""

from __future__ import annotations

import datetime as dt
import uuid as uuid_

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from people.actions.accounts import IssuedCode, _issue, require_managing, use_code
from people.models import (
    AuthorTicket,
    Device,
    OneTimeCode,
    RoleAssignment,
    TeamMembership,
    User,
)
from people.roles import MAY
from pilot_communes.models import Team
from pilot_communes.querysets import today

# How long a ticket holds after its last renewal: two monthly meetings apart.
TICKET_DAYS = 60
SALT = "people.author_ticket"
# A store that is copied again and again stops getting new ids until an officer looks.
MOST_PHONES = 20


class TicketRefused(Exception):
    """A ticket that is none of ours; `code` says why: malformed or unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def issue_enrolment(login: User, *, user: User | None) -> IssuedCode:
    """Give a code that binds one phone to a login. Raises PermissionDenied."""
    require_managing(user, login)
    if not login.is_active:
        raise ValidationError(
            _("This login is closed. Open it again first."), code="closed"
        )
    issued = _issue(login, OneTimeCode.Purpose.ENROL, user=user)
    log(login, "people.issue_enrolment", user=user)
    return issued


@transaction.atomic
def enrol_device(
    *,
    username: str,
    code: str,
    label: str = "",
    uuid: uuid_.UUID | None = None,
    address: str = "",
) -> Device:
    """Bind a phone to the login that the officer's code names.

    Raises ValidationError for a wrong, used or expired code, or a phone that is bound
    already.
    """
    row = use_code(
        username=username,
        code=code,
        address=address,
        purposes=(OneTimeCode.Purpose.ENROL,),
    )
    if uuid is not None and Device.objects.filter(uuid=uuid).exists():
        raise ValidationError(_("This phone is bound already."), code="bound")
    device = Device(
        user=row.user,
        label=label.strip()[:60],
        enrolled_by=row.made_by,
        last_seen_at=timezone.now(),
    )
    if uuid is not None:
        device.uuid = uuid
    device.save()
    log(device, "people.enrol", user=row.user)
    return device


@transaction.atomic
def enrol_again(device: Device) -> Device:
    """Give a phone whose store was copied an id of its own, for what it writes from now.

    The same login, the same officer; both ids stay listed and can be revoked one by one.
    Raises PermissionDenied for a phone whose rights were taken back, or past MOST_PHONES.
    """
    if device.revoked_at is not None or device.user is None:
        raise PermissionDenied("people.device")
    bound = Device.objects.filter(user=device.user, revoked_at=None).count()
    if bound >= MOST_PHONES:
        raise PermissionDenied("people.device")
    fresh = Device.objects.create(
        user=device.user,
        label=device.label,
        enrolled_by=device.enrolled_by,
        last_seen_at=timezone.now(),
    )
    log(fresh, "people.enrol", user=device.user)
    return fresh


@transaction.atomic
def revoke_device(device: Device, *, user: User | None) -> None:
    """Take a phone's rights away: lost, sold or passed on. What it still sends is held."""
    if device.user is not None and (user is None or device.user_id != user.pk):
        require_managing(user, device.user)
    now = timezone.now()
    Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now)
    AuthorTicket.objects.filter(device=device, revoked_at=None).update(revoked_at=now)
    log(device, "people.revoke_device", user=user)


def _held_since(user: User, team: Team | None) -> tuple[dt.date, dt.date | None]:
    """From when to when the login has held what the ticket says; PermissionDenied if not."""
    if team is not None and user.person_id:
        membership = (
            TeamMembership.objects.valid_on()
            .filter(team=team, person_id=user.person_id)
            .first()
        )
        if membership is not None:
            return membership.valid_from, membership.valid_to
    for grant in user.reach().grants:
        if "attendance.take_register" not in MAY[grant.role]:
            continue
        if team is not None and team.commune_id not in grant.unit_ids:
            continue
        held = (
            RoleAssignment.objects.valid_on()
            .filter(user=user, role=grant.role, unit_id=grant.unit_id)
            .first()
        )
        if held is not None:
            return held.valid_from, held.valid_to
    raise PermissionDenied("attendance.take_register")


@transaction.atomic
def ticket_for(user: User, *, device: Device, team: Team | None) -> AuthorTicket:
    """The ticket of a login on a device for a team, made or renewed for TICKET_DAYS.

    It holds from the day the duty began, because an entry may speak of an earlier
    session. Raises PermissionDenied without such a duty, or on a revoked device.
    """
    if device.revoked_at is not None:
        raise PermissionDenied("people.device")
    if device.kind == Device.Kind.PHONE and device.user_id != user.pk:
        raise PermissionDenied("people.device")
    since, until = _held_since(user, team)
    valid_to = today() + dt.timedelta(days=TICKET_DAYS)
    if until is not None:
        valid_to = min(valid_to, until)
    ticket = (
        AuthorTicket.objects.select_for_update()
        .filter(user=user, device=device, team=team, revoked_at=None, valid_from=since)
        .order_by("pk")
        .last()
    )
    if ticket is None:
        return AuthorTicket.objects.create(
            user=user, device=device, team=team, valid_from=since, valid_to=valid_to
        )
    # Renewed at most once a day: the row is read on every sync.
    if ticket.valid_to != valid_to:
        ticket.valid_to = valid_to
        ticket.save(update_fields=["valid_to"])
    return ticket


def signed(ticket: AuthorTicket) -> str:
    """The token a phone shows: it names the ticket and proves that we wrote it."""
    return signing.dumps(str(ticket.uuid), salt=SALT)


def issue_ticket(user: User, *, device: Device, team: Team | None) -> str:
    """Make or renew a ticket and return its signed token. Raises PermissionDenied."""
    return signed(ticket_for(user, device=device, team=team))


def verify_ticket(token: str) -> AuthorTicket:
    """The ticket that a token names, with user, device and team (one query).

    A revoked or ended ticket is returned too, because its entries wait for confirmation
    and are not refused: ask `ticket.holds_on(date)`. Raises TicketRefused.
    """
    try:
        public = uuid_.UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise TicketRefused("malformed") from error
    ticket = (
        AuthorTicket.objects.select_related("user", "device", "team")
        .filter(uuid=public)
        .first()
    )
    if ticket is None:
        raise TicketRefused("unknown")
    return ticket
