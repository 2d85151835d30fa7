"""An instance in processes of its own, for tests that kill them: started, asked, and counted from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from postroom.run.bind import free_port

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


def wait_for(look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true answer of ``look``; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return seen


def environment(home: Path) -> dict[str, str]:
    """The surroundings of an instance that has nothing in common with another one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("POSTROOM_", "DATABASE_URL"))}
    return clean | {"POSTROOM_HOME": str(home), "POSTROOM_BIND": f"127.0.0.1:{free_port()}"}


def processes_of(home: Path) -> dict[int, str]:
    """Every process that works for this home, by number: its roles by their environment, PostgreSQL by its folder."""
    mark, data = f"POSTROOM_HOME={home}".encode(), str(home / "postgres" / "data")
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            works = mark in (entry / "environ").read_bytes().split(b"\0") or str((entry / "cwd").readlink()) == data
        except OSError:
            continue
        if works and command:
            found[int(entry.name)] = command
    return found


class Instance:
    """``postroom`` with a long-running command, its output by line, and its processes."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self.environment = environment(home)
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "postroom", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    @property
    def url(self) -> str:
        return f"http://{self.environment['POSTROOM_BIND']}"

    def value(self, name: str) -> str:
        """What a line ``Name: value`` says, once it is there."""
        return self.values(name)[0]

    def values(self, name: str) -> list[str]:
        return wait_for(lambda: [line.partition(": ")[2] for line in self._printed() if line.startswith(f"{name}: ")])

    def _printed(self) -> list[str]:
        assert self.process.poll() is None, "\n".join(self.lines)
        return list(self.lines)

    def ready(self) -> None:
        """Wait until the pages and the database answer."""
        wait_for(lambda: self.status("/health/ready") == 200)

    def status(self, path: str) -> int:
        """The status of an answer; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def get(self, path: str, token: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pids(self, words: str) -> list[int]:
        """The processes whose command line holds ``words``, oldest first."""
        return sorted(pid for pid, command in processes_of(self.home).items() if words in command)

    def postmaster(self) -> int:
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def end(self, number: int = signal.SIGINT, seconds: float = 10.0) -> int:
        """Signal the first process and wait for it; its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=seconds)
        self._reader.join(timeout=seconds)
        return status

    def close(self) -> None:
        """Leave nothing behind, whatever a test did."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM, seconds=20)
        wait_for(lambda: not processes_of(self.home))
        self._reader.join(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
