"""`manage.py serve`, started for real."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import ROOT
from tests.servers import Server, environment, own_database, serving

pytestmark = [pytest.mark.server, pytest.mark.django_db]


def started(server: Server) -> list[tuple[str, int]]:
    """Every child that the supervisor's log says it started."""
    found = []
    for line in server.log.read_text().splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            if entry["message"] == "process started":
                found.append((entry["child"], entry["child_pid"]))
    return found


def latest(server: Server, name: str) -> int:
    return [pid for child, pid in started(server) if child == name][-1]


def gone(pid: int) -> bool:
    """Has the process ended (or is it only waiting to be reaped)?"""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        )
    except OSError:
        return True


def test_every_kind_of_process_comes_back_after_it_was_killed(tmp_path):
    with serving(tmp_path, WORKERS="2") as server:
        assert server.status("/suc-khoe/san-sang/") == 200
        web = latest(server, "web")
        workers = server.children(web)
        assert len(workers) == 2

        os.kill(workers[0], signal.SIGKILL)
        server.wait_until(
            lambda: (
                len(server.children(web)) == 2
                and workers[0] not in server.children(web)
                and server.status("/suc-khoe/song/") == 200
            )
        )
        for name in ("tasks", "clock", "web"):
            before = latest(server, name)
            os.kill(before, signal.SIGKILL)
            server.wait_until(lambda b=before, n=name: latest(server, n) != b)
        server.wait_until(lambda: server.status("/suc-khoe/song/") == 200)
        # The old workers died with their parent and do not hold the port.
        server.wait_until(lambda: gone(workers[1]))
        assert server.stop() == 0


def test_sigterm_ends_every_process_and_frees_the_port(tmp_path):
    with serving(tmp_path, WORKERS="1") as server:
        pids = [pid for _name, pid in started(server)]
        pids += server.children(latest(server, "web"))
        assert server.stop(signal.SIGTERM) == 0
        assert all(gone(pid) for pid in pids)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", server.port))


def test_a_killed_supervisor_takes_its_children_with_it(tmp_path):
    with serving(tmp_path, WORKERS="1") as server:
        children = server.children()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        for _attempt in range(200):
            if all(gone(pid) for pid in children):
                break
            subprocess.run(["sleep", "0.1"], check=True)
        assert all(gone(pid) for pid in children)


def test_sighup_renews_the_web_workers_without_an_unanswered_request(tmp_path):
    with serving(tmp_path, WORKERS="2") as server:
        web = latest(server, "web")
        before = set(server.children(web))
        server.process.send_signal(signal.SIGHUP)
        answers = set()

        def renewed() -> bool:
            answers.add(server.status("/suc-khoe/song/"))
            now = set(server.children(web))
            return len(now) == 2 and not now & before

        server.wait_until(renewed)
        assert answers == {200}


def test_serve_refuses_to_start_on_tables_of_an_older_version(tmp_path):
    with own_database(tmp_path) as database:
        variables = environment(tmp_path, database)
        # Really unapplying would take every other room along; the record is enough.
        code = (
            "import django; django.setup();"
            "from django.db import connection as c;"
            "c.cursor().execute(\"DELETE FROM django_migrations WHERE app='common'\")"
        )
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=variables | {"DJANGO_SETTINGS_MODULE": "lms.settings"},
            check=True,
        )
        answer = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 1
    assert "not applied" in answer.stderr
    assert "make run" in answer.stderr


def test_serve_refuses_demo_beside_what_is_not_the_demonstration(tmp_path):
    with own_database(tmp_path) as database:
        answer = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(tmp_path, database, DEMO="1"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 1
    assert "Unset DEMO" in answer.stderr


def test_serve_says_that_its_port_is_taken(tmp_path):
    with own_database(tmp_path) as database, socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 -- as another server would
        other.listen()
        port = other.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(tmp_path, database, PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 1
    assert "Cannot listen" in answer.stderr
    assert "Traceback" not in answer.stderr
