"""The instance's blob store: raw mail and attachments as content-addressed files under POSTROOM_STORAGE."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg import errors

from postroom.blobs import BlobStore

_LOCK = 0x626C6F62  # any number that nobody else uses in this database


@lru_cache(maxsize=4)
def _store(root: Path) -> BlobStore:
    return BlobStore(root)


def hold_blobs() -> None:
    """Until the end of this transaction nothing is swept from the store: call it before ``put``, in the transaction
    that writes the row which names the file."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def lock_blobs(seconds: int = 2) -> bool:
    """Until the end of this transaction nobody else writes to the store; False where somebody does for so long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{seconds}s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    except OperationalError as error:
        if not isinstance(error.__cause__, errors.LockNotAvailable):
            raise
        return False
    return True


def blobs() -> BlobStore:
    """The store of this instance."""
    return _store(Path(settings.POSTROOM_STORAGE))
