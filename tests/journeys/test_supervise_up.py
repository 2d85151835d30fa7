"""``postroom up`` under fire: whatever is killed comes back, and nothing is left when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.instance import ROOT, Instance, environment, processes_of, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "home", "up", "--workers", "1")
    try:
        instance.ready()
        yield instance
    finally:
        instance.close()


def test_every_process_that_is_killed_is_replaced_within_seconds(up: Instance) -> None:
    for role, which in (("postroom intake", 0), ("postroom worker", 0), ("postroom web", -1), ("postroom web", 0)):
        before = set(up.pids(role))
        os.kill(sorted(before)[which], signal.SIGKILL)
        wait_for(lambda role=role, before=before: set(up.pids(role)) - before)  # type: ignore[misc]
        up.ready()


def test_a_killed_database_is_back_within_a_minute_and_the_pages_with_it(up: Instance) -> None:
    first = up.postmaster()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{first}").exists())
    wait_for(lambda: up.status("/health/ready") == 200, seconds=60)
    assert up.postmaster() != first


def test_sigterm_ends_everything_within_ten_seconds(up: Instance) -> None:
    since = time.monotonic()
    assert up.end(signal.SIGTERM) == 0
    assert time.monotonic() - since < 10
    assert processes_of(up.home) == {}


def test_a_killed_supervisor_leaves_neither_role_nor_database(up: Instance) -> None:
    up.process.kill()
    up.process.wait()
    wait_for(lambda: not processes_of(up.home), seconds=15)


def test_up_prints_one_line_a_role_and_its_address_and_no_noise(up: Instance) -> None:
    wait_for(lambda: len(up.lines) >= 4)
    assert [line.partition(" (")[0] for line in up.lines] == [
        "web started",
        "intake started",
        "worker 1 started",
        f"Postroom is at {up.url}",
    ]


def test_up_refuses_a_port_that_is_taken(up: Instance, tmp_path: Path) -> None:
    other = environment(tmp_path / "other") | {"POSTROOM_BIND": up.environment["POSTROOM_BIND"]}
    done = subprocess.run(
        [sys.executable, "-m", "postroom", "up"],
        cwd=ROOT,
        env=other,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "is taken. Set POSTROOM_BIND" in done.stderr
    assert "Traceback" not in done.stderr
