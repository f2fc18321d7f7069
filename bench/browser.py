"""What a lesson costs the phone: every lesson in Chromium, worst first.

Prints one JSON object a line. The real `manage.py serve` stands behind a counting relay;
Chromium is a phone of 360 × 740.

- `lesson_requests_to_readable`: 1 for the page, and one for each further file that keeps
  Chromium from painting it.
- `lesson_total_bytes`: bytes of the page and of every picture, scrolled to its end.
- `lesson_script_bytes_executed`: bytes of every script that Chromium has parsed three
  seconds after the page was read to its end, before the first tap.
- `lesson_revisit_requests`: requests that reached the server before the first paint when
  a lesson that was read is opened again.
- `lesson_fcp_slow3g_vs_static`, `lesson_tti_slow3g_vs_static`: first contentful paint, and
  the end of the last long task, at 400 kbit/s, 400 ms and a processor four times slower,
  divided by those of a 12,288-byte static page; the heaviest lesson, median of the rounds.
- `lesson_offline`: share of lessons that, once read, open again without network, whole.
- `lesson_nojs`: share of lessons whose steps, questions and next person are there without
  JavaScript.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django.db import connection  # noqa: E402
from playwright.sync_api import (  # noqa: E402
    Browser,
    BrowserContext,
    Page,
    sync_playwright,
)

from bench.lesson import lessons, loaded, say, static_page  # noqa: E402
from tests.browser import ARGUMENTS, CHROMIUM, PHONE  # noqa: E402
from tests.databases import copies  # noqa: E402
from tests.servers import Server, free_port, own_database  # noqa: E402

ROUNDS = 5
SHOWN = {"Document", "Image"}
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
SLOWER_CPU = 4
# Read in order, as a thumb scrolls, so that whatever waits for the screen is fetched.
SCROLL = """async () => {
  for (let top = 0; top < document.body.scrollHeight; top += 500) {
    scrollTo(0, top);
    await new Promise(done => setTimeout(done, 20));
  }
}"""
PAINTED = """() => new Promise(done => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0];
  const look = () => seen() ? done(performance.timeOrigin + seen().startTime) : setTimeout(look, 20);
  look();
})"""
QUIET = """() => new Promise(done => {
  let last = 0;
  new PerformanceObserver(list => list.getEntries().forEach(task => {
    last = Math.max(last, task.startTime + task.duration);
  })).observe({type: "longtask", buffered: true});
  setTimeout(() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    const load = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
    done({paint, quiet: Math.max(paint, load, last)});
  }, 4000);
})"""


class Relay:
    """Passes connections on to the server and writes down when each request came by."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.seen: list[tuple[float, str]] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        chooser = selectors.DefaultSelector()
        chooser.register(near, selectors.EVENT_READ, far)
        chooser.register(far, selectors.EVENT_READ, near)
        with near, far, contextlib.suppress(OSError):
            while True:
                for key, _events in chooser.select():
                    part = key.fileobj.recv(65536)
                    if not part:
                        return
                    if key.fileobj is near and part.startswith((b"GET ", b"POST ")):
                        line = part.split(b"\r\n", 1)[0].decode("latin-1")
                        self.seen.append((time.time() * 1000, line))
                    key.data.sendall(part)

    def close(self) -> None:
        self._listener.close()

    def quiet(self) -> None:
        """Wait until nothing has come by for a second, then forget what did."""
        while self.seen and time.time() * 1000 - self.seen[-1][0] < 1000:
            time.sleep(0.1)
        self.seen.clear()

    def before(self, moment: float) -> list[str]:
        """Request lines that came by until that moment, in ms since 1970."""
        return [line for when, line in list(self.seen) if when <= moment]


@contextlib.contextmanager
def phone(browser: Browser, port: int, **more: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE, base_url=f"http://localhost:{port}", **more)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def readable(page: Page) -> bool:
    """Are the first and the last step shown?"""
    steps = page.locator("li[id^=buoc-]")
    return (
        steps.count() > 1 and steps.first.is_visible() and steps.last.inner_text() != ""
    )


def first_visit(context: BrowserContext, lesson: str) -> dict[str, int]:
    """Requests that block, bytes of page and pictures, bytes of parsed scripts."""
    page = context.new_page()
    link = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    parsed: list[dict[str, Any]] = []
    link.on(
        "Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]})
    )
    link.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
    )
    # A bound method of a list cannot be marked as Playwright marks its handlers.
    link.on("Debugger.scriptParsed", lambda script: parsed.append(script))
    for domain in ("Network", "Debugger"):
        link.send(f"{domain}.enable")
    page.goto(lesson)
    page.evaluate(SCROLL)
    page.wait_for_timeout(3000)
    blocking = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(file => file.renderBlockingStatus === 'blocking').length"
    )
    if not readable(page):
        raise SystemExit(f"{lesson} shows no steps.")
    page.close()
    shown = [size for key, size in sizes.items() if kinds.get(key) in SHOWN]
    # What this measurement itself evaluates has no address.
    own = [script for script in parsed if script["url"].startswith("http")]
    return {
        "requests": 1 + blocking,
        "bytes": round(sum(shown)),
        "scripts": sum(script["length"] for script in own),
    }


def until_stored(page: Page) -> None:
    """Wait until the service worker keeps the page that is open."""
    # `wait_for_function` takes the promise of an async function for an answer.
    stored = """async () => {
      if (!navigator.serviceWorker.controller
          && !(await navigator.serviceWorker.getRegistration())?.active) return false;
      return Boolean(await caches.match(location.href, {ignoreSearch: true, ignoreVary: true}));
    }"""
    for _attempt in range(200):
        if page.evaluate(stored):
            return
        page.wait_for_timeout(100)
    raise SystemExit(f"{page.url} was not stored.")


def kept(browser: Browser, relay: Relay, pages: list[str]) -> dict[str, Any]:
    """Read every lesson once; open each again with, then without, the network."""
    revisits: dict[str, int] = {}
    offline: dict[str, bool] = {}
    with phone(browser, relay.port) as context:
        for lesson in pages:
            page = context.new_page()
            page.goto(lesson)
            until_stored(page)
            page.close()
        for lesson in pages:
            page = context.new_page()
            relay.quiet()
            page.goto(lesson, wait_until="commit")
            revisits[lesson] = len(relay.before(page.evaluate(PAINTED)))
            page.close()
        context.set_offline(True)
        for lesson in pages:
            page = context.new_page()
            with contextlib.suppress(Exception):
                page.goto(lesson)
                page.reload()
                offline[lesson] = readable(page)
            offline.setdefault(lesson, False)
            page.close()
    return {"revisits": revisits, "offline": offline}


def without_script(browser: Browser, port: int, pages: list[str]) -> dict[str, bool]:
    """Steps to read, a question that answers, a practice that leads on, a person."""
    found = {}
    with phone(browser, port, java_script_enabled=False) as context:
        for lesson in pages:
            page = context.new_page()
            page.goto(lesson)
            good = (
                readable(page) and page.locator("#hoi, a[href^='/gan-nha']").count() > 0
            )
            practice = page.locator("a[href*='/tap/']")
            target = practice.first.get_attribute("href") if practice.count() else None
            page.goto(f"{lesson}cau-hoi/")
            page.locator("input[type=radio]").first.check()
            page.locator("form button").first.click()
            good = good and page.locator("[role=status], .note").count() > 0
            if target:
                good = good and context.request.get(target).ok
            found[lesson] = good
            page.close()
    return found


def slow(browser: Browser, port: int, path: str) -> dict[str, float]:
    """Milliseconds to the first paint and to quiet, on a cold phone with a bad network."""
    with phone(browser, port) as context:
        page = context.new_page()
        link = context.new_cdp_session(page)
        link.send("Network.enable")
        link.send("Network.emulateNetworkConditions", SLOW_3G)
        link.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
        page.goto(path)
        return page.evaluate(QUIET)


def worst_first(values: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def say_worst(name: str, values: dict[str, int], unit: str, bar: int) -> None:
    say(
        name,
        max(values.values()),
        unit,
        bar,
        median=round(statistics.median(values.values())),
        lessons=worst_first(values),
    )


def say_share(name: str, values: dict[str, bool]) -> None:
    say(
        name,
        round(sum(values.values()) / len(values), 3),
        "share",
        1.0,
        lessons=len(values),
        failing=[lesson for lesson, good in values.items() if not good],
    )


def measure(browser: Browser, server: Server, static: str) -> None:
    pages = lessons(server.port)
    relay = Relay(server.port)
    visits = {}
    for lesson in pages:
        with phone(browser, server.port) as context:
            visits[lesson] = first_visit(context, lesson)
    for name, column, unit, bar in (
        ("lesson_requests_to_readable", "requests", "requests", 1),
        ("lesson_total_bytes", "bytes", "bytes", 60_000),
        ("lesson_script_bytes_executed", "scripts", "bytes", 5_000),
    ):
        say_worst(
            name, {page: visit[column] for page, visit in visits.items()}, unit, bar
        )
    again = kept(browser, relay, pages)
    relay.close()
    say_worst("lesson_revisit_requests", again["revisits"], "requests", 0)
    say_share("lesson_offline", again["offline"])
    say_share("lesson_nojs", without_script(browser, server.port, pages))

    heaviest = max(visits, key=lambda lesson: visits[lesson]["bytes"])
    paints, quiets = [], []
    for _round in range(ROUNDS):
        plain = slow(browser, server.port, static)
        lesson = slow(browser, server.port, heaviest)
        paints.append(lesson["paint"] / plain["paint"])
        quiets.append(lesson["quiet"] / plain["quiet"])
    for name, ratios, bar in (
        ("lesson_fcp_slow3g_vs_static", paints, 1.4),
        ("lesson_tti_slow3g_vs_static", quiets, 1.7),
    ):
        say(name, round(statistics.median(ratios), 3), "ratio", bar, lesson=heaviest)


def main() -> None:
    database = copies()
    database.create()
    connection.close()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with own_database(folder) as url, sync_playwright() as playwright:
                server = Server(
                    folder, url, "--web-only", WORKERS="2", LOG_LEVEL="ERROR"
                )
                loaded(server)
                static = static_page(folder / "static")
                server.start()
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=ARGUMENTS
                )
                try:
                    measure(browser, server, static)
                finally:
                    browser.close()
                    server.stop()
    finally:
        database.destroy()


if __name__ == "__main__":
    main()
