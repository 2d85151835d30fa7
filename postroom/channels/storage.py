"""The instance's blob store: raw mail and attachments as content-addressed files under POSTROOM_STORAGE."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from postroom.blobs import BlobStore


@lru_cache(maxsize=4)
def _store(root: Path) -> BlobStore:
    return BlobStore(root)


def blobs() -> BlobStore:
    """The store of this instance."""
    return _store(Path(settings.POSTROOM_STORAGE))
