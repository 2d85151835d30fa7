"""Endpoints for the servers of a test."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Callable, Iterator

import pytest

from postroom.transports.base import Auth, Endpoint, Proxy, Security, TransportError
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from tests.servers.ca import Ca
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.scripted import ScriptedSmtp

MAIL = (
    b"From: sam@example.test\r\nTo: support@desk.test\r\nSubject: Printer\r\nMessage-ID: <%d@example.test>\r\n"
    b"\r\nOn fire.\r\n"
)
_numbers = itertools.count(1)


def a_mail(size: int = 0) -> bytes:
    """A mail of its own, filled up with lines to about ``size`` bytes."""
    return MAIL % next(_numbers) + (b"filling\r\n" * (size // 9))


def refused(call: Callable[[], object]) -> TransportError:
    """The TransportError that ``call`` raises."""
    with pytest.raises(TransportError) as caught:
        call()
    return caught.value


@pytest.fixture
def user() -> str:
    """A mailbox that no other test uses."""
    return f"box{next(_numbers)}@desk.test"


@pytest.fixture
def imap_at(dovecot: Dovecot, user: str) -> Callable[..., Endpoint]:
    """An endpoint at Dovecot for ``user``; each part can be given."""

    def at(security: Security = "none", host: str = "127.0.0.1", **parts: object) -> Endpoint:
        words: dict[str, object] = {
            "port": dovecot.tls_port if security == "ssl" else dovecot.port,
            "auth": Auth("basic", user, PASSWORD),
            "ca_file": str(dovecot.ca.ca_file),
            "timeout": 10.0,
        }
        return Endpoint(host=host, security=security, **(words | parts))  # type: ignore[arg-type]

    return at


@pytest.fixture
def pop3_at(dovecot: Dovecot, imap_at: Callable[..., Endpoint]) -> Callable[..., Endpoint]:
    """The same mailbox by POP3."""

    def at(security: Security = "none", **parts: object) -> Endpoint:
        port = dovecot.pop3_tls_port if security == "ssl" else dovecot.pop3_port
        return imap_at(security, **({"port": port} | parts))

    return at


@pytest.fixture
def mailbox(imap_at: Callable[..., Endpoint]) -> Iterator[ImapReceiver]:
    """The user's INBOX, open."""
    receiver = ImapReceiver(imap_at())
    receiver.open()
    yield receiver
    receiver.close()


def smtp_at(server: ScriptedSmtp, **parts: object) -> Endpoint:
    words: dict[str, object] = {"security": "none", "timeout": 5.0}
    return Endpoint(host=server.host, port=server.port, **(words | parts))  # type: ignore[arg-type]


@pytest.fixture
def sender(scripted: ScriptedSmtp) -> Iterator[SmtpSender]:
    made = SmtpSender(smtp_at(scripted), own_name="desk.test")
    yield made
    made.close()


@pytest.fixture
def server_tls(ca: Ca) -> Callable[..., ssl.SSLContext]:
    """The server's side of TLS, with a certificate for these names."""

    def made(*names: str, expired: bool = False) -> ssl.SSLContext:
        chain, key = ca.issue(*(names or ("127.0.0.1",)), expired=expired)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return context

    return made


def through(server: object, kind: str, password: str = "let-me-out") -> Proxy:
    return Proxy("socks5" if kind == "socks5" else "http", server.host, server.port, "office", password)  # type: ignore[attr-defined]
