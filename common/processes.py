"""A small supervisor: keeps child processes running, and stops them with care.

Children are forked from a process that has loaded the application once, so they share
its memory. A child that ends by itself is started again after a pause that doubles while
it keeps failing. SIGTERM and SIGINT stop everything in order, SIGHUP is passed on to
those who understand it. When the supervisor itself is killed, the kernel tells its
children.
"""

from __future__ import annotations

import ctypes
import dataclasses
import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A child that lived so long is taken for healthy again.
HEALTHY_AFTER = 20.0


@dataclasses.dataclass
class Child:
    """One kind of child process and how it stands."""

    name: str
    main: Callable[[], None]
    takes_hup: bool = False
    pid: int = 0
    began: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0
    starts: int = 0


class Supervisor:
    """Starts the children, restarts the fallen, stops all on a signal."""

    def __init__(
        self,
        children: list[Child],
        *,
        before_fork: Callable[[], None] = lambda: None,
        is_up: Callable[[], bool] = lambda: True,
        on_up: Callable[[], None] = lambda: None,
        grace: float = 30.0,
    ) -> None:
        self.children = children
        self.before_fork = before_fork
        self.is_up = is_up
        self.on_up = on_up
        self.grace = grace
        self.stopping = False
        self._up = False
        self._bell = -1

    def run(self) -> int:
        """Supervise until told to stop; returns the exit status."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._pass_on)
        signal.signal(signal.SIGCHLD, lambda *_args: None)
        # Every signal also writes a byte here, which ends the sleep at once.
        self._bell, ringer = os.pipe()
        for end in (self._bell, ringer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()
        while not self.stopping:
            self._reap()
            now = time.monotonic()
            for child in self.children:
                if not child.pid and now >= child.start_at:
                    self._start(child)
            if not self._up and self.is_up():
                self._up = True
                tell_systemd("READY=1")
                self.on_up()
            self._sleep()
        return self._end()

    def _sleep(self) -> None:
        if self.stopping:
            return
        if select.select([self._bell], [], [], self._nap())[0]:
            os.read(self._bell, 4096)

    def _nap(self) -> float:
        if not self._up:
            return 0.1
        waits = [c.start_at - time.monotonic() for c in self.children if not c.pid]
        return max(0.05, min([1.0, *waits]))

    def _start(self, child: Child) -> None:
        self.before_fork()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(child, parent)
        child.pid, child.began = pid, time.monotonic()
        child.starts += 1
        log.info("process started", extra={"child": child.name, "child_pid": pid})

    def _become(self, child: Child, parent: int) -> None:
        """In the forked process: run the child's work and leave, whatever happens."""
        status = 1
        try:
            # A group of its own: when this process dies, its own children die with it.
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (
                signal.SIGTERM,
                signal.SIGINT,
                signal.SIGHUP,
                signal.SIGCHLD,
            ):
                signal.signal(number, signal.SIG_DFL)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)
            child.main()
            status = 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        except BaseException:
            log.exception("process broke", extra={"child": child.name})
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        for child in self.children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._fallen(child, status)

    def _fallen(self, child: Child, status: int) -> None:
        kill_group(child.pid, signal.SIGKILL)
        lived = time.monotonic() - child.began
        child.pause = (
            FIRST_PAUSE
            if lived > HEALTHY_AFTER
            else min(child.pause * 2, LONGEST_PAUSE)
        )
        child.pid = 0
        child.start_at = time.monotonic() + child.pause
        if not self.stopping:
            log.error(
                "process ended, starting it again",
                extra={
                    "child": child.name,
                    "exit_status": os.waitstatus_to_exitcode(status),
                    "pause": child.pause,
                },
            )

    def _stop(self, number: int, frame: Any) -> None:
        self.stopping = True

    def _pass_on(self, number: int, frame: Any) -> None:
        for child in self.children:
            if child.pid and child.takes_hup:
                os.kill(child.pid, signal.SIGHUP)

    def _end(self) -> int:
        """Ask everybody to finish; after the grace nobody is asked any more."""
        tell_systemd("STOPPING=1")
        for child in self.children:
            if child.pid:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        while any(child.pid for child in self.children):
            self._reap()
            if time.monotonic() > deadline:
                log.error("processes did not end in time and were killed")
                for child in self.children:
                    if child.pid:
                        kill_group(child.pid, signal.SIGKILL)
                        os.waitpid(child.pid, 0)
                        child.pid = 0
                return 1
            time.sleep(0.05)
        return 0


def kill_group(pgid: int, number: int) -> None:
    """Send a signal to a process group that may be gone."""
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return


def tell_systemd(message: str) -> None:
    """Notify systemd (Type=notify) if it started us; nothing otherwise."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.connect(address)
            channel.sendall(message.encode())
        except OSError:
            log.warning("systemd could not be told", extra={"what": message})
