"""Dump and restore of the embedded database with pg_dump and pg_restore: for backups and for a new major version."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from postroom.postgres.binaries import Binaries
from postroom.postgres.cluster import Connection, server_environment
from postroom.postgres.errors import PostgresError


def dump(programs: Binaries, at: Connection, path: Path) -> None:
    """Write the database to ``path`` in pg_dump's custom format, mode 0600, whole or not at all."""
    fresh = path.with_name(f"{path.name}.part")
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        _run(programs, at, "pg_dump", "--format=custom", f"--file={fresh}", f"--dbname={at.database}")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def restore(programs: Binaries, at: Connection, path: Path) -> None:
    """Replace what the dump holds, in one transaction: after an error the database is as it was."""
    how = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(programs, at, "pg_restore", *how, f"--dbname={at.database}", str(path))


def _run(programs: Binaries, at: Connection, name: str, *arguments: str) -> None:
    where = ("--host", at.host, "--port", str(at.port), "--username", at.user, "--no-password")
    surroundings = server_environment() | {"PGPASSWORD": at.password}
    try:
        done = subprocess.run(
            [programs.program(name), *where, *arguments], env=surroundings, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise PostgresError(f"{programs.folder} has no {name}. Install your system's PostgreSQL client.") from error
    if done.returncode != 0:
        raise PostgresError(f"{name} failed: {done.stderr.decode(errors='replace').strip()[-1500:]}")
