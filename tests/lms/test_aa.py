"""The Aa panel: chosen once, it holds on every page of this phone, before any paint."""

from __future__ import annotations

import pytest
from django.test import Client

from home.loading import load_pages
from tests.browser import PHONE
from tests.test_axe import HOST, Reader, shown

SIZE = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
GROUND = "getComputedStyle(document.body).backgroundColor"
PAPER, NIGHT = "rgb(251, 248, 240)", "rgb(16, 25, 20)"


@pytest.fixture
def phone(browser):
    reader = Reader(browser, "light")
    yield reader
    reader.context.close()
    assert reader.problems == []


def opened(phone: Reader, path: str) -> None:
    phone.shown = shown(path, Client(), path)
    phone.page.goto(path)


def test_big_letters_and_the_dark_are_chosen_once_for_all_pages(db, phone):
    load_pages()
    page = phone.page
    opened(phone, "/")
    assert (page.evaluate(SIZE), page.evaluate(GROUND)) == (18, PAPER)
    page.get_by_role("button", name="Aa, cỡ chữ và màu trang").click()
    page.get_by_role("button", name="Rất to").click()
    page.get_by_role("button", name="Tối").click()
    assert (page.evaluate(SIZE), page.evaluate(GROUND)) == (27, NIGHT)
    assert page.evaluate("localStorage.aa") == "150d"

    opened(phone, "/vao/")
    assert (page.evaluate(SIZE), page.evaluate(GROUND)) == (27, NIGHT)
    page.get_by_role("button", name="Aa, cỡ chữ và màu trang").click()
    pressed = page.locator("chu-to [aria-pressed=true]").all_inner_texts()
    assert pressed == ["Rất to", "Tối"]
    page.get_by_role("button", name="Vừa").click()
    page.get_by_role("button", name="Theo máy").click()
    assert (page.evaluate(SIZE), page.evaluate(GROUND)) == (18, PAPER)
    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_without_javascript_there_is_no_button_and_the_phone_decides(db, browser):
    context = browser.new_context(
        **PHONE, color_scheme="dark", java_script_enabled=False, base_url=HOST
    )
    page = context.new_page()
    html = Client().get("/vao/").text
    page.route(
        "**/vao/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    page.goto("/vao/")
    assert not page.locator("chu-to").is_visible()
    assert page.get_by_role("button", name="Đăng nhập").is_visible()
    context.close()
