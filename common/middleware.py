"""Every request: a log line, and the headers that Django has no setting for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from common.ids import new_uuid
from common.logs import route_of

log = logging.getLogger("toso.request")

Handler = Callable[[HttpRequest], HttpResponseBase]

# A probe every few seconds would drown the rest.
QUIET_ROUTES = frozenset({"suc-khoe/song/", "suc-khoe/san-sang/"})


class RequestLogMiddleware:
    """Method, route, status, milliseconds, who: never the path, its ids or its query."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.request_id = new_uuid().hex[-12:]
        response = self.get_response(request)
        route = route_of(request)
        if route in QUIET_ROUTES and response.status_code < 400:
            return response
        # `request.user` is lazy: asking it here would open a session for a resident.
        user = request.__dict__.get("_cached_user")
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000, 1),
                "request_id": request.request_id,
                "user": user.pk if user is not None else None,
            },
        )
        return response


class SecurityHeadersMiddleware:
    """What a browser may use on our pages, and who may embed our files."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy",
            "geolocation=(), microphone=(), camera=(self), payment=(), usb=()",
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
