"""What was made is kept: one file for each lesson and kind, until its text changes.

The files stand in `DATA_DIR`, outside the stores and their backups, since everything can be
made again. A file is named by the digest of what is printed on it; making the next one
takes the last one away, so the shelf holds no more than the lessons do.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

# One at a time in a process: a crowd that asks for the same picture waits for the first,
# and after some seconds is asked to come again, so that lessons go on being served.
_making = threading.Lock()
LONGEST_WAIT = 8.0


class Busy(Exception):
    """Others are being made; ask again soon."""


def folder() -> Path:
    """Where this host keeps them."""
    return Path(settings.DATA_DIR) / "handouts"


def kept(owner: int, kind: str, digest: str, make: Callable[[], bytes]) -> bytes:
    """The bytes of that digest, from the shelf or made now; raises Busy."""
    place = folder() / f"{owner}-{kind}-{digest}"
    found = _read(place)
    if found is not None:
        return found
    if not _making.acquire(timeout=LONGEST_WAIT):
        raise Busy
    try:
        found = _read(place)
        if found is None:
            found = make()
            _put(place, found, instead_of=f"{owner}-{kind}-*")
    finally:
        _making.release()
    return found


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except OSError:
        return None


def _put(place: Path, data: bytes, *, instead_of: str) -> None:
    """Write whole or not at all; a full disk costs time, never the answer."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            old = [path for path in place.parent.glob(instead_of) if path != place]
            Path(name).replace(place)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        for path in old:
            path.unlink(missing_ok=True)
