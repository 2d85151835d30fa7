"""The blob store: ``root/ab/cd/abcd…``, one file a content, safe under many processes and hosts on one shared folder.

A file gets its name only once its bytes are on the disk, so a name is a promise: what it holds is whole and lasting.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from postroom.blobs.durable import CAN_FLUSH, FileSystem, sync_folders, write_file

_SHA256 = re.compile(r"[0-9a-f]{64}")
# From this many files on, flushing the file system twice is cheaper than two calls a file, even beside a busy database.
_FLUSH_FROM = 8


class BlobDamaged(OSError):
    """A stored file no longer holds the bytes that its name promises."""


class BlobStore:
    """The files below one folder. Making the object touches nothing; the folder is made by the first write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / "incoming"

    def put(self, data: bytes) -> str:
        """Store ``data`` durably and return its SHA-256 in hexadecimal. Storing it again changes nothing."""
        return self._put([data], together=False)[0]

    def put_many(self, blobs: Sequence[bytes]) -> list[str]:
        """Store all of ``blobs`` durably and return their SHA-256 in the same order.

        All or an exception: after an OSError some may be stored, and the same call may be made again.
        """
        return self._put(blobs, together=CAN_FLUSH and len(blobs) >= _FLUSH_FROM)

    def get(self, sha: str) -> bytes:
        """The bytes. Raises FileNotFoundError, or BlobDamaged where they do not match their name."""
        data = self.path(sha).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha:
            raise BlobDamaged(f"The stored file {sha} is damaged.")
        return data

    def open(self, sha: str) -> BinaryIO:
        """The file, open for reading, for streaming; it is not checked. Raises FileNotFoundError."""
        return self.path(sha).open("rb")

    def path(self, sha: str) -> Path:
        """Where the file is or would be. Raises ValueError for anything but 64 lower-case hexadecimal digits."""
        if not _SHA256.fullmatch(sha):
            raise ValueError(f"Not a SHA-256 in hexadecimal: {sha!r}.")
        return self.root / sha[:2] / sha[2:4] / sha

    def exists(self, sha: str) -> bool:
        return self.path(sha).is_file()

    def delete(self, sha: str) -> None:
        """Remove the file; a missing one is fine. That no row needs it any more is for the caller to know."""
        self.path(sha).unlink(missing_ok=True)

    def identity(self) -> str:
        """A random name of this store, made once: two hosts that see the same one share the same files."""
        path = self.root / "identity"
        if not path.exists():
            self._make_staging()
            fresh = self._staging / uuid.uuid4().hex
            write_file(fresh, f"{uuid.uuid4().hex}\n".encode(), sync=True)
            try:
                path.hardlink_to(fresh)  # never overwrites: where another process was first, its name counts
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
            sync_folders([self.root])
        return path.read_text().strip()

    def remove_leftovers(self, *, older_than: float = 86400) -> int:
        """Remove what writers that died left half-written, if older than so many seconds. Returns how many."""
        if not self._staging.is_dir():
            return 0
        removed = 0
        for entry in self._staging.iterdir():
            try:
                if time.time() - entry.stat().st_mtime > older_than:
                    entry.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # its writer finished, or another host cleans up too
        return removed

    def _put(self, blobs: Iterable[bytes], *, together: bool) -> list[str]:
        shas = [hashlib.sha256(data).hexdigest() for data in blobs]
        wanted = {self.path(sha): data for sha, data in zip(shas, blobs, strict=True)}
        absent = {path: data for path, data in wanted.items() if not _holds(path, len(data))}
        self._make_staging()
        if together and absent:
            with FileSystem(self.root) as system:
                self._store(absent, flush=system)
                system.flush()
        else:
            sync_folders(self._store(absent, flush=None))
        # A file that was there already may have got its name a moment ago, from a writer that has not synced it yet.
        sync_folders({path.parent for path in wanted.keys() - absent.keys()})
        return shas

    def _store(self, absent: dict[Path, bytes], *, flush: FileSystem | None) -> set[Path]:
        """Write the files under passing names, make their bytes last, name them; return the folders to sync."""
        staged = {path: self._staging / f"{path.name}.{uuid.uuid4().hex}" for path in absent}
        touched: set[Path] = set()
        try:
            for path, data in absent.items():
                write_file(staged[path], data, sync=flush is None)
            if flush is not None:
                flush.flush()
            for path, passing in staged.items():
                touched |= self._make_folder(path.parent)
                passing.replace(path)
        except BaseException:
            for passing in staged.values():
                passing.unlink(missing_ok=True)
            raise
        return touched

    def _make_staging(self) -> None:
        if not self._staging.is_dir():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._staging.mkdir(exist_ok=True, mode=0o700)
            sync_folders([self.root, self.root.parent])

    def _make_folder(self, folder: Path) -> set[Path]:
        """Make ``root/ab/cd`` and return the folders whose names have to be synced for what is put in it to last."""
        touched = {folder}
        if not os.access(folder, os.F_OK):
            folder.parent.mkdir(exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            touched |= {folder.parent, self.root}
        return touched


def _holds(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False
