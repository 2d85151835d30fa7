"""What Graph's refusals mean (the error object of OData JSON 4.01, 19; RFC 9110, 15): whose fault, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from postroom.transports.base import DeltaLost, TransportError

THROTTLED_SECONDS = 30.0  # where Graph does not say for how long
LONGEST_THROTTLE = 3600.0
LONGEST_QUOTE = 500
LOST = {"syncstatenotfound", "resyncrequired", "syncstateinvalid", "errorinvalidsyncstatedata"}


class _Meaning(NamedTuple):
    code: str
    advice: str
    temporary: bool = False
    connection: bool = True


_SIGN_IN_AGAIN = "The access token was fresh. Sign in again, and check that the scope is one of Microsoft Graph."
_NO_RIGHT = (
    "Check that Mail.ReadWrite (to read) or Mail.Send (to send) is granted and consented to, and that the account may "
    "open this mailbox; an application that was limited to some mailboxes needs this one too."
)
_NO_MAILBOX = "There is no such mailbox in this tenant: check the Email, and that the user has a licence for mail."
_NOT_ONLINE = (
    "The mailbox is not in Exchange Online, or has no licence for mail. A mailbox on your premises is read by IMAP."
)
_SEND_AS = "The account may not send as this address: give it Send As permission, or change the server's address."
_FULL = "The mailbox is full: archive or delete mail, or raise its quota."
_TOO_LARGE = "Graph takes whole mails of up to about 3 MB; send larger ones by SMTP with the same sign-in."
_OF_THIS_MAIL = "Graph does not take this mail."

_BY_CODE = {
    "invalidauthenticationtoken": _Meaning("MAILAUTHSESS", _SIGN_IN_AGAIN),
    "compacttoken parsing failed": _Meaning("MAILAUTHSESS", _SIGN_IN_AGAIN),
    "erroraccessdenied": _Meaning("MAILAUTHPERM", _NO_RIGHT),
    "authorization_requestdenied": _Meaning("MAILAUTHPERM", _NO_RIGHT),
    "errorsendasdenied": _Meaning("MAILCONSMTP", _SEND_AS, connection=False),
    "errorquotaexceeded": _Meaning("MAILMBXQUOTA", _FULL, temporary=True),
    "errormailboxquotaexceeded": _Meaning("MAILMBXQUOTA", _FULL, temporary=True),
    "errorfoldernotfound": _Meaning("MAILMBXNOFOLDER", "Choose another folder."),
    "mailboxnotenabledforrestapi": _Meaning("MAILCONGRAPH", _NOT_ONLINE),
    "mailboxnotsupportedforrestapi": _Meaning("MAILCONGRAPH", _NOT_ONLINE),
    "mailboxnothostedinexchangeonline": _Meaning("MAILCONGRAPH", _NOT_ONLINE),
    "errorinvaliduser": _Meaning("MAILCONGRAPH", _NO_MAILBOX),
    "resourcenotfound": _Meaning("MAILCONGRAPH", _NO_MAILBOX),
    "request_resourcenotfound": _Meaning("MAILCONGRAPH", _NO_MAILBOX),
    "errornonexistentmailbox": _Meaning("MAILCONGRAPH", _NO_MAILBOX),
    "errormailboxstoreunavailable": _Meaning("MAILMBXSTATE", "It is tried again.", temporary=True),
    "errormailboxmoveinprogress": _Meaning("MAILMBXSTATE", "It is tried again.", temporary=True),
    "errormessagesizeexceeded": _Meaning("MAILCONSMTP", _TOO_LARGE, connection=False),
}
_BY_STATUS = {
    401: _Meaning("MAILAUTHSESS", _SIGN_IN_AGAIN),
    403: _Meaning("MAILAUTHPERM", _NO_RIGHT),
    404: _Meaning("MAILCONGRAPH", "Check the Email and the folder."),
    413: _Meaning("MAILCONSMTP", _TOO_LARGE, connection=False),
    507: _Meaning("MAILMBXQUOTA", _FULL, temporary=True),
}


def refusal(status: int, headers: Mapping[str, str], body: bytes, *, where: str, stage: str) -> TransportError:
    """An answer that is no success, as an error that quotes it. ``where`` names the server, ``stage`` what was asked.

    A DeltaLost where Graph has forgotten how far a folder was read. A refusal at the stage ``data`` is of one mail.
    """
    code, message = _said(body)
    quoted = " ".join(f"{status} {code}: {message}".removesuffix(": ").split())[:LONGEST_QUOTE].rstrip(".")
    if status == 410 or code.lower() in LOST:
        return DeltaLost("MAILCONGRAPH", f"{where} has lost its place: {quoted}.", temporary=True, stage=stage)
    wait = _retry_after(headers)
    if status == 429 or (status == 503 and wait is not None):
        seconds = min(wait if wait is not None else THROTTLED_SECONDS, LONGEST_THROTTLE)
        return TransportError(
            "MAILCONRATELIM",
            f"{where} wants fewer requests ({quoted}). It is tried again in {seconds:g} s.",
            temporary=True,
            connection=False,
            stage=stage,
            retry_after=seconds,
        )
    meaning = _BY_CODE.get(code.lower()) or _meaning_of(status, stage)
    return TransportError(
        meaning.code,
        f"{where} refused ({stage}): {quoted}. {meaning.advice}",
        temporary=meaning.temporary,
        connection=meaning.connection,
        stage="login" if meaning.code.startswith("MAILAUTH") else stage,
        smtp_code=status,
        uncertain=status == 504 and stage == "data",  # whatever stood in between stopped waiting for the answer
    )


def _meaning_of(status: int, stage: str) -> _Meaning:
    if status >= 500 and status != 507:
        return _Meaning("MAILCONGRAPH", "Microsoft has trouble; it is tried again.", temporary=True)
    if stage == "data" and status not in (401, 403, 404, 413, 507):
        return _Meaning("MAILCONSMTP", _OF_THIS_MAIL, connection=False)
    return _BY_STATUS.get(status) or _Meaning("MAILCONGRAPH", "Check the server's settings.")


def _said(body: bytes) -> tuple[str, str]:
    """Code and message of the error object, or the first words of whatever else came."""
    try:
        error = json.loads(body)["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", body[:200].decode("utf-8", "replace")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from a number or a date (RFC 9110, 10.2.3); None where there is none."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
