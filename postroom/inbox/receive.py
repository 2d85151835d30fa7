"""Turn a claimed batch of kept mails into outcomes: parse, gather, decide, write, conclude; one transaction a batch.

A batch that fails is done again mail by mail, so that one bad mail fails alone. Mails that answer (or double) another
mail which is still on its way wait for it: those of the same batch are kept, read, for the next one; others go back
into the queue.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from postroom.channels.secret import thread_keys
from postroom.channels.storage import blobs
from postroom.inbox.authentication import ResolverUntil, check_senders
from postroom.inbox.facts import Configuration, Gathered, Item, gather
from postroom.inbox.models import InboundEmail
from postroom.inbox.services import ledger
from postroom.inbox.services.ledger import ClaimLost, Conclusion
from postroom.inbox.trace import stored_trace
from postroom.mail import parse
from postroom.mail.authentication import authserv_id
from postroom.mail.model import Bounce, ParsedMail
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services.bounces import record_bounce
from postroom.rules.inbound import decide
from postroom.rules.inbound.requester import why_not_acknowledged
from postroom.rules.model import Decision, Facts, Mailbox
from postroom.tickets.services import Arrival, Written, write_arrivals
from postroom.tickets.services.bell import ring, undelivered
from postroom.tickets.services.guarded import count_guest_answers
from postroom.tickets.services.refused import REASONS, Refusal, tell_senders

logger = logging.getLogger(__name__)

PAUSE_FOR_ANOTHER = timedelta(milliseconds=60)
WAITS_FOR_TRIES = 1


class Receiver:
    """How one worker receives, batch after batch. If the database fails it is thrown away, and its claims freed.

    Without ``resolver_until`` nobody's signatures are checked here, whatever is set.
    """

    def __init__(self, owner: str, resolver_until: ResolverUntil | None = None) -> None:
        self._owner = owner
        self._resolver_until = resolver_until
        self._later: list[Item] = []

    @property
    def holds(self) -> int:
        """How many claimed mails wait for the next call: each answers a mail of the batch that was just done."""
        return len(self._later)

    def receive(self, limit: int = ledger.BATCH) -> int:
        """Claim and finish a batch, up to the mails it ``holds`` then. Returns how many were in it (0: none is due)."""
        rows = ledger.claim(self._owner, limit - len(self._later), alone=not self._later)
        items = [*self._later, *(item for row in rows if (item := _read(self._owner, row)) is not None)]
        self._later = []
        early = _early(items)
        if early:
            ledger.put_back(self._owner, [item.row.pk for item in items if id(item) in early], PAUSE_FOR_ANOTHER)
        wave, self._later = _next_wave([item for item in items if id(item) not in early])
        if wave:
            configuration = Configuration.load()
            if self._resolver_until is not None:
                check_senders(wave, configuration, self._resolver_until)
            _finish(self._owner, wave, configuration)
        return max(len(items), len(rows))


def receive(owner: str, limit: int = ledger.BATCH) -> int:
    """Claim a batch as ``owner`` and finish all of it. Returns how many mails were claimed (0: nothing is due)."""
    receiver = Receiver(owner)
    count = receiver.receive(limit)
    while receiver.holds:
        receiver.receive(0)
    return count


def _read(owner: str, row: InboundEmail) -> Item | None:
    """Parse one mail; a mail whose bytes cannot be had is tried again and parked, not lost."""
    try:
        return Item.of(row, parse(blobs().get(row.raw_sha256)), thread_keys())
    except Exception:
        logger.exception("Mail %s cannot be read", row.pk)
        ledger.fail(owner, row, traceback.format_exc())
        return None


def _early(items: Sequence[Item]) -> set[int]:
    """``id`` of the items that must wait for an older mail which another worker has, or which is yet to be taken."""
    names = {name for item in items for name in (*item.about.message_ids, item.row.message_id) if name}
    if not names:
        return set()
    ours = [item.row.pk for item in items]
    under_way = InboundEmail.objects.filter(
        Q(state=InboundEmail.State.KEPT, tries__lte=WAITS_FOR_TRIES) | Q(state=InboundEmail.State.PROCESSING),
        message_id__in=names,
    ).exclude(pk__in=ours)
    older: dict[str, int] = {}
    for pk, name in under_way.values_list("pk", "message_id"):
        older[name] = min(pk, older.get(name, pk))
    return {
        id(item)
        for item in items
        if any(older.get(name, item.row.pk) < item.row.pk for name in (*item.about.message_ids, item.row.message_id))
    }


def _next_wave(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Split off the mails that refer to none before them in the batch; what they open, the others can then find."""
    wave: list[Item] = []
    later: list[Item] = []
    seen: set[str] = set()
    for item in items:
        mine = item.identity
        refers = mine in seen or not seen.isdisjoint(item.about.message_ids)
        (later if refers else wave).append(item)
        if mine:
            seen.add(mine if item.row.message_id else f"{mine} {item.content_hash}")
    return wave, later


def _finish(owner: str, items: Sequence[Item], configuration: Configuration) -> None:
    """Write a wave in one transaction; if that fails, each mail in one of its own."""
    try:
        _write(owner, items, configuration)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: nothing is wrong with the mails, and the claim ends with the connection
    except Exception as error:
        if not isinstance(error, ClaimLost):
            logger.warning("A batch of %s mails is done one by one: %s", len(items), error)
        for item in items:
            _finish_alone(owner, item, configuration)


def _finish_alone(owner: str, item: Item, configuration: Configuration) -> None:
    try:
        _write(owner, [item], configuration)
    except ClaimLost:
        logger.info("Mail %s belongs to another worker by now", item.row.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Mail %s cannot be processed", item.row.pk)
        ledger.fail(owner, item.row, traceback.format_exc())
        if item.row.tries >= ledger.MAX_TRIES:
            _tell_of_failure(item, configuration)


@transaction.atomic
def _tell_of_failure(item: Item, configuration: Configuration) -> None:
    """The mail is parked: its sender may hear of it, by what is known without the database's help."""
    row, now = item.row, timezone.now()
    box = Mailbox(row.mailbox_id or 0, row.mailbox_email, frozenset())
    facts = Facts(box, row.received_at, row.size, configuration.own, people={}, now=now)
    if refused := _refusals(item, Decision("failed"), facts, configuration):
        tell_senders(refused, now)


def _refusals(item: Item, decision: Decision, facts: Facts, configuration: Configuration) -> list[Refusal]:
    """Who may be told that no request came of their mail: nobody whom no automatic answer is due to (RFC 3834)."""
    reason = next((key for key in (decision.outcome, decision.code) if key in REASONS), "")
    sender = item.mail.sender
    if not reason or sender is None or why_not_acknowledged(sender, item.mail, facts, configuration.prefs):
        return []
    row = item.row
    mailbox = configuration.mailboxes.get(row.mailbox_id or 0)
    return [Refusal(sender.email, reason, mailbox, row.mailbox_email, item.mail.message_id or "")]


@transaction.atomic
def _write(owner: str, items: Sequence[Item], configuration: Configuration) -> None:
    facts = gather(items, timezone.now(), configuration)
    decided: list[tuple[Item, Decision]] = []
    answered = 0
    refused: list[Refusal] = []
    for item in items:
        known = facts.facts_of(item)
        decision = decide(item.mail, known, configuration.prefs)
        if decision.outcome == "created":
            facts.counted.note_opened(item.sender, item.fingerprint, item.row.received_at)
        if decision.acknowledge and decision.requester is not None:
            answered += facts.note_answered(decision.requester.email.lower())
        refused += _refusals(item, decision, known, configuration)
        decided.append((item, decision))
    count_guest_answers(answered, facts.now)
    entries = [(item, decision) for item, decision in decided if decision.entry_kind is not None]
    written = write_arrivals([_arrival(item, decision, facts) for item, decision in entries], facts.users)
    by_row = {item.row.pk: made for (item, _), made in zip(entries, written, strict=True)}
    for item, decision in decided:
        if decision.outcome == "bounce" and item.mail.bounce is not None:
            _bounced(item.mail.bounce)
    if refused:
        tell_senders(refused, facts.now)
    conclusions = [_conclusion(item, decision, by_row.get(item.row.pk)) for item, decision in decided]
    for (item, decision), conclusion in zip(decided, conclusions, strict=True):
        if decision.outcome == "duplicate":
            conclusion.duplicate_of_id = facts.counted.duplicate_of(item.identity, item.content_hash)
    ledger.conclude(owner, conclusions)


def _bounced(bounce: Bounce) -> None:
    """Write it at the mail it is about, and tell the technician in the portal (BNC-01)."""
    mail = record_bounce(bounce)
    if mail is not None and mail.state == OutboundEmail.State.BOUNCED:
        ring(undelivered(mail))


def _arrival(item: Item, decision: Decision, facts: Gathered) -> Arrival:
    return Arrival(
        mail=item.mail,
        decision=decision,
        mailbox=facts.configuration.mailboxes.get(item.row.mailbox_id or 0),
        mailbox_email=item.row.mailbox_email,
        received_at=item.row.received_at,
        quiet=facts.now - item.row.received_at > timedelta(hours=facts.configuration.prefs.acknowledge_within_hours),
    )


def _conclusion(item: Item, decision: Decision, written: Written | None) -> Conclusion:
    mail = item.mail
    trace = stored_trace(decision.trace)
    if decision.no_acknowledgement:
        trace.append({"step": "acknowledgement", "verdict": "none", "detail": decision.no_acknowledgement})
    return Conclusion(
        id=item.row.pk,
        outcome=decision.outcome,
        reason_code=decision.code or decision.because,
        reason=decision.reason,
        trace=trace,
        message_id=mail.message_id or "",
        from_email=mail.sender.email if mail.sender else "",
        from_name=mail.sender.name if mail.sender else "",
        to=[address.email for address in mail.to],
        subject=mail.subject,
        content_hash=item.content_hash,
        fingerprint=item.fingerprint,
        authserv_ids=_authserv_ids(mail),
        ticket_id=written.ticket_id if written else decision.ticket_id,
        entry_id=written.entry_id if written else None,
    )


def _authserv_ids(mail: ParsedMail) -> list[str]:
    """Who says to have authenticated the mail (RFC 8601), topmost first: an administrator may trust one (R8)."""
    values = (value for name, value in mail.headers if name == "authentication-results")
    return list(dict.fromkeys(authserv_id(value) for value in values))[:5]
