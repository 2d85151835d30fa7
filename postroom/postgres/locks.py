"""File locks (flock): freed by the kernel when their last holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open a lock file. The lock belongs to this descriptor and its copies in child processes; closing all frees it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_exclusive(handle: int) -> bool:
    """Take the lock alone if nobody else has it, without waiting."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_shared(handle: int) -> None:
    """Take the lock together with others."""
    fcntl.flock(handle, fcntl.LOCK_SH)


def is_free(path: Path) -> bool:
    """Whether no process holds this lock, alone or shared."""
    handle = open_lock(path)
    try:
        return try_exclusive(handle)
    finally:
        os.close(handle)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock alone, waiting for it as long as it takes."""
    handle = open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
