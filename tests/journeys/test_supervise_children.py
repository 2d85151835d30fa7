"""The supervisor with small children of its own: what it starts again, and whom it does not wait for."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.run import supervise
from postroom.run.supervise import Role, Supervisor
from tests.journeys.instance import wait_for


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, list[int]], threading.Event, threading.Thread]]:
    """A supervisor of one sleeping role; its starts by name, its end, its thread."""
    monkeypatch.setattr(supervise, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(supervise, "TICK_SECONDS", 0.01)
    started: dict[str, list[int]] = {}
    stop = threading.Event()
    supervisor = Supervisor(
        [Role("sleeper", ("timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"))],
        lambda name, pid: started.setdefault(name, []).append(pid),
    )
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    yield started, stop, thread
    stop.set()
    thread.join(timeout=20)


def sleepers() -> set[int]:
    """The sleeping children of this process."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    pids = {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
    return {pid for pid in pids if b"time.sleep(60)" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_a_role_that_is_killed_is_started_again_and_the_log_says_why(
    run: tuple[dict[str, list[int]], threading.Event, threading.Thread], caplog: pytest.LogCaptureFixture
) -> None:
    started, _, _ = run
    caplog.set_level(logging.WARNING, "postroom.run.supervise")
    first = wait_for(lambda: started.get("sleeper", []))[0]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: sleepers() - {first})
    assert "sleeper ended by SIGKILL" in caplog.text


def test_all_roles_have_ended_when_the_supervisor_has(
    run: tuple[dict[str, list[int]], threading.Event, threading.Thread],
) -> None:
    started, stop, thread = run
    first = wait_for(lambda: started.get("sleeper", []))[0]
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert not Path(f"/proc/{first}").exists()


def test_a_role_that_does_not_end_is_killed_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervise, "KILL_AFTER_SECONDS", 0.2)
    caplog.set_level(logging.WARNING, "postroom.run.supervise")
    stop, mark = threading.Event(), tmp_path / "here"
    supervisor = Supervisor([Role("stubborn", ("tests.journeys.stubborn", str(mark)))])
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    wait_for(mark.exists)
    since = time.monotonic()
    stop.set()
    thread.join(timeout=10)
    assert time.monotonic() - since < 5
    assert "stubborn did not end in time and is killed" in caplog.text
