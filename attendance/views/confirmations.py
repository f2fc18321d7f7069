"""Chờ xác nhận: what the commune's coordinator lets count, or does not."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance.actions import CONFIRM, decide_held_entry
from attendance.models import HeldEntry
from attendance.waiting import evenings_of

PAGE = 20


def _for_coordinators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(CONFIRM):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(login_required(checked))


@require_safe
@_for_coordinators
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits, session by session, a page at a time."""
    rows = HeldEntry.objects.visible_to(request.user).waiting().select_related("entry")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "attendance/confirmations.html",
        {
            "section": "cho",
            "page": page,
            "evenings": evenings_of(list(page.object_list), request.user),
        },
    )


@require_POST
@_for_coordinators
def decide(request: HttpRequest, entry: uuid.UUID) -> HttpResponse:
    """Let one entry count, or say that it does not; back to the list."""
    held = get_object_or_404(HeldEntry.objects.visible_to(request.user), pk=entry)
    accept = request.POST.get("do") == "accept"
    if accept or request.POST.get("do") == "reject":
        try:
            decided = decide_held_entry(held, user=request.user, accept=accept)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            _say(request, decided)
    else:
        messages.error(
            request,
            _(
                "Nothing was decided: no button was pressed. Press “Accept” or “Do not count”."
            ),
        )
    page = request.GET.get("page", "")
    query = f"?page={page}" if page.isdecimal() and page.isascii() else ""
    return redirect(f"{reverse('confirmations:waiting')}{query}")


def _say(request: HttpRequest, held: HeldEntry) -> None:
    if held.decision == HeldEntry.Decision.ACCEPTED:
        messages.success(request, _("Accepted: the record counts in its session now."))
    elif held.decision == HeldEntry.Decision.REJECTED:
        messages.success(
            request, _("Not counted: the record is kept and enters no figure.")
        )
    else:
        messages.warning(
            request,
            _(
                "The author is accepted, and the name still waits: the consent sentence "
                "has not been read in this session. Record in the session's register "
                "that it was read; the name is then accepted by itself."
            ),
        )
