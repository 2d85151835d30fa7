"""Signing in (RFC 4954, 4616, 4959, 7628; XOAUTH2, LOGIN): passwords and tokens go to the server and nowhere else."""

from __future__ import annotations

import base64
import imaplib
import smtplib
from collections.abc import Callable
from typing import Protocol

from imapclient import IMAPClient

from postroom.transports.base import Auth, TransportError

PASSWORD_MECHANISMS = ("PLAIN", "LOGIN")
TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
_HINTS = (
    (
        "5.7.139",
        "Microsoft has SMTP sign-in switched off for this mailbox or tenant: switch on Authenticated SMTP there, or "
        "use Sign in with Microsoft and MAPI.",
    ),
    (
        "plaintext authentication disallowed",
        "The server takes a password over an encrypted connection: choose TLS or SSL.",
    ),
    ("5.7.30", "Microsoft takes no passwords here any more: use Sign in with Microsoft."),
    ("5.7.57", "Microsoft wants a sign-in before it takes mail: switch on Authentication Needed."),
    ("basicauthblocked", "Microsoft takes no passwords here any more: use Sign in with Microsoft."),
    ("application-specific password", "Google wants an app password here (16 letters), or OAuth."),
    ("5.7.9", "Google wants an app password here (16 letters), or OAuth."),
    ("5.7.14", "Google wants a sign-in in the browser first, or OAuth."),
    ("imap access is disabled", "IMAP is switched off for this mailbox: switch it on in the mailbox's settings."),
)
_PASSWORD = "Check the user name and the password; some providers want an app password or OAuth."  # noqa: S105  words
_TOKEN = "The access token was fresh. Sign in again, and check that the account may use this protocol and this mailbox."  # noqa: S105
_FOR_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
_POP3_FOR_NOW = ("[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]", "TOO MANY", "TRY AGAIN LATER")
_TOO_MANY = ("too many", "[LIMIT]", "rate", "throttl")


def sign_in_smtp(smtp: smtplib.SMTP, auth: Auth) -> str:
    """AUTH by password or token, over an open connection; the words for the log.

    A refused token is refreshed and tried once more. Raises TransportError: MAILAUTHCRED for passwords, MAILAUTHPERM
    for tokens, MAILCONRATELIM for too many sign-ins, and what ``smtplib`` raises for a lost connection.
    """
    if auth.type == "none":
        return "no sign-in wanted"
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if not offered:
        raise _not_offered(
            "The server offers no sign-in on this connection: switch off Authentication Needed, or choose TLS or SSL."
        )
    mechanism = _choose(auth, offered)
    for force in (False, True):
        secrets, code, words = _smtp_try(smtp, mechanism, auth, force=force)
        if code == 235:
            return f"{auth.username} by {mechanism}"
        if auth.type == "basic" or code != 535:
            break
    raise refused(f"{code} {words}", auth, secrets, temporary=400 <= code < 500)


def _smtp_try(smtp: smtplib.SMTP, mechanism: str, auth: Auth, *, force: bool) -> tuple[list[str], int, str]:
    """One AUTH exchange: the secrets said, the reply's code and words."""
    secrets = [auth.password] if auth.type == "basic" else [_token(auth, force)]
    if mechanism == "LOGIN":
        code, words = smtp.docmd("AUTH LOGIN")
        for answer in (auth.username, auth.password):
            if code == 334:
                code, words = smtp.docmd(_b64(answer))
    else:
        initial = _initial(mechanism, auth.username, secrets[0])
        secrets.append(_b64(initial))
        code, words = smtp.docmd("AUTH", f"{mechanism} {_b64(initial)}")
        if code == 334:  # a failure that explains itself first (RFC 7628, 3.2.3): answered, then the code follows
            code, words = smtp.docmd(_b64(_dummy(mechanism)))
    return secrets, code, words.decode("utf-8", "replace")


def sign_in_imap(client: IMAPClient, auth: Auth) -> str:
    """AUTHENTICATE or LOGIN; the words for the log. Refreshes a refused token once.

    Raises TransportError as ``sign_in_smtp`` does, and what ``imaplib`` raises for a lost connection.
    """
    offered = [word[5:].decode() for word in client.capabilities() if word.startswith(b"AUTH=")]
    if auth.type == "basic" and "PLAIN" not in offered:
        return _login(client, auth)
    mechanism = _choose(auth, offered)
    for force in (False, True):
        secret = auth.password if auth.type == "basic" else _token(auth, force)
        try:
            client._imap.authenticate(mechanism, _answers(mechanism, auth.username, secret))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            fault = _imap_refused(error, auth, [secret])
            if auth.type == "basic" or fault.temporary:
                raise fault from None
        else:
            return f"{auth.username} by {mechanism}"
    raise fault


def _login(client: IMAPClient, auth: Auth) -> str:
    """The LOGIN command, for servers without AUTHENTICATE PLAIN."""
    if client.has_capability("LOGINDISABLED"):
        raise _not_offered("The server takes a password only over an encrypted connection: choose TLS or SSL.")
    imap = client._imap
    try:
        kind, said = imap._simple_command("LOGIN", imap._quote(auth.username), imap._quote(auth.password))
    except UnicodeError:
        raise _not_offered("The server has no way of signing in with a user name or password outside ASCII.") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _imap_refused(error, auth, [auth.password]) from None
    if kind != "OK":
        raise _imap_refused(imaplib.IMAP4.error(said[-1].decode("utf-8", "replace")), auth, [auth.password])
    imap.state = "AUTH"
    return f"{auth.username} by LOGIN"


def _imap_refused(error: imaplib.IMAP4.error, auth: Auth, secrets: list[str]) -> TransportError:
    words = str(error)
    return refused(words, auth, secrets, temporary=any(mark in words for mark in _FOR_NOW))


class PopTalk(Protocol):
    """A POP3 session that is not signed in yet."""

    capabilities: dict[str, str]
    knows_capabilities: bool

    def say(self, line: str) -> tuple[str, str]:
        """Send a line; status (+OK, -ERR, +) and words of the reply."""
        ...


def sign_in_pop3(talk: PopTalk, auth: Auth) -> str:
    """AUTH, in the two-line form that all servers take (RFC 5034, 4), or USER and PASS; the words for the log.

    A refused token is refreshed and tried once more. Raises TransportError as ``sign_in_smtp`` does, and MAILMBXSTATE
    for a mailbox that another session holds.
    """
    offered = talk.capabilities.get("SASL", "").upper().split()
    if auth.type == "basic" and "PLAIN" not in offered:
        return _user_and_pass(talk, auth)
    mechanism = _choose(auth, offered)
    for force in (False, True):
        secret = auth.password if auth.type == "basic" else _token(auth, force)
        initial = _b64(_initial(mechanism, auth.username, secret))
        status, words = talk.say(f"AUTH {mechanism}")
        if status == "+":
            status, words = talk.say(initial)
        if status == "+":  # a failure that explains itself first
            status, words = talk.say(_b64(_dummy(mechanism)))
        if status == "+OK":
            return f"{auth.username} by {mechanism}"
        fault = _pop3_refused(words, auth, [secret, initial])
        if auth.type == "basic" or fault.temporary:
            break
    raise fault


def _user_and_pass(talk: PopTalk, auth: Auth) -> str:
    if talk.knows_capabilities and "USER" not in talk.capabilities:
        raise _not_offered("The server takes a password only over an encrypted connection: choose TLS or SSL.")
    if any(letter in auth.username + auth.password for letter in "\r\n\0"):
        raise _not_offered("POP3 cannot carry a user name or a password with a line break.")
    status, words = talk.say(f"USER {auth.username}")
    if status == "+OK":
        status, words = talk.say(f"PASS {auth.password}")
    if status != "+OK":
        raise _pop3_refused(words, auth, [auth.password])
    return f"{auth.username} by USER and PASS"


def _pop3_refused(words: str, auth: Auth, secrets: list[str]) -> TransportError:
    """RFC 2449, 8.1 and RFC 3206: a mailbox in use and a server in trouble say nothing against the password."""
    upper = words.upper()
    fault = refused(words, auth, secrets, temporary=any(mark in upper for mark in _POP3_FOR_NOW))
    if "[IN-USE]" in upper:
        fault.code = "MAILMBXSTATE"
    elif "[LOGIN-DELAY]" in upper:
        fault.code = "MAILCONRATELIM"
    return fault


def _choose(auth: Auth, offered: list[str]) -> str:
    wanted = PASSWORD_MECHANISMS if auth.type == "basic" else TOKEN_MECHANISMS
    for mechanism in wanted:
        if mechanism in offered:
            return mechanism
    kind = "a password" if auth.type == "basic" else "OAuth"
    raise _not_offered(f"The server offers no sign-in with {kind}, only {' '.join(offered) or 'none'}.")


def _token(auth: Auth, force: bool) -> str:
    return auth.token(force) if auth.token else ""


def _initial(mechanism: str, user: str, secret: str) -> str:
    if mechanism == "PLAIN":
        return f"\0{user}\0{secret}"
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {secret}\x01\x01"
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01auth=Bearer {secret}\x01\x01"


def _dummy(mechanism: str) -> str:
    """What a client says to the explanation of a failure."""
    return "\x01" if mechanism == "OAUTHBEARER" else ""


def _answers(mechanism: str, user: str, secret: str) -> Callable[[bytes], bytes]:
    """The initial response to the first challenge, the empty one to an explanation."""
    left = [_dummy(mechanism), _initial(mechanism, user, secret)]
    return lambda challenge: (left.pop() if len(left) > 1 else left[0]).encode()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _not_offered(words: str) -> TransportError:
    return TransportError("MAILAUTHCRED", words, temporary=False, stage="login")


def refused(words: str, auth: Auth, secrets: list[str], *, temporary: bool) -> TransportError:
    """The sign-in was refused, in the server's words without our secrets, with what helps where that is known."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "********")
    words = " ".join(words.split())
    known = next((text for mark, text in _HINTS if mark in words.lower()), "")
    hint = known or (_PASSWORD if auth.type == "basic" else _TOKEN)
    code = "MAILAUTHCRED" if auth.type == "basic" else "MAILAUTHPERM"
    if temporary:
        hint = "It is tried again."
        code = "MAILCONRATELIM" if any(mark in words.lower() for mark in map(str.lower, _TOO_MANY)) else code
    number, _, rest = words.partition(" ")
    return TransportError(
        code,
        f"The server refused the sign-in of {auth.username}: {words} {hint}",
        temporary=temporary,
        stage="login",
        smtp_code=int(number) if number.isdigit() else 0,
        enhanced=rest.split(" ")[0] if number.isdigit() and rest[:1].isdigit() else "",
    )


def hint_for(words: str) -> str:
    """What helps against a refusal that speaks of a sign-in; "" where nothing is known."""
    return next((text for mark, text in _HINTS if mark in words.lower()), "")
