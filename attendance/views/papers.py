"""Paper that comes out of a session."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse

from attendance.documents import sign_list
from attendance.views.access import TAKE, screen, session_for


@screen
def sign_list_pdf(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """The list to be signed; `?trong=1` for one without any name."""
    found = session_for(request, session, TAKE)
    blank = request.GET.get("trong") == "1"
    pdf = sign_list(found, user=request.user, blank=blank)
    name = f"danh-sach-{found.date:%Y-%m-%d}{'-trong' if blank else ''}.pdf"
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
