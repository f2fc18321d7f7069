"""Getting a session is asking for it: no view has one that the user may not see."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from attendance.marks import through_merges
from attendance.models import TrainingSession
from attendance.pen import Draft, write
from attendance.receipts import Receipt, Status

VIEW = "attendance.view_session"
TAKE = "attendance.take_register"
PLAN = "attendance.plan_session"
CLOSE = "attendance.close_session"
REOPEN = "attendance.reopen_session"


def screen(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the team: signed in, may see sessions, kept by no cache, compressed."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(gzip_page(login_required(checked)))


def session_for(
    request: HttpRequest, session: uuid.UUID, permission: str = VIEW
) -> TrainingSession:
    """The session, if the user sees it (else 404) and may do that there (else 403)."""
    found = get_object_or_404(
        TrainingSession.objects.visible_to(request.user).select_related(
            "host", "team", "team__commune"
        ),
        uuid=session,
    )
    if not request.user.has_perm(permission, found):
        raise PermissionDenied
    return found


def put_down(
    request: HttpRequest, session: TrainingSession, drafts: list[Draft]
) -> list[Receipt]:
    """Write the drafts, say what does not count, and bring the session up to date."""
    if not drafts:
        return []
    receipts = write(session, user=request.user, drafts=through_merges(session, drafts))
    held = sum(receipt.status == Status.HELD for receipt in receipts)
    refused = sum(receipt.status == Status.REFUSED for receipt in receipts)
    if held:
        messages.warning(
            request,
            ngettext(
                "%(count)s record is kept and waits for the commune to confirm it. It is "
                "not counted yet.",
                "%(count)s records are kept and wait for the commune to confirm them. "
                "They are not counted yet.",
                held,
            )
            % {"count": held},
        )
    if refused:
        messages.error(
            request,
            ngettext(
                "%(count)s record could not be written. Please look at the list and "
                "record it again.",
                "%(count)s records could not be written. Please look at the list and "
                "record them again.",
                refused,
            )
            % {"count": refused},
        )
    session.refresh_from_db()
    return receipts
