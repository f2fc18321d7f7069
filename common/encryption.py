"""Streams sealed with a key file: what a stolen backup shows is nothing.

AES-256-GCM over chunks of one mebibyte. Each chunk is bound to its place, and the last
one says that it is the last, so a file that was cut, joined or reordered does not open.
"""

from __future__ import annotations

import io
import os
import secrets
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"TOSO-SEALED-1\n"
CHUNK = 1024 * 1024
SALT = 32
_HEAD = struct.Struct(">IB")


class CannotOpen(ValueError):
    """The key is another one, or the file was changed."""


def make_key_file(path: Path) -> None:
    """Write a new key, readable by its owner only; never over an old one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")


def read_key(path: Path) -> bytes:
    """The key of a key file; raises CannotOpen when the file holds none."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise CannotOpen(f"{path} is not a key file.") from error
    if len(key) != 32:
        raise CannotOpen(f"{path} is not a key file.")
    return key


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    derived = HKDF(hashes.SHA256(), length=32, salt=salt, info=MAGIC).derive(key)
    return AESGCM(derived)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


class SealingWriter(io.RawIOBase):
    """Writes sealed chunks to a file; `close` writes the last one."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        self._target = target
        salt = secrets.token_bytes(SALT)
        self._aead = _cipher(key, salt)
        self._number = 0
        self._waiting = bytearray()
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self._waiting += data
        # One chunk always waits: only `close` knows which is the last.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        flag = int(last)
        sealed = self._aead.encrypt(_nonce(self._number), chunk, bytes([flag]))
        self._target.write(_HEAD.pack(len(sealed), flag) + sealed)
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
            self._waiting.clear()
        super().close()


class SealedReader(io.RawIOBase):
    """Reads what SealingWriter wrote; raises CannotOpen at the first wrong byte."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self._source = source
        head = source.read(len(MAGIC) + SALT)
        if len(head) != len(MAGIC) + SALT or not head.startswith(MAGIC):
            raise CannotOpen("This file is not a sealed backup.")
        self._aead = _cipher(key, head[len(MAGIC) :])
        self._number = 0
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self._waiting and not self._ended:
            self._open_next()
        count = min(len(buffer), len(self._waiting))
        buffer[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    def _open_next(self) -> None:
        head = self._source.read(_HEAD.size)
        if len(head) != _HEAD.size:
            raise CannotOpen("The backup is cut off.")
        length, flag = _HEAD.unpack(head)
        if length > CHUNK + 16 or flag > 1:
            raise CannotOpen("The backup was changed.")
        sealed = self._source.read(length)
        try:
            chunk = self._aead.decrypt(_nonce(self._number), sealed, bytes([flag]))
        except InvalidTag as error:
            raise CannotOpen(
                "The key is another one, or the backup was changed."
            ) from error
        self._number += 1
        self._ended = bool(flag)
        self._waiting = chunk


def is_sealed(path: Path) -> bool:
    """Does the file begin as a sealed one?"""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
