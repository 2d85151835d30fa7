"""Signing in (RFC 4954, 4616, 7628; XOAUTH2): passwords and tokens go to the server and nowhere else."""

from __future__ import annotations

import smtplib

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from postroom.transports.base import Auth, TransportError

_HINTS = (
    ("5.7.139", "SMTP sign-in is switched off for this mailbox or tenant: switch on Authenticated SMTP, or use MAPI."),
    ("5.7.30", "The provider no longer takes passwords here: choose OAuth."),
    ("application-specific password", "Google wants an app password here (16 letters), or OAuth."),
    ("5.7.9", "Google wants an app password here (16 letters), or OAuth."),
    ("imap access is disabled", "IMAP is switched off for this mailbox: switch it on in the mailbox's settings."),
)


def xoauth2(user: str, token: str) -> str:
    """The initial response of XOAUTH2, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def sign_in_smtp(smtp: smtplib.SMTP, auth: Auth) -> None:
    """AUTH by password or token; nothing where none is needed. Raises TransportError (MAILAUTHCRED, MAILAUTHSESS)."""
    if auth.type == "none":
        return
    if not smtp.has_extn("auth"):
        raise TransportError(
            "MAILAUTHCRED",
            "The server offers no sign-in on this connection. Switch off Authentication Needed, or choose TLS or SSL.",
            temporary=False,
            stage="login",
        )
    try:
        if auth.type == "basic":
            smtp.login(auth.username, auth.password)
        else:
            token = auth.token(False) if auth.token else ""
            smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else xoauth2(auth.username, token))
    except smtplib.SMTPAuthenticationError as error:
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise refused(f"{error.smtp_code} {words}", auth, temporary=error.smtp_code < 500) from None
    except smtplib.SMTPNotSupportedError as error:
        raise refused(str(error), auth, temporary=False) from None


def sign_in_imap(client: IMAPClient, auth: Auth) -> None:
    """LOGIN, or AUTHENTICATE XOAUTH2 or OAUTHBEARER. Raises TransportError."""
    try:
        if auth.type == "oauth":
            token = auth.token(False) if auth.token else ""
            if client.has_capability("AUTH=XOAUTH2"):
                client.oauth2_login(auth.username, token)
            else:
                client.oauthbearer_login(auth.username, token)
        elif auth.type == "basic":
            client.login(auth.username, auth.password)
    except LoginError as error:
        said = str(error).removeprefix("b'").removesuffix("'")  # the library prints the server's bytes
        raise refused(said, auth, temporary=False) from None


def refused(words: str, auth: Auth, *, temporary: bool) -> TransportError:
    """The sign-in was refused, in the server's words, with what helps where that is known."""
    for secret in (auth.password,):
        if secret:
            words = words.replace(secret, "********")
    hint = next((text for mark, text in _HINTS if mark in words.lower()), "Check user name and password.")
    return TransportError(
        "MAILAUTHSESS" if auth.type == "oauth" else "MAILAUTHCRED",
        f"The server refused the sign-in of {auth.username}: {words.strip()} {hint}",
        temporary=temporary,
        stage="login",
    )
