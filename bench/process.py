"""What the processes cost: the first answer after a start, and memory.

Prints one JSON object a line.

- `cold_start_vs_bare_django`: seconds from launching `manage.py serve` to the first 200 on
  a lesson, divided by the same for a bare Django project of one view under granian; two
  web workers each, measured in turns, medians.
- `memory_two_workers_mib`: proportional memory (PSS) of the web part under load: the
  supervisor, granian and two workers. `with_tasks_and_clock` adds the other processes.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from bench.lesson import lessons, loaded, requests_by_sockets  # noqa: E402
from tests.databases import copies  # noqa: E402
from tests.servers import Server, free_port, own_database  # noqa: E402

ROUNDS = 3
BARE = """
import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
settings.configure(SECRET_KEY="bare", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[])
django.setup()
urlpatterns = [path("", lambda request: HttpResponse("chao"))]
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""


def say(name: str, value: Any, unit: str, bar: Any = None, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "bar": bar, **more}))


def first_answer(server: Server, path: str) -> float:
    """Seconds from launch to the first 200; the process is left running."""
    began = time.perf_counter()
    with server.log.open("ab") as log:
        server.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", *server.options],
            cwd=ROOT,
            env=server.environment,
            stdout=log,
            stderr=log,
        )
    while server.status(path) != 200:
        if server.process.poll() is not None:
            raise SystemExit(server.log.read_text()[-3000:])
        time.sleep(0.005)
    return time.perf_counter() - began


def bare_first_answer(folder: Path) -> float:
    (folder / "bare.py").write_text(BARE)
    server = Server.__new__(Server)
    server.port = free_port()
    began = time.perf_counter()
    command = ["-m", "granian", "--interface", "wsgi", "--workers", "2", "--no-log"]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(server.port), "bare:application"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while server.status("/") != 200:
            time.sleep(0.005)
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += tree(int(child))
    return found


def pss_mib(pids: list[int]) -> float:
    """Proportional set size: shared pages count once, split among their users."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def memory(folder: Path, url: str, page: str, *options: str) -> float:
    server = Server(folder, url, *options, WORKERS="2", LOG_LEVEL="ERROR").start()
    try:
        requests_by_sockets(server.port, page)
        requests_by_sockets(server.port, "/vao/")
        return pss_mib(tree(server.process.pid))
    finally:
        server.stop()


def main() -> None:
    database = copies()
    database.create()
    connection.close()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with own_database(folder) as url:
                server = Server(folder, url, WORKERS="2", LOG_LEVEL="ERROR")
                loaded(server)
                server.start()
                page = lessons(server.port)[0]
                server.stop()
                ours, bare = [], []
                for _round in range(ROUNDS):
                    bare.append(bare_first_answer(folder))
                    ours.append(first_answer(server, page))
                    server.stop()
                say(
                    "cold_start_vs_bare_django",
                    round(statistics.median(ours) / statistics.median(bare), 2),
                    "ratio",
                    ours_s=round(statistics.median(ours), 2),
                    bare_s=round(statistics.median(bare), 2),
                )
                web = memory(folder, url, page, "--web-only")
                everything = memory(folder, url, page)
                say(
                    "memory_two_workers_mib",
                    round(web, 1),
                    "MiB",
                    with_tasks_and_clock=round(everything, 1),
                )
    finally:
        database.destroy()


if __name__ == "__main__":
    main()
