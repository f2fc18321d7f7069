"""The two media stores in an object store; apart, because boto3 takes half a second."""

from __future__ import annotations

from typing import Any

from storages.backends.s3 import S3Storage

from common.storage import EvidenceFiles, PublicFiles


class PublicS3Storage(PublicFiles, S3Storage):
    """Lesson pictures and their renditions."""


class EvidenceS3Storage(EvidenceFiles, S3Storage):
    """Photos, sheets, imports, exports: private, and no address is given out."""

    def url(self, name: str, *args: Any, **options: Any) -> str:
        raise ValueError("Evidence has no address: serve it through a view.")
