"""Making files survive a power cut: data first, then the name, then the folder that holds the name."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path


def write_file(path: Path, data: bytes, *, sync: bool) -> None:
    """Write ``data`` to the new file ``path`` (mode 0600); with ``sync`` its bytes are on the disk on return."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(folders: Iterable[Path]) -> None:
    """Put the names in these folders on the disk."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class FileSystem:
    """The file system below one folder, flushed as a whole: two flushes a batch instead of two a file.

    Open it before the writes: Linux reports a failed write-back only to descriptors that were open at the time.
    """

    def __init__(self, root: Path) -> None:
        self._handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> FileSystem:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._handle)

    def flush(self) -> None:
        """Put everything written so far on the disk. Raises OSError."""
        if _libc is None:
            raise OSError("This system cannot flush one file system.")
        if _libc.syncfs(self._handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
CAN_FLUSH = _libc is not None and hasattr(_libc, "syncfs")
