"""Pictures of every main screen, phone and desk, from a demonstration of its own.

`make shots` writes them into build/shots/. A screen whose address is not known before
is found by the links that lead to it.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from lms.demo.people import PASSWORD  # noqa: E402
from tests.browser import ARGUMENTS, CHROMIUM  # noqa: E402
from tests.databases import copies  # noqa: E402
from tests.servers import Server, own_database  # noqa: E402

OUT = ROOT / "build" / "shots"
SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@dataclasses.dataclass(frozen=True)
class Screen:
    """A picture: its name, who looks, where, and links followed from there."""

    name: str
    path: str
    login: str = ""
    follow: tuple[str, ...] = ()
    # A button of the first page that leads there when no link does.
    press: str = ""


SCREENS = (
    Screen("home", "/"),
    Screen("lessons", "/bai/"),
    Screen("search", "/bai/?tim=quen+mat+khau"),
    Screen("lesson", "/12"),
    Screen("questions", "/bai/", follow=(r"^/bai/[\w-]+/[\w-]+/$", r"/cau-hoi/$")),
    Screen("nearby", "/gan-nha/"),
    Screen("hotlines", "/so-can-goi/"),
    Screen("scam", "/lo-bi-lua/"),
    Screen("never", "/khong-bao-gio/"),
    Screen("privacy", "/rieng-tu/"),
    Screen("not-found", "/khong-co-trang-nay/"),
    Screen("sign-in", "/vao/"),
    Screen("one-time-code", "/vao/ma/"),
    Screen("today", "/so/", "totruong"),
    Screen("calendar", "/so/lich/", "totruong"),
    Screen("plan", "/so/buoi/moi/", "totruong"),
    Screen("session", "/so/lich/", "totruong", (r"^/so/buoi/[0-9a-f-]{36}/$",)),
    Screen(
        "register",
        "/so/",
        "totruong",
        (r"^/so/buoi/[0-9a-f-]{36}/$", r"/diem-danh/$"),
        press="form[action$='/bat-dau/'] button",
    ),
    Screen(
        "outcomes",
        "/so/",
        "totruong",
        (r"^/so/buoi/[0-9a-f-]{36}/$", r"/ket-qua/$"),
    ),
    Screen("my-commune", "/xa/", "xa"),
    Screen("first-steps", "/xa/bat-dau/", "xamoi"),
    Screen("teams", "/xa/to/", "xa"),
    Screen("team", "/xa/to/", "xa", (r"^/xa/to/[0-9a-f-]{36}/$",)),
    Screen("people", "/xa/dan/", "xa"),
    Screen("person", "/xa/dan/", "xa", (r"^/xa/dan/[0-9a-f-]{36}/$",)),
    Screen("households", "/xa/ho/", "xa"),
    Screen("ground", "/xa/dia-ban/32248/", "xa"),
    Screen("coverage", "/tinh/", "tinh"),
    Screen("commune", "/tinh/xa/32248/", "tinh"),
    Screen("hamlet", "/tinh/xa/32248/", "tinh", (r"^/tinh/ap/[0-9a-f-]{36}/",)),
    Screen("phases", "/tinh/dot/", "tinh"),
    Screen("roles", "/tinh/quyen/", "quantri"),
    Screen("health", "/suc-khoe/", "quantri"),
    Screen("cms", "/soan/", "soanbai"),
)


def told(folder: Path, url: str) -> Server:
    """A server with the demonstration loaded."""
    server = Server(folder, url, DEMO="1", WORKERS="1", LOG_LEVEL="ERROR")
    for command in (
        ("messages",),
        ("collectstatic", "--noinput"),
        ("load_programme",),
        ("load_demo",),
    ):
        print(" ".join(command), "…", flush=True)
        subprocess.run(
            [sys.executable, "manage.py", *command, "-v0"],
            cwd=ROOT,
            env=server.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return server.start()


def signed_in(browser: Browser, server: Server, login: str, size: str) -> Page:
    """A page of the size, with that login's session (nobody's for an empty login)."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    if login:
        page.goto("/vao/")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: not url.rstrip("/").endswith("/vao"))
    return page


def go(page: Page, screen: Screen) -> None:
    """Open a screen by its links; of several that fit, the first that leads on."""
    page.goto(screen.path)
    if followed(page, screen.follow):
        return
    page.goto(screen.path)
    if not screen.press or not page.locator(screen.press).count():
        raise SystemExit(f"{screen.name}: no way along {screen.follow}")
    page.locator(screen.press).first.click()
    page.wait_for_load_state()


def followed(page: Page, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return True
    links = page.eval_on_selector_all(
        "a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    for link in dict.fromkeys(links):
        if re.search(patterns[0], link):
            page.goto(link)
            if followed(page, patterns[1:]):
                return True
    return False


def shoot(browser: Browser, server: Server) -> int:
    count = 0
    for size in SIZES:
        for login in dict.fromkeys(screen.login for screen in SCREENS):
            page = signed_in(browser, server, login, size)
            for screen in (s for s in SCREENS if s.login == login):
                go(page, screen)
                page.screenshot(path=OUT / f"{screen.name}-{size}.png", full_page=True)
                count += 1
            page.context.close()
    return count


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    database = copies()
    database.create()
    connection.close()
    try:
        with tempfile.TemporaryDirectory() as name, own_database(Path(name)) as url:
            server = told(Path(name), url)
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path=CHROMIUM, args=ARGUMENTS
                    )
                    print(f"{shoot(browser, server)} pictures in {OUT}")
                    browser.close()
            finally:
                server.stop()
    finally:
        database.destroy()


if __name__ == "__main__":
    main()
