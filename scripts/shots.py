"""Pictures of every main screen, phone and desk, from a demonstration of its own.

`make shots` writes them into build/shots/: every screen in the light on a phone and on
a desk, the telling ones also in the dark and at 150 %. A screen whose address is not
known before is found by the links that lead to it. Names choose screens:
`scripts/shots.py register outcomes`.
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
# Ending of the file name: size, colours, what the Aa panel stores.
LOOKS = {
    "phone": ("phone", "light", ""),
    "desk": ("desk", "light", ""),
    "dark": ("phone", "dark", ""),
    "big": ("phone", "light", "150"),
}
EVERY, TELLING = ("phone", "desk"), tuple(LOOKS)


@dataclasses.dataclass(frozen=True)
class Screen:
    """A picture: its name, who looks, where, and links followed from there."""

    name: str
    path: str
    login: str = ""
    follow: tuple[str, ...] = ()
    # A button of the first page that leads there when no link does.
    press: str = ""
    looks: tuple[str, ...] = EVERY


ONE_SESSION = r"^/so/buoi/[0-9a-f-]{36}/$"
ONE_PERSON = r"^/xa/dan/[0-9a-f-]{36}/$"
SCREENS = (
    Screen("home", "/", looks=TELLING),
    Screen("lessons", "/bai/"),
    Screen("search", "/bai/?tim=quen+mat+khau"),
    Screen("search-nothing", "/bai/?tim=xyz"),
    Screen("lesson", "/12", looks=TELLING),
    Screen("practice", "/12", follow=(r"/tap/1/",)),
    Screen("questions", "/12", follow=(r"/cau-hoi/",)),
    Screen("nearby", "/gan-nha/"),
    Screen("nearby-commune", "/gan-nha/dat-mui/", looks=TELLING),
    Screen("hotlines", "/so-can-goi/"),
    Screen("scam", "/lo-bi-lua/", looks=TELLING),
    Screen("tips", "/chi-cho-ba-ma/"),
    Screen("staff-lesson", "/40"),
    Screen("lesson-print", "/12", follow=(r"/in/$",)),
    Screen("lesson-picture", "/12", follow=(r"/anh/$",)),
    Screen("never", "/khong-bao-gio/"),
    Screen("this-phone", "/may-nay/", looks=TELLING),
    Screen("wrong-lesson", "/bao-bai-sai/"),
    Screen("privacy", "/rieng-tu/"),
    Screen("not-found", "/khong-co-trang-nay/"),
    Screen("sign-in", "/vao/", looks=TELLING),
    Screen("one-time-code", "/vao/ma/"),
    Screen("today", "/so/", "totruong", looks=TELLING),
    Screen("calendar", "/so/lich/", "totruong"),
    Screen("plan", "/so/buoi/moi/", "totruong"),
    Screen("session", "/so/lich/", "totruong", (ONE_SESSION,)),
    Screen(
        "register",
        "/so/",
        "totruong",
        (ONE_SESSION, r"/diem-danh/$"),
        press="form[action$='/bat-dau/'] button",
        looks=TELLING,
    ),
    Screen("outcomes", "/so/", "totruong", (ONE_SESSION, r"/ket-qua/$"), looks=TELLING),
    Screen("my-login", "/vao/toi/", "totruong"),
    Screen("my-commune", "/xa/", "xa", looks=TELLING),
    Screen("first-steps", "/xa/bat-dau/", "xamoi"),
    Screen("to-confirm", "/xa/cho-xac-nhan/", "xa"),
    Screen("teams", "/xa/to/", "xa"),
    Screen("team", "/xa/to/", "xa", (r"^/xa/to/[0-9a-f-]{36}/$",)),
    Screen("people", "/xa/dan/", "xa"),
    Screen("person", "/xa/dan/", "xa", (ONE_PERSON,)),
    Screen("households", "/xa/ho/", "xa"),
    Screen("ground", "/xa/dia-ban/32248/", "xa"),
    Screen("coverage", "/tinh/", "tinh", looks=TELLING),
    Screen("commune", "/tinh/xa/32248/", "tinh"),
    Screen("hamlet", "/tinh/xa/32248/", "tinh", (r"^/tinh/ap/[0-9a-f-]{36}/",)),
    Screen("phases", "/tinh/dot/", "tinh"),
    Screen("roles", "/tinh/quyen/", "quantri"),
    Screen("health", "/suc-khoe/", "quantri"),
    Screen("cms", "/soan/", "soanbai"),
    Screen("parts", "/soan/thanh-phan/", "soanbai"),
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


def signed_in(browser: Browser, server: Server, login: str, look: str) -> Page:
    """A page of the look, with that login's session (nobody's for an empty login)."""
    size, scheme, stored = LOOKS[look]
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    if stored:
        context.add_init_script(f"localStorage.aa = '{stored}'")
    context.set_default_timeout(20_000)
    page = context.new_page()
    if login:
        page.goto("/vao/")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: not url.rstrip("/").endswith("/vao"))
    return page


def go(page: Page, screen: Screen) -> bool:
    """Open a screen by its links; of several that fit, the first that leads on."""
    page.goto(screen.path)
    if followed(page, screen.follow):
        return True
    page.goto(screen.path)
    if not screen.press or not page.locator(screen.press).count():
        print(f"{screen.name}: no way along {screen.follow}", file=sys.stderr)
        return False
    page.locator(screen.press).first.click()
    page.wait_for_load_state()
    return True


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


def shoot(browser: Browser, server: Server, screens: tuple[Screen, ...]) -> int:
    count = 0
    for look in LOOKS:
        for login in dict.fromkeys(screen.login for screen in screens):
            chosen = [s for s in screens if s.login == login and look in s.looks]
            if not chosen:
                continue
            page = signed_in(browser, server, login, look)
            for screen in chosen:
                if go(page, screen):
                    path = OUT / f"{screen.name}-{look}.png"
                    page.screenshot(path=path, full_page=True)
                    count += 1
            page.context.close()
    return count


def main(*names: str) -> None:
    screens = tuple(s for s in SCREENS if not names or s.name in names)
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
                    print(f"{shoot(browser, server, screens)} pictures in {OUT}")
                    browser.close()
            finally:
                server.stop()
    finally:
        database.destroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
