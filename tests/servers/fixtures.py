"""Fixtures for tests with real servers. Where a server is missing the test is skipped, but fails where CI is set."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import dovecot as dovecot_server
from tests.servers import postfix as postfix_server
from tests.servers.ca import Ca
from tests.servers.dovecot import Dovecot
from tests.servers.graph import Graph
from tests.servers.identity import Identity
from tests.servers.pop3 import ScriptedPop3
from tests.servers.postfix import Postfix
from tests.servers.proxy import HttpProxy, SocksProxy
from tests.servers.scripted import ScriptedSmtp
from tests.servers.sink import Sink


def missing(what: str) -> None:
    """Skip with the reason; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not installed here")


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A short path, since the servers put sockets there."""
    folder = Path(tempfile.mkdtemp(prefix="pr-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def ca(servers_folder: Path) -> Ca:
    return Ca(servers_folder / "ca")


@pytest.fixture(scope="session")
def dovecot(servers_folder: Path, ca: Ca) -> Iterator[Dovecot]:
    if not dovecot_server.is_installed():
        missing("Dovecot")
    server = Dovecot(servers_folder / "d", ca)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def outside() -> Iterator[Sink]:
    """Where Postfix brings mail for other domains: the world outside the desk."""
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postfix(servers_folder: Path, dovecot: Dovecot, outside: Sink) -> Iterator[Postfix]:
    if not postfix_server.is_usable():
        missing("Postfix (as root)")
    server = Postfix(servers_folder / "p", dovecot, outside.port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def scripted() -> Iterator[ScriptedSmtp]:
    """An SMTP server that behaves until a test tells it otherwise."""
    server = ScriptedSmtp()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def scripted_pop3() -> Iterator[ScriptedPop3]:
    """A POP3 server that behaves until a test tells it otherwise."""
    server = ScriptedPop3()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def http_proxy() -> Iterator[HttpProxy]:
    server = HttpProxy("office:let-me-out")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def socks_proxy() -> Iterator[SocksProxy]:
    server = SocksProxy("office:let-me-out")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def identity() -> Iterator[Identity]:
    """An identity provider, with the people of the desk."""
    server = Identity()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    """Microsoft Graph: ``good`` is the token of the desk's mailbox, ``app`` of an application that opens them all."""
    server = Graph({"good": "support@desk.test", "app": "app"}.get)
    server.mailbox("support@desk.test")
    server.start()
    monkeypatch.setenv("POSTROOM_GRAPH_URL", server.url)
    yield server
    server.stop()
