"""A Postroom instance of its own: its home, its roles as child processes to be killed, and how far it has come."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from postroom.postgres import Embedded

ROOT = Path(__file__).parents[2]


class Desk:
    """One instance below ``home``, with all roles running after ``start``."""

    def __init__(self, home: Path, *, bind: str = "127.0.0.1:0") -> None:
        shutil.rmtree(home, ignore_errors=True)
        self.home = home
        self.bind = bind
        self._environment = {**os.environ, "POSTROOM_HOME": str(home), "POSTROOM_BIND": bind}
        self._roles: list[subprocess.Popen[bytes]] = []
        self._server = Embedded(home)

    def command(self, *words: str) -> str:
        """Run ``postroom`` with these words; what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def configure(self, configuration: str) -> None:
        file = self.home / "desk.yaml"
        file.write_text(configuration)
        self.command("config", "apply", str(file))

    def start(self, workers: int = 2, *, intake: bool = True, web: bool = False) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        at = self._server.acquire()
        self.connection_words = (
            f"host={at.host} port={at.port} user={at.user} password={at.password} dbname={at.database}"
        )
        for role in ["intake"] * intake + ["worker"] * workers + ["web"] * web:
            self._roles.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", role], cwd=ROOT, env=self._environment, start_new_session=True
                )
            )

    def wait(self, sql: str, seconds: float) -> float:
        """Seconds until ``sql`` returns true; raises TimeoutError."""
        start = time.perf_counter()
        with psycopg.connect(self.connection_words, autocommit=True) as connection:
            while time.perf_counter() - start < seconds:
                row = connection.execute(sql.encode()).fetchone()
                if row and row[0]:
                    return time.perf_counter() - start
                time.sleep(0.01)
        raise TimeoutError(sql)

    def value(self, sql: str) -> Any:
        """The one value that ``sql`` selects."""
        with psycopg.connect(self.connection_words, autocommit=True) as connection:
            row = connection.execute(sql.encode()).fetchone()
            return row[0] if row else None

    def outcomes(self) -> Counter[str]:
        with psycopg.connect(self.connection_words, autocommit=True) as connection:
            return Counter(
                dict(connection.execute(b"SELECT outcome, count(*) FROM inbox_inboundemail GROUP BY 1").fetchall())
            )

    def kill(self) -> None:
        """``kill -9`` of every role and of PostgreSQL, as when the machine loses power."""
        postmaster = int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        for role in self._roles:
            os.killpg(role.pid, signal.SIGKILL)
        os.kill(postmaster, signal.SIGKILL)
        for role in self._roles:
            role.wait()
        self._roles = []
        self._server.release()

    def stop(self) -> None:
        for role in self._roles:
            role.send_signal(signal.SIGTERM)
        for role in self._roles:
            try:
                role.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(role.pid, signal.SIGKILL)
                role.wait()
        self._roles = []
        self._server.release()
