"""One-time codes: short enough to read aloud, stored as a keyed hash."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

# Without 0/O, 1/I/L: read aloud and printed, nobody mistakes one for another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


def new_code() -> str:
    """Eight random characters (about 39 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def spaced(code: str) -> str:
    """As it is printed, in two groups of four."""
    return f"{code[:4]} {code[4:]}"


def normalised(text: str) -> str:
    """As it is compared: capitals, without spaces and hyphens."""
    return "".join(char for char in text.upper() if char.isalnum())


def hashed(code: str) -> str:
    """The keyed hash that is stored; its key (PEPPER) is not in the database."""
    return salted_hmac(
        "people.one_time_code",
        normalised(code),
        secret=settings.PEPPER,
        algorithm="sha256",
    ).hexdigest()
