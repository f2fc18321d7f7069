"""Doing a transaction again when another one stood in its way."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
# Serialization failure, deadlock, lock not available (PostgreSQL, appendix A).
_SQLSTATES = frozenset({"40001", "40P01", "55P03"})


class Raced(OperationalError):
    """Another transaction wrote the same entries meanwhile: look again."""


def is_passing(error: BaseException) -> bool:
    """May the same transaction succeed if it is tried again?"""
    if isinstance(error, Raced):
        return True
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _SQLSTATES:
        return True
    return connection.vendor == "sqlite" and "locked" in str(error)


def retrying(action: Callable[P, T]) -> Callable[P, T]:
    """Run the action again, as a whole, after a deadlock or a lock that did not come.

    Inside somebody else's transaction it runs once: a transaction that failed cannot be
    continued, so whoever began it must try again.
    """

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return action(*args, **kwargs)
        for attempt in range(ATTEMPTS - 1):
            try:
                return action(*args, **kwargs)
            except OperationalError as error:
                if not is_passing(error):
                    raise
                # Apart from one another, so that two do not meet again.
                time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311
        return action(*args, **kwargs)

    return run
