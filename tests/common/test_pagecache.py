"""Stored public pages: what is stored, for whom, and until when."""

from __future__ import annotations

import gzip
import io

import brotli
import pytest
from django.http import HttpResponse

from common import pagecache
from common.models import ContentVersion
from common.pagecache import GOOD_UNTIL, PageCache, best_encoding, good_until, key_of

BODY = "<p>Quên mật khẩu VNeID</p>".encode() * 40


class App:
    """An application that counts its requests and remembers them."""

    def __init__(self, **headers: str) -> None:
        self.headers = {
            "Content-Type": "text/html; charset=utf-8",
            GOOD_UNTIL: "9999999999",
            **headers,
        }
        self.status = "200 OK"
        self.body = BODY
        self.asked: list[dict] = []

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        start_response(self.status, list(self.headers.items()))
        return [self.body]


class Answer:
    def __init__(self, cache, path="/bai/", **environ):
        asked = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **environ,
        }
        self.body = b"".join(cache(asked, self.start))

    def start(self, status, headers, exc_info=None):
        self.status = int(status.split()[0])
        self.headers = dict(headers)
        self.raw = headers


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def cache(app, db) -> PageCache:
    ContentVersion.bump()
    return PageCache(app)


# --- what is stored ---------------------------------------------------------------------


def test_a_page_is_made_once_and_served_many_times(cache, app):
    assert [Answer(cache).body for _ in range(3)] == [BODY] * 3
    assert len(app.asked) == 1


def test_the_copy_is_made_by_a_request_without_anything_of_the_visitor(cache, app):
    Answer(
        cache,
        HTTP_COOKIE="phien=abc",
        HTTP_AUTHORIZATION="Bearer abc",
        HTTP_ACCEPT_LANGUAGE="en",
        HTTP_USER_AGENT="x",
        HTTP_X_FORWARDED_FOR="10.0.0.1",
        REMOTE_ADDR="10.0.0.1",
        QUERY_STRING="utm_source=zalo",
    )
    made = app.asked[0]
    left = {k for k in made if k.startswith("HTTP_")}
    assert left == {"HTTP_HOST"}
    assert (made["QUERY_STRING"], made["REQUEST_METHOD"]) == ("", "GET")
    assert made["REMOTE_ADDR"] == "127.0.0.1"


def test_unknown_queries_and_cookies_share_one_copy(cache, app):
    Answer(cache)
    Answer(cache, QUERY_STRING="fbclid=1&utm_source=zalo")
    Answer(cache, HTTP_COOKIE="phien=abc")
    assert len(app.asked) == 1


@pytest.mark.parametrize("query", ["tim=lua+dao", "a=1&tim=", "page=2", "ti%6d=x"])
def test_a_query_that_the_page_answers_to_goes_past_the_store(query, cache, app):
    Answer(cache)
    Answer(cache, QUERY_STRING=query, HTTP_COOKIE="phien=abc")
    assert app.asked[-1]["HTTP_COOKIE"] == "phien=abc"
    assert len(app.asked) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_stored(method, cache, app):
    Answer(cache)
    Answer(cache, REQUEST_METHOD=method)
    Answer(cache, REQUEST_METHOD=method)
    assert len(app.asked) == 3


@pytest.mark.parametrize(
    "path",
    ["/soan/pages/3/view_draft/", "/so/", "/xa/", "/tinh/", "/vao/", "/api/v1/x"],
)
def test_rooms_of_staff_are_never_stored(path, cache, app):
    Answer(cache, path, HTTP_COOKIE="phien=abc")
    Answer(cache, path, HTTP_COOKIE="phien=abc")
    assert [environ.get("HTTP_COOKIE") for environ in app.asked] == ["phien=abc"] * 2


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "a b"])
def test_a_host_that_is_not_ours_is_never_stored(host, cache, app):
    Answer(cache, HTTP_HOST=host)
    assert len(cache.store) == 0


def test_hosts_and_schemes_have_copies_of_their_own(cache, app):
    for host, scheme in [
        ("localhost", "http"),
        ("127.0.0.1", "http"),
        ("localhost", "https"),
    ]:
        for _ in range(2):
            Answer(cache, HTTP_HOST=host, **{"wsgi.url_scheme": scheme})
    assert len(app.asked) == 3


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("404 Not Found", {}),
        ("302 Found", {"Location": "/x"}),
        ("500 Internal Server Error", {}),
        ("200 OK", {"Set-Cookie": "phien=abc"}),
        ("200 OK", {"Vary": "Accept-Encoding, Cookie"}),
    ],
)
def test_what_is_no_plain_page_for_everybody_is_not_stored(status, headers, app, db):
    app.status = status
    app.headers |= headers
    cache = PageCache(app)
    answers = [Answer(cache, HTTP_COOKIE="phien=abc") for _ in range(2)]
    assert [a.status for a in answers] == [int(status.split()[0])] * 2
    assert len(cache.store) == 0
    # Tried once by ourselves, then known: each visitor costs one request.
    assert len(app.asked) == 3


def test_a_page_that_does_not_ask_for_it_is_not_stored(app, db):
    del app.headers[GOOD_UNTIL]
    cache = PageCache(app)
    Answer(cache)
    assert len(cache.store) == 0


# --- until when -----------------------------------------------------------------------------


def test_a_change_of_content_is_seen_at_the_next_request(cache, app):
    Answer(cache)
    app.body = b"moi"
    ContentVersion.bump()
    assert Answer(cache).body == b"moi"


def test_a_second_process_sees_the_change_too(cache, app):
    other = PageCache(app)
    Answer(cache), Answer(other)
    app.body = b"moi"
    ContentVersion.bump()
    assert (Answer(cache).body, Answer(other).body) == (b"moi", b"moi")


def test_what_changes_while_a_page_is_made_makes_the_copy_old(cache, app):
    def slow(environ, start_response):
        parts = app(environ, start_response)
        ContentVersion.bump()
        return parts

    cache.application = slow
    Answer(cache)
    cache.application = app
    app.body = b"moi"
    assert Answer(cache).body == b"moi"


def test_a_copy_is_served_until_its_moment_and_not_at_it(cache, app, time_machine):
    time_machine.move_to(1_800_000_000, tick=False)
    app.headers[GOOD_UNTIL] = "1800000060"
    Answer(cache)
    time_machine.move_to(1_800_000_059, tick=False)
    Answer(cache)
    assert len(app.asked) == 1
    time_machine.move_to(1_800_000_060, tick=False)
    app.headers[GOOD_UNTIL] = "1800000120"
    Answer(cache)
    assert len(app.asked) == 2


@pytest.mark.parametrize(
    ("now", "moment", "until"),
    [
        ("2026-11-20 23:59 +0700", None, "2026-11-21 00:00 +0700"),
        ("2026-11-21 00:00 +0700", None, "2026-11-22 00:00 +0700"),
        ("2026-11-20 09:00 +0700", "2026-11-20 12:00 +0700", "2026-11-20 12:00 +0700"),
        ("2026-11-20 09:00 +0700", "2026-12-20 12:00 +0700", "2026-11-21 00:00 +0700"),
    ],
)
def test_no_copy_outlives_its_day_in_viet_nam(now, moment, until, time_machine):
    import datetime as dt

    def read(text):
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M %z")

    time_machine.move_to(read(now))
    response = HttpResponse()
    good_until(response, read(moment) if moment else None)
    assert response.headers[GOOD_UNTIL] == str(int(read(until).timestamp()))


def test_the_version_is_read_by_one_query_and_without_it_django_answers(
    cache, app, django_assert_num_queries, monkeypatch
):
    Answer(cache)
    with django_assert_num_queries(0):
        Answer(cache)
    monkeypatch.setattr(pagecache, "VERSION_SQL", "SELECT number FROM nowhere")
    app.body = b"Django"
    assert Answer(cache).body == b"Django"


def test_the_number_read_is_the_number_in_the_table(db):
    ContentVersion.bump()
    ContentVersion.bump()
    assert pagecache.content_number() == ContentVersion.objects.get().number


# --- how it is served -------------------------------------------------------------------------


def test_each_browser_gets_the_best_form_it_takes(cache):
    best = Answer(cache, HTTP_ACCEPT_ENCODING="gzip, deflate, br")
    older = Answer(cache, HTTP_ACCEPT_ENCODING="gzip")
    plain = Answer(cache)
    assert brotli.decompress(best.body) == gzip.decompress(older.body) == plain.body
    assert [a.headers.get("Content-Encoding") for a in (best, older, plain)] == [
        "br",
        "gzip",
        None,
    ]
    for answer in (best, older, plain):
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", ""),
        ("identity", ""),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0,gzip;q=0", ""),
        ("br;q=1.0", "br"),
        ("brotli", ""),
    ],
)
def test_the_form_follows_what_the_browser_says(accepted, chosen):
    assert best_encoding(accepted) == chosen


def test_headers_of_the_page_stay(app, db):
    app.headers |= {
        "Content-Security-Policy": "style-src 'sha256-x'",
        "Vary": "Accept-Language",
    }
    cache = PageCache(app)
    for answer in (Answer(cache), Answer(cache)):
        assert answer.headers["Content-Security-Policy"] == "style-src 'sha256-x'"
        assert answer.headers["Cache-Control"] == "no-cache"
        names = [name.lower() for name, _value in answer.raw]
        assert len(names) == len(set(names))


def test_a_head_request_has_the_headers_and_no_body(cache):
    whole, head = Answer(cache), Answer(cache, REQUEST_METHOD="HEAD")
    assert head.body == b""
    assert head.headers == whole.headers


def test_a_page_that_the_browser_has_is_not_sent_again(cache, app):
    first = Answer(cache)
    again = Answer(cache, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    app.body = b"moi"
    ContentVersion.bump()
    changed = Answer(cache, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (changed.status, changed.body) == (200, b"moi")


def test_the_store_keeps_its_size_and_drops_the_longest_unused(app, db):
    one = len(BODY) + len(gzip.compress(BODY, 9, mtime=0)) + len(brotli.compress(BODY))
    cache = PageCache(app, largest=2 * one + 10)
    for path in ("/a/", "/b/", "/a/", "/c/"):
        Answer(cache, path)
    asked = len(app.asked)
    Answer(cache, "/a/"), Answer(cache, "/c/")
    assert len(app.asked) == asked
    Answer(cache, "/b/")
    assert len(app.asked) == asked + 1


def test_a_key_names_scheme_host_and_path():
    environ = {
        "REQUEST_METHOD": "HEAD",
        "PATH_INFO": "/bai/",
        "QUERY_STRING": "x=1",
        "HTTP_HOST": "LOCALHOST:8000",
        "wsgi.url_scheme": "http",
    }
    assert key_of(environ) == (False, "localhost:8000", "/bai/")


def test_made_up_ports_are_no_addresses_of_their_own():
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/bai/", "SERVER_PORT": "8000"}
    assert key_of({**asked, "HTTP_HOST": "localhost"}) is not None
    assert key_of({**asked, "HTTP_HOST": "localhost:8000"}) is not None
    assert key_of({**asked, "HTTP_HOST": "localhost:8001"}) is None
