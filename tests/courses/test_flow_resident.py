"""Flow 1: a resident in Chromium, 360 × 740, without JavaScript.

Front page → lesson → three questions with feedback → somebody to ask. Each page fits the
width, has no axe violation, and the lesson is one request.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from courses.loading import CONTENT, load_facts, load_lessons
from home.loading import load_pages
from home.models import ContactSettings
from tests.browser import accessibility_problems, sideways_scroll
from tests.courses.conftest import PROGRAMME
from tests.courses.making import plant_the_tree

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


FEW = ("quen-mat-khau", "co-phai-lua-dao")


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    """Two of the lessons in a content folder of their own: each test loads it anew."""
    folder = tmp_path_factory.mktemp("content")
    shutil.copy(CONTENT / "courses.toml", folder)
    for slug in FEW:
        shutil.copytree(CONTENT / "lessons" / slug, folder / "lessons" / slug)
    return folder


@pytest.fixture
def school(transactional_db, few):
    """What the programme loads, with two lessons, and an office with a telephone."""
    plant_the_tree()
    load_facts(PROGRAMME)
    load_pages()
    load_lessons(few)
    ContactSettings.objects.create(
        organisation="Sở Khoa học và Công nghệ", phone="0290 000 0000"
    )


def look(page, heading: str) -> None:
    """This page has that heading, fits the width and passes axe."""
    assert page.locator("main h1").inner_text() == heading
    assert sideways_scroll(page) == 0, heading
    assert accessibility_problems(page) == [], heading


def test_a_resident_reads_answers_and_finds_somebody_to_ask(school, phone_page_nojs):
    page = phone_page_nojs
    page.goto("/")
    look(page, "Cô chú cần làm gì?")

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("link", name="Quên mật khẩu VNeID").click()
    look(page, "Quên mật khẩu VNeID")
    assert [url for url in requests if not url.startswith("data:")] == [page.url]
    steps = page.locator("ol.steps > li")
    assert steps.count() == 8
    assert page.locator("#buoc-5 svg").get_attribute("aria-label") == (
        "Bấm nút gửi để máy nhắn mã về cho cô chú."
    )
    assert page.locator("#dung").is_visible()
    assert page.locator("#vuong dt").count() == 6

    page.get_by_role("link", name="Trả lời 3 câu").click()
    look(page, "Ba câu hỏi")
    page.get_by_label("Cúp máy, không đọc.").check()
    page.get_by_label("Cả ngày.").check()
    page.get_by_role("button", name="Xem giải thích").click()
    look(page, "Ba câu hỏi")
    said = page.locator("main").inner_text()
    assert "Đúng rồi. Công an, ngân hàng và tổ không ai hỏi mã OTP." in said
    assert "Không lâu vậy. Mã để lâu sẽ không nhận nữa." in said
    assert "Câu đúng: 3 phút." in said
    assert "Còn câu chưa trả lời" in said

    page.get_by_label("3 phút.").check()
    page.get_by_label("Một câu có chữ hoa, chữ thường, số và dấu như @").check()
    page.get_by_role("button", name="Trả lời lại").click()
    assert "Cô chú đúng 3 trên 3 câu." in page.locator("main").inner_text()
    assert page.context.cookies() == []

    ask = page.locator("#hoi")
    assert "Cô chú hỏi tổ công nghệ số ở ấp" in ask.inner_text()
    assert ask.get_by_role("link", name="Gọi 0290 000 0000").get_attribute("href") == (
        "tel:02900000000"
    )
    ask.get_by_role("link", name="Tìm người chỉ giúp gần nhà").click()
    look(page, "Buổi hướng dẫn gần nhà")


def test_a_resident_finds_a_lesson_by_words_without_diacritics(school, phone_page_nojs):
    page = phone_page_nojs
    page.goto("/")
    page.get_by_label("Tìm bài").fill("lua dao")
    page.get_by_role("button", name="Tìm").click()
    look(page, "Tất cả bài")
    page.get_by_role("link", name="Có phải lừa đảo không?").click()
    look(page, "Có phải lừa đảo không?")


def test_the_number_on_the_handout_opens_its_lesson(school, phone_page_nojs):
    page = phone_page_nojs
    answer = page.goto("/12")
    assert (answer.status, page.locator("main h1").inner_text()) == (
        200,
        "Quên mật khẩu VNeID",
    )


def test_every_information_page_fits_the_phone(school, phone_page_nojs):
    page = phone_page_nojs
    for path, heading in [
        ("/lo-bi-lua/", "Lỡ bị lừa, làm ngay 4 việc"),
        ("/khong-bao-gio/", "Chúng tôi không bao giờ…"),
        ("/chi-cho-ba-ma/", "Chỉ cho ba má, ông bà: hai mẹo nhỏ"),
        ("/rieng-tu/", "Dữ liệu cá nhân"),
        ("/gioi-thieu/", "Giới thiệu"),
        ("/so-can-goi/", "Số cần gọi"),
        ("/gan-nha/", "Buổi hướng dẫn gần nhà"),
    ]:
        page.goto(path)
        look(page, heading)
