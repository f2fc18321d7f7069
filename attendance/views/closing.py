"""Đóng buổi: the head count again, what was recorded, and the closing sentence."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from attendance import actions
from attendance.forms import CloseForm
from attendance.marks import read_token, token
from attendance.reading import Reading
from attendance.sentences import disagreements, outcome_list
from attendance.views.access import CLOSE, put_down, screen, session_for
from attendance.views.outcomes import note_drafts
from attendance.views.register import head_count_draft, must_start
from common.ids import new_uuid


@screen
def close(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Close a session; with nothing recorded too, and then it says so."""
    found = session_for(request, session, CLOSE)
    if (away := must_start(request, found)) is not None:
        return away
    if found.status == found.Status.CLOSED:
        return redirect("attendance:session", found.uuid)
    reading = Reading.of(found)
    count = reading.cell("head_count")
    form = CloseForm(
        request.POST or None,
        named=reading.named,
        initial={"head_count": reading.head_count},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        shown = read_token(request.POST.get("h", ""))
        cell = shown.cells[0] if shown is not None else count
        value = "" if data["head_count"] is None else str(data["head_count"])
        drafts = []
        if value != cell.value:
            drafts.append(head_count_draft(value, cell))
        drafts += note_drafts(request)
        put_down(request, found, drafts)
        try:
            actions.close_session(found, user=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("attendance:session", found.uuid)
    return render(
        request,
        "attendance/close.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            "reading": reading,
            "form": form,
            "head_token": token("head_count", count),
            "note_key": request.POST.get("note_key") or new_uuid(),
            "outcomes": outcome_list(reading),
            "disagreements": disagreements(found, reading, request.user),
        },
    )
