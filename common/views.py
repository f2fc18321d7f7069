"""Pages of the machine room: probes, the health page, and files of the public store."""

from __future__ import annotations

import mimetypes

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import render
from django.utils import timezone
from django.utils._os import safe_join
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.health import ask, health_checks, readiness
from common.jobs import standings
from common.ranges import in_part

# An SVG is a document: opened by itself it must run nothing and load nothing.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# All else is for keeping, not for opening on our own address: a page in disguise must
# find no door. A player takes sound from it all the same.
FILE_POLICY = "default-src 'none'; sandbox"


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks neither database nor disk."""
    return HttpResponse("song\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """May traffic come? 200 or 503, with well-or-not by check and no detail."""
    answer = readiness()
    well = all(answer.values())
    return JsonResponse({"ready": well, "checks": answer}, status=200 if well else 503)


@require_safe
@never_cache
@login_required
def status(request: HttpRequest) -> HttpResponse:
    """For administrators and auditors: every check, late jobs, what waits."""
    if not request.user.has_perm("common.view_health"):
        raise PermissionDenied
    now = timezone.now()
    checks = [(check, ask(check)) for check in health_checks]
    return render(
        request,
        "common/health.html",
        {
            "section": "health",
            "checks": checks,
            "well": all(verdict.ok for _check, verdict in checks),
            "standings": sorted(standings(now=now), key=lambda row: not row.is_late),
            "now": now,
        },
    )


@require_safe
def public_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file of the public store: its name holds its digest, so it never changes."""
    if not isinstance(default_storage, FileSystemStorage):
        raise Http404
    full = safe_join(default_storage.location, path)
    try:
        file = open(full, "rb")  # noqa: SIM115, PTH123 -- FileResponse closes it
    except (OSError, ValueError) as error:
        raise Http404 from error
    # Not strict: the strict table of this Python does not know WebP.
    kind, packing = mimetypes.guess_type(full, strict=False)
    if kind is None or packing is not None:
        kind = "application/octet-stream"
    is_picture = kind.startswith("image/")
    response = FileResponse(file, as_attachment=not is_picture, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = (
        PICTURE_POLICY if is_picture else FILE_POLICY
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return in_part(request, response)
