"""Where static files and media live.

Static files carry a digest in their name, and the names of yesterday stay served for
ninety days, because phones keep pages that speak of them. Media has two stores:
*public* (lesson pictures, immutable names) and *evidence* (photos, sheets, imports,
exports; reached only through a view that asks `visible_to`). Both keep pictures without
the metadata of the camera.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import brotli
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from common.pictures import clean_picture, is_picture

KEEP_STATIC_DAYS = 90
_HASHED = re.compile(r"\.[0-9a-f]{12}\.[^.]+$")
_DIGEST_CHARACTERS = 12
# Above this size Brotli's last two steps cost minutes and gain a few per cent.
_LARGE = 64 * 1024


class QuickCompressor(Compressor):
    """Brotli at its best for small files, and nearly so for the CMS's large bundles."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=11 if len(data) < _LARGE else 8)


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, precompressed files; imports between ES modules are hashed too."""

    support_js_module_import_aggregation = True
    # A pass resolves one step of "imports what imports"; only a circle needs more than these.
    max_post_process_passes = 12
    retired_name = "retired.json"

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Compress hashed names only, and each once: its bytes never change."""
        new = [
            name
            for name in paths
            if _HASHED.search(name)
            and not name.endswith(".map")
            and not Path(self.path(f"{name}.br")).exists()
        ]
        yield from super().compress_files(new)

    def save_manifest(self) -> None:
        """Write the manifest and note which names it no longer speaks of."""
        before = self._names_on_disk()
        super().save_manifest()
        self._retire(before, set(self.hashed_files.values()), now=time.time())

    def _names_on_disk(self) -> set[str]:
        try:
            return set(self.load_manifest()[0].values())
        except ValueError:
            return set()

    def _retire(self, before: set[str], current: set[str], *, now: float) -> None:
        retired = self.retired()
        for name in before - current:
            retired.setdefault(name, now)
        for name in list(retired):
            if name in current:
                del retired[name]
            elif now - retired[name] > KEEP_STATIC_DAYS * 24 * 3600:
                del retired[name]
                self._remove(name)
        place = Path(self.path(self.retired_name))
        place.write_text(json.dumps(retired, indent=1, sort_keys=True))

    def retired(self) -> dict[str, float]:
        """Names that no page made now speaks of, and since when (seconds)."""
        place = Path(self.path(self.retired_name))
        if not place.exists():
            return {}
        return json.loads(place.read_text())

    def _remove(self, name: str) -> None:
        if not _HASHED.search(name):
            return
        for ending in ("", ".gz", ".br"):
            Path(self.path(f"{name}{ending}")).unlink(missing_ok=True)


def _clean(name: str, content: File) -> File:
    if not is_picture(name):
        return content
    content.seek(0)
    data = content.read()
    clean = clean_picture(name, data)
    if clean is data:
        content.seek(0)
        return content
    return ContentFile(clean, name=content.name)


def _digest(content: File) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()[:_DIGEST_CHARACTERS]


def immutable_name(name: str, digest: str, max_length: int | None = None) -> str:
    """`pictures/buoc-1.svg` with the digest of its bytes: `pictures/buoc-1.4f….svg`."""
    path = PurePosixPath(name)
    ending = f".{digest}{path.suffix}"
    stem = path.name.removesuffix(path.suffix)
    if max_length:
        room = max_length - len(str(path.parent)) - 1 - len(ending)
        stem = stem[: max(room, 1)]
    return str(path.parent / f"{stem}{ending}")


class PublicFiles:
    """Saves pictures clean and under a name that holds the digest of their bytes."""

    def save(
        self, name: str | None, content: Any, max_length: int | None = None
    ) -> str:
        name = name or content.name
        if not hasattr(content, "chunks"):
            content = File(content, name)
        content = _clean(name, content)
        name = immutable_name(name, _digest(content), max_length)
        return super().save(name, content, max_length=max_length)


class EvidenceFiles:
    """Saves pictures clean; names are made by the models and say nothing."""

    def save(
        self, name: str | None, content: Any, max_length: int | None = None
    ) -> str:
        name = name or content.name
        if not hasattr(content, "chunks"):
            content = File(content, name)
        return super().save(name, _clean(name, content), max_length=max_length)


class PublicFileStorage(PublicFiles, FileSystemStorage):
    """The public store in a folder."""


class EvidenceFileStorage(EvidenceFiles, FileSystemStorage):
    """The evidence store in a folder: no address leads to its files."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("location", str(settings.EVIDENCE_ROOT))
        super().__init__(
            **options, file_permissions_mode=0o600, directory_permissions_mode=0o700
        )

    def url(self, name: str | None) -> str:
        raise ValueError("Evidence has no address: serve it through a view.")
