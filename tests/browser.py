"""Chromium as people here hold it: 360 × 740, with and without JavaScript.

Import the fixtures through the plugin list in `tests/conftest.py`. A page that logs an
error, breaks the security policy or throws fails its test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    # Playwright's loop runs in this thread, so Django takes every query for a mistake.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def _page(browser: Browser, server: Any, *, javascript: bool) -> Iterator[Page]:
    context = browser.new_context(
        **PHONE, base_url=server.url, java_script_enabled=javascript
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    problems: list[str] = []
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    if not javascript:
        lens = browser.new_context(**PHONE)
        _LENSES[page] = lens.new_page()
    yield page
    if not javascript:
        del _LENSES[page]
        lens.close()
    context.close()
    assert problems == []


@pytest.fixture
def phone_page(browser, live_server) -> Iterator[Page]:
    """A phone's page on the live server, nobody signed in."""
    yield from _page(browser, live_server, javascript=True)


@pytest.fixture
def phone_page_nojs(browser, live_server) -> Iterator[Page]:
    """The same without JavaScript."""
    yield from _page(browser, live_server, javascript=False)


def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds on the page, one line for each element.

    Axe is a script: on a page without JavaScript it would wait for ever, so there a
    second page with JavaScript shows the same HTML and styles.
    """
    if page in _LENSES:
        page = _seen_through_a_lens(page, _LENSES[page])
    found = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


_LENSES: dict[Page, Page] = {}


def _seen_through_a_lens(page: Page, lens: Page) -> Page:
    html = page.content()
    address = page.url.partition("#")[0]

    def same(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    lens.route(address, same)
    lens.goto(address)
    lens.unroute(address)
    return lens


class WatchedPhone:
    """A page that is looked at after every step: it fits the width and passes axe."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def look(self) -> None:
        where = self.page.url
        assert sideways_scroll(self.page) == 0, where
        assert accessibility_problems(self.page) == [], where

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.look()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)

    def press(self, selector: str = "main form button.button") -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()

    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def sign_in(self, username: str, password: str) -> None:
        self.fill(login=username, password=password)
        self.press("main form button.button")

    def set_up_second_step(self) -> None:
        """Type the six digits that an app would show for the key on the page."""
        from allauth.mfa.totp.internal import auth as totp

        key = self.page.locator("main p.code").inner_text().replace(" ", "")
        counter = next(iter(totp.yield_hotp_counters_from_time()))
        digits = totp.format_hotp_value(totp.hotp_value(key, counter))
        self.fill(code=digits)
        self.press("main form button.button")
