"""What has come before: the same mail, the same words, how many new requests and acknowledgements a sender had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.rules.loops import REQUESTS_WINDOW, SAME_WINDOW
from postroom.tickets.services.guarded import guest_answers

MOST_ROWS = 20_000
OPENED = ("created", "loop")


@dataclass(slots=True)
class Counters:
    """Look-up tables of a batch. Times are arrivals (R22: a backlog is no loop)."""

    opened: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    said: dict[tuple[str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    guest_answers: int = 0
    earlier: dict[tuple[str, str], int] = field(default_factory=dict)

    def requests_before(self, sender: str, moment: datetime) -> int:
        return sum(moment - REQUESTS_WINDOW < at <= moment for at in self.opened.get(sender, ()))

    def same_before(self, sender: str, fingerprint: str, moment: datetime) -> int:
        return sum(moment - SAME_WINDOW < at <= moment for at in self.said.get((sender, fingerprint), ()))

    def duplicate_of(self, identity: str, content_hash: str) -> int | None:
        """The earlier row with this Message-ID (or sender, where there is none) and this content."""
        return self.earlier.get((identity, content_hash))

    def note_opened(self, sender: str, fingerprint: str, moment: datetime) -> None:
        """Count a mail of the same batch that comes before."""
        self.opened[sender].append(moment)
        self.said[sender, fingerprint].append(moment)


def look_up(rows: Sequence[InboundEmail], senders: Iterable[str], hashes: Iterable[str], now: datetime) -> Counters:
    """Count for a whole batch in four queries. Retention must not matter: only rows of the last hour count."""
    counters = Counters()
    senders = {sender for sender in senders if sender}
    if not rows:
        return counters
    first = min(row.received_at for row in rows) - REQUESTS_WINDOW
    last = max(row.received_at for row in rows)
    ids = [row.pk for row in rows]
    recent = InboundEmail.objects.filter(
        from_email__in=senders, received_at__gt=first, received_at__lte=last, outcome__in=OPENED
    ).exclude(pk__in=ids)
    for sender, fingerprint, at in recent.values_list("from_email", "fingerprint", "received_at")[:MOST_ROWS]:
        counters.note_opened(sender, fingerprint, at)
    acknowledgements = OutboundEmail.objects.filter(
        kind=OutboundEmail.Kind.ACKNOWLEDGEMENT, created_at__gt=now - timedelta(hours=1), to__overlap=list(senders)
    )
    for (to,) in acknowledgements.values_list("to")[:MOST_ROWS]:
        for address in to:
            counters.acknowledged[address.lower()] += 1
    counters.guest_answers = guest_answers(now)
    _add_earlier(counters, rows, senders, hashes)
    return counters


def _add_earlier(counters: Counters, rows: Sequence[InboundEmail], senders: set[str], hashes: Iterable[str]) -> None:
    """Rows that may be the same mail: by Message-ID, and for mails without one by sender and content (R14)."""
    names = {row.message_id for row in rows if row.message_id}
    nameless = any(not row.message_id for row in rows)
    same = Q(message_id__in=names) if names else Q(pk__in=())
    if nameless:
        same |= Q(from_email__in=senders, message_id="", content_hash__in=list(hashes))
    done = InboundEmail.objects.filter(same, duplicate_of=None, state=InboundEmail.State.DONE).exclude(
        pk__in=[row.pk for row in rows]
    )
    found = done.order_by("-pk").values_list("pk", "message_id", "from_email", "content_hash")
    for pk, message_id, sender, content_hash in found:
        counters.earlier[message_id or sender, content_hash] = pk
