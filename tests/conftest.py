"""One embedded PostgreSQL a test run, started once a test needs the database, and settings that make tests fast."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).parents[1]
pytest_plugins = ["tests.browser", "tests.servers.fixtures"]


def _own_home() -> tuple[Path, int]:
    """A home that no other test run uses at the moment, kept for the next run (the database is reused)."""
    for slot in range(16):
        home = ROOT / "var" / "test" / str(slot)
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(home / "taken", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return home, handle
    raise RuntimeError("16 test runs are going on in this folder.")


HOME, _lock = _own_home()
for name in [name for name in os.environ if name.startswith("POSTROOM_")] + ["DATABASE_URL"]:
    os.environ.pop(name, None)
os.environ["POSTROOM_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "postroom.config.settings"
django.setup()  # now: the conftest of a folder below is imported before pytest-django would do it


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Start the database that this run uses, and stop it at the end."""
    from django.db import connections

    from postroom.postgres import Embedded

    server = Embedded(HOME, fsync=False)
    server.acquire()
    connections["default"].settings_dict["OPTIONS"].pop("pool", None)
    yield
    server.release()


@pytest.fixture(autouse=True)
def _quick_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty mail store and a cheap password hash for tests that use the database."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        settings = request.getfixturevalue("settings")
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        settings.POSTROOM_STORAGE = tmp_path_factory.mktemp("mail")
