"""A real server with two small lessons, and phones that come, go offline and are killed.

The network between them is a line that can be cut: what a browser calls "offline" does
not always reach its workers.
"""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
from playwright.sync_api import BrowserContext, BrowserType, Page

from tests.browser import ARGUMENTS, CHROMIUM, PHONE
from tests.databases import ROOT
from tests.servers import Server, own_database

LESSON = "/bai/vneid/quen-mat-khau/"
LAPSING = "/bai/vneid/sap-het-han/"
# Whole days from now on which the second lesson may not be followed any more.
LAPSES_IN = 2
STEPS = 8
MAKE = f"""
import datetime as dt, django
django.setup()
from django.core.files.base import ContentFile
from home.models import CustomImage
from tests.courses.making import make_lesson, plant_the_tree
from pilot_communes.querysets import today
plant_the_tree()
target = {{"x": 24, "y": 210, "w": 216, "h": 48, "label": "Nút", "right": True, "why": "Đúng."}}
other = target | {{"y": 300, "right": False, "why": "Chưa đúng chỗ, không sao cả."}}
drawing = CustomImage(title="x")
drawing.file = ContentFile(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 264 396"><path d="M9 9h9"/></svg>',
    name="x.svg")
drawing.save()
screen = {{"say": "Bấm nút.", "picture": drawing, "targets": [target, other]}}
long = dict(
    steps=[("step", {{"text": f"Làm bước {{n}}.", "network": n == 5, "picture": drawing}})
           for n in range(1, {STEPS} + 1)],
    practices=[("practice", {{"task": "Tập bấm.", "done": "Xong.", "screens": [screen] * 3}})],
)
first = make_lesson(**long)
make_lesson("sap-het-han", title="Sắp hết hạn", replacement=first,
            withdraw_on=today() + dt.timedelta(days={LAPSES_IN}), **long)
"""
PLAIN = (
    "wagtail*",
    "ninja",
    "rest_framework",
    "taggit",
    "admin",
    "reports",
    "attendance",
)


class Line:
    """Passes connections on to a port; once cut it hangs up on everybody."""

    def __init__(self) -> None:
        self.target = 0
        self.is_cut = False
        # Seconds before each answer begins, as on a bad day.
        self.wait = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._live: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            self._live |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(
                    target=self._pass, args=(one, other), daemon=True
                ).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := one.recv(65536):
                if self.wait and part.startswith(b"HTTP/1.1 "):
                    time.sleep(self.wait)
                other.sendall(part)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.is_cut = True
        for end in self._live:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._live.clear()

    def mend(self) -> None:
        self.is_cut, self.wait = False, 0.0

    def close(self) -> None:
        self.cut()
        self._listener.close()


@contextlib.contextmanager
def lessons_served(folder: Path) -> Iterator[Server]:
    """Hashed scripts, two lessons, one worker process."""
    with own_database(folder) as database, contextlib.closing(Line()) as line:
        address = f"http://localhost:{line.port}"
        more = {"WORKERS": "1", "LOG_LEVEL": "ERROR", "SITE_URL": address}
        server = Server(folder, database, "--web-only", **more)
        server.url, server.line, line.target = address, line, server.port
        ignored = [part for name in PLAIN for part in ("-i", name)]
        environment = server.environment | {"DJANGO_SETTINGS_MODULE": "lms.settings"}
        for command in (
            ["manage.py", "collectstatic", "--noinput", "-v0", *ignored],
            ["-c", MAKE],
        ):
            subprocess.run(
                [sys.executable, *command], cwd=ROOT, env=environment, check=True
            )
        server.database = database
        try:
            yield server.start()
        finally:
            server.stop()


def ask(server: Server, sql: str, *values: Any) -> list[tuple]:
    """Run one statement in the server's own database; the rows that it gives."""
    address = dj_database_url.parse(server.database)
    if address["ENGINE"].endswith("sqlite3"):
        link = sqlite3.connect(address["NAME"])
        sql = sql.replace("%s", "?")
    else:
        link = psycopg.connect(server.database)
    with contextlib.closing(link):
        cursor = link.execute(sql, values)
        rows = cursor.fetchall() if cursor.description else []
        link.commit()
    return [tuple(row) for row in rows]


def editor_changes(server: Server, words: str, to: str) -> None:
    """Somebody publishes a lesson in which these words read otherwise."""
    ask(server, "UPDATE courses_lessonpage SET task = %s WHERE task = %s", to, words)
    ask(server, "UPDATE common_contentversion SET number = number + 1")


class Phone:
    """One browser with its storage on disk, so that it can be killed and come back."""

    def __init__(self, chromium: BrowserType, folder: Path, server: Server) -> None:
        self.chromium, self.folder, self.server = chromium, folder, server
        self.context: BrowserContext | None = None
        self.asked: list[str] = []

    def open(self, path: str = "", *, network: bool = True, **more: Any) -> Page:
        """Start the browser when it is off; open an address in a new tab."""
        if self.context is None:
            if not network:
                self.server.line.cut()
            self.context = self.chromium.launch_persistent_context(
                str(self.folder),
                executable_path=CHROMIUM,
                args=ARGUMENTS,
                base_url=self.server.url,
                offline=not network,
                **PHONE,
                **more,
            )
            self.context.set_default_timeout(15_000)
            self.context.on("request", lambda request: self.asked.append(request.url))
        page = self.context.new_page()
        if path:
            page.goto(path)
        return page

    def lose_network(self) -> None:
        self.server.line.cut()
        self.context.set_offline(True)

    def find_network(self) -> None:
        self.server.line.mend()
        self.context.set_offline(False)

    def off(self) -> None:
        """The browser is gone with all its tabs."""
        self.server.line.mend()
        if self.context is not None:
            self.context.close()
            self.context = None


def until_stored(page: Page, address: str) -> None:
    """Wait until an address lies in one of the phone's stores."""
    has = "async address => Boolean(await caches.match(address))"
    for _attempt in range(150):
        if page.evaluate(has, address):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{address} was not stored.")
