"""Bounce events that a sending service mails as JSON: Amazon SES by way of SNS."""

from __future__ import annotations

import json

from postroom.mail.bounces.reasons import reason_of
from postroom.mail.bounces.status import complete_status, status_in
from postroom.mail.charsets import one_line
from postroom.mail.limits import MAX_RECIPIENTS
from postroom.mail.model import Bounce, BounceRecipient

_MAX_EVENT = 300_000


def read_event(text: str) -> Bounce | None:
    """The bounce of an SES event notification, or None: what is below the JSON object is not looked at."""
    start = text[:_MAX_EVENT].lstrip()
    if not start.startswith("{") or '"bounce' not in start[:20_000].lower():
        return None
    try:
        event, _end = json.JSONDecoder().raw_decode(start)
        if isinstance(event.get("Message"), str):
            event = json.loads(event["Message"])
        return _read(event)
    except (ValueError, RecursionError, AttributeError, TypeError):
        # Not an event, or a broken one: then it is a mail like any other.
        return None


def _read(event: dict[str, object]) -> Bounce | None:
    bounce = event.get("bounce")
    if not isinstance(bounce, dict):
        return None
    permanent = str(bounce.get("bounceType", "")).lower() != "transient"
    found: list[BounceRecipient] = []
    for each in list(bounce.get("bouncedRecipients") or [])[:MAX_RECIPIENTS]:
        action = str(each.get("action") or ("failed" if permanent else "delayed"))[:40].lower()
        diagnostic = one_line(str(each.get("diagnosticCode") or "")[:2000])
        diagnostic = diagnostic.removeprefix("smtp;").strip()
        status = complete_status(status_in(str(each.get("status") or "")[:100]), action, diagnostic)
        kind = reason_of(action, status, diagnostic)
        found.append(BounceRecipient(str(each.get("emailAddress") or "")[:320], action, status, diagnostic, kind))
    mail = event.get("mail")
    headers = mail.get("commonHeaders") if isinstance(mail, dict) else None
    message_id = headers.get("messageId") if isinstance(headers, dict) else None
    return Bounce(found, str(message_id)[:900].strip("<>") if message_id else None)
