"""The page of all lessons, with lessons of our own."""

from __future__ import annotations

import pytest

from courses.models import LessonPage
from tests.courses.making import make_course, make_lesson


def test_what_is_for_staff_stands_below_what_is_for_residents(db, client):
    make_course("to-vien", "Dành cho tổ viên")
    lesson = make_lesson()
    staff = make_lesson("mo-mot-buoi", title="Mở một buổi")
    staff.move(make_course("to-vien"), pos="last-child")
    assert LessonPage.objects.get(pk=staff.pk).url == "/bai/to-vien/mo-mot-buoi/"
    page = client.get("/bai/").text
    order = [
        lesson.url,
        "Dành cho anh chị tổ viên, cán bộ",
        "/bai/to-vien/mo-mot-buoi/",
    ]
    places = [page.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("query", [{}, {"tim": "mat khau"}])
def test_the_list_asks_the_same_for_one_lesson_and_three(
    many, query, db, client, django_assert_num_queries, cache_in_memory
):
    for number in range(many):
        make_lesson(f"bai-{number}")
    client.get("/bai/")
    with django_assert_num_queries(20):
        page = client.get("/bai/", query).text
    assert page.count('class="row" href="/bai/vneid/bai-') == many
