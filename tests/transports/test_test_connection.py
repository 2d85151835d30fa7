"""Test Connection: its stages, their words, its time limit; what it never does is raise (TST-03 to TST-06)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

import pytest

from postroom.transports.base import Auth, Endpoint
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from postroom.transports.stages import Stages
from tests.servers.ca import Ca
from tests.servers.dovecot import Dovecot
from tests.servers.lines import LineServer, Talk
from tests.servers.proxy import HttpProxy
from tests.servers.scripted import CUT, SILENT, ScriptedSmtp
from tests.transports.conftest import a_mail, refused, smtp_at, through

At = Callable[..., Endpoint]
SAM, DESK = "sam@example.test", "support@desk.test"


def names(result: object) -> list[str]:
    return [stage.name for stage in result.stages]  # type: ignore[attr-defined]


def test_a_mailbox_is_tested_stage_by_stage(imap_at: At, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, a_mail())
    dovecot.deliver(user, a_mail())

    result = ImapReceiver(imap_at("ssl", host="localhost")).test()

    assert result.ok
    assert (result.code, result.message) == ("", "")
    assert names(result) == ["dns", "tcp", "tls", "capabilities", "login", "folder"]
    assert all(stage.ok and stage.ms >= 0 and stage.detail for stage in result.stages)
    words = {stage.name: stage.detail for stage in result.stages}
    assert words["tls"].startswith("TLSv1.3, certificate of localhost")
    assert "valid until" in words["tls"]
    assert f"INBOX: 2 mails, the oldest of {time.strftime('%Y-%m-%d')}; IDLE is offered" == words["folder"]
    assert set(dovecot.flags(user)) == {""}


def test_starttls_shows_its_certificate_before_the_capabilities(imap_at: At) -> None:
    assert names(ImapReceiver(imap_at("tls")).test()) == ["dns", "tcp", "tls", "capabilities", "login", "folder"]


def test_a_sending_server_is_tested_stage_by_stage_and_the_mail_goes_out(
    scripted: ScriptedSmtp, http_proxy: HttpProxy
) -> None:
    scripted.answers["END"] = "250 2.0.0 Ok: queued as 4711"
    raw = a_mail()
    endpoint = smtp_at(scripted, proxy=through(http_proxy, "http"), auth=Auth("basic", DESK, "top-secret"))

    result = SmtpSender(endpoint).test(DESK, SAM, raw)

    assert result.ok
    assert names(result) == ["dns", "proxy", "tcp", "capabilities", "login", "sender", "recipient", "data"]
    assert "queued as 4711" in result.stages[-1].detail
    assert "takes mails of up to 1000000 bytes" in result.stages[3].detail
    assert scripted.mails == [raw]
    assert "top-secret" not in repr(result)


@pytest.mark.parametrize(
    ("step", "answer", "stage", "code"),
    [
        ("GREETING", CUT, "capabilities", "MAILCONREF"),
        ("AUTH", "535 5.7.8 no", "login", "MAILAUTHCRED"),
        ("AUTH", CUT, "login", "MAILCONREF"),
        ("MAIL", "550 5.1.8 no", "sender", "MAILCONSMTP"),
        ("RCPT", "550 5.1.1 no", "recipient", "MAILCONSMTP"),
        ("DATA", "554 5.6.0 no", "data", "MAILCONSMTP"),
        ("END", "554 5.6.0 no", "data", "MAILCONSMTP"),
    ],
)
def test_the_failing_stage_is_the_last_one(
    scripted: ScriptedSmtp, step: str, answer: str, stage: str, code: str
) -> None:
    scripted.answers[step] = answer

    result = SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, "top-secret"))).test(DESK, SAM, a_mail())

    assert (result.ok, result.code, result.stages[-1].name, result.stages[-1].ok) == (False, code, stage, False)
    assert all(done.ok for done in result.stages[:-1])
    assert result.message == result.stages[-1].detail


def test_a_name_that_does_not_resolve_fails_at_once() -> None:
    result = ImapReceiver(Endpoint("no-such-host.invalid", 993, "ssl")).test()

    assert (result.code, names(result)) == ("MAILCONDNS", ["dns"])


def test_a_certificate_that_cannot_be_trusted_fails_at_tls(server_tls: Callable[..., ssl.SSLContext], ca: Ca) -> None:
    server = ScriptedSmtp(tls=server_tls("elsewhere.test"))
    server.start()
    try:
        result = SmtpSender(smtp_at(server, security="ssl", ca_file=str(ca.ca_file))).test(DESK, SAM, a_mail())
    finally:
        server.stop()

    assert (result.code, names(result)) == ("MAILCONTLS", ["dns", "tcp", "tls"])


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL"])
def test_a_test_of_a_server_that_hangs_ends_at_the_stage_that_hangs(scripted: ScriptedSmtp, step: str) -> None:
    scripted.answers[step] = SILENT

    result = SmtpSender(smtp_at(scripted, timeout=0.4)).test(DESK, SAM, a_mail())

    assert (result.ok, result.code) == (False, "MAILCONTMO")
    assert result.stages[-1].name == {"MAIL": "sender"}.get(step, "capabilities")


def _dripping(talk: Talk) -> None:
    """Says a letter every now and then, so that no single wait is ever long."""
    talk.socket.settimeout(0.05)
    while True:
        talk.socket.sendall(b"2")
        try:
            if not talk.socket.recv(1):
                return
        except TimeoutError:
            continue


def test_a_test_of_a_server_that_drips_is_ended_when_its_time_is_over() -> None:
    server = LineServer(_dripping)
    server.start()
    try:
        with Stages(seconds=0.5) as limited:
            sender = SmtpSender(limited.limited(smtp_at(server, timeout=60)), progress=limited)  # type: ignore[arg-type]
            result = limited.failed(refused(sender.open))
    finally:
        server.stop()

    assert result.code == "MAILCONTMO"
    assert result.stages[-1].name == "capabilities"


def test_a_test_uses_a_connection_of_its_own(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    sender.send(DESK, [SAM], a_mail())

    assert sender.test(DESK, SAM, a_mail()).ok
    sender.send(DESK, [SAM], a_mail())

    assert scripted.connections == 2
