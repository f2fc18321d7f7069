"""What a lesson costs the reader and the server.

Prints one JSON object a line. Both figures come from the real `manage.py serve` with the
programme loaded, on a database of its own (`DATABASE_URL` chooses the kind).

- `lesson_first_visit_bytes`: bytes on the wire, status line and headers included, until
  a lesson can be read (HTML with its CSS inside, before pictures), as Chromium asks for
  it; the worst lesson, with the median and each lesson beside it.
- `lesson_throughput_vs_static`: requests a second of a lesson divided by those of a
  12,288-byte HTML file, precompressed, from the same server in the same run, measured in
  turns; the median of the rounds. `wrk` drives the load when the machine has it.
- `lesson_throughput_under_publishing_vs_static`: the same while another process publishes
  a lesson every second, so that every stored page is old once a second.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import brotli  # noqa: E402
import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from tests.databases import copies  # noqa: E402
from tests.servers import Server, own_database  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 5, 3.0, 16
STATIC_BYTES = 12_288
PUBLISH = """
import django, time; django.setup()
from courses.models import LessonPage
lesson = LessonPage.objects.live().first()
print("ready", flush=True)
while True:
    lesson.save_revision().publish()
    time.sleep(1)
"""
CHROMIUM = (
    "Host: localhost\r\n"
    "User-Agent: Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120 Mobile\r\n"
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: vi-VN,vi;q=0.9\r\n"
)


def say(name: str, value: Any, unit: str, bar: Any = None, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "bar": bar, **more}))


def exchange(port: int, path: str) -> tuple[bytes, bytes]:
    """Head and body of one response, as they came over the wire."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        ask = f"GET {path} HTTP/1.1\r\n{CHROMIUM}Connection: close\r\n\r\n"
        link.sendall(ask.encode())
        answer = b""
        while part := link.recv(65536):
            answer += part
    head, _blank, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"{path}: {head.decode()}")
    return head + b"\r\n\r\n", body


def opened(head: bytes, body: bytes) -> str:
    """The text of a body, whatever its encoding."""
    coding = re.search(rb"content-encoding: (\w+)", head.lower())
    if coding and coding[1] == b"br":
        body = brotli.decompress(body)
    elif coding and coding[1] == b"gzip":
        body = gzip.decompress(body)
    return body.decode()


def lessons(port: int) -> list[str]:
    """The addresses of every lesson, read from the list that residents see."""
    text = opened(*exchange(port, "/bai/"))
    found = re.findall(r'href="(/bai/[\w-]+/[\w-]+/)"', text)
    return sorted(set(found))


def requests_by_wrk(url: str) -> float:
    answer = subprocess.run(
        [
            *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS:.0f}s"),
            *("-H", "Accept-Encoding: gzip, deflate, br", url),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in answer or "Socket errors" in answer:
        raise SystemExit(answer)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", answer)[1])


def requests_by_sockets(port: int, path: str) -> float:
    """Requests a second over kept connections, each with one request in flight."""
    ask = f"GET {path} HTTP/1.1\r\n{CHROMIUM}\r\n".encode()
    length = len(exchange(port, path)[1])
    chooser = selectors.DefaultSelector()
    waiting: dict[socket.socket, int] = {}
    for _number in range(CONNECTIONS):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(link, selectors.EVENT_READ)
        waiting[link] = -1
        link.sendall(ask)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        for key, _events in chooser.select(1):
            link = key.fileobj
            part = link.recv(262144)
            if waiting[link] < 0:
                _head, blank, rest = part.partition(b"\r\n\r\n")
                if not blank or not part.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(part[:200].decode())
                waiting[link] = length - len(rest)
            else:
                waiting[link] -= len(part)
            if waiting[link] <= 0:
                done += 1
                waiting[link] = -1
                link.sendall(ask)
    elapsed = time.perf_counter() - began
    for link in waiting:
        link.close()
    return done / elapsed


def rate(port: int, path: str) -> float:
    if shutil.which("wrk"):
        return requests_by_wrk(f"http://127.0.0.1:{port}{path}")
    return requests_by_sockets(port, path)


def static_page(folder: Path) -> str:
    """Write the file to compare with, precompressed; returns its address."""
    words = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    data = ("<!doctype html><title>x</title><pre>" + words * 3).encode()[:STATIC_BYTES]
    (folder / "bench.000000000000.html").write_bytes(data)
    (folder / "bench.000000000000.html.br").write_bytes(brotli.compress(data))
    (folder / "bench.000000000000.html.gz").write_bytes(gzip.compress(data, 9))
    return "/tinh-te/bench.000000000000.html"


def loaded(server: Server) -> None:
    for command in ("messages", "load_programme", "collectstatic --noinput"):
        subprocess.run(
            [sys.executable, "manage.py", *command.split(), "-v0"],
            cwd=ROOT,
            env=server.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    database = copies()
    database.create()
    connection.close()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with own_database(folder) as url:
                server = Server(
                    folder, url, "--web-only", WORKERS="2", LOG_LEVEL="ERROR"
                )
                loaded(server)
                static = static_page(folder / "static")
                server.start()
                try:
                    measure(server, static)
                finally:
                    server.stop()
    finally:
        database.destroy()


@contextlib.contextmanager
def publishing(environment: dict[str, str]) -> Iterator[None]:
    """Another process publishes a lesson every second; fails when it fell."""
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISH],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "lms.settings"},
        stdout=subprocess.PIPE,
        text=True,
    ) as editor:
        editor.stdout.readline()
        yield
        if editor.poll() is not None:
            raise SystemExit("The process that publishes has fallen.")
        editor.terminate()


def compared(port: int, static: str, lesson: str) -> dict[str, Any]:
    """Rates of a lesson and of the static file, measured in turns."""
    ratios, lesson_rates, static_rates = [], [], []
    for _round in range(ROUNDS):
        static_rates.append(rate(port, static))
        lesson_rates.append(rate(port, lesson))
        ratios.append(lesson_rates[-1] / static_rates[-1])
    return {
        "value": round(statistics.median(ratios), 3),
        "lesson_per_s": round(statistics.median(lesson_rates)),
        "static_per_s": round(statistics.median(static_rates)),
    }


def measure(server: Server, static: str) -> None:
    port = server.port
    pages = lessons(port)
    sizes = {}
    for page in pages:
        exchange(port, page)
        sizes[page] = sum(len(part) for part in exchange(port, page))
    worst = max(sizes.values())
    say(
        "lesson_first_visit_bytes",
        worst,
        "bytes",
        14_336,
        median=round(statistics.median(sizes.values())),
        lessons=dict(sorted(sizes.items(), key=lambda item: -item[1])),
    )
    lesson = max(sizes, key=sizes.get)
    about = {
        "unit": "ratio",
        "bar": 1.0,
        "database": connection.vendor,
        "client": "wrk" if shutil.which("wrk") else "python",
    }
    say("lesson_throughput_vs_static", **compared(port, static, lesson), **about)
    with publishing(server.environment):
        found = compared(port, static, lesson)
    say("lesson_throughput_under_publishing_vs_static", **found, **about)


if __name__ == "__main__":
    main()
