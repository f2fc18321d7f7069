"""Staff sessions: the steps before the first screen, and the lock when idle."""

from __future__ import annotations

import time

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from people.factors import missing_step
from people.roles import Role

# The rooms of staff. Everything else is public, is never locked, and its guests are
# never asked for a session.
STAFF = ("/soan/", "/so/", "/xa/", "/tinh/", "/suc-khoe/")
# The CMS's editor asks here every few seconds by itself; that is nobody working.
PASSIVE = ("/soan/editing-sessions/",)
ACTIVE_AT = "active_at"
IDLE_SECONDS = "idle_seconds"
# The session is written at most once so many seconds.
PACE = 60
UNLOCK = "unlock_password"
CAME_BY_GET = "unlock_came_by_get"
LOCKED = 423


class StaffSessionMiddleware:
    """Before each staff screen: password chosen? second factor shown? not idle too long?

    A form that was filled in behind the lock is not lost: the unlock page carries its
    fields, and the right password sends them on to where they were going.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    # In process_view, because the CSRF check of its turn has passed then.
    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        if (
            not request.path.startswith(STAFF)
            or settings.SESSION_COOKIE_NAME not in request.COOKIES
            or not request.user.is_authenticated
        ):
            return None
        now = time.time()
        active_at = request.session.get(ACTIVE_AT)
        idle = request.session.get(IDLE_SECONDS, settings.ADMIN_IDLE_MINUTES * 60)
        if active_at is not None and now - active_at > idle:
            response = self.unlock(request)
            if response is not None:
                return response
            active_at = None
        if request.user.must_set_password:
            return redirect("people:choose_password")
        if request.path.startswith(PASSIVE):
            return None
        if active_at is None or now - active_at >= PACE:
            return self.look(request, now)
        return None

    def look(self, request: HttpRequest, now: float) -> HttpResponse | None:
        """Once a minute: the roles of now decide on second factor and time limit."""
        step = missing_step(request)
        if step:
            where = request.get_full_path() if request.method == "GET" else ""
            query = f"?{urlencode({'next': where})}" if where else ""
            return redirect(reverse(step) + query)
        user = request.user
        administers = user.is_superuser or Role.ADMINISTRATOR in user.reach().roles
        minutes = (
            settings.ADMIN_IDLE_MINUTES if administers else settings.STAFF_IDLE_MINUTES
        )
        request.session[ACTIVE_AT] = now
        request.session[IDLE_SECONDS] = minutes * 60
        return None

    def unlock(self, request: HttpRequest) -> HttpResponse | None:
        """None when the right password came with the request; else the page that asks."""
        error = ""
        password = request.POST.get(UNLOCK) if request.method == "POST" else None
        if password is not None:
            if not ratelimit.consume(
                request, action="reauthenticate", user=request.user
            ):
                error = _("Too many wrong tries. Please wait a minute and try again.")
            elif not request.user.check_password(password):
                error = _("The password does not fit.")
            else:
                return self.carry_on(request)
        if request.headers.get("X-Requested-With") == "XMLHttpRequest" or (
            "application/json" in request.headers.get("Accept", "")
        ):
            sentence = _("Unlock to go on. Everything recorded is still here.")
            return JsonResponse({"error": "locked", "message": sentence}, status=LOCKED)
        carried = [
            (name, value)
            for name, values in (
                request.POST.lists() if request.method == "POST" else ()
            )
            for value in values
            if name not in (UNLOCK, CAME_BY_GET, "csrfmiddlewaretoken")
        ]
        came_by_get = request.method != "POST" or CAME_BY_GET in request.POST
        context = {
            "error": error,
            "carried": [] if came_by_get else carried,
            "came_by_get": came_by_get,
            "had_files": bool(request.FILES) if request.method == "POST" else False,
            "action": request.get_full_path(),
        }
        return render(request, "people/unlock.html", context, status=LOCKED)

    def carry_on(self, request: HttpRequest) -> HttpResponse | None:
        came_by_get = CAME_BY_GET in request.POST
        fields = request.POST.copy()
        fields.pop(UNLOCK, None)
        request.POST = fields
        if came_by_get:
            request.session[ACTIVE_AT] = time.time()
            return redirect(request.get_full_path())
        return None
