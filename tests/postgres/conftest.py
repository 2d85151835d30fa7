"""Homes with an embedded server each, and processes beside ours that use them, as ourselves or as another user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import postroom
from postroom.postgres import Connection, Embedded

SOURCE = Path(postroom.__file__).parents[1]


def _new_folder() -> Path:
    """A closed folder by a short path; in memory where there is room, as a database is a thousand files."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2_000_000_000
    return Path(tempfile.mkdtemp(prefix="pr-", dir=memory if roomy else None))


def connect(at: Connection, **other: str) -> psycopg.Connection:
    """A connection to the server, committing each statement."""
    how = {"user": at.user, "password": at.password, "dbname": at.database} | other
    return psycopg.connect(host=at.host, port=at.port, autocommit=True, **how)


def postmaster(home: Path) -> int:
    """The process number of the home's server."""
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def kill(home: Path) -> None:
    """Kill the home's server the hard way; it is dead on return, reaped or not."""
    pid = postmaster(home)
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        os.sched_yield()


def is_alive(pid: int) -> bool:
    """Whether the process runs, so is neither gone nor a zombie that nobody has reaped yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_up(embedded: Embedded) -> bool:
    """Whether a client gets in."""
    try:
        connect(embedded.connection).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home below a folder that is closed to everyone else, by a short path."""
    folder = _new_folder()
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def used_home() -> Iterator[Path]:
    """A home whose desk ran before and is stopped now. Shared: a test leaves it so."""
    folder = _new_folder()
    first = Embedded(folder / "home", fsync=False)
    first.acquire()
    first.release()
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def own_home(home: Path, used_home: Path) -> Path:
    """The same for one test alone."""
    return shutil.copytree(used_home, home)


@pytest.fixture
def embedded() -> Iterator[Callable[..., Embedded]]:
    """Make an Embedded for a home; all of them are released in the end."""
    made: list[Embedded] = []

    def make(home: Path, **other: object) -> Embedded:
        made.append(Embedded(home, **({"fsync": False} | other)))
        return made[-1]

    yield make
    for one in made:
        one.release()


@pytest.fixture
def beside() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process that runs a script with arguments; it is gone in the end."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object, python: str = sys.executable, **other: object) -> subprocess.Popen[str]:
        command = [python, "-c", script, *map(str, arguments)]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        started.append(subprocess.Popen(command, cwd=SOURCE, text=True, **streams, **other))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def python_for(uid: int) -> tuple[str, dict[str, str]]:
    """A Python of our version that this user can run, with our libraries; skips the test where there is none."""
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    version = f"import sys, psycopg; assert sys.version_info[:2] == {tuple(sys.version_info[:2])}"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            command = [python, "-c", f"{version}; import postroom.postgres"]
            subprocess.run(
                command, user=uid, group=uid, extra_groups=[], cwd="/", env=environment, check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return python, environment
    pytest.skip(f"No Python with our libraries is within reach of user {uid}.")
