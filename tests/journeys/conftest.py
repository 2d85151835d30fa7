"""Intake and worker running for real in this process, on real servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from postroom.run.watch import watch
from postroom.run.work import work

T = TypeVar("T")


@pytest.fixture
def roles(transactional_db: None) -> Iterator[None]:
    """The intake role and one worker, until the test is over."""
    stop = threading.Event()
    threads = [threading.Thread(target=role, args=(stop,), name=role.__name__) for role in (watch, work)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture
def eventually() -> Callable[..., T]:
    """Wait until a look at the world gives something; fails after ``seconds``."""

    def eventually(look: Callable[[], T], seconds: float = 15) -> T:
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)
        return seen

    return eventually
