"""What an SMTP reply means for us (RFC 5321, 4.2; RFC 3463): of this mail or of the server, for now or for good."""

from __future__ import annotations

import re

from postroom.transports.base import Endpoint, RecipientResult, TransportError
from postroom.transports.sasl import hint_for

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_SLOWER = re.compile(
    r"throttl|too many|rate.?limit|rate exceeded|exceed\w* (?:the )?(?:rate|limit|quota)|slow down|concurrent",
    re.IGNORECASE,
)
_WANTS_SIGN_IN = {530, 534, 535, 538}
_HINTS = (
    ("5.7.60", "The account may not send as this address: give it Send As permission, or change the server's address."),
    ("sendasdenied", "The account may not send as this address: give it Send As permission."),
    ("relay", "The server does not relay for us: check Authentication Needed, or have it allow this host."),
)


def split_reply(answer: bytes) -> tuple[str, str]:
    """Enhanced status ("" where there is none) and the text on one line."""
    lines = answer.decode("utf-8", "replace").strip().splitlines() or [""]
    found = _ENHANCED.match(lines[0])
    enhanced = found.group(1) if found else ""
    return enhanced, " ".join(line.removeprefix(enhanced).strip() for line in lines)


def recipient_result(address: str, code: int, answer: bytes) -> RecipientResult:
    """251 and 252 (forwarded, not verified) are acceptances as well."""
    enhanced, text = split_reply(answer)
    return RecipientResult(address, 250 if 200 <= code < 300 else code, enhanced, text)


def refusal(endpoint: Endpoint, stage: str, code: int, answer: bytes) -> TransportError:
    """A refusal in the server's words, as an error: see ``TransportError`` for what its parts mean.

    Of the server (``connection``): its greeting, a missing sign-in, a 421 without throttling, which ends the session.
    """
    enhanced, text = split_reply(answer)
    said = f"{code} {enhanced} {text}".replace("  ", " ").strip()
    if code < 400:
        return TransportError(
            "MAILCONREF",
            f"{endpoint.host} answered out of turn: {said}",
            temporary=True,
            stage=stage,
            smtp_code=max(code, 0),
        )
    temporary = code < 500
    throttled = temporary and _is_throttled(code, enhanced, text)
    if code in _WANTS_SIGN_IN:
        kind, hint = "MAILAUTHCRED", hint_for(said) or "The server wants a sign-in: switch on Authentication Needed."
    elif throttled:
        kind, hint = "MAILCONRATELIM", "It wants less mail for now; it is tried again."
    else:
        kind, hint = "MAILCONSMTP", hint_for(said) or next((way for mark, way in _HINTS if mark in said.lower()), "")
    return TransportError(
        kind,
        f"{endpoint.host} refused the {'connection' if stage == 'capabilities' else stage}: {said} {hint}".strip(),
        temporary=temporary,
        connection=stage == "capabilities" or kind == "MAILAUTHCRED" or (code == 421 and not throttled),
        stage=stage,
        smtp_code=code,
        enhanced=enhanced,
    )


def _is_throttled(code: int, enhanced: str, text: str) -> bool:
    if code == 432 or _SLOWER.search(text):
        return True
    return code in (421, 450, 451, 452) and enhanced.startswith("4.7.")
