"""Three questions without JavaScript, without a cookie, without a trace."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.models import ContentVersion
from courses.models import LessonPage


def option_of(lesson: LessonPage, question: int, option: int) -> str:
    block = lesson.questions[question - 1].value["options"].bound_blocks[option - 1]
    return str(block.id)


@pytest.fixture
def strict_client() -> Client:
    """A browser that the CSRF check would refuse if there were one."""
    return Client(enforce_csrf_checks=True)


def read(page: str) -> str:
    """What stands on a page, without the words that wait in attributes for a script."""
    return re.sub(r"<[^>]*>", "", page)


def test_the_page_shows_three_questions_and_no_explanation_yet(lesson, client):
    page = read(client.get(lesson.questions_url).text)
    assert [f"{n}. Câu {n}?" in page for n in (1, 2, 3)] == [True, True, True]
    assert "Phải rồi" not in page
    assert "Chưa phải" not in page


def test_the_script_finds_every_explanation_and_the_right_answers_in_the_page(
    lesson, client
):
    page = client.get(lesson.questions_url).text
    assert page.count(" data-why=") == 6
    assert re.findall(r'data-why="([^"]+)" data-right', page) == [
        f"Phải rồi {number}." for number in (1, 2, 3)
    ]


def test_each_answer_is_explained_and_the_right_one_named(lesson, strict_client):
    given = {f"cau-{n}": option_of(lesson, n, 1 if n < 3 else 2) for n in (1, 2, 3)}
    response = strict_client.post(lesson.questions_url, given)
    assert response.status_code == 200
    assert "Cô chú đúng 2 trên 3 câu." in response.text
    assert [f"Phải rồi {n}." in response.text for n in (1, 2, 3)] == [True, True, False]
    assert "Chưa phải 3." in response.text
    assert "Câu đúng: Đúng 3" in response.text


def test_three_right_answers_send_one_to_do_it_for_real(lesson, client):
    given = {f"cau-{n}": option_of(lesson, n, 1) for n in (1, 2, 3)}
    assert "Giờ làm thật được rồi." in client.post(lesson.questions_url, given).text


def test_an_answer_can_be_given_later(lesson, client):
    page = client.post(lesson.questions_url, {"cau-1": option_of(lesson, 1, 1)}).text
    assert "Còn câu chưa trả lời" in page
    assert "Phải rồi 1." in page
    assert page.count(" checked") == 1
    assert "Phải rồi 2." not in page


@pytest.mark.parametrize("nonsense", ["", "x", "1 OR 1=1", "<b>x"])
def test_what_is_no_answer_of_the_lesson_counts_as_none(nonsense, lesson, client):
    page = client.post(lesson.questions_url, {"cau-1": nonsense, "cau-9": "1"}).text
    assert "Cô chú đúng" not in read(page)
    assert "<b>x" not in page


def test_answering_writes_nothing_and_sets_no_cookie(lesson, client):
    before = ContentVersion.objects.get().number
    given = {"cau-1": option_of(lesson, 1, 1)}
    response = client.post(lesson.questions_url, given)
    assert response.cookies == {}
    assert response.headers["Cache-Control"] == "no-store"
    assert "X-Good-Until" not in response.headers
    assert ContentVersion.objects.get().number == before
    with CaptureQueriesContext(connection) as queries:
        client.post(lesson.questions_url, given)
    wrote = [q["sql"] for q in queries if not q["sql"].startswith("SELECT")]
    assert wrote == []


def test_a_lesson_of_another_course_has_no_questions_here(lesson, client):
    assert client.get("/bai/an-toan/quen-mat-khau/cau-hoi/").status_code == 404


def test_other_methods_are_refused(lesson, client):
    assert client.put(lesson.questions_url).status_code == 405
