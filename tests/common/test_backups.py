"""Backups are whole, checked, sealed on demand, and rotate."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection

from common import backups
from common.backups import BackupFailed, make_backup, opened, serving_lock
from common.encryption import (
    CHUNK,
    CannotOpen,
    SealedReader,
    SealingWriter,
    make_key_file,
    read_key,
)
from common.models import ContentVersion

KEY = bytes(range(32))


def sealed(data: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    with SealingWriter(target, key) as writer:
        for start in range(0, len(data), 77_777):
            writer.write(data[start : start + 77_777])
    return target.getvalue()


def unsealed(data: bytes, key: bytes = KEY) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), key)).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_what_was_sealed_opens_with_its_key(size):
    data = os.urandom(size)
    closed = sealed(data)
    assert unsealed(closed) == data
    assert data[:64] not in closed or size < 8


def test_another_key_opens_nothing():
    with pytest.raises(CannotOpen):
        unsealed(sealed(b"so diem danh"), bytes(32))


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_a_changed_byte_is_noticed(place):
    data = bytearray(sealed(b"so diem danh" * 1000))
    data[place] ^= 1
    with pytest.raises(CannotOpen):
        unsealed(bytes(data))


def test_a_cut_file_is_noticed_even_at_the_edge_of_a_chunk():
    data = sealed(os.urandom(2 * CHUNK))
    edge = len(data) - (CHUNK + 16 + 5)
    for end in (edge, len(data) - 1, 40, 3):
        with pytest.raises(CannotOpen):
            unsealed(data[:end])


def test_chunks_in_another_order_are_noticed():
    data = sealed(os.urandom(3 * CHUNK))
    head, step = len(data) - 3 * (CHUNK + 21), CHUNK + 21
    parts = [data[head + i * step : head + (i + 1) * step] for i in range(3)]
    with pytest.raises(CannotOpen):
        unsealed(data[:head] + parts[1] + parts[0] + parts[2])


def test_a_key_file_is_its_owners_and_never_overwritten(tmp_path):
    path = tmp_path / "key"
    make_key_file(path)
    assert len(read_key(path)) == 32
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_key_file(path)


@pytest.fixture
def house(db, settings, tmp_path):
    """Folders of its own, with a picture in each store."""
    for name in ("data", "media", "backups"):
        (tmp_path / name).mkdir()
    settings.DATA_DIR = tmp_path / "data"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.MEDIA_ROOT = str(tmp_path / "media" / "public")
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "common.storage.EvidenceFileStorage",
            "OPTIONS": {"location": str(tmp_path / "media" / "evidence")},
        },
    }
    storages["default"].save("tranh.txt", ContentFile(b"tranh"))
    storages["evidence"].save("to.txt", ContentFile(b"to giay"))
    return tmp_path


def test_a_backup_holds_the_database_and_both_stores(house):
    archive = make_backup()
    assert archive.path.stat().st_mode & 0o077 == 0
    with opened(archive.path) as (manifest, parts):
        names = set(manifest["parts"])
        assert (parts / backups.DATABASE[connection.vendor]).stat().st_size > 10_000
        assert (parts / "media/evidence/to.txt").read_bytes() == b"to giay"
    assert backups.DATABASE[connection.vendor] in names
    assert {name.split("/")[1] for name in names if name.startswith("media")} == {
        "public",
        "evidence",
    }
    assert list(house.glob("data/*")) == []
    assert sorted(path.suffix for path in (house / "backups").iterdir()) == [
        ".gz",
        ".sha256",
    ]


def test_restoring_gives_back_rows_and_files_and_keeps_newer_files(
    transactional_db, house
):
    ContentVersion.objects.filter(pk=1).delete()
    ContentVersion.objects.create(pk=1, number=41)
    archive = make_backup()
    ContentVersion.objects.filter(pk=1).update(number=99)
    shutil.rmtree(house / "media" / "evidence")
    storages["evidence"].save("moi.txt", ContentFile(b"moi"))
    with opened(archive.path) as (manifest, parts):
        backups.replace_database(parts)
        assert backups.put_back_media(manifest, parts) == 2
    assert ContentVersion.objects.get(pk=1).number == 41
    assert sorted(path.name for path in (house / "media/evidence").iterdir()) == [
        "moi.txt",
        "to.txt",
    ]


def test_a_sealed_backup_shows_nothing_and_opens_with_its_key(house):
    key_file = house / "key"
    make_key_file(key_file)
    archive = make_backup(key_file=key_file)
    assert archive.path.name.endswith(".tar.gz.sealed")
    assert b"database." not in archive.path.read_bytes()
    with pytest.raises(BackupFailed, match="sealed"), opened(archive.path):
        pass
    with opened(archive.path, key_file=key_file) as (manifest, _parts):
        assert manifest["format"] == 1


def test_a_changed_part_is_noticed_before_anything_is_replaced(house):
    archive = make_backup()
    with gzip.open(archive.path) as file:
        raw = file.read()
    with gzip.open(archive.path, "wb") as file:
        file.write(raw.replace(b"to giay", b"to giAy"))
    changed = pytest.raises(BackupFailed, match=r"was changed: media/evidence/to\.txt")
    with changed, opened(archive.path):
        raise AssertionError("opened")


def test_a_name_that_climbs_out_of_the_folder_is_refused(house, tmp_path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("../../evil.txt")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(BackupFailed, match="strange"), opened(path):
        pass
    assert not list(house.rglob("evil.txt"))


@pytest.mark.parametrize("damage", ["cut", "noise", "none"])
def test_a_damaged_or_missing_backup_is_named_and_changes_nothing(house, damage):
    archive = make_backup()
    if damage == "cut":
        archive.path.write_bytes(archive.path.read_bytes()[:5000])
    elif damage == "noise":
        archive.path.write_bytes(b"noise" * 100)
    else:
        archive.path.unlink()
    with pytest.raises(BackupFailed), opened(archive.path):
        pass


def test_the_demonstration_and_the_real_system_do_not_mix(house, settings):
    archive = make_backup()
    settings.DEMO = True
    with pytest.raises(BackupFailed, match="demonstration"), opened(archive.path):
        pass


def test_the_checksum_beside_the_archive_is_what_sha256sum_writes(house):
    archive = make_backup()
    line = Path(f"{archive.path}.sha256").read_text()
    digest, name = line.split()
    assert (len(digest), name) == (64, archive.path.name)


def test_old_backups_go_but_the_newest_three_stay(house, settings):
    settings.BACKUP_KEEP_DAYS = 35
    now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    for day in range(1, 8):
        path = house / "backups" / f"toso-2026010{day}-000000-000000.tar.gz"
        path.write_bytes(b"")
        os.utime(path, (0, 0))
    assert backups.forget_old(now=now) == 4
    assert [a.path.name[5:13] for a in backups.archives()] == [
        "20260107",
        "20260106",
        "20260105",
    ]


def test_a_restore_waits_for_no_running_server(house):
    with serving_lock(alone=False):
        refused = pytest.raises(BackupFailed, match="server is running")
        with refused, serving_lock(alone=True):
            raise AssertionError("restored")
        with serving_lock(alone=False):
            pass
    with serving_lock(alone=True):
        pass


def test_a_missing_pg_dump_names_the_package(house, monkeypatch):
    monkeypatch.setattr(backups.shutil, "which", lambda name: None)
    with pytest.raises(BackupFailed, match="postgresql-client"):
        backups._postgres("pg_dump")
