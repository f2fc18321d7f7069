"""Stored public pages, served before Django: the same bytes for everybody.

A page says by `good_until` that it may be stored. The copy is made by a request of our
own without cookies, queries or a login, is compressed once, and is served while two
things hold: the one `ContentVersion` row has not moved since before the copy was made,
and its moment has not come. That row is read on every request, so a change that was
committed by any process is seen by every process at its next request.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import gzip
import hashlib
import io
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import brotli
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

logger = logging.getLogger(__name__)

GOOD_UNTIL = "X-Good-Until"
LARGEST_STORE = 32 * 1024 * 1024
MOST_REFUSED = 2048
# Under these addresses nothing is the same for everybody.
PRIVATE = (
    "/soan/",
    "/vao/",
    "/so/",
    "/xa/",
    "/tinh/",
    "/api/",
    "/suc-khoe/",
    settings.STATIC_URL,
    settings.MEDIA_URL,
)
VERSION_SQL = "SELECT number FROM common_contentversion WHERE id = 1"
_KEPT_KEYS = (
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SCRIPT_NAME",
    "PATH_INFO",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "wsgi.version",
    "wsgi.url_scheme",
    "wsgi.errors",
    "wsgi.multithread",
    "wsgi.multiprocess",
    "wsgi.run_once",
)
_DROPPED_HEADERS = {"content-length", "content-encoding", "vary", "etag", "date"}

# Names of queries that change a public page; every other query is ignored.
_meaningful: set[str] = {"page"}


def heed_query(name: str) -> None:
    """Say that a public page answers to this query, so that it is not stored with it."""
    _meaningful.add(name)


def heeded() -> list[str]:
    """The queries that public pages answer to; a phone's worker must know them too."""
    return sorted(_meaningful)


def good_until(response: HttpResponseBase, moment: dt.datetime | None = None) -> None:
    """Let this public response be stored until `moment`, and never past midnight.

    Dates on public pages (review by, withdraw on, next sessions) turn at midnight in
    Viet Nam, so no copy outlives the day.
    """
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    midnight = timezone.make_aware(dt.datetime.combine(tomorrow, dt.time()))
    until = min(midnight, moment) if moment else midnight
    response.headers[GOOD_UNTIL] = str(int(until.timestamp()))


def content_number() -> int | None:
    """The number of the content version by one plain query; None when it cannot be read.

    It goes to the driver directly: this runs on every request, before Django.
    """
    for _attempt in range(2):
        try:
            connection.ensure_connection()
            row = connection.connection.execute(VERSION_SQL).fetchone()
            return row[0] if row else 0
        except (connection.Database.Error, DatabaseError):
            # A connection that the server dropped overnight: once more with a new one.
            if connection.in_atomic_block:
                return None
            connection.close()
        finally:
            if "pool" in connection.settings_dict.get("OPTIONS", {}):
                connection.close_if_unusable_or_obsolete()
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """One stored page in the three forms in which browsers ask for it."""

    number: int
    until: int
    digest: str
    headers: tuple[tuple[str, str], ...]
    bodies: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))

    def holds(self, number: int, now: float) -> bool:
        return self.number == number and now < self.until


class Store:
    """Copies by key, the longest unused dropped when the store is full."""

    def __init__(self, largest: int = LARGEST_STORE) -> None:
        self.largest = largest
        self._copies: collections.OrderedDict[Any, Copy] = collections.OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: Any) -> Copy | None:
        with self._lock:
            copy = self._copies.get(key)
            if copy is not None:
                self._copies.move_to_end(key)
            return copy

    def put(self, key: Any, copy: Copy) -> None:
        with self._lock:
            old = self._copies.pop(key, None)
            self._size += copy.size - (old.size if old else 0)
            self._copies[key] = copy
            while self._size > self.largest and self._copies:
                _key, dropped = self._copies.popitem(last=False)
                self._size -= dropped.size

    def __len__(self) -> int:
        return len(self._copies)


class PageCache:
    """WSGI: answer public pages from the store, ask the application for the rest."""

    def __init__(self, application: Callable, *, largest: int = LARGEST_STORE) -> None:
        self.application = application
        self.store = Store(largest)
        self._refused: collections.OrderedDict[Any, int] = collections.OrderedDict()
        self._filling: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        key = key_of(environ)
        number = content_number() if key else None
        if number is None or self._refused.get(key) == number:
            return self.application(environ, start_response)
        copy = self.store.get(key)
        if copy is None or not copy.holds(number, time.time()):
            copy = self._fill(key, environ)
        if copy is None:
            return self.application(environ, start_response)
        return answer(copy, environ, start_response)

    def _fill(self, key: Any, environ: dict) -> Copy | None:
        """Make the copy by a request of our own; one thread at a time for one page."""
        with self._lock:
            lock = self._filling.setdefault(key, threading.Lock())
        try:
            with lock:
                # Read before the page is made: what commits meanwhile makes it old.
                number = content_number()
                if number is None:
                    return None
                old = self.store.get(key)
                if old is not None and old.holds(number, time.time()):
                    return old
                copy = self._ask(environ, number, old)
                if copy is None:
                    self._refuse(key, number)
                else:
                    self.store.put(key, copy)
                return copy
        finally:
            with self._lock:
                self._filling.pop(key, None)

    def _refuse(self, key: Any, number: int) -> None:
        """Remember that this address gives nothing to store, until content changes."""
        with self._lock:
            self._refused[key] = number
            if len(self._refused) > MOST_REFUSED:
                self._refused.popitem(last=False)

    def _ask(self, environ: dict, number: int, old: Copy | None) -> Copy | None:
        bare = {name: environ[name] for name in _KEPT_KEYS if name in environ}
        bare |= {
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(),
        }
        told: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info=None):
            told[:] = [status, headers]

        parts = self.application(bare, remember)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = told
        named = {name.lower(): value for name, value in headers}
        if not status.startswith("200 ") or GOOD_UNTIL.lower() not in named:
            return None
        if "set-cookie" in named or "cookie" in named.get("vary", "").lower():
            logger.error("A public page depends on a cookie and was not stored.")
            return None
        return make_copy(body, headers, number, old)


def key_of(environ: dict) -> tuple[bool, str, str] | None:
    """Scheme, host and path of a request that a stored page may answer, else None."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    path = environ.get("PATH_INFO", "")
    if path.startswith(PRIVATE):
        return None
    query = environ.get("QUERY_STRING", "")
    if query and any(
        name in _meaningful for name, _value in parse_qsl(query, keep_blank_values=True)
    ):
        return None
    host = environ.get("HTTP_HOST", "").lower()
    domain, port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    # Any other port would be a new address of the same page: a stranger could fill the
    # store with them.
    if port not in (
        "",
        environ.get("SERVER_PORT"),
        str(urlsplit(settings.SITE_URL).port),
    ):
        return None
    secure = environ.get("wsgi.url_scheme") == "https"
    if settings.SECURE_PROXY_SSL_HEADER:
        header, value = settings.SECURE_PROXY_SSL_HEADER
        secure = secure or environ.get(header) == value
    return secure, host, path


def make_copy(
    body: bytes,
    headers: Iterable[tuple[str, str]],
    number: int,
    old: Copy | None = None,
) -> Copy:
    """Compress a page once; an unchanged page keeps the work already done."""
    digest = hashlib.sha256(body).hexdigest()[:20]
    until = next(int(v) for n, v in headers if n.lower() == GOOD_UNTIL.lower())
    kept = [(n, v) for n, v in headers if n.lower() not in _DROPPED_HEADERS]
    if not any(name.lower() == "cache-control" for name, _value in kept):
        kept.append(("Cache-Control", "no-cache"))
    kept += [("Vary", "Accept-Encoding"), ("ETag", f'W/"{digest}"')]
    if old is not None and old.digest == digest:
        bodies = old.bodies
    else:
        bodies = {
            "": body,
            "gzip": gzip.compress(body, 9, mtime=0),
            "br": brotli.compress(body, quality=11),
        }
    return Copy(number, until, digest, tuple(kept), bodies)


def answer(copy: Copy, environ: dict, start_response: Callable) -> list[bytes]:
    """Give the stored page in the best form that the browser takes, or 304."""
    asked = environ.get("HTTP_IF_NONE_MATCH", "")
    if copy.digest in asked or asked.strip() == "*":
        start_response("304 Not Modified", list(copy.headers))
        return [b""]
    encoding = best_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    body = copy.bodies[encoding]
    headers = [*copy.headers, ("Content-Length", str(len(body)))]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def best_encoding(accepted: str) -> str:
    """Brotli, gzip or nothing, by what the browser says it takes."""
    taken = set()
    for part in accepted.lower().split(","):
        name, _semicolon, quality = part.partition(";")
        if quality.replace(" ", "").rstrip("0.") != "q=":
            taken.add(name.strip())
    return next((name for name in ("br", "gzip") if name in taken), "")
