"""How fast the register takes entries in: over HTTP, folded and counted.

Prints one JSON object a line. `DATABASE_URL` chooses the database, SQLite by default;
each run makes a database of its own and drops it.

- `save_class_queries` (and `…_of_5`): statements for a class of 50 (of 5) marks over the
  application's own door, transaction and receipt included.
- `sync_entries_vs_raw_upsert`: entries a second over HTTP, one session a batch of 50,
  folded and counted, two phones at a time over kept connections, divided by rows a second
  of the raw driver (`INSERT … ON CONFLICT DO NOTHING`, 50 a transaction, durable, a table
  with a UUID key and UNIQUE (session, person), as in the baselines). Both are measured
  in turns in one run, so that a busy machine slows both.
- `sync_server_mib`: proportional memory of the server's processes after the load.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests.attendance import world  # noqa: E402
from tests.attendance.phones import (  # noqa: E402
    OverHttp,
    Phone,
    send,
    through_test_client,
)
from tests.databases import copies  # noqa: E402
from tests.servers import Server, own_database  # noqa: E402

CLASS = 50
PEOPLE = 2400  # each comes to about five of the sessions
CLIENTS = 2
ROUNDS = 7
BATCHES = 16  # of one client in one round
WARM_UP = 6
BARS = {"postgresql": 0.05, "sqlite": 0.03}


def say(name: str, value: Any, unit: str, bar: Any = None, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "bar": bar, **more}))


def queries() -> dict[int, int]:
    """Statements of one batch, by its size, on a database of its own."""
    database = copies()
    database.create()
    counts = {}
    try:
        made = world.make(1, CLASS, 3)
        phone = Phone(*made["phones"][0])
        call = through_test_client(Client(headers={"host": "localhost"}))
        for session, size in zip(made["sessions"], (1, 5, CLASS), strict=True):
            first = len(phone.entries)
            for person in made["people"][:size]:
                phone.mark(session, person)
            with CaptureQueriesContext(connection) as captured:
                status, _answer = send(call, phone, phone.above(first))
            assert status == 200
            counts[size] = len(captured)
    finally:
        connection.close()
        database.destroy()
    return counts


class Raw:
    """The driver alone: rows of 50 in a transaction, on disk when it ends."""

    TABLE = (
        "CREATE TABLE raw_mark (id {uuid} PRIMARY KEY, session {uuid} NOT NULL, "
        "person {uuid} NOT NULL, value varchar(16) NOT NULL, UNIQUE (session, person))"
    )

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            self.db = sqlite3.connect(
                url.removeprefix("sqlite://"), isolation_level=None
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                self.db.execute(f"PRAGMA {pragma}")
            self.db.execute(self.TABLE.format(uuid="char(32)"))
        else:
            self.db = psycopg.connect(url, autocommit=True)
            self.db.execute(self.TABLE.format(uuid="uuid"))
        place = "(?, ?, ?, ?)" if self.sqlite else "(%s, %s, %s, %s)"
        self.sql = (
            "INSERT INTO raw_mark VALUES "
            + ", ".join([place] * CLASS)
            + " ON CONFLICT DO NOTHING"
        )
        self.people = [self._id() for _n in range(CLASS)]

    def _id(self) -> Any:
        return uuid.uuid4().hex if self.sqlite else uuid.uuid4()

    def rate(self, seconds: float) -> float:
        """Rows a second, half of them known already."""
        rows, half = 0, CLASS // 2
        began = time.perf_counter()
        known: list[tuple] = []
        while time.perf_counter() - began < seconds:
            session = self._id()
            new = [(self._id(), session, p, "present") for p in self.people[:half]]
            values = [value for row in (*known, *new) for value in row]
            if known:
                self.db.execute(self.sql, values)
                rows += CLASS
            known = new
        return rows / (time.perf_counter() - began)

    def close(self) -> None:
        self.db.close()


class Client2G(threading.Thread):
    """A phone that sends one class after another over one connection."""

    def __init__(self, phone: Phone, port: int, sessions: list[str], people: list[str]):
        super().__init__(daemon=True)
        self.phone, self.people, self.sessions = phone, people, sessions
        self.call = OverHttp("127.0.0.1", port)
        self.took: list[float] = []
        first = len(phone.entries)
        self.parts = []
        for n, session in enumerate(sessions):
            at = (n * 37) % (len(people) - CLASS)
            for person in people[at : at + CLASS]:
                phone.mark(session, person)
            self.parts.append(phone.above(first))
            first += CLASS

    def run(self) -> None:
        for part in self.parts:
            began = time.perf_counter()
            status, answer = send(self.call, self.phone, part)
            self.took.append(time.perf_counter() - began)
            assert status == 200, answer
            assert {r["status"] for r in answer["receipts"]} == {"accepted"}, answer
        self.call.close()


def speed() -> None:
    vendor = connection.vendor
    with tempfile.TemporaryDirectory() as name, own_database(Path(name)) as url:
        server = Server(Path(name), url, "--web-only", WORKERS="2", LOG_LEVEL="WARNING")
        per_client = WARM_UP + ROUNDS * BATCHES
        made = world.run(
            server.environment,
            "make",
            str(CLIENTS),
            str(PEOPLE),
            str(CLIENTS * per_client),
        )
        phones = [Phone(*known) for known in made["phones"]]
        raw = Raw(url)
        server.start()
        ratios, rates, raws, took = [], [], [], []
        try:
            for turn in range(ROUNDS + 1):
                count = BATCHES if turn else WARM_UP
                clients = []
                for n, phone in enumerate(phones):
                    mine = [made["sessions"].pop() for _n in range(count)]
                    people = made["people"][n::CLIENTS]
                    clients.append(Client2G(phone, server.port, mine, people))
                before = raw.rate(0.5)
                began = time.perf_counter()
                for client in clients:
                    client.start()
                for client in clients:
                    client.join()
                rate = CLIENTS * count * CLASS / (time.perf_counter() - began)
                base = (before + raw.rate(0.5)) / 2
                if turn:
                    ratios.append(rate / base)
                    rates.append(rate)
                    raws.append(base)
                    took += [seconds for client in clients for seconds in client.took]
            memory = memory_of(server)
        finally:
            raw.close()
            server.stop()
    say(
        "sync_entries_vs_raw_upsert",
        round(statistics.median(ratios), 4),
        "ratio",
        BARS[vendor],
        database=vendor,
        entries_per_s=round(statistics.median(rates)),
        raw_rows_per_s=round(statistics.median(raws)),
        batch_ms_median=round(statistics.median(took) * 1000, 1),
        spread=[round(min(ratios), 4), round(max(ratios), 4)],
    )
    say("sync_server_mib", round(memory, 1), "MiB", database=vendor)


def memory_of(server: Server) -> float:
    """Proportional memory of the server and its workers, in MiB."""
    pids = [server.process.pid]
    for pid in pids:
        pids += server.children(pid)
    kib = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kib += int(line.split()[1])
    return kib / 1024


def main() -> None:
    counts = queries()
    say("save_class_queries", counts[CLASS], "queries", 25)
    say("save_class_queries_of_5", counts[5], "queries", counts[CLASS])
    speed()


if __name__ == "__main__":
    main()
