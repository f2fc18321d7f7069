"""The story is told on its own days: actions and the register read the clock as usual."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone


@contextlib.contextmanager
def at(day: dt.date, time: dt.time) -> Iterator[dt.datetime]:
    """Let `timezone.now()` be that hour in Viet Nam. Only while a demonstration is made."""
    if not settings.DEMO:
        raise RuntimeError("The clock is turned in the demonstration only.")
    moment = dt.datetime.combine(day, time, timezone.get_default_timezone())
    real, timezone.now = timezone.now, lambda: moment.astimezone(dt.UTC)
    try:
        yield moment
    finally:
        timezone.now = real
