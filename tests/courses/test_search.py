"""Finding a lesson by words as people type them."""

from __future__ import annotations

import logging

import pytest

from courses.search import matching, words_of

# What is typed, and the lessons that must be found; the first of them stands first.
FOUND = {
    "quen mat khau": [12],
    "Quên MẬT khẩu": [12],
    "quên mk vneid": [12],
    "quen matkhau": [12],
    "passcode": [12],
    "pascode": [12],
    "12": [12],
    "Bài 12": [12],
    "bài số 012": [12],
    "quenmatkhau": [12],
    "lua dao": [4],
    "bi lừa mất tiền": [11],
    "con tôi bị công an gọi": [10, 4],
    "chuyen khoan": [3],
    "chuyen tien": [3],
    "chuyen koan": [3],
    "bao hiem": [5, 17],
    "bảo hiểm y tế": [5, 17],
    "bhyt": [5, 17],
    "vneid ko vao dc": [12],
    "zalo bi hack": [8],
    "trả tiền điện": [7],
}
NOT_FOUND = ["luadao xyz", "'; DROP TABLE", "máy cày", "<b>", "zzz"]


@pytest.mark.parametrize("words", FOUND)
def test_words_without_diacritics_and_with_slips_find_their_lesson(words, lessons):
    found = [lesson.number for lesson in matching(lessons, words)]
    assert [n for n in FOUND[words] if n not in found] == []
    assert len(found) <= 8


@pytest.mark.parametrize(
    "words", ["quen mat khau", "lua dao", "bi lừa mất tiền", "bhyt"]
)
def test_the_best_answer_stands_first(words, lessons):
    assert matching(lessons, words)[0].number == FOUND[words][0]


@pytest.mark.parametrize("words", NOT_FOUND)
def test_what_no_lesson_is_about_finds_nothing(words, lessons):
    assert matching(lessons, words) == []


def test_nothing_sought_is_everything_in_its_order(lessons):
    assert matching(lessons, "  ") == list(lessons)
    assert len(lessons) >= 19


def test_short_forms_are_spelt_out_and_words_of_asking_left_out():
    assert words_of("Làm sao để đk TK ngân hàng?") == (
        "lam sao de dang ky tai khoan ngan hang",
        ["de", "dang", "ky", "tai", "khoan", "ngan", "hang"],
    )


def test_a_very_long_question_is_cut(lessons):
    assert len(words_of("mat khau " * 4000)[0]) <= 100
    assert matching(lessons, "x" * 100_000) == []


def test_the_page_of_all_lessons_answers_a_search(lessons, client):
    page = client.get("/bai/", {"tim": "quen mat khau"}).text
    assert "Quên mật khẩu VNeID" in page
    assert "Có phải lừa đảo không?" not in page


def test_a_search_without_result_says_what_to_try_and_whom_to_ask(lessons, client):
    page = client.get("/bai/", {"tim": "<b>máy cày"}).text
    assert "Không có bài nào có chữ “&lt;b&gt;máy cày”." in page
    assert 'href="/bai/?tim=m%E1%BA%ADt%20kh%E1%BA%A9u">mật khẩu</a>' in page
    assert "Xem tất cả các bài" in page
    assert "Ai chỉ giúp?" in page


def test_what_is_sought_is_kept_nowhere(lessons, client, caplog):
    caplog.set_level(logging.DEBUG)
    client.get("/bai/", {"tim": "bệnh kín đáo"})
    assert caplog.records != []
    assert [r for r in caplog.records if "kín" in str(vars(r))] == []


def test_the_courses_stand_in_their_order_with_their_lessons(lessons, client):
    page = client.get("/bai/").text
    titles = ["VNeID", "Tránh bị lừa", "Giấy tờ, hồ sơ", "Trả tiền, nhận tiền"]
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
