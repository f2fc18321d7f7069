"""Backups: the database and the files in one archive, made while the server runs.

An archive is a gzipped tar, sealed when there is a key file: the database (SQLite's own
online copy, or `pg_dump`), the two media stores when they lie in folders, and last a
manifest with the digest of every part. Restoring reads and checks the whole archive
before it changes anything.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.utils import timezone

from common.encryption import (
    CannotOpen,
    SealedReader,
    SealingWriter,
    is_sealed,
    read_key,
)

FORMAT = 1
STORES = {"default": "public", "evidence": "evidence"}
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# However old they are, so many newest archives stay.
ALWAYS_KEEP = 3


class BackupFailed(RuntimeError):
    """A backup could not be made or read; the message names the remedy."""


@dataclasses.dataclass(frozen=True)
class Archive:
    """One backup on disk."""

    path: Path
    made_at: dt.datetime
    size: int

    @property
    def is_sealed(self) -> bool:
        return self.path.suffix == ".sealed"


def archives(folder: Path | None = None) -> list[Archive]:
    """Finished backups, the newest first."""
    folder = Path(folder or settings.BACKUP_DIR)
    found = []
    for path in folder.glob("toso-*.tar.gz*"):
        if path.name.endswith((".tar.gz", ".tar.gz.sealed")):
            stat = path.stat()
            made = dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
            found.append(Archive(path, made, stat.st_size))
    return sorted(found, key=lambda archive: archive.path.name, reverse=True)


def forget_old(folder: Path | None = None, *, now: dt.datetime | None = None) -> int:
    """Delete archives past BACKUP_KEEP_DAYS, never the newest ones."""
    now = now or timezone.now()
    oldest = now - dt.timedelta(days=settings.BACKUP_KEEP_DAYS)
    gone = [a for a in archives(folder)[ALWAYS_KEEP:] if a.made_at < oldest]
    for archive in gone:
        archive.path.unlink()
        Path(f"{archive.path}.sha256").unlink(missing_ok=True)
    return len(gone)


@contextlib.contextmanager
def serving_lock(*, alone: bool) -> Iterator[None]:
    """Held shared by a running server, alone by a restore.

    Raises BackupFailed when a restore meets a running server.
    """
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "serving.lock").open("w") as file:
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupFailed(
                "The server is running. Stop it first, so that nothing is written "
                "between two lives of the database."
                if alone
                else "A backup is being restored. Wait until it is done."
            ) from error
        yield


class _Writer:
    """Adds parts to the archive and remembers their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.parts: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._add(name, file, os.fstat(file.fileno()).st_size)
        except FileNotFoundError:
            # Deleted since the folder was listed: then no row speaks of it any more.
            return

    def _add(self, name: str, file: BinaryIO, size: int) -> None:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self.tar.addfile(info, file)
        self.parts[name] = {"sha256": digest, "size": size}

    def finish(self, manifest: dict[str, Any]) -> None:
        data = json.dumps({**manifest, "parts": self.parts}, indent=1).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))


def make_backup(folder: Path | None = None, *, key_file: Path | None = None) -> Archive:
    """Write one archive into the folder (BACKUP_DIR by default) and return it."""
    folder = Path(folder or settings.BACKUP_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if key_file is None and settings.BACKUP_KEY_FILE:
        key_file = Path(settings.BACKUP_KEY_FILE)
    now = timezone.now()
    name = f"toso-{now:%Y%m%d-%H%M%S-%f}.tar.gz{'.sealed' if key_file else ''}"
    making = folder / f".{name}.making"
    try:
        with contextlib.ExitStack() as stack:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
            descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            target: Any = stack.enter_context(os.fdopen(descriptor, "wb"))
            if key_file:
                target = stack.enter_context(SealingWriter(target, read_key(key_file)))
            tar = stack.enter_context(tarfile.open(fileobj=target, mode="w|gz"))
            writer = _Writer(tar)
            # The database first: files it speaks of are never changed or removed at once.
            copy = work / DATABASE[connection.vendor]
            copy_database(copy)
            writer.add(copy.name, copy)
            copy.unlink()
            stores = _add_media(writer)
            writer.finish(
                {
                    "format": FORMAT,
                    "made_at": now.isoformat(),
                    "database": connection.vendor,
                    "stores": stores,
                    "programme": settings.PROGRAMME_NAME,
                    "demo": settings.DEMO,
                }
            )
        path = folder / name
        making.rename(path)
    finally:
        making.unlink(missing_ok=True)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    Path(f"{path}.sha256").write_text(f"{digest}  {path.name}\n")
    return Archive(path, now, path.stat().st_size)


def _add_media(writer: _Writer) -> list[str]:
    """Add the stores that lie in folders; returns their names."""
    added = []
    for alias, name in STORES.items():
        storage = storages[alias]
        if not isinstance(storage, FileSystemStorage):
            continue
        added.append(name)
        root = Path(storage.location)
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink():
                writer.add(f"media/{name}/{path.relative_to(root).as_posix()}", path)
    return added


def copy_database(target: Path) -> None:
    """A consistent copy of the database, without stopping its writers."""
    if connection.vendor == "sqlite":
        # A connection of its own: SQLite never copies from one that is writing. All pages
        # in one step: in WAL mode readers do not hold writers up.
        with (
            contextlib.closing(
                sqlite3.connect(connection.settings_dict["NAME"])
            ) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy, pages=-1)
            (state,) = copy.execute("PRAGMA integrity_check").fetchone()
            if state != "ok":
                raise BackupFailed(f"The copy of the database is damaged: {state}")
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    _postgres("pg_dump", "--format=custom", "--no-owner", "--file", str(target))


def _postgres(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise BackupFailed(
            f"{program} is missing. Install it: apt-get install -y postgresql-client"
        )
    own = connection.settings_dict
    variables = {
        "PGHOST": own["HOST"],
        "PGPORT": str(own["PORT"] or ""),
        "PGUSER": own["USER"],
        "PGPASSWORD": own["PASSWORD"],
    }
    answer = subprocess.run(  # noqa: S603 -- fixed program and arguments
        [program, "--dbname", str(own["NAME"]), *arguments],
        env=os.environ | {key: value for key, value in variables.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        # The last line names the reason; rows of the data never stand in it.
        reason = (answer.stderr.strip().splitlines() or ["?"])[-1]
        raise BackupFailed(f"{program} failed: {reason}")


@contextlib.contextmanager
def opened(path: Path, *, key_file: Path | None = None) -> Iterator[tuple[dict, Path]]:
    """The manifest and a folder with the parts of an archive, all checked.

    Raises BackupFailed when a part is missing, changed or unknown.
    """
    if key_file is None and settings.BACKUP_KEY_FILE:
        key_file = Path(settings.BACKUP_KEY_FILE)
    if not path.is_file():
        raise BackupFailed(f"There is no backup {path}.")
    with contextlib.ExitStack() as stack:
        source: Any = stack.enter_context(path.open("rb"))
        if is_sealed(path):
            if key_file is None:
                raise BackupFailed(
                    "The backup is sealed: give its key with --key-file."
                )
            source = io.BufferedReader(
                SealedReader(source, read_key(key_file)), 1 << 20
            )
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(dir=settings.DATA_DIR))
        )
        try:
            found = _unpack(source, folder)
            manifest = json.loads((folder / "manifest.json").read_text())
        except (tarfile.TarError, CannotOpen, OSError, EOFError, ValueError) as error:
            raise BackupFailed(f"The backup cannot be read: {error}") from error
        _verify(manifest, found)
        yield manifest, folder


def _unpack(source: Any, folder: Path) -> dict[str, str]:
    """Write every part below the folder; returns its digest by name."""
    found: dict[str, str] = {}
    with tarfile.open(fileobj=source, mode="r|gz") as tar:
        for info in tar:
            name = PurePosixPath(info.name)
            if not info.isfile() or name.is_absolute() or ".." in name.parts:
                raise BackupFailed(f"The backup holds something strange: {info.name}")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            part = tar.extractfile(info)
            with target.open("wb") as file:
                while chunk := part.read(1 << 20):
                    digest.update(chunk)
                    file.write(chunk)
            found[info.name] = digest.hexdigest()
    return found


def _verify(manifest: dict[str, Any], found: dict[str, str]) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupFailed("The backup was made by another version of this program.")
    promised = {name: part["sha256"] for name, part in manifest["parts"].items()}
    found = {name: digest for name, digest in found.items() if name != "manifest.json"}
    if promised != found:
        wrong = sorted(set(promised.items()) ^ set(found.items()))
        raise BackupFailed(f"A part of the backup was changed: {wrong[0][0]}")
    if manifest["database"] != connection.vendor:
        raise BackupFailed(
            f"The backup is of {manifest['database']}, but DATABASE_URL is "
            f"{connection.vendor}: set DATABASE_URL to the kind it was made on."
        )
    if manifest["demo"] != settings.DEMO:
        raise BackupFailed(
            "The demonstration and the real system never take each other's backups."
        )


def replace_database(folder: Path) -> None:
    """Put the database of an opened archive in the place of the present one."""
    copy = folder / DATABASE[connection.vendor]
    if connection.vendor == "sqlite":
        connection.close()
        live = sqlite3.connect(connection.settings_dict["NAME"])
        with (
            contextlib.closing(sqlite3.connect(copy)) as source,
            contextlib.closing(live) as target,
        ):
            source.backup(target, pages=-1)
        return
    connection.close()
    _postgres(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--single-transaction",
        str(copy),
    )


def put_back_media(manifest: dict[str, Any], folder: Path) -> int:
    """Put the files of an opened archive back; newer files stay. Returns how many."""
    count = 0
    for alias, name in STORES.items():
        storage = storages[alias]
        root = folder / "media" / name
        if name not in manifest["stores"] or not root.exists():
            continue
        if not isinstance(storage, FileSystemStorage):
            raise BackupFailed(
                "The backup holds files of a folder, but STORAGE_URL is an object store."
            )
        for path in sorted(root.rglob("*")):
            if path.is_file():
                target = Path(storage.location) / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, target)
                count += 1
    return count
