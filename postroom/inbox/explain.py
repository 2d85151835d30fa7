"""A dry run: what would become of a mail, and why; nothing is written."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from postroom.channels.models import IncomingServer
from postroom.channels.secret import thread_keys
from postroom.inbox.authentication import ResolverUntil, check_sender
from postroom.inbox.facts import Configuration, Item, gather
from postroom.inbox.models import InboundEmail
from postroom.mail import parse
from postroom.rules.inbound import decide
from postroom.tickets.services.arrivals import subject_of


def explain(raw: bytes, mailbox: IncomingServer, resolver_until: ResolverUntil | None = None) -> dict[str, Any]:
    """The decision on ``raw`` if it arrived at ``mailbox`` now.

    Returns {outcome, because, reason {code, text}, mailbox, from, subject, request, entry, requester, cc, acknowledged,
    no_acknowledgement, trace: [{step, verdict, detail}]}; ``request`` is the number it would be added to.
    """
    row = InboundEmail(mailbox=mailbox, mailbox_email=mailbox.email, key="", size=len(raw), received_at=timezone.now())
    item = Item.of(row, parse(raw), thread_keys())
    configuration = Configuration.load()
    if resolver_until is not None:
        check_sender(item, raw, configuration, resolver_until)
    facts = gather([item], row.received_at, configuration)
    row.too_large = len(raw) > configuration.prefs.message_size
    decision = decide(item.mail, facts.facts_of(item), configuration.prefs)
    return {
        "outcome": decision.outcome,
        "because": decision.because,
        "reason": {"code": decision.code, "text": decision.reason},
        "mailbox": mailbox.email,
        "from": item.sender,
        "subject": subject_of(item.mail),
        "request": decision.ticket_id,
        "entry": decision.entry_kind,
        "requester": decision.requester.email if decision.requester else None,
        "cc": list(decision.cc),
        "acknowledged": decision.acknowledge,
        "no_acknowledgement": decision.no_acknowledgement,
        "trace": [{"step": step.step, "verdict": step.verdict, "detail": step.detail} for step in decision.trace],
    }
