"""`manage.py serve`: web workers, one task worker and the clock, under one supervisor."""

from __future__ import annotations

import http.client
import logging
import signal
import socket
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections, connections
from django.urls import get_resolver

from common.backups import BackupFailed, serving_lock
from common.health import unapplied_migrations
from common.jobs import run_due_jobs, seconds_until_next
from common.processes import Child, Supervisor

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Serve the site: web workers (WORKERS), one task worker and the clock. "
        "Stops in order on SIGTERM, renews the web workers on SIGHUP."
    )

    # `prepare` has run them; here they would be a quarter of the cold start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WORKERS)
        parser.add_argument(
            "--web-only", action="store_true", help="without task worker and clock"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        missing = unapplied_migrations()
        if missing:
            raise CommandError(
                f"{len(missing)} migrations are not applied (first: {missing[0]}). "
                "Run `make run`, or `manage.py migrate`."
            )
        if settings.DEMO:
            refuse_demo_on_real_people()
        host, port, workers = options["host"], options["port"], options["workers"]
        if workers < 1:
            raise CommandError("WORKERS must be at least 1.")
        wait_for_port(host, port)
        preload()
        children = [
            Child("web", lambda: run_web(host, port, workers), takes_hup=True),
        ]
        if not options["web_only"]:
            children += [Child("tasks", run_tasks), Child("clock", run_clock)]

        def say() -> None:
            self.stdout.write(
                f"Serving {settings.SITE_URL}, listening on {host}:{port}"
            )
            self.stdout.flush()

        supervisor = Supervisor(
            children,
            before_fork=connections.close_all,
            is_up=lambda: answers(host, port),
            on_up=say,
        )
        try:
            with serving_lock(alone=False):
                status = supervisor.run()
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        raise SystemExit(status)


def wait_for_port(host: str, port: int, *, seconds: float = 5) -> None:
    """Return once the port is free; a server that is just ending gets a few seconds.

    Raises CommandError: without this the web process would be started again for ever,
    and whoever holds the port would answer in our place.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            where = socket.getaddrinfo(
                host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(where[0], where[1]) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where[4])
            return
        except OSError as error:
            if time.monotonic() >= deadline:
                raise CommandError(
                    f"Cannot listen on {host}:{port} ({error.strerror}). Is the server "
                    "running already? Stop it, or choose another port: "
                    f"PORT={port + 1} make run."
                ) from error
        time.sleep(0.2)


def refuse_demo_on_real_people() -> None:
    """DEMO switches the second factor off, so it needs the demonstration's own mark."""
    # Here, so that only the demonstration pays for loading its story.
    from lms.demo.build import is_told  # noqa: PLC0415

    if not is_told():
        raise CommandError(
            "DEMO is on, and this database does not hold the demonstration. Unset DEMO, "
            "or start with `make demo`."
        )


def preload() -> None:
    """Import what a worker needs before forking, so that workers share the memory."""
    from lms import wsgi  # noqa: PLC0415 -- makes the application

    _ = wsgi.application
    _ = get_resolver().url_patterns
    connections.close_all()


def answers(host: str, port: int) -> bool:
    """Does a web worker answer?"""
    address = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104
    connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", "/suc-khoe/song/", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def run_web(host: str, port: int, workers: int) -> None:
    """granian with forked workers; it starts a fallen worker again by itself."""
    from granian import Granian  # noqa: PLC0415 -- only the web process needs it
    from granian.constants import Interfaces  # noqa: PLC0415

    from lms.wsgi import application  # noqa: PLC0415 -- loaded before the fork

    server = Granian(
        "lms.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=settings.WORKER_THREADS,
        blocking_threads_idle_timeout=600,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=20,
        log_enabled=False,
        websockets=False,
    )
    server.serve(target_loader=lambda *_args, **_kwargs: application, wrap_loader=False)


def run_tasks() -> None:
    """The task worker; it finishes its task on SIGTERM."""
    call_command("db_worker", reload=False, interval=1.0, verbosity=1)


def run_clock() -> None:
    """Run what is due, sleep, ask again; finishes the job at hand on SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_args: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while not stop.is_set():
        close_old_connections()
        try:
            run_due_jobs()
        except Exception:
            # A database that is away for a minute must not end the clock.
            log.exception("the clock could not look")
            connections.close_all()
        stop.wait(seconds_until_next())
