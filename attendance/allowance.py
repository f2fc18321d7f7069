"""How much one phone may send in a minute, so that one gone wild stops nobody else.

Counted for each device, never for an address: thirty phones behind the hotspot of a
commune hall are thirty devices. Kept in the memory of each worker on purpose: a shared
count would cost a write to disk for every batch, and the limit is there to protect this
process; with two workers a phone may send twice as much.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

# Beyond so many devices the quiet ones are forgotten: they have all of it again.
_MOST_DEVICES = 5000


class Allowance:
    """A bucket for each key that refills within a minute; empty ones must wait."""

    def __init__(
        self, per_minute: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._whole = float(per_minute)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, key: str, cost: float = 1) -> int:
        """Take `cost` out; returns 0, or in how many seconds to come again.

        Whoever must wait has spent nothing. An allowance of 0 allows everything.
        """
        if self._whole <= 0:
            return 0
        cost = min(cost, self._whole)
        with self._lock:
            now = self._clock()
            left = self._at(key, now)
            if left < cost:
                return math.ceil((cost - left) * 60 / self._whole)
            if len(self._left) >= _MOST_DEVICES and key not in self._left:
                self._forget_the_quiet(now)
            self._left[key] = (left - cost, now)
        return 0

    def _at(self, key: str, now: float) -> float:
        left, then = self._left.get(key, (self._whole, now))
        return min(self._whole, left + (now - then) * self._whole / 60)

    def _forget_the_quiet(self, now: float) -> None:
        self._left = {
            key: (self._at(key, now), now)
            for key in self._left
            if self._at(key, now) < self._whole
        }
        if len(self._left) >= _MOST_DEVICES:
            self._left = {}
