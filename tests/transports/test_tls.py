"""TLS for both directions: what is trusted, what is refused, and what is said about it (ruling R15)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import pytest

from postroom.transports.base import Auth, Endpoint, Security
from postroom.transports.connect import tls_context
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from tests.servers.ca import Ca
from tests.servers.dovecot import ELSEWHERE, EXPIRED, STRICT
from tests.servers.lines import LineServer
from tests.servers.scripted import SILENT, USUAL, ScriptedSmtp
from tests.transports.conftest import a_mail, refused, smtp_at

At = Callable[..., Endpoint]
Tls = Callable[..., ssl.SSLContext]
SAM, DESK = "sam@example.test", "support@desk.test"
BOTH: tuple[Security, ...] = ("ssl", "tls")


@pytest.fixture
def smtp() -> Iterator[Callable[..., ScriptedSmtp]]:
    """Makes SMTP servers with TLS from the first byte (``ssl``) or STARTTLS (``tls``)."""
    started: list[ScriptedSmtp] = []

    def made(security: Security, context: ssl.SSLContext) -> ScriptedSmtp:
        server = ScriptedSmtp(tls=context) if security == "ssl" else ScriptedSmtp(start_tls=context)
        if security == "tls":
            server.answers["EHLO"] = USUAL["EHLO"].replace("250-PIPELINING", "250-STARTTLS\n250-PIPELINING")
        server.start()
        started.append(server)
        return server

    yield made
    for server in started:
        server.stop()


@pytest.mark.parametrize("security", ["none", *BOTH])
def test_mail_is_read_over_each_security_type_with_a_ca_of_our_own(imap_at: At, security: Security) -> None:
    receiver = ImapReceiver(imap_at(security))
    receiver.open()
    receiver.close()

    assert receiver.uidvalidity


@pytest.mark.parametrize("security", BOTH)
def test_mail_is_sent_over_each_security_type_with_a_ca_of_our_own(
    smtp: Callable[..., ScriptedSmtp], server_tls: Tls, ca: Ca, security: Security
) -> None:
    server = smtp(security, server_tls())
    sender = SmtpSender(smtp_at(server, security=security, ca_file=str(ca.ca_file)))

    assert sender.send(DESK, [SAM], a_mail())[0].accepted
    sender.close()


@pytest.mark.parametrize("security", BOTH)
@pytest.mark.parametrize(
    ("host", "ca_name", "words"),
    [
        ("127.0.0.1", "", "certificate authority of its own, give its CA file"),
        ("127.0.0.1", "other", "Neither the system nor the given CA file knows its issuer"),
        (EXPIRED, "own", "It has expired"),
        (ELSEWHERE, "own", "It was issued for other names than 127.0.0.4"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_refused_when_reading(
    imap_at: At, ca: Ca, security: Security, host: str, ca_name: str, words: str
) -> None:
    file = {"": "", "own": str(ca.ca_file), "other": str(ca.other_ca_file)}[ca_name]

    error = refused(ImapReceiver(imap_at(security, host=host, ca_file=file)).open)

    assert (error.code, error.stage, error.connection) == ("MAILCONTLS", "tls", True)
    assert words in error.message


@pytest.mark.parametrize("security", BOTH)
@pytest.mark.parametrize("host", ["127.0.0.1", EXPIRED, ELSEWHERE])
def test_any_certificate_is_taken_where_an_administrator_said_so(imap_at: At, security: Security, host: str) -> None:
    """OUT-08"""
    receiver = ImapReceiver(imap_at(security, host=host, verify_tls=False))
    receiver.open()
    receiver.close()


@pytest.mark.parametrize("security", BOTH)
@pytest.mark.parametrize(
    ("names", "expired", "trusted", "words"),
    [
        (("127.0.0.1",), False, False, "give its CA file"),
        (("127.0.0.1",), True, True, "It has expired"),
        (("elsewhere.test",), False, True, "It was issued for other names"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_refused_when_sending(
    smtp: Callable[..., ScriptedSmtp],
    server_tls: Tls,
    ca: Ca,
    security: Security,
    names: tuple[str, ...],
    expired: bool,
    trusted: bool,
    words: str,
) -> None:
    server = smtp(security, server_tls(*names, expired=expired))
    auth = Auth("basic", DESK, "top-secret")
    file = str(ca.ca_file) if trusted else ""

    error = refused(SmtpSender(smtp_at(server, security=security, ca_file=file, auth=auth)).open)

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert words in error.message
    assert not any(line.startswith("AUTH") for line in server.said)


def test_starttls_that_is_not_offered_is_never_done_without(scripted: ScriptedSmtp) -> None:
    sender = SmtpSender(smtp_at(scripted, security="tls", auth=Auth("basic", DESK, "top-secret")))

    error = refused(sender.open)

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert "offers no STARTTLS" in error.message
    assert not any(line.startswith(("AUTH", "MAIL")) for line in scripted.said)


def test_imap_without_starttls_is_never_continued_in_plain_text() -> None:
    said: list[str] = []
    server = LineServer(lambda talk: _plain_imap(talk, said))
    server.start()
    try:
        error = refused(ImapReceiver(Endpoint(server.host, server.port, "tls", Auth("basic", DESK, "top-secret"))).open)
    finally:
        server.stop()

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert not any("LOGIN" in line or "AUTHENTICATE" in line for line in said)


def _plain_imap(talk: object, said: list[str]) -> None:
    talk.say("* OK ready")  # type: ignore[attr-defined]
    while True:
        line = talk.hear()  # type: ignore[attr-defined]
        said.append(line)
        talk.say(f"* CAPABILITY IMAP4rev1\n{line.split(' ')[0]} OK done")  # type: ignore[attr-defined]


def test_a_password_is_not_sent_where_the_server_wants_tls_first(imap_at: At) -> None:
    error = refused(ImapReceiver(imap_at("none", host=STRICT)).open)

    assert (error.code, error.stage) == ("MAILAUTHCRED", "login")
    assert "choose TLS or SSL" in error.message


def test_the_same_server_takes_the_password_over_tls(imap_at: At) -> None:
    receiver = ImapReceiver(imap_at("tls", host=STRICT))
    receiver.open()
    receiver.close()


def test_ssl_chosen_for_a_server_that_starts_in_plain_text_says_so(scripted: ScriptedSmtp) -> None:
    error = refused(SmtpSender(smtp_at(scripted, security="ssl")).open)

    assert error.code == "MAILCONTLS"
    assert "starts in plain text" in error.message
    assert "Choose TLS (STARTTLS)" in error.message


def test_plain_chosen_for_a_mailbox_that_starts_with_tls_says_so(imap_at: At, dovecot: object) -> None:
    endpoint = imap_at("none", port=dovecot.tls_port, timeout=0.8)  # type: ignore[attr-defined]

    error = refused(ImapReceiver(endpoint).open)

    assert error.code == "MAILCONTLS"
    assert "waits for TLS from the first byte. Choose SSL" in error.message


def test_plain_chosen_for_a_sending_server_that_starts_with_tls_says_so(
    smtp: Callable[..., ScriptedSmtp], server_tls: Tls
) -> None:
    server = smtp("ssl", server_tls())

    error = refused(SmtpSender(smtp_at(server, timeout=0.8)).open)

    assert error.code == "MAILCONTLS"
    assert "Choose SSL" in error.message


def test_a_handshake_that_hangs_ends_with_the_time_out() -> None:
    server = ScriptedSmtp()
    server.answers["GREETING"] = SILENT
    server.start()
    try:
        error = refused(SmtpSender(smtp_at(server, security="ssl", timeout=0.3)).open)
    finally:
        server.stop()

    assert (error.code, error.stage) == ("MAILCONTMO", "tls")


def test_a_ca_file_that_cannot_be_read_is_named(scripted: ScriptedSmtp) -> None:
    error = refused(SmtpSender(smtp_at(scripted, security="ssl", ca_file="/nowhere/ca.pem")).open)

    assert error.code == "MAILCONTLS"
    assert "/nowhere/ca.pem" in error.message


def test_verification_is_never_off(ca: Ca) -> None:
    for file in ("", str(ca.ca_file)):
        context = tls_context(file)
        assert context.check_hostname
        assert context.verify_mode == ssl.CERT_REQUIRED
