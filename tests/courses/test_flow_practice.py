"""Flow: a resident practises and answers in place, in Chromium, 360 × 740.

One lesson made by hand. On the pages of their own and inside the lesson; with the finger
and with the keyboard; light and dark, at 150 %.
"""

from __future__ import annotations

import pytest

from courses.models import LessonPage
from tests.browser import accessibility_problems, sideways_scroll
from tests.courses.making import (
    make_drawing,
    make_lesson,
    make_recording,
    plant_the_tree,
    practice,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTEN = """
window.heard = [];
for (const name of ["toso:tap-xong", "toso:tra-loi"])
  addEventListener(name, (event) => heard.push([name, event.detail]));
"""


@pytest.fixture
def lesson(transactional_db) -> LessonPage:
    plant_the_tree()
    lesson = make_lesson(practices=[("practice", practice(picture=make_drawing()))])
    make_recording(lesson)
    return lesson


def fits(page, what: str) -> None:
    assert sideways_scroll(page) == 0, what
    assert accessibility_problems(page) == [], what


def test_practice_and_questions_work_in_place(lesson, phone_page):
    page = phone_page
    page.add_init_script(LISTEN)
    page.goto(lesson.practice_url(1))
    fits(page, "practice")
    here = page.url
    say, said = page.locator(".say"), page.locator(".feedback")

    # A tap beside every place, then a wrong one: the ring comes with the second miss.
    page.locator(".frame").click(position={"x": 130, "y": 20})
    assert said.inner_text().strip() == "Chưa đúng chỗ, không sao cả."
    assert page.locator(".ring").count() == 0
    page.get_by_role("link", name="Đăng nhập").click()
    assert "“Đăng nhập” chưa đúng chỗ, không sao cả." in said.inner_text()
    assert "vòng màu cam" in said.inner_text()
    ring, right = (
        page.locator(name).bounding_box() for name in (".ring", "a[data-right] rect")
    )
    assert ring["y"] < right["y"]
    assert ring["y"] + ring["height"] > right["y"] + right["height"]

    page.get_by_role("link", name="Nút 1").click()
    assert say.inner_text() == "Bấm nút thứ 2."
    assert said.inner_text().strip() == "Đúng rồi."
    assert page.locator(".ring").count() == 0
    # With the keyboard alone.
    assert page.evaluate("document.activeElement.className") == "say"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert say.inner_text() == "Bấm nút thứ 3."
    page.get_by_role("link", name="Nút 3").click()
    assert "Giờ làm thật được rồi." in page.locator(".tap").inner_text()
    fits(page, "practice, done")
    assert page.url == here
    assert page.evaluate("heard") == [
        ["toso:tap-xong", {"lesson": lesson.number, "practice": 1}]
    ]
    page.get_by_role("link", name="Tập lại").click()
    assert say.inner_text() == "Bấm nút thứ 1."

    page.goto(lesson.questions_url)
    here = page.url
    for number, answer in ((1, "Đúng 1"), (2, "Sai 2"), (3, "Đúng 3")):
        page.get_by_label(answer).check()
        assert page.locator(f"#cau-{number} .note").count() == 1
    text = page.locator("main").inner_text()
    assert "Chưa phải 2." in text
    assert "Cô chú đúng 2 trên 3 câu." in text
    fits(page, "questions")
    page.get_by_label("Đúng 2").check()
    assert "Cô chú đúng 3 trên 3 câu." in page.locator("main").inner_text()
    assert page.url == here
    told = page.evaluate("heard")
    assert told[1] == [
        "toso:tra-loi",
        {"lesson": lesson.number, "question": 2, "right": False},
    ]
    assert [entry[1]["right"] for entry in told] == [True, False, True, True]


def test_inside_the_lesson_back_leads_to_the_lesson(lesson, phone_page):
    page = phone_page
    page.goto(lesson.url)
    fits(page, "lesson")
    page.evaluate(
        """async () => {
            for (const id of ["cau-hoi", "tap"]) {
                const place = document.getElementById(id);
                await (await import(place.dataset.script)).mo(place);
            }
        }"""
    )
    assert page.locator("#tap .say").inner_text() == "Bấm nút thứ 1."
    page.get_by_role("link", name="Nút 1").click()
    assert page.locator("#tap .say").inner_text() == "Bấm nút thứ 2."
    page.get_by_label("Đúng 1").check()
    assert page.locator("#cau-1 .note").inner_text().endswith("Phải rồi 1.")
    fits(page, "lesson with practice and questions open")
    page.go_back()
    page.locator("#tap").get_by_role("link", name="Tập bấm thử").wait_for()
    assert page.locator("#tap .say").count() == 0


@pytest.mark.parametrize("theme", ["l", "d"])
def test_large_letters_fit_in_light_and_dark(theme, lesson, phone_page):
    page = phone_page
    page.add_init_script(f"localStorage.setItem('aa', '150{theme}')")
    for address in (
        lesson.url,
        lesson.practice_url(1),
        f"{lesson.practice_url(1)}?buoc=1&sai=2&chon=2",
        lesson.questions_url,
        lesson.listen_url,
    ):
        page.goto(address)
        fits(page, address)
