"""Signing in by password and by token, for both directions, and what a refusal says without giving a secret away."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import pytest

from postroom.transports.base import Auth, Endpoint, Proxy
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from tests.servers.dovecot import PASSWORD
from tests.servers.lines import LineServer, Talk
from tests.servers.scripted import USUAL, ScriptedSmtp
from tests.transports.conftest import refused, smtp_at

At = Callable[..., Endpoint]
DESK = "support@desk.test"
SECRET = "tr0ub4dor&3"


EXPLAINED = '{"status":"invalid_token"}'


def b64(words: str) -> str:
    return base64.b64encode(words.encode()).decode()


class Grant:
    """Gives out ``old`` until a fresh token is asked for."""

    def __init__(self, old: str, fresh: str) -> None:
        self.asked: list[bool] = []
        self._tokens = {False: old, True: fresh}

    def __call__(self, force: bool) -> str:
        self.asked.append(force)
        return self._tokens[force]


def test_a_wrong_password_of_a_mailbox_is_for_good_and_blames_the_sign_in(imap_at: At, user: str) -> None:
    error = refused(ImapReceiver(imap_at(auth=Auth("basic", user, SECRET))).open)

    assert (error.code, error.stage, error.temporary, error.connection) == ("MAILAUTHCRED", "login", False, True)
    assert "Authentication failed" in error.message
    assert "Check the user name and the password" in error.message


def test_a_mailbox_is_opened_with_a_token(imap_at: At, user: str) -> None:
    grant = Grant(PASSWORD, "never asked for")
    receiver = ImapReceiver(imap_at(auth=Auth("oauth", user, token=grant)))

    receiver.open()
    receiver.close()

    assert grant.asked == [False]


def test_the_standard_way_of_sending_a_token_is_used_where_it_is_the_only_one() -> None:
    said: list[str] = []
    server = LineServer(lambda talk: _bearer_imap(talk, said))
    server.start()
    auth = Auth("oauth", "a,b@desk.test", token=Grant("old", "fresh"))
    receiver = ImapReceiver(Endpoint(server.host, server.port, "none", auth, timeout=5))
    try:
        receiver.open()
    finally:
        receiver.close()
        server.stop()

    assert said == [
        b64("n,a=a=2Cb@desk.test,\x01auth=Bearer old\x01\x01"),
        b64("\x01"),
        b64("n,a=a=2Cb@desk.test,\x01auth=Bearer fresh\x01\x01"),
    ]


def _bearer_imap(talk: Talk, said: list[str]) -> None:
    """Offers OAUTHBEARER alone, and explains a failure before it answers (RFC 7628, 3.2.3)."""
    talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER] ready")
    while True:
        tag, command, *_ = talk.hear().split(" ")
        if command == "CAPABILITY":
            talk.say(f"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\n{tag} OK done")
        elif command == "AUTHENTICATE":
            talk.say("+ ")
            said.append(talk.hear())
            if len(said) == 1:
                talk.say(f"+ {b64(EXPLAINED)}")
                said.append(talk.hear())
                talk.say(f"{tag} NO [AUTHENTICATIONFAILED] expired")
            else:
                talk.say(f"{tag} OK in")
        else:
            talk.say(f"* 0 EXISTS\n* OK [UIDVALIDITY 7]\n{tag} OK done")


def test_a_refused_token_of_a_mailbox_is_refreshed_once(imap_at: At, user: str) -> None:
    grant = Grant("expired-token", PASSWORD)
    receiver = ImapReceiver(imap_at(auth=Auth("oauth", user, token=grant)))

    receiver.open()
    receiver.close()

    assert grant.asked == [False, True]


def test_a_fresh_token_that_is_refused_asks_for_a_new_sign_in(imap_at: At, user: str) -> None:
    error = refused(ImapReceiver(imap_at(auth=Auth("oauth", user, token=Grant("expired", "worthless")))).open)

    assert (error.code, error.temporary, error.connection) == ("MAILAUTHPERM", False, True)
    assert "Sign in again" in error.message
    assert "worthless" not in error.message


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ("PLAIN LOGIN", ["AUTH PLAIN " + b64(f"\0{DESK}\0{SECRET}")]),
        ("CRAM-MD5 LOGIN", ["AUTH LOGIN", b64(DESK)]),
    ],
)
def test_a_sending_server_is_signed_in_to_with_a_password(
    scripted: ScriptedSmtp, offered: str, expected: list[str]
) -> None:
    scripted.answers["EHLO"] = f"250-mx\n250 AUTH {offered}"
    if "PLAIN" not in offered:
        scripted.answers |= {
            "AUTH": "334 VXNlcm5hbWU6",
            "AUTH THEN": "334 UGFzc3dvcmQ6",
            b64(SECRET): "235 2.7.0 welcome",
        }
    sender = SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, SECRET)))

    sender.open()
    sender.close()

    assert [line for line in scripted.said if line in expected] == expected


def test_a_sending_server_is_signed_in_to_with_a_token_that_is_refreshed_once(scripted: ScriptedSmtp) -> None:
    old, fresh = (b64(f"user={DESK}\x01auth=Bearer {token}\x01\x01") for token in ("old", "fresh"))
    scripted.answers |= {
        f"AUTH XOAUTH2 {old}": f"334 {b64(EXPLAINED)}",
        "AUTH THEN": "535 5.7.8 Username and Password not accepted",
        f"AUTH XOAUTH2 {fresh}": "235 2.7.0 Accepted",
    }
    grant = Grant("old", "fresh")
    sender = SmtpSender(smtp_at(scripted, auth=Auth("oauth", DESK, token=grant)))

    sender.open()
    sender.close()

    assert grant.asked == [False, True]


@pytest.mark.parametrize(
    ("answer", "code", "temporary", "hint"),
    [
        ("535 5.7.8 authentication failed", "MAILAUTHCRED", False, "Check the user name and the password"),
        (
            "535 5.7.139 SmtpClientAuthentication is disabled",
            "MAILAUTHCRED",
            False,
            "Authenticated SMTP",
        ),
        ("550 5.7.30 Basic authentication is not supported", "MAILAUTHCRED", False, "Sign in with Microsoft"),
        ("534 5.7.9 Application-specific password required", "MAILAUTHCRED", False, "app password"),
        ("454 4.7.0 Too many login attempts", "MAILCONRATELIM", True, "tried again"),
        ("454 4.7.0 Temporary authentication failure", "MAILAUTHCRED", True, "tried again"),
    ],
)
def test_a_refused_sign_in_for_sending_says_what_to_do(
    scripted: ScriptedSmtp, answer: str, code: str, temporary: bool, hint: str
) -> None:
    scripted.answers["AUTH"] = answer

    error = refused(SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, SECRET))).open)

    assert (error.code, error.temporary, error.connection, error.stage) == (code, temporary, True, "login")
    assert answer in error.message
    assert hint in error.message


def test_a_server_that_knows_no_way_in_says_what_it_offers(scripted: ScriptedSmtp) -> None:
    scripted.answers["EHLO"] = USUAL["EHLO"].replace("PLAIN LOGIN XOAUTH2", "GSSAPI")

    error = refused(SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, SECRET))).open)

    assert error.code == "MAILAUTHCRED"
    assert "GSSAPI" in error.message


def _old_imap(talk: Talk) -> None:
    """Knows the LOGIN command alone, and quotes back what it does not like."""
    talk.say("* OK ready")
    while True:
        tag, command, *words = talk.hear().split(" ", 2)
        if command == "CAPABILITY":
            talk.say(f"* CAPABILITY IMAP4rev1\n{tag} OK done")
        elif command == "LOGIN" and words[0] == '"a \\"quoted\\" user" "pass word"':
            talk.say(f"* CAPABILITY IMAP4rev1\n{tag} OK in")
        elif command in ("SELECT", "SEARCH"):
            talk.say(f"* 0 EXISTS\n* OK [UIDVALIDITY 7]\n{tag} OK done")
        else:
            talk.say(f"{tag} NO [AUTHENTICATIONFAILED] I do not know {' '.join(words)}")


@pytest.fixture
def old_imap(request: pytest.FixtureRequest) -> Endpoint:
    server = LineServer(_old_imap)
    server.start()
    request.addfinalizer(server.stop)
    return Endpoint(server.host, server.port, "none", Auth("basic", 'a "quoted" user', "pass word"), timeout=5)


def test_the_login_command_carries_blanks_and_quotes(old_imap: Endpoint) -> None:
    receiver = ImapReceiver(old_imap)
    receiver.open()
    receiver.close()

    assert receiver.uidvalidity == 7


def test_no_secret_appears_in_errors_traces_or_logs(
    scripted: ScriptedSmtp, old_imap: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plain = b64(f"\0{DESK}\0{SECRET}")
    scripted.answers[f"AUTH PLAIN {plain}"] = f"535 5.7.8 {SECRET} and {plain} are wrong"

    errors = [
        refused(SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, SECRET))).open),
        refused(ImapReceiver(replace(old_imap, auth=Auth("basic", DESK, SECRET))).open),
    ]

    told = caplog.text + "".join("".join(traceback.format_exception(error)) + error.message for error in errors)
    assert "********" in told
    assert SECRET not in told
    assert plain not in told


def test_no_secret_appears_when_an_endpoint_is_printed() -> None:
    endpoint = Endpoint(
        "mx.desk.test", 465, "ssl", Auth("basic", DESK, SECRET), proxy=Proxy("http", "proxy", 3128, "office", SECRET)
    )

    assert SECRET not in f"{endpoint!r} {endpoint}"
