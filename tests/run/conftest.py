"""The environment variables that the configuration file names."""

from __future__ import annotations

import pytest

from tests.run.desk import CANARIES


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Passwords that must never be seen again."""
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    return CANARIES
