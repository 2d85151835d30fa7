"""When a sender's mail looks like a loop: too many new requests, or the same words again and again."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from postroom.mail.model import ParsedMail
from postroom.rules.model import Facts, Preferences

REQUESTS_WINDOW = timedelta(hours=1)
SAME_WINDOW = timedelta(minutes=5)
AUTO_REPLIES_PER_REQUEST = 20


def fingerprint(mail: ParsedMail) -> str:
    """A digest of subject and body (32 hex digits), the same for mails that differ in spacing and case alone."""
    words = "\0".join(" ".join(text.casefold().split()) for text in (mail.subject, mail.text))
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def too_many(facts: Facts, prefs: Preferences) -> tuple[str, str] | None:
    """Code and sentence of the limit that a mail which would open a request exceeds, or None."""
    if facts.recent_requests >= prefs.requests_per_sender_per_hour:
        return "too_many_requests", f"The sender has opened {facts.recent_requests} requests within the hour."
    if facts.recent_same > 0:
        return "same_again", "The sender wrote the same subject and text within 5 minutes."
    return None
