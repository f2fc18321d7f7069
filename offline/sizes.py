"""How heavy a lesson is: what a phone has to fetch to keep it, address by address.

Pages are asked for as a phone asks for them, as nobody and compressed, so that the size
that is stated is the size that is paid for.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from common.pagecache import GOOD_UNTIL

_KEPT = (
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "wsgi.version",
    "wsgi.url_scheme",
    "wsgi.errors",
    "wsgi.multithread",
    "wsgi.multiprocess",
    "wsgi.run_once",
)
_FILES = re.compile(r'(?:src|data-script)="(/[^"]+\.(\w{2,5}))"')
_VOICES = {"mp3", "ogg", "opus", "m4a"}
# What stands at the head of a response, roughly; it is paid for too.
_HEAD = 400


@dataclasses.dataclass(frozen=True)
class Part:
    """One address to fetch: bytes on the wire, and page, picture, script or voice."""

    url: str
    bytes: int
    kind: str


def parts_of(request: HttpRequest, url: str, below: tuple[str, ...]) -> list[Part]:
    """The lesson at this address with everything that belongs to it, each once."""
    found: dict[str, Part] = {}
    text = _add_page(request, url, found)
    links = re.compile(rf'href="({re.escape(url)}(?:{"|".join(below)})/[\w/-]*)"')
    for link in dict.fromkeys(links.findall(text)):
        _add_page(request, link, found)
    return list(found.values())


def _add_page(request: HttpRequest, url: str, found: dict[str, Part]) -> str:
    text, weight = page(request, url)
    if text:
        found[url] = Part(url, weight, "page")
        for part in _files(text):
            found.setdefault(part.url, part)
    return text


def page(request: HttpRequest, url: str) -> tuple[str, int]:
    """The text of a public page and its bytes on the wire; nothing when it has none."""
    environ = {name: request.META[name] for name in _KEPT if name in request.META}
    environ |= {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": url,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
    }
    response = _handler().get_response(WSGIRequest(environ))
    if response.status_code != 200 or not response.has_header(GOOD_UNTIL):
        return "", 0
    return response.text, len(gzip.compress(response.content)) + _HEAD


@functools.cache
def _handler() -> BaseHandler:
    """Django without the signals of a request: they would close our own connection."""
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _files(text: str) -> Iterator[Part]:
    for url, ending in _FILES.findall(text):
        weight = _weight(url)
        if weight is not None:
            kind = "voice" if ending in _VOICES else "picture"
            yield Part(url, weight + _HEAD, "script" if ending == "js" else kind)


def _weight(url: str) -> int | None:
    """Bytes of one of our own files; None when it is not there."""
    try:
        if url.startswith(settings.MEDIA_URL):
            return default_storage.size(url.removeprefix(settings.MEDIA_URL))
        if url.startswith(settings.STATIC_URL):
            return _static_weight(url.removeprefix(settings.STATIC_URL))
    except (OSError, SuspiciousFileOperation):
        return None
    return None


def _static_weight(name: str) -> int | None:
    for ending in (".br", ".gz", ""):
        if staticfiles_storage.exists(f"{name}{ending}"):
            return staticfiles_storage.size(f"{name}{ending}")
    source = finders.find(name)
    if source is None:
        return None
    return len(gzip.compress(Path(source).read_bytes()))
