"""Each code by which people know a fault (SPEC A9), as a server on its bad day brings it about in Test Connection."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from postroom.transports.base import Auth, Endpoint, Proxy
from postroom.transports.base import TestResult as Outcome
from postroom.transports.imap import ImapReceiver
from postroom.transports.pop3 import Pop3Receiver
from postroom.transports.smtp import SmtpSender
from tests.servers.ca import Ca
from tests.servers.dovecot import EXPIRED, Dovecot
from tests.servers.lines import Hangup, LineServer, Talk
from tests.servers.pop3 import ScriptedPop3
from tests.servers.ports import free_port
from tests.servers.scripted import CUT, SILENT, ScriptedSmtp
from tests.transports.conftest import a_mail, smtp_at

At = Callable[..., Endpoint]
DESK = "support@desk.test"
BASIC = Auth("basic", DESK, "top-secret")
TOKEN = Auth("oauth", DESK, token=lambda force: "top-secret-token")


class ScriptedImap(LineServer):
    """An IMAP server that answers a command as ``answers`` say, and else that all is well."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__(self._talk)
        self.answers = {"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2\nTAG OK done", **answers}

    def _talk(self, talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2] ready")
        while True:
            tag, verb, *_ = talk.hear().split(" ")
            answer = self.answers.get(verb.upper(), f"{tag} OK done")
            if answer == CUT:
                raise Hangup
            talk.say(answer.replace("TAG", tag))
            if answer.startswith("+"):
                talk.hear()
                talk.say(self.answers.get("THEN", "TAG OK done").replace("TAG", tag))


def by_smtp(answers: dict[str, str], auth: Auth = BASIC) -> Outcome:
    server = ScriptedSmtp()
    server.answers |= answers
    server.start()
    try:
        return SmtpSender(smtp_at(server, auth=auth, timeout=0.5)).test(DESK, "ada@desk.test", a_mail())
    finally:
        server.stop()


def by_imap(answers: dict[str, str], auth: Auth = BASIC) -> Outcome:
    server = ScriptedImap({"AUTHENTICATE": "+ ", **answers})
    server.start()
    try:
        return ImapReceiver(Endpoint(server.host, server.port, "none", auth, timeout=2)).test()
    finally:
        server.stop()


def by_pop3(answers: dict[str, str], auth: Auth = BASIC) -> Outcome:
    server = ScriptedPop3()
    server.answers |= answers
    server.start()
    try:
        return Pop3Receiver(Endpoint(server.host, server.port, "none", auth, timeout=0.5)).test()
    finally:
        server.stop()


ONE_MAIL = "* 1 EXISTS\nTAG OK done"
SCRIPTED = [
    ("MAILCONREF", "capabilities", by_smtp, {"GREETING": CUT}, BASIC),
    ("MAILCONREF", "capabilities", by_pop3, {"GREETING": CUT}, BASIC),
    ("MAILCONREF", "capabilities", by_pop3, {"GREETING": "* OK IMAP4rev1 ready"}, BASIC),
    ("MAILCONTMO", "capabilities", by_smtp, {"EHLO": SILENT}, BASIC),
    ("MAILCONTMO", "folder", by_pop3, {"STAT": SILENT}, BASIC),
    ("MAILAUTHCRED", "login", by_smtp, {"AUTH": "535 5.7.8 wrong"}, BASIC),
    ("MAILAUTHCRED", "login", by_imap, {"THEN": "TAG NO [AUTHENTICATIONFAILED] wrong"}, BASIC),
    ("MAILAUTHCRED", "login", by_pop3, {"AUTH": "-ERR [AUTH] wrong"}, BASIC),
    ("MAILAUTHPERM", "login", by_smtp, {"AUTH": "535 5.7.3 no"}, TOKEN),
    ("MAILAUTHPERM", "login", by_imap, {"THEN": "TAG NO AUTHENTICATE failed."}, TOKEN),
    ("MAILAUTHPERM", "login", by_pop3, {"AUTH": "-ERR Authentication failure"}, TOKEN),
    ("MAILAUTHPERM", "folder", by_imap, {"EXAMINE": "* BYE [NOPERM] no right to this mailbox"}, BASIC),
    ("MAILAUTHSESS", "folder", by_imap, {"EXAMINE": "* BYE Session expired, please login again."}, TOKEN),
    ("MAILAUTHSESS", "folder", by_pop3, {"STAT": "-ERR Session expired"}, TOKEN),
    ("MAILCONSMTP", "sender", by_smtp, {"MAIL": "550 5.7.60 SendAsDenied"}, BASIC),
    ("MAILCONSMTP", "recipient", by_smtp, {"RCPT": "554 5.7.1 relay access denied"}, BASIC),
    ("MAILCONRATELIM", "sender", by_smtp, {"MAIL": "421 4.7.0 too many messages, slow down"}, BASIC),
    ("MAILCONRATELIM", "login", by_imap, {"THEN": "TAG NO [LIMIT] too many connections"}, BASIC),
    ("MAILCONRATELIM", "login", by_pop3, {"AUTH": "-ERR [LOGIN-DELAY] wait a minute"}, BASIC),
    ("MAILMBXSTATE", "folder", by_imap, {"EXAMINE": CUT}, BASIC),
    ("MAILMBXSTATE", "login", by_pop3, {"AUTH": "-ERR [IN-USE] another session"}, BASIC),
    ("MAILMBXSTATE", "folder", by_pop3, {"STAT": CUT}, BASIC),
    ("MAILMBXNOFOLDER", "folder", by_imap, {"EXAMINE": "TAG NO [NONEXISTENT] no such mailbox"}, BASIC),
    (
        "MAILMBXQUOTA",
        "folder",
        by_imap,
        {"UID": "TAG NO [OVERQUOTA] full", "EXAMINE": ONE_MAIL},
        BASIC,
    ),
    ("MAILMBXQUOTA", "folder", by_pop3, {"STAT": "-ERR mailbox is over quota"}, BASIC),
    ("MAILGENERIC", "folder", by_imap, {"CAPABILITY": "TAG OK done", "EXAMINE": ONE_MAIL}, BASIC),
    ("MAILGENERIC", "folder", by_pop3, {"STAT": "-ERR the moon is full"}, BASIC),
    (
        "MAILGENERIC",
        "folder",
        by_imap,
        {"UID": "TAG NO the moon is full", "EXAMINE": ONE_MAIL},
        BASIC,
    ),
]
NOT_OF_A_MAIL_CONNECTION = {"MAILCONGRAPH", "MAILCONEWS"}  # of the MAPI transport


@pytest.mark.parametrize(("code", "stage", "by", "answers", "auth"), SCRIPTED)
def test_a_fault_is_known_by_its_code_and_by_the_stage_at_which_it_happened(
    code: str, stage: str, by: Callable[[dict[str, str], Auth], Outcome], answers: dict[str, str], auth: Auth
) -> None:
    result = by(answers, auth)

    assert (result.ok, result.code, result.stages[-1].name) == (False, code, stage), result.message
    assert "top-secret" not in repr(result)


def test_a_name_that_nobody_knows_is_mailcondns() -> None:
    for receiver in (ImapReceiver, Pop3Receiver):
        result = receiver(Endpoint("no-such-host.invalid", 993, "ssl", BASIC)).test()  # type: ignore[operator]
        assert (result.code, [stage.name for stage in result.stages]) == ("MAILCONDNS", ["dns"])


def test_a_port_on_which_nobody_listens_is_mailconref() -> None:
    result = Pop3Receiver(Endpoint("127.0.0.1", free_port(), "none", BASIC)).test()

    assert (result.code, result.stages[-1].name) == ("MAILCONREF", "tcp")


def test_a_proxy_that_is_not_there_is_mailconproxy() -> None:
    proxy = Proxy("http", "127.0.0.1", free_port())

    result = Pop3Receiver(Endpoint("pop.desk.test", 995, "ssl", BASIC, proxy=proxy)).test()

    assert (result.code, result.stages[-1].name) == ("MAILCONPROXY", "proxy")
    assert "cannot be reached" in result.message


@pytest.mark.parametrize("security", ["tls", "ssl"])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_certificate_that_cannot_be_trusted_is_mailcontls_and_is_shown(
    request: pytest.FixtureRequest, dovecot: Dovecot, protocol: str, security: str
) -> None:
    endpoint = request.getfixturevalue(f"{protocol}_at")(security, host=EXPIRED)

    result = (ImapReceiver if protocol == "imap" else Pop3Receiver)(endpoint).test()

    assert (result.code, result.stages[-1].name) == ("MAILCONTLS", "tls")
    assert result.certificate is not None
    assert result.certificate.names == (EXPIRED,)
    assert result.certificate.expires[:10] in result.message
    assert "trustme" in result.certificate.issuer
    assert not any(stage.name == "login" for stage in result.stages)


@pytest.mark.parametrize("security", ["tls", "ssl"])
def test_a_sending_server_with_a_foreign_certificate_shows_whose_it_is_and_gets_no_password(
    server_tls: Callable[..., ssl.SSLContext], ca: Ca, security: str
) -> None:
    tls = server_tls("elsewhere.test")
    server = ScriptedSmtp(tls=tls if security == "ssl" else None, start_tls=tls if security == "tls" else None)
    server.answers["EHLO"] = "250-mx.desk.test\n250-STARTTLS\n250 AUTH PLAIN"
    server.start()
    try:
        endpoint = smtp_at(server, security=security, ca_file=str(ca.ca_file), auth=BASIC)
        result = SmtpSender(endpoint).test(DESK, DESK, a_mail())
    finally:
        server.stop()

    assert (result.code, result.certificate and result.certificate.names) == ("MAILCONTLS", ("elsewhere.test",))
    assert "certificate of elsewhere.test" in result.stages[-1].detail
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.said)


def test_a_trusted_certificate_is_shown_too_and_one_that_ends_soon_is_warned_of(
    server_tls: Callable[..., ssl.SSLContext], ca: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from postroom.transports import certificates

    def tested() -> Outcome:
        server = ScriptedSmtp(tls=server_tls("127.0.0.1"))
        server.start()
        try:
            return SmtpSender(smtp_at(server, security="ssl", ca_file=str(ca.ca_file))).test(DESK, DESK, a_mail())
        finally:
            server.stop()

    result = tested()
    assert result.ok
    assert result.certificate is not None
    assert result.certificate.names == ("127.0.0.1",)
    assert result.warnings == ()
    monkeypatch.setattr(certificates, "EXPIRES_SOON", timedelta(days=365_000))
    assert "expires on" in tested().warnings[0]


def test_every_code_of_a_mail_connection_is_brought_about_here() -> None:
    codes = {
        "MAILCONDNS", "MAILCONREF", "MAILCONTMO", "MAILCONTLS", "MAILCONEWS", "MAILCONGRAPH", "MAILAUTHPERM",
        "MAILAUTHSESS", "MAILAUTHCRED", "MAILCONSMTP", "MAILCONRATELIM", "MAILMBXSTATE", "MAILMBXNOFOLDER",
        "MAILMBXQUOTA", "MAILGENERIC", "MAILCONPROXY",
    }  # fmt: skip
    by_hand = {"MAILCONDNS", "MAILCONTLS", "MAILCONPROXY"}

    assert {code for code, *_ in SCRIPTED} | by_hand | NOT_OF_A_MAIL_CONNECTION == codes
