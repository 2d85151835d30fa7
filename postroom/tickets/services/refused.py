"""Tell senders that their mail could not be made a request: once a day, in fixed words, and only where an administrator
has switched it on, since whoever wrote may be anybody (NTF-02, PRF-13, B-05).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from postroom.channels.models import IncomingServer, Settings
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.models import Notice
from postroom.tickets.notifications import automatic_headers
from postroom.tickets.services.guarded import count_guest_answers, guest_answers
from postroom.tickets.wording import Wording, fill, fill_html, fill_line

EVENT = "not_processed"
ONCE_IN = timedelta(days=1)
# By outcome, or by the code of what is held: why, without a word of the mail.
REASONS = {
    "guest_not_allowed": "Only people with an account can write here.",
    "email_to_request_off": "Requests are not taken by mail at the moment.",
    "too_large": "It is too large.",
    "too_many_parts": "It has too many parts.",
    "failed": "It could not be read.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sender whose mail opened no request; ``reason`` is a key of ``REASONS``."""

    address: str
    reason: str
    mailbox: IncomingServer | None
    mailbox_email: str
    message_id: str = ""


def tell_senders(refusals: Sequence[Refusal], now: datetime) -> int:
    """Queue the answers that are due, in the caller's transaction. Returns how many."""
    wording = Wording.load()
    if wording.find(EVENT, "sender", "") is None:
        return 0
    by_address = {refusal.address.lower(): refusal for refusal in reversed(refusals) if refusal.address}
    told = Notice.objects.filter(event=EVENT, address__in=by_address, mailed_at__gt=now - ONCE_IN)
    for address in told.values_list("address", flat=True):
        by_address.pop(address, None)
    room = max(0, Settings.load().acknowledgements_per_hour - guest_answers(now))
    due = list(by_address.items())[:room]
    queue([_mail(refusal, wording) for _, refusal in due])
    count_guest_answers(len(due), now)
    Notice.objects.bulk_create([Notice(address=address, event=EVENT, mailed_at=now) for address, _ in due])
    return len(due)


def _mail(refusal: Refusal, wording: Wording) -> NewMail:
    words = wording.find(EVENT, "sender", "")
    assert words is not None
    values = {"mailbox": refusal.mailbox_email, "reason": REASONS[refusal.reason]}
    html = fill_html(words.html, values) if words.html else ""
    text, html = wording.framed(fill(words.text, values), html, "", values)
    return replace(
        NewMail(OutboundEmail.Kind.ACKNOWLEDGEMENT, [refusal.address], fill_line(words.subject, values), text, html),
        mailbox=refusal.mailbox,
        facts={"notification": EVENT, "recipient_domain": refusal.address.rpartition("@")[2]},
        in_reply_to=refusal.message_id,
        references=[refusal.message_id] if refusal.message_id else [],
        headers=automatic_headers("auto-replied"),
    )
