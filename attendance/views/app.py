"""The team's app: its shell, its worker, its manifest. Public, and nothing personal."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from attendance import app_shell
from attendance.app_words import words


def _must_be_on() -> None:
    if not settings.REGISTER_APP:
        raise Http404


@require_safe
@gzip_page
def shell(request: HttpRequest) -> HttpResponse:
    """One page for every address of the app; scripts draw what the phone holds."""
    _must_be_on()
    response = render(request, "attendance/app_shell.html", {"words": words()})
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """`/so/sw.js`, asked for anew at every visit."""
    _must_be_on()
    response = HttpResponse(
        app_shell.worker(), content_type="text/javascript; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """How the app stands on a home screen."""
    _must_be_on()
    told = app_shell.manifest(_("The team's register"), _("Register"))
    return HttpResponse(
        json.dumps(told, ensure_ascii=False),
        content_type="application/manifest+json",
    )
