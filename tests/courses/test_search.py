"""Finding a lesson by words as people type them."""

from __future__ import annotations

import pytest

from courses.search import matching

FOUND = {
    "quen mat khau": [12],
    "Quên MẬT khẩu": [12],
    "passcode": [12],
    "lua dao": [4],
    "chuyen tien": [3],
    "bao hiem": [5],
    "bảo hiểm y tế": [5],
    "12": [12],
    "pascode": [12],
    "luadao xyz": [],
    "'; DROP TABLE": [],
}


@pytest.mark.parametrize("words", FOUND)
def test_words_without_diacritics_and_with_slips_find_their_lesson(words, lessons):
    found = [lesson.number for lesson in matching(lessons, words)]
    assert [n for n in FOUND[words] if n not in found] == []
    assert bool(found) == bool(FOUND[words])


def test_nothing_sought_is_everything(lessons):
    assert len(matching(lessons, "  ")) == len(lessons) >= 6


def test_the_page_of_all_lessons_answers_a_search(lessons, client):
    page = client.get("/bai/", {"tim": "quen mat khau"}).text
    assert "Quên mật khẩu VNeID" in page
    assert "Có phải lừa đảo không?" not in page


def test_a_search_without_result_says_what_to_do(lessons, client):
    page = client.get("/bai/", {"tim": "<b>máy cày"}).text
    assert "Không có bài nào có chữ “&lt;b&gt;máy cày”." in page
    assert "Xem tất cả các bài" in page


def test_the_courses_stand_in_their_order_with_their_lessons(lessons, client):
    page = client.get("/bai/").text
    titles = ["VNeID", "Tránh bị lừa", "Giấy tờ, hồ sơ", "Trả tiền, nhận tiền"]
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
