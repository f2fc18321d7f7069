"""Changes to training sessions, one function for each: check, write, log.

What a session is (where, when, what, how far) is written to its register like everything
else, so that a phone and the server agree on it; the row follows from the fold.
"""

from __future__ import annotations

import datetime as dt
import uuid as uuid_
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from attendance.chain import NOTHING
from attendance.ingest import settle
from attendance.loading import erased_households
from attendance.models import (
    EntryBody,
    HeldEntry,
    RegisterEntry,
    SessionFacilitator,
    TrainingSession,
)
from attendance.newcomers import head_named, read_body
from attendance.pen import Draft, put
from attendance.receipts import Receipt
from attendance.rights import TAKE_REGISTER
from common.ids import new_uuid
from common.names import clean_name
from common.retries import retrying
from courses.models import LessonPage
from people.checks import require
from people.models import AuthorTicket, Person, User
from pilot_communes.models import Team, Unit

PLAN = "attendance.plan_session"
CLOSE = "attendance.close_session"
REOPEN = "attendance.reopen_session"
CONFIRM = "attendance.confirm_entry"
Status = TrainingSession.Status


@retrying
@transaction.atomic
def plan_session(
    *,
    user: User,
    host: Unit,
    date: dt.date,
    team: Team | None = None,
    starts_at: dt.time | None = None,
    ends_at: dt.time | None = None,
    venue: str = "",
    kind: str = TrainingSession.Kind.CLASS,
    lessons: Sequence[LessonPage] = (),
    helpers: Iterable[Person] = (),
    is_public: bool = True,
    uuid: uuid_.UUID | None = None,
) -> TrainingSession:
    """Plan a session in a hamlet. `uuid` brings back one that a restored server lost.

    Raises PermissionDenied, or ValidationError for a place that is no hamlet or for
    more lessons than a session can hold.
    """
    require(user, PLAN, host)
    if host.level != Unit.Level.HAMLET:
        raise ValidationError(_("A session is held in a hamlet."), code="host")
    session = TrainingSession.objects.create(
        uuid=uuid or new_uuid(),
        team=team,
        host=host,
        date=date,
        starts_at=starts_at,
        ends_at=ends_at,
        venue=clean_name(venue)[:160],
        kind=TrainingSession.Kind(kind),
        is_public=is_public,
        planned_by=user,
    )
    _set_helpers(session, user, helpers)
    put(
        session,
        user=user,
        drafts=[
            Draft("session", "session/status", Status.PLANNED.value),
            *_facts(session, lessons),
        ],
    )
    log(session, "attendance.plan", user=user)
    session.refresh_from_db()
    return session


def repeat_session(
    session: TrainingSession, *, user: User, date: dt.date
) -> TrainingSession:
    """Plan another session "như lần trước": same place, hour, lessons and helpers."""
    return plan_session(
        user=user,
        host=session.host,
        date=date,
        team=session.team,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        venue=session.venue,
        kind=session.kind,
        lessons=[
            row.lesson for row in session.session_lessons.select_related("lesson")
        ],
        helpers=[row.person for row in session.facilitators.select_related("person")],
        is_public=session.is_public,
    )


@retrying
@transaction.atomic
def change_plan(
    session: TrainingSession,
    *,
    user: User,
    host: Unit,
    date: dt.date,
    starts_at: dt.time | None = None,
    ends_at: dt.time | None = None,
    venue: str = "",
    kind: str = TrainingSession.Kind.CLASS,
    lessons: Sequence[LessonPage] = (),
    helpers: Iterable[Person] = (),
    is_public: bool = True,
) -> None:
    """Change where, when and what a planned session will be.

    Raises PermissionDenied, or ValidationError once the session has begun.
    """
    require(user, PLAN, session, host)
    session.refresh_from_db()
    if session.status != Status.PLANNED:
        raise ValidationError(
            _("This session has begun, so its plan no longer changes."), code="begun"
        )
    if host.level != Unit.Level.HAMLET:
        raise ValidationError(_("A session is held in a hamlet."), code="host")
    session.host, session.date, session.starts_at = host, date, starts_at
    session.ends_at, session.is_public = ends_at, is_public
    was, session.venue = session.venue, clean_name(venue)[:160]
    session.kind = TrainingSession.Kind(kind)
    session.save(update_fields=["ends_at", "is_public", "venue"])
    _set_helpers(session, user, helpers)
    put(session, user=user, drafts=_facts(session, lessons, was=was))
    log(session, "attendance.change_plan", user=user)
    session.refresh_from_db()


@retrying
@transaction.atomic
def open_session(session: TrainingSession, *, user: User) -> None:
    """Open the register. Opening an open register changes nothing.

    Raises PermissionDenied, or ValidationError if the session is closed or cancelled.
    """
    require(user, TAKE_REGISTER, session)
    session.refresh_from_db()
    if session.status == Status.OPEN:
        return
    if session.status != Status.PLANNED:
        raise ValidationError(
            _("This session is over. Open it again first."), code="over"
        )
    put(
        session,
        user=user,
        drafts=[Draft("session", "session/status", Status.OPEN.value)],
    )
    log(session, "attendance.open", user=user)
    session.refresh_from_db()


@retrying
@transaction.atomic
def close_session(session: TrainingSession, *, user: User) -> None:
    """Close the register; everything in it can still be mended.

    Raises PermissionDenied, or ValidationError if fewer heads were counted than there
    are names, or the session was cancelled.
    """
    require(user, CLOSE, session)
    session.refresh_from_db()
    if session.status == Status.CLOSED:
        return
    if session.status == Status.CANCELLED:
        raise ValidationError(_("This session was cancelled."), code="cancelled")
    totals = session.state.get("totals", {})
    if totals.get("short"):
        raise ValidationError(
            _(
                "The total %(total)s is less than the %(named)s people with a name. "
                "Please mend the total."
            ),
            code="short",
            params={"total": totals["head_count"], "named": totals["named"]},
        )
    put(session, user=user, drafts=[Draft("close", "close", "closed")])
    log(session, "attendance.close", user=user)
    session.refresh_from_db()


@retrying
@transaction.atomic
def reopen_session(session: TrainingSession, *, user: User) -> None:
    """Open a closed session again, or plan a cancelled one again.

    Raises PermissionDenied. A session that is neither is left as it is.
    """
    require(user, REOPEN, session)
    session.refresh_from_db()
    if session.status == Status.CLOSED:
        drafts = [Draft("close", "close", "open")]
    elif session.status == Status.CANCELLED:
        ahead = session.date > timezone.localdate()
        status = Status.PLANNED if ahead else Status.OPEN
        drafts = [Draft("session", "session/status", status.value)]
    else:
        return
    put(session, user=user, drafts=drafts)
    log(session, "attendance.reopen", user=user)
    session.refresh_from_db()


@retrying
@transaction.atomic
def cancel_session(session: TrainingSession, *, user: User, reason: str) -> None:
    """Cancel a session to which nobody came.

    Raises PermissionDenied, or ValidationError without a reason or when somebody was
    recorded: people who came are never taken off the register by a cancellation.
    """
    require(user, PLAN, session)
    session.refresh_from_db()
    reason = clean_name(reason)[:240]
    if not reason:
        raise ValidationError(_("Please write the reason."), code="reason")
    if session.status == Status.CANCELLED:
        return
    totals = session.state.get("totals", {})
    if totals.get("visits") or totals.get("proxies"):
        raise ValidationError(
            _("People were recorded at this session, so it cannot be cancelled."),
            code="held",
        )
    drafts = [
        Draft(
            "session", "session/status", Status.CANCELLED.value, body={"reason": reason}
        )
    ]
    if session.status == Status.CLOSED:
        drafts.insert(0, Draft("close", "close", "open"))
    put(session, user=user, drafts=drafts)
    log(session, "attendance.cancel", user=user)
    session.refresh_from_db()


def correct(
    session: TrainingSession,
    *,
    user: User,
    cell: str,
    value: str,
    reason: str,
    person: uuid_.UUID | None = None,
    seen: Sequence[str] | None = None,
) -> Receipt:
    """Correct one cell of a register, with the reason.

    Raises PermissionDenied, or ValidationError without a reason.
    """
    require(user, TAKE_REGISTER, session)
    reason = clean_name(reason)[:400]
    if not reason:
        raise ValidationError(_("Please write the reason."), code="reason")
    draft = Draft("correct", cell, value, person, {"reason": reason}, seen)
    return put(session, user=user, drafts=[draft])[0]


@retrying
@transaction.atomic
def decide_held_entry(held: HeldEntry, *, user: User, accept: bool) -> HeldEntry:
    """Let a waiting entry count, or say that it does not. It is kept in either case.

    Whoever is accepted as the author of a new name has not thereby read the sentence:
    such an entry waits on, for NO_CONSENT, and counts by itself when it was read.
    Returns the decision as it stands now. Raises PermissionDenied, or ValidationError
    if it was decided already, its session is still not known, or it waits for consent.
    """
    held = HeldEntry.objects.select_for_update(of=("self",)).get(pk=held.pk)
    entry = RegisterEntry.objects.get(pk=held.pk)
    session = TrainingSession.objects.filter(uuid=held.session).first()
    require(user, CONFIRM, session or _ground_of(entry))
    if held.decision != HeldEntry.Decision.WAITING:
        raise ValidationError(_("This record was decided already."), code="decided")
    if accept and session is None and not entry.cell.startswith("session/"):
        raise ValidationError(
            _("The session of this record is not known. Plan it first, then confirm."),
            code="no_session",
        )
    if accept and held.reason == HeldEntry.Reason.NO_CONSENT:
        raise ValidationError(
            _(
                "This name is not accepted yet: the consent sentence has not been read "
                "in this session. Record in the session's register that it was read; "
                "the name is then accepted by itself."
            ),
            code="no_consent",
        )
    decision = HeldEntry.Decision
    held.decision = decision.ACCEPTED if accept else decision.REJECTED
    held.decided_at = timezone.now()
    held.decided_by = user
    held.save(update_fields=["decision", "decided_at", "decided_by"])
    if accept:
        settle(str(held.session), accepted=[str(held.pk)], cause="hold")
    elif entry.body_digest != NOTHING and (
        held.reason == HeldEntry.Reason.NO_CONSENT or _names_an_erased_head(entry)
    ):
        # Nobody agreed to this name being kept, also if its body is still on the way.
        gone = {"bytes": None, "erased_at": held.decided_at}
        EntryBody.objects.update_or_create(
            pk=held.pk,
            defaults=gone,
            create_defaults={"person": entry.person, **gone},
        )
    session = TrainingSession.objects.filter(uuid=held.session).first()
    verb = "attendance.confirm" if accept else "attendance.reject"
    data = {"entry": str(held.pk), "session": str(held.session)}
    # Of a session that is still not known, the ground it belongs to keeps the note.
    log(session or _ground_of(entry), verb, user=user, data=data)
    held.refresh_from_db()
    return held


def _names_an_erased_head(entry: RegisterEntry) -> bool:
    body = EntryBody.objects.filter(pk=entry.pk).values_list("bytes", flat=True).first()
    home = head_named(read_body(body))
    return bool(home) and bool(erased_households([home]))


def _ground_of(entry: RegisterEntry) -> Team | Unit:
    """Where an entry whose session is not known belongs: its author's team."""
    ticket = (
        AuthorTicket.objects.filter(uuid=entry.ticket).select_related("team").first()
    )
    if ticket is not None and ticket.team is not None:
        return ticket.team
    return Unit.objects.provinces().valid_on().order_by("pk")[0]


def _set_helpers(
    session: TrainingSession, user: User, helpers: Iterable[Person]
) -> None:
    wanted = {person.pk: False for person in helpers}
    leader = session.planned_by.person_id if session.planned_by else user.person_id
    if leader is not None:
        wanted[leader] = True
    session.facilitators.exclude(person__in=wanted).delete()
    SessionFacilitator.objects.bulk_create(
        [
            SessionFacilitator(session=session, person_id=pk, leads=leads)
            for pk, leads in sorted(wanted.items())
        ],
        ignore_conflicts=True,
    )


def _facts(
    session: TrainingSession, lessons: Sequence[LessonPage], *, was: str = ""
) -> list[Draft]:
    """The entries that say where, when and what a session is.

    `was` is the venue written before: that it was taken away must be written too.
    """
    numbers = ",".join(
        str(number) for number in dict.fromkeys(p.number for p in lessons)
    )
    if len(numbers) > 64:
        raise ValidationError(
            _("These are more lessons than one session can hold."), code="lessons"
        )
    clock = session.starts_at.strftime("%H:%M") if session.starts_at else ""
    venue = {"venue": session.venue} if session.venue or was else None
    return [
        Draft("session", "session/date", session.date.isoformat()),
        Draft("session", "session/host", str(session.host.uuid), body=venue),
        Draft("session", "session/kind", str(session.kind)),
        Draft("session", "session/start", clock),
        Draft("session", "session/lessons", numbers),
    ]
