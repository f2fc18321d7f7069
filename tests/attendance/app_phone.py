"""The app's modules in Chromium: on an address that nothing serves, or a real server's."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.staticfiles import finders
from playwright.sync_api import BrowserContext, Page, Route

ORIGIN = "https://register.test"  # secure, so that crypto.subtle is there; never asked
CODE = "271828"
USER = "01900000-0000-7000-8000-00000000000a"
DEVICE = "01900000-0000-7000-8000-00000000000d"
TEAM = "01900000-0000-7000-8000-00000000000e"
TICKET = "01900000-0000-7000-8000-00000000000f"
HAMLET = "01900000-0000-7000-8000-000000000001"
SESSION = "01900000-0000-7000-8000-000000000002"
# A phone that was enrolled: what so/ve_tac_gia.js stores of an account.
ENROLLED = f"""async sealKey => {{
  const kho = await import("/static/attendance/so/kho.js");
  const khoa = await import("/static/attendance/so/khoa.js");
  await kho.open();
  const {{ lock, key }} = await khoa.makeLock("{CODE}");
  const team = {{ uuid: "{TEAM}", name: "Tổ", hamlets: [{{ uuid: "{HAMLET}", name: "Rạch Mới" }}] }};
  await kho.store().keep("account:{USER}", {{
    user: "{USER}", username: "to1", name: "Tâm", leader: true, teams: [team],
    device: "{DEVICE}", lock, before: [],
    tickets: [{{ uuid: "{TICKET}", team: "{TEAM}", token: "t", until: "2099-01-01" }}],
  }});
  await kho.store().keep("who", "{USER}");
  await kho.store().keep("link", {{ contact: Date.now(), skew: 0, epoch: "e", sealKey }});
  await kho.reload();
  kho.use(key);
}}"""


def serve_modules(context: BrowserContext) -> None:
    """Answer ORIGIN with an empty page and our own static files, and with nothing else."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path == "/":
            route.fulfill(body="<!doctype html>", content_type="text/html")
        elif path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            route.fulfill(path=found, content_type="text/javascript")
        else:
            route.fulfill(status=404)

    context.route(ORIGIN + "/**", serve)


def serve_static(context: BrowserContext, origin: str) -> None:
    """Answer /static/ of a live server from the source tree."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(origin + "/static/").partition("?")[0]
        route.fulfill(path=finders.find(path), content_type="text/javascript")

    context.route(origin + "/static/**", serve)


def run(page: Page, body: str, data: Any = None) -> Any:
    """Run a function body with the modules kho and box at hand, `data` given."""
    return page.evaluate(
        "async data => {"
        'const kho = await import("/static/attendance/so/kho.js");'
        "await kho.open(); const box = kho.store();"
        f"{body} }}",
        data,
    )


def entries(page: Page) -> list[dict[str, Any]]:
    """All that the phone holds, in the order it was numbered."""
    found = json.loads(run(page, "return JSON.stringify(await box.entries());"))
    return sorted(found, key=lambda entry: (entry["device"], entry["seq"]))
