"""Lessons behind the page cache: real pages, real changes."""

from __future__ import annotations

import io

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from wagtail.models import PageViewRestriction

from common.pagecache import PageCache
from courses.actions import withdraw_lesson
from courses.models import Hotline, LessonPage
from tests.courses.making import make_drawing, make_lesson, make_recording, practice


@pytest.fixture
def cache(db):
    """The whole house behind its page cache."""
    # A request would close the connection that holds this test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield PageCache(WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def get(cache: PageCache, path: str, **headers) -> tuple[int, str]:
    told = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        **headers,
    }
    parts = cache(environ, lambda status, headers, exc=None: told.append(status))
    body = b"".join(parts).decode()
    if hasattr(parts, "close"):
        parts.close()
    return int(told[0].split()[0]), body


@pytest.mark.parametrize(
    "path", ["/", "/bai/", "/gan-nha/", "/so-can-goi/", "{lesson}", "{lesson}cau-hoi/"]
)
def test_public_pages_are_stored_and_then_cost_no_query_of_django(
    path, cache, lesson, django_assert_num_queries
):
    path = path.format(lesson=lesson.url)
    first = get(cache, path)
    with django_assert_num_queries(0):
        assert get(cache, path, HTTP_COOKIE="phien=abc") == first


def test_a_published_change_is_on_the_next_page(cache, lesson):
    assert "Thợ may" not in get(cache, lesson.url)[1]
    lesson.task = "Thợ may."
    lesson.save_revision().publish()
    assert "Thợ may." in get(cache, lesson.url)[1]


def test_a_withdrawal_is_on_the_next_page(cache, lesson, cast):
    get(cache, lesson.url)
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    assert "Bài này tạm ngưng vì sai bước 2." in get(cache, lesson.url)[1]


def test_a_lesson_withdraws_itself_from_the_store_at_midnight(
    cache, lesson, time_machine
):
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on="2026-11-21")
    time_machine.move_to("2026-11-20 23:59 +0700", tick=False)
    assert "Mở ứng dụng." in get(cache, lesson.url)[1]
    time_machine.move_to("2026-11-21 00:00 +0700", tick=False)
    page = get(cache, lesson.url)[1]
    assert "Mở ứng dụng." not in page
    assert "hết hiệu lực sau ngày 20/11/2026" in page


def test_a_lesson_expires_from_the_store_at_its_minute(cache, lesson, time_machine):
    LessonPage.objects.filter(pk=lesson.pk).update(expire_at="2026-11-20T05:00Z")
    time_machine.move_to("2026-11-20 11:59 +0700", tick=False)
    assert get(cache, lesson.url)[0] == 200
    time_machine.move_to("2026-11-20 12:00 +0700", tick=False)
    assert get(cache, lesson.url)[0] == 404


def test_a_changed_hotline_is_on_the_next_page(cache, lesson):
    line = Hotline.objects.create(
        code="x", number="1800 0000", name="Sở", confidence="found", is_public=True
    )
    assert "1800 0000" in get(cache, lesson.url)[1]
    line.number = "1800 1111"
    line.save()
    page = get(cache, lesson.url)[1]
    assert ("1800 0000" in page, "1800 1111" in page) == (False, True)


def test_a_restricted_lesson_is_never_stored(cache, lesson):
    get(cache, lesson.url)
    PageViewRestriction.objects.create(page=lesson, restriction_type="login")
    assert get(cache, lesson.url)[0] == 302
    assert get(cache, lesson.url)[0] == 302


def test_a_search_is_answered_by_itself(cache, lesson):
    get(cache, "/bai/")
    assert "Không có bài nào" in get(cache, "/bai/", QUERY_STRING="tim=may+cay")[1]
    assert "Không có bài nào" not in get(cache, "/bai/", QUERY_STRING="utm=1")[1]


def test_a_practice_is_stored_whole_and_each_tap_is_answered_by_itself(
    cache, django_assert_num_queries
):
    lesson = make_lesson(practices=[("practice", practice(picture=make_drawing()))])
    address = lesson.practice_url(1)
    first = get(cache, address)
    with django_assert_num_queries(0):
        assert get(cache, address, QUERY_STRING="fbclid=1") == first
    assert "Bấm nút thứ 2." in first[1].partition("<template>")[2]
    second = get(cache, address, QUERY_STRING="buoc=2")[1]
    assert "Bấm nút thứ 2." in second
    assert "Bấm nút thứ 1." not in second
    assert get(cache, address) == first


def test_a_new_recording_is_on_the_next_page(cache, lesson):
    assert "<audio" not in get(cache, lesson.url)[1]
    recording = make_recording(lesson)
    assert "<audio" in get(cache, lesson.url)[1]
    recording.delete()
    assert "<audio" not in get(cache, lesson.url)[1]
