"""Counting attempts in the cache that all processes share."""

from __future__ import annotations

import hashlib

from django.core.cache import cache


def _key(kind: str, subject: str) -> str:
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    return f"people:tries:{kind}:{digest}"


def spend(kind: str, subject: str, *, amount: int, seconds: int) -> bool:
    """Count one attempt; False once more than `amount` were made.

    The window ends `seconds` after the last attempt: who must wait waits in peace. Two
    attempts at one instant may count as one where the database is the cache; that leaves
    a guesser of codes of 39 bits no nearer.
    """
    key = _key(kind, subject)
    if cache.add(key, 1, timeout=seconds):
        return True
    try:
        count = cache.incr(key)
        # Counting up in the database's cache gives the row five minutes, whatever it had.
        cache.touch(key, timeout=seconds)
        return count <= amount
    except ValueError:
        # It ran out between the two calls.
        cache.add(key, 1, timeout=seconds)
        return True


def forgive(kind: str, subject: str) -> None:
    """Start counting anew."""
    cache.delete(_key(kind, subject))
