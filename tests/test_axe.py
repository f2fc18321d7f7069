"""Every page that a role can open, looked at by axe: light, dark and at 150 %.

The addresses come from the table of access, so no page can be forgotten. The pages are
rendered in this process and handed to Chromium with their own headers: the policy, the
style sheets and the modules are the real ones, and no server has to run beside.
"""

from __future__ import annotations

import dataclasses
import mimetypes
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route

from courses.models import LessonPage
from home.loading import load_pages
from tests.access import GUEST, ROOT, TABLE, Rule
from tests.browser import PHONE, sideways_scroll
from tests.test_access import clients, quiet, world  # noqa: F401 -- fixtures

HOST = "http://testserver"
HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")
# Colours are looked at in both themes, everything else once and once more at 150 %.
COLOURS = ["color-contrast", "link-in-text-block"]
# Made at some cost, and no pages.
FILES = (".pdf", ".png")
READERS = (GUEST, "quan", "mai", "hanh", "tam", "dung", ROOT)
# Forms sent empty or wrong: their errors are pages too.
WRONG_FORMS = (
    ("people:add_person", "hanh", {}),
    ("people:use_code", GUEST, {"login": "ai", "code": "SAI-MA"}),
    ("account_login", GUEST, {"login": "ai", "password": "sai"}),
    ("attendance:plan", "tam", {}),
    ("people:appoint", "mai", {}),
)


@dataclasses.dataclass(frozen=True)
class Shown:
    """A page as somebody gets it."""

    name: str
    path: str
    template: str
    body: bytes
    headers: dict[str, str]


def shown(
    name: str, client: Client, path: str, data: dict | None = None
) -> Shown | None:
    """What comes back from the address, or nothing when it leads on."""
    with transaction.atomic():
        response = client.get(path) if data is None else client.post(path, data)
        body = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    if 300 <= response.status_code < 400:
        return None
    if not response.get("Content-Type", "").startswith("text/html"):
        body = b""
    template = response.templates[0].name if response.templates else name
    headers = {
        key: value
        for key, value in response.items()
        if key.lower() in ("content-security-policy", "content-type")
    }
    return Shown(name, path, template, body, headers)


def address(rule: Rule, ground: Any) -> str:
    unit = rule.units[0]
    args = rule.args(ground, unit) if rule.args else {}
    kwargs, places = (args, []) if isinstance(args, dict) else ({}, args)
    query = rule.query(ground, unit) if rule.query else {}
    return reverse(rule.name, args=places, kwargs=kwargs, query=query)


@pytest.fixture
def pages(world, clients) -> list[Shown]:  # noqa: F811
    load_pages()
    found: dict[str, Shown | None] = {}
    for rule in TABLE:
        if rule.method != "get":
            continue
        url = address(rule, world)
        if url.endswith(FILES):
            continue
        # Everybody's pages as nobody sees them, the others as one who may.
        for role in READERS:
            if not found.get(url) and rule.admits(role, rule.units[0]):
                found[url] = shown(rule.name, clients[role], url)
    public = ["/", "/khong-co-trang-nay/", "/bai/?tim=vneid", "/bai/?tim=zzzz"]
    public += [page.url for page in LessonPage.objects.live()]
    public += [f"/{slug}/" for slug in ("lo-bi-lua", "khong-bao-gio", "rieng-tu")]
    for path in public:
        found[path] = found.get(path) or shown(path, clients[GUEST], path)
    found["parts"] = shown("parts", clients["dung"], reverse("parts"))
    for name, role, data in WRONG_FORMS:
        page = shown(f"{name} (wrong)", clients[role], reverse(name), data)
        found[f"wrong {name}"] = page
    return [page for page in found.values() if page and page.body]


def one_of_each(pages: list[Shown]) -> list[Shown]:
    """The first page of each template."""
    return list({page.template: page for page in reversed(pages)}.values())


class Reader:
    """A phone that gets the pages from this process."""

    def __init__(
        self, browser: Browser, scheme: str, aa: str = "", **options: Any
    ) -> None:
        self.options = options
        self.context = browser.new_context(
            **{**PHONE, "device_scale_factor": 1}, color_scheme=scheme, base_url=HOST
        )
        self.context.route("**/*", self._answer)
        self.context.add_init_script(AXE_SCRIPT)
        if aa:
            self.context.add_init_script(f"localStorage.aa = '{aa}'")
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.shown: Shown | None = None

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "404" not in message.text:
            self.problems.append(message.text)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.is_navigation_request():
            route.fulfill(body=self.shown.body, headers=self.shown.headers)
            return
        found = None
        if path.startswith(settings.STATIC_URL):
            name = path.removeprefix(settings.STATIC_URL)
            found = finders.find(name) or finders.find(HASHED.sub("", name))
        if found:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
        else:
            route.fulfill(status=404, body="")

    def look(self, shown: Shown) -> list[str]:
        """What is wrong with the page, each a line beginning with the page's name."""
        self.shown = shown
        self.problems.clear()
        self.page.goto(shown.path)
        wrong = list(self.problems)
        result = self.page.evaluate(
            "options => axe.run(document, options)",
            {"resultTypes": ["violations"], **self.options},
        )
        wrong += [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"][:3]
        ]
        if (over := sideways_scroll(self.page)) > 0:
            wrong.append(f"{over} pixels wider than the screen")
        return [f"{shown.name} {shown.path}: {line}" for line in wrong]


@pytest.fixture
def reader(browser):
    readers = []

    def open_one(*how: str, **options: Any) -> Reader:
        readers.append(Reader(browser, *how, **options))
        return readers[-1]

    yield open_one
    for one in readers:
        one.context.close()


def test_axe_finds_nothing_on_any_page_of_any_role(pages, reader):
    assert len(pages) > 70
    phone = reader("light")
    wrong = [line for page in pages for line in phone.look(page)]
    assert not wrong, "\n".join(wrong)


def test_axe_finds_nothing_in_the_dark_and_at_150_percent(pages, reader):
    """One page of each template: the phone is dark, then the reader wants big letters."""
    chosen = one_of_each(pages)
    assert len(chosen) > 40
    wrong = []
    without_colours = {rule: {"enabled": False} for rule in COLOURS}
    for phone in (
        reader("dark", runOnly=COLOURS),
        reader("light", "150", rules=without_colours),
    ):
        wrong += [line for page in chosen for line in phone.look(page)]
    assert not wrong, "\n".join(wrong)
