"""Eight writers, overlapping people, a server that dies and is restored from a copy.

A real server process, over HTTP. Nothing is lost, nothing counts twice.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import shutil
import sqlite3
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.db import connection

from attendance.fold import fold
from common.ids import new_uuid
from tests.attendance import world
from tests.attendance.phones import OverHttp, Phone, send
from tests.databases import copies
from tests.servers import Server, own_database

pytestmark = [pytest.mark.server, pytest.mark.django_db]


class Copy:
    """A copy of the server's database, taken and put back while nobody serves."""

    def __init__(self, url: str, folder: Path) -> None:
        self.name = url.rpartition("/")[2]
        self.file = Path(url.removeprefix("sqlite://"))
        self.kept = folder / "yesterday.sqlite3"
        self.kept_name = f"{self.name}_kept"

    def take(self) -> None:
        if connection.vendor == "sqlite":
            with (
                contextlib.closing(sqlite3.connect(self.file)) as live,
                contextlib.closing(sqlite3.connect(self.kept)) as kept,
            ):
                live.backup(kept)
            return
        self._alone(self.name)
        copies()._run(f'CREATE DATABASE "{self.kept_name}" TEMPLATE "{self.name}"')

    def put_back(self) -> None:
        if connection.vendor == "sqlite":
            for suffix in ("-wal", "-shm"):
                Path(f"{self.file}{suffix}").unlink(missing_ok=True)
            shutil.copyfile(self.kept, self.file)
            return
        run = copies()._run
        run(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self._alone(self.kept_name)
        run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.kept_name}"')
        run(f'DROP DATABASE "{self.kept_name}" WITH (FORCE)')

    @staticmethod
    def _alone(name: str) -> None:
        copies()._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}'"
        )


class Writer(threading.Thread):
    """Sends a phone's queue in small parts until the server has it up to `target`."""

    def __init__(self, phone: Phone, port: int, target: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.phone = phone
        self.target = target
        self.dice = random.Random(seed)
        self.call = OverHttp("127.0.0.1", port)
        self.answers: list[tuple[int, str]] = []
        self.statuses: set[str] = set()
        self.done = threading.Event()

    def run(self) -> None:
        received = 0
        while received < self.target:
            entries = self.phone.above(received, self.dice.randint(1, 40))
            entries = entries[: self.target - received]
            if self.dice.random() < 0.2:  # what was sent is sent again, mixed up
                entries = entries + self.dice.sample(
                    self.phone.entries, min(10, len(self.phone.entries))
                )
                entries = [e for e in entries if e["header"]["seq"] <= self.target]
                self.dice.shuffle(entries)
            try:
                status, answer = send(self.call, self.phone, entries)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                time.sleep(0.05)
                continue
            if status != 200:
                self.answers.append((status, str(answer)))
                time.sleep(0.05)
                continue
            self.statuses |= {receipt["status"] for receipt in answer["receipts"]}
            received = answer["device"]["seq"]
        self.call.close()
        self.done.set()


def write_evenings(phones: list[Phone], made: dict, dice: random.Random) -> None:
    """Every phone was at every session and met many of the same people."""
    newcomers = {uuid: [new_uuid() for _n in range(3)] for uuid in made["sessions"]}
    for number, phone in enumerate(phones):
        for session in made["sessions"]:
            phone.consent(session)
            for person in dice.sample(made["people"], 14):
                mark = phone.mark(session, person)
                phone.outcome(
                    session, person, dice.choice(["alone", "helped", "not_yet"])
                )
                if dice.random() < 0.2:
                    phone.mark(session, person, "absent", seen=[mark])
            for person in newcomers[session]:
                phone.walk_in(session, "Út Em", person=person, birth_year=1950)
            if number == 0:
                phone.heads(session, 40)
        own = new_uuid()
        phone.begin(own, made["hamlets"][number % 2], world.DATE)
        phone.mark(own, made["people"][number])


def test_nothing_is_lost_and_nothing_counts_twice(tmp_path, django_db_setup):
    dice = random.Random(20261120)
    with own_database(tmp_path) as url:
        server = Server(tmp_path, url, "--web-only", WORKERS="2", LOG_LEVEL="WARNING")
        made = world.run(server.environment, "make")
        phones = [Phone(*known) for known in made["phones"]]
        write_evenings(phones, made, dice)
        copy = Copy(url, tmp_path)

        def write_until(share: float, *, killing: bool) -> list[Writer]:
            writers = [
                Writer(phone, server.port, int(len(phone.entries) * share), seed)
                for seed, phone in enumerate(phones)
            ]
            server.start()
            for writer in writers:
                writer.start()
            if killing:
                time.sleep(dice.uniform(0.3, 0.7))
                server.kill()
                server.start()
            for writer in writers:
                assert writer.done.wait(120), server.log.read_text()[-3000:]
            server.kill()
            return writers

        writers = write_until(0.5, killing=True)
        copy.take()
        writers += write_until(0.9, killing=False)
        copy.put_back()
        writers += write_until(1.0, killing=False)

        found = world.run(server.environment, "report")

    assert [answer for writer in writers for answer in writer.answers] == []
    assert {s for w in writers for s in w.statuses} <= {"accepted", "already", "held"}
    sent = sorted(
        [
            entry["header"]["id"],
            phone.device,
            entry["header"]["seq"],
            0,
        ]
        for phone in phones
        for entry in phone.entries
    )
    assert sorted(row[:4] for row in found["entries"]) == sent
    assert (found["waiting"], found["refused"]) == (0, 0)
    headers = defaultdict(list)
    for phone in phones:
        for entry in phone.entries:
            headers[entry["header"]["session"]].append(entry["header"])
    assert found["states"] == {uuid: fold(log) for uuid, log in headers.items()}
    named = sum(state["totals"]["named"] for state in found["states"].values())
    assert found["present"] == named
    assert found["differences"] == ""
