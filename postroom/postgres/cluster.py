"""The database cluster on disk: its folder, its password, and how its server is addressed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from postroom.postgres.binaries import Binaries
from postroom.postgres.errors import PostgresError
from postroom.postgres.identity import Identity

USER = DATABASE = "postroom"
PORT = 5432
_SOCKET = f".s.PGSQL.{PORT}"
_LONGEST_SOCKET_PATH = 103  # sun_path without its NUL: 107 on Linux, see unix(7), 103 on macOS and the BSDs
_LOG_LIMIT = 10_000_000
_SANE_PATH = re.compile(r"[\w./+@=-]+")
_BUILTIN_LOCALE_SINCE = 17


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the database. ``host`` is the folder of its Unix socket."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str


class Cluster:
    """The files below ``home/postgres``, and a short socket folder outside it where that path is too long."""

    def __init__(self, home: Path) -> None:
        self.folder = home.absolute() / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.start_lock = self.folder / "start.lock"
        self.users_lock = self.folder / "users.lock"
        self.server_lock = self.folder / "server.lock"
        self._password = self.folder / "password"

    def prepare(self) -> None:
        """Make the folder, open to its owner alone. Raises PostgresError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if stat.S_IMODE(self.folder.stat().st_mode) != 0o700:
                self.folder.chmod(0o700)
        except OSError as error:
            raise PostgresError(
                f"The folder of the embedded database cannot be used: {error}. Set POSTROOM_HOME to a folder of the "
                "user who runs Postroom, or DATABASE_URL to a server of your own."
            ) from error

    def connection(self) -> Connection:
        """How to reach the server, whether it runs or not. Makes the password at the first call."""
        self.prepare()
        return Connection(str(self.sockets()), PORT, USER, self._read_password(), DATABASE)

    def sockets(self) -> Path:
        """The folder of the socket: ``run``, or a short one under /tmp where the home is too deep or oddly named."""
        own = self.folder / "run"
        if len(os.fsencode(own / _SOCKET)) <= _LONGEST_SOCKET_PATH and _SANE_PATH.fullmatch(str(own)):
            return own
        # Not tempfile.gettempdir(): all processes of one home have to agree, whatever their TMPDIR says.
        name = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        return Path("/tmp", f"postroom-{name}")  # noqa: S108

    def socket(self) -> Path:
        return self.sockets() / _SOCKET

    def prepare_sockets(self, identity: Identity) -> None:
        """Make the socket folder and clear it of a dead server's socket. Raises PostgresError."""
        folder = self.sockets()
        folder.mkdir(exist_ok=True, mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), identity.owner):
            raise PostgresError(
                f"{folder} belongs to somebody else. Remove it, or set POSTROOM_HOME to a shorter path."
            )
        folder.chmod(0o700)
        identity.give(folder)
        for name in (_SOCKET, f"{_SOCKET}.lock"):
            (folder / name).unlink(missing_ok=True)

    def major(self) -> int | None:
        """The PostgreSQL version that made the data, or None before there is any. Raises PostgresError."""
        if not self.data.exists():
            return None
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError) as error:
            raise PostgresError(
                f"{self.data} is no PostgreSQL data folder ({error}). Restore it or move it away."
            ) from error

    def initialise(self, binaries: Binaries, identity: Identity, *, fsync: bool) -> None:
        """Make the data folder. It gets its name when it is whole, so a half-made one is never used."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = ["--locale=C.UTF-8"]
        if binaries.major >= _BUILTIN_LOCALE_SINCE:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments = ["-D", fresh.name, "-U", USER, "--auth=scram-sha-256", f"--pwfile={self._password.name}"]
        arguments += ["-E", "UTF8", "--data-checksums", *locale]
        if not fsync:
            arguments += ["--no-sync", "--wal-segsize=1"]  # MB: passing databases are made quickly and stay small
        self._read_password()
        identity.give(self._password)
        command = identity.command(self.folder, binaries.program("initdb"), *arguments)
        done = subprocess.run(command, cwd=self.folder, env=server_environment(), capture_output=True, check=False)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise PostgresError(f"The embedded database could not be made in {self.folder}: {said[-1500:]}")
        fresh.rename(self.data)
        _sync(self.folder)

    def trim_log(self) -> None:
        """Keep the log below a size: the server only appends, so it may be emptied while it is written."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def log_tail(self) -> str:
        """The last lines that the server wrote, for an error message."""
        if not self.log.exists():
            return "(the server wrote no log)"
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-12:])

    def _read_password(self) -> str:
        if not self._password.exists():
            if self.data.exists():
                raise PostgresError(
                    f"{self._password} is missing; without it nobody can sign in to the embedded database. "
                    "Restore it from the backup that the folder came from."
                )
            self._write_password()
        return self._password.read_text().strip()

    def _write_password(self) -> None:
        fresh = self.folder / f"password.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            self._password.hardlink_to(fresh)  # never overwrites: where another process was first, its password counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        _sync(self.folder)


def server_environment() -> dict[str, str]:
    """What PostgreSQL's programs get to see: English messages, and no PG… variable of the caller's."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
