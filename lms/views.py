"""Pages that belong to the whole house."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from home.models import ContactSettings

# Screens of staff and machines; residents' pages are for everybody.
NOT_FOR_ROBOTS = ("/soan/", "/vao/", "/so/", "/xa/", "/tinh/", "/api/", "/suc-khoe/")
# RFC 9116 asks for less than a year; the file renews itself while somebody runs the site.
SECURITY_TXT_DAYS = 180


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came too late or from elsewhere."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that nobody's page makes: a host or a form that is not ours."""
    return HttpResponse(_by_itself(request, "400.html"), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. The page asks nothing of what may be broken."""
    try:
        phone = ContactSettings.current().phone
    except Exception:  # noqa: BLE001 -- without a database: what was read last
        phone = ContactSettings.last_known_phone
    tel = "".join(filter(str.isdigit, phone))
    return HttpResponse(
        _by_itself(request, "500.html", phone=phone, tel=tel), status=500
    )


def _by_itself(request: HttpRequest, template: str, **context: str) -> str:
    # The request is plain context, so that no context processor asks the database.
    return render_to_string(
        template,
        {"request": request, "programme_name": settings.PROGRAMME_NAME, **context},
    )


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """What search engines should leave alone."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"
    )


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    contact = settings.SECURITY_CONTACT
    if not contact:
        # The office number in its international form, else the site itself.
        number = "".join(c for c in ContactSettings.current().phone if c.isdigit())
        international = f"+84{number[1:]}" if number.startswith("0") else f"+{number}"
        contact = f"tel:{international}" if number else f"{settings.SITE_URL}/"
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    expires = midnight + dt.timedelta(days=SECURITY_TXT_DAYS)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: vi, en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
    ]
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"
    )
