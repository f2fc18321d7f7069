"""The real `manage.py serve`, on a database of its own, for tests that need processes."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.databases import ROOT, copies


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """The address of a fresh migrated database that a server may use alone."""
    source = copies()
    if connection.vendor == "sqlite":
        target = folder / "toso.sqlite3"
        shutil.copyfile(source.template, target)
        yield f"sqlite:///{target}"
        return
    name = f"toso_server_{uuid.uuid4().hex[:12]}"
    source._run(f'CREATE DATABASE "{name}" TEMPLATE "{source.template}"')
    own = connection.settings_dict
    password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
    try:
        yield (
            f"postgresql://{own['USER']}{password}@{own['HOST'] or '127.0.0.1'}"
            f":{own['PORT'] or 5432}/{name}"
        )
    finally:
        source._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def environment(folder: Path, database: str, **more: str) -> dict[str, str]:
    """The variables of a process that stands alone in that folder."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key
        not in {"DJANGO_SETTINGS_MODULE", "TESTING", "DEMO", "DEBUG", "CACHE_URL"}
    }
    return kept | {
        "DATA_DIR": str(folder),
        "MEDIA_DIR": str(folder / "media"),
        "STATIC_DIR": str(folder / "static"),
        "DATABASE_URL": database,
        "SECRET_KEY": settings.SECRET_KEY,
        "PEPPER": settings.PEPPER,
        "HOST": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",
        **more,
    }


class Server:
    """A running `manage.py serve`."""

    def __init__(self, folder: Path, database: str, *options: str, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        (folder / "static").mkdir(exist_ok=True)
        self.environment = environment(folder, database, PORT=str(self.port), **more)
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 60.0) -> Server:
        """Start and wait until a worker answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *self.options],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.wait_until(lambda: self.status("/suc-khoe/song/") == 200, timeout)
        return self

    def wait_until(self, holds, timeout: float = 30.0) -> None:
        """Wait for a condition; fails with the server's own words after the time."""
        deadline = time.monotonic() + timeout
        while not holds():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(0.05)

    def status(self, path: str) -> int:
        """The status of a GET, 0 when nobody answers."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            link.request("GET", path)
            return link.getresponse().status
        except OSError:
            return 0
        finally:
            link.close()

    def children(self, pid: int | None = None) -> list[int]:
        """Process ids of the direct children of a process (of the server's own)."""
        pid = pid or self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in listed]

    def stop(self, number: int = signal.SIGTERM, timeout: float = 30.0) -> int:
        """Signal the supervisor and wait; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL the whole server at once, as a power cut would."""
        pids = [self.process.pid, *self.children()]
        for child in list(pids[1:]):
            pids += self.children(child)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def serving(folder: Path, *options: str, **more: str) -> Iterator[Server]:
    """A server with a database of its own, stopped afterwards."""
    with own_database(folder) as database:
        server = Server(folder, database, *options, **more)
        try:
            yield server.start()
        finally:
            if server.process and server.process.poll() is None:
                server.stop()
