"""Addresses as people type them from a sheet of paper."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.text import slugify

from common.names import fold_name
from lms.views import NOT_FOR_ROBOTS

FILES = (settings.MEDIA_URL, settings.STATIC_URL)

Handler = Callable[[HttpRequest], HttpResponseBase]


class TypedAddressMiddleware:
    """Lead "/Bai/", "/gần nhà" and "/12 " to the page that was meant.

    A keyboard begins with a capital and adds a space. Only an address that nothing
    answers is looked at, so a real one with capitals stays what it is; the address led to
    has none, so it leads nowhere else. Screens of staff are left alone, but for the door.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        meant = as_meant(request.path_info)
        if not meant:
            return response
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{meant}?{query}" if query else meant)


def as_meant(path: str) -> str:
    """The address in small letters without diacritics and spaces; "" if nothing changes."""
    # A file, and not a page: "/wp-login.php".
    if "." in path.strip(" ./") or path.startswith(FILES):
        return ""
    parts = [slugify(fold_name(part)) for part in path.split("/")]
    meant = "".join(f"/{part}" for part in parts if part) + "/"
    if meant == "/" or meant in (path, f"{path}/"):
        return ""
    if meant != "/vao/" and meant.startswith(NOT_FOR_ROBOTS):
        return ""
    return meant
