"""Nghe tiếng Khmer: only once there is something to hear."""

from __future__ import annotations

import pytest

from courses.models import LessonPage, LessonRecording
from home.loading import load_pages
from home.models import HomePage
from tests.courses.making import make_lesson

LINE = "Nghe tiếng Khmer"
PAGE = "/nghe-tieng-khmer/"


def record(lesson: LessonPage, language: str = "km") -> LessonRecording:
    return LessonRecording.objects.create(
        lesson=lesson,
        language=language,
        from_step=1,
        to_step=2,
        audio="ghi-am/x.opus",
        transcript="x",
        seconds=60,
        bytes=90_000,
        mime="audio/ogg",
    )


@pytest.fixture
def home(db, lesson) -> HomePage:
    load_pages()
    return HomePage.objects.get()


def test_without_a_recording_the_home_page_promises_nothing(home, lesson, client):
    record(lesson, "vi-south")
    assert LINE not in client.get("/").text
    assert "Chưa có bài nào thu tiếng Khmer." in client.get(PAGE).text


def test_one_recording_opens_the_line_and_the_list(home, lesson, client):
    record(lesson)
    assert f'href="{PAGE}"' in client.get("/").text
    page = client.get(PAGE).text
    assert f'href="{lesson.url}"' in page


def test_khmer_letters_stand_there_only_as_an_editor_entered_them(home, lesson, client):
    record(lesson)
    assert 'lang="km"' not in client.get("/").text
    home.khmer_label = "ស្តាប់"
    home.save_revision().publish()
    assert '<span lang="km">ស្តាប់</span>' in client.get("/").text


def test_a_recording_older_than_its_text_is_silent(home, lesson, client):
    record(lesson)
    lesson.steps[0].value["text"] = "Mở ứng dụng khác."
    lesson.save_revision().publish()
    assert LINE not in client.get("/").text


def test_a_withdrawn_lesson_is_not_offered(home, lesson, client):
    record(lesson)
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on="2026-11-01")
    assert LINE not in client.get("/").text


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_the_same_for_one_lesson_and_three(
    many, db, client, django_assert_num_queries, cache_in_memory
):
    for number in range(many):
        record(make_lesson(f"bai-{number}"))
    client.get(PAGE)
    with django_assert_num_queries(12):
        page = client.get(PAGE).text
    assert page.count('class="row" href="/bai/vneid/bai-') == many
