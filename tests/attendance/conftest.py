"""JavaScript of the register, run as a phone runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Route

from people.actions import signed, ticket_for
from people.models import Device
from tests import factories as make
from tests.attendance.phones import Phone, send, through_test_client

MODULES = Path(__file__).parents[2] / "attendance" / "static" / "attendance"
ORIGIN = "https://register.test/"  # secure, so that crypto.subtle is there; never asked


@pytest.fixture
def run_javascript(tmp_path, browser) -> Callable[[str, Any], dict[str, Any]]:
    """Call ``async (modules, text) => …`` with JSON text; return results by engine.

    ``modules`` is the address that the register's modules are imported from. Chromium
    always runs the function, in one page; node also does where it is installed.
    """

    def run(function: str, data: Any) -> dict[str, Any]:
        text = json.dumps(data)
        results = {"chromium": _run_in_chromium(browser, function, text)}
        if node := shutil.which("node"):
            results["node"] = _run_in_node(node, function, text, tmp_path)
        return {engine: json.loads(result) for engine, result in results.items()}

    return run


def _run_in_chromium(browser: Browser, function: str, text: str) -> str:
    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        if name:
            route.fulfill(path=MODULES / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = browser.new_page()
    page.route(ORIGIN + "**", serve)
    page.goto(ORIGIN)
    result = page.evaluate(
        f"([modules, text]) => ({function})(modules, text)", [ORIGIN, text]
    )
    page.close()
    return result


def _run_in_node(node: str, function: str, text: str, folder: Path) -> str:
    shutil.copytree(MODULES, folder, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "main.js").write_text(
        'import { readFileSync } from "node:fs";\n'
        f"const run = {function};\n"
        'process.stdout.write(await run("./", readFileSync(0, "utf8")));\n'
    )
    done = subprocess.run(
        [node, "main.js"],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


@pytest.fixture
def session(ground):
    """Tonight's class in ấp Rạch Mới, planned."""
    return make.make_session(ground.rach_moi, ground.team)


@pytest.fixture
def enrol(db) -> Callable[..., Phone]:
    """Enrol a phone for a login and give it a ticket of that team."""

    def enrolled(user: Any, team: Any = None) -> Phone:
        device = Device.objects.create(user=user)
        ticket = ticket_for(user, device=device, team=team)
        return Phone(device.uuid, ticket.uuid, signed(ticket))

    return enrolled


@pytest.fixture
def phone(cast, ground, enrol) -> Phone:
    """Anh Tâm's phone."""
    return enrol(cast.tam, ground.team)


@pytest.fixture
def lans_phone(cast, ground, enrol) -> Phone:
    """Chị Lan's phone."""
    return enrol(cast.lan, ground.team)


@pytest.fixture
def post(client) -> Callable[..., dict[str, Any]]:
    """Send entries of a phone through the application and return the answer."""

    def posted(phone: Phone, entries: Any = None, **headers: str) -> dict[str, Any]:
        entries = phone.entries if entries is None else entries
        status, answer = send(through_test_client(client), phone, entries, **headers)
        assert status == 200, answer
        return answer

    return posted


@pytest.fixture
def time_machine_at() -> Callable[[str], Any]:
    """A context in which the server's clock stands still at that moment."""

    def at(moment: str) -> Any:
        return time_machine.travel(moment, tick=False)

    return at
