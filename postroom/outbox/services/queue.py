"""Put mails into the outgoing ledger: Message-ID minted and server chosen now, in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from postroom.channels.bulk import insert_many
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.queries import outgoing_servers, rule_facts, server_facts
from postroom.channels.secret import thread_keys
from postroom.mail.identify import mint
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.rules.model import Choice, RuleFacts, ServerFacts
from postroom.rules.outgoing import choose_server

CHANNEL = "postroom_outbox"
FALLBACK_DOMAIN = "postroom.invalid"
AUTOMATIC = (
    OutboundEmail.Kind.NOTIFICATION,
    OutboundEmail.Kind.ACKNOWLEDGEMENT,
    OutboundEmail.Kind.ANNOUNCEMENT,
)


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail that is to be sent. ``files`` as in ``OutboundEmail.files``, ``headers`` [(name, value)] beyond the usual.

    ``facts`` are the values that outgoing rules are judged by; ``mailbox`` is the request's mailbox, ``picked`` the
    server that a technician chose. ``due_at`` None means now.
    """

    kind: str
    to: Sequence[str]
    subject: str
    text: str
    html: str = ""
    cc: Sequence[str] = ()
    lane: int = OutboundEmail.Lane.NOTIFICATION
    ticket_id: int | None = None
    entry_id: int | None = None
    mailbox: IncomingServer | None = None
    picked: OutgoingServer | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    in_reply_to: str = ""
    references: Sequence[str] = ()
    headers: Sequence[tuple[str, str]] = ()
    files: Sequence[dict[str, Any]] = ()
    due_at: datetime | None = None


@dataclass(slots=True)
class Switchboard:
    """The outgoing configuration as it is now, read once for a batch."""

    servers: dict[int, OutgoingServer]
    facts: list[ServerFacts]
    rules: list[RuleFacts]

    @classmethod
    def load(cls) -> Switchboard:
        servers = outgoing_servers()
        return cls({server.pk: server for server in servers}, server_facts(servers), rule_facts())

    def choose(self, picked: int | None, mailbox: IncomingServer | None, values: dict[str, Any]) -> Choice:
        """The server for one mail, and why (R2, R21)."""
        return choose_server(
            picked,
            self.rules,
            self.facts,
            mailbox.outgoing_server_id if mailbox else None,
            mailbox.email.lower() if mailbox else "",
            values,
        )


def queue(mails: Sequence[NewMail]) -> list[OutboundEmail]:
    """Store the mails and wake the senders at commit. Suppressed addresses get no automatic mail (BNC-01)."""
    if not mails:
        return []
    board, keys = Switchboard.load(), thread_keys()
    suppressed = _suppressed(mails)
    rows = [_row(mail, board, keys[0], suppressed) for mail in mails]
    insert_many(rows)
    transaction.on_commit(wake)
    return rows


def wake() -> None:
    """Tell the senders that there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def _suppressed(mails: Sequence[NewMail]) -> set[str]:
    automatic = {to.lower() for mail in mails if mail.kind in AUTOMATIC for to in (*mail.to, *mail.cc)}
    if not automatic:
        return set()
    return set(Suppression.objects.filter(address__in=automatic).values_list("address", flat=True))


def _row(mail: NewMail, board: Switchboard, key: bytes, suppressed: set[str]) -> OutboundEmail:
    choice = board.choose(mail.picked.pk if mail.picked else None, mail.mailbox, mail.facts)
    server = board.servers.get(choice.server_id or choice.wanted_id or 0)
    address = server.email if server else mail.mailbox.email if mail.mailbox else ""
    domain = address.rpartition("@")[2] or FALLBACK_DOMAIN
    row = OutboundEmail(
        message_id=mint(mail.ticket_id or 0, secrets.token_hex(6), domain, key),
        kind=mail.kind,
        lane=mail.lane,
        ticket_id=mail.ticket_id,
        entry_id=mail.entry_id,
        mailbox=mail.mailbox,
        picked_server=mail.picked,
        server=server,
        server_name=server.name if server else "",
        server_reason=choice.reason[:500],
        facts=mail.facts,
        from_name=server.sender_name if server else "",
        from_email=address,
        to=list(mail.to),
        cc=list(mail.cc),
        subject=mail.subject[:998],
        text=mail.text,
        html=mail.html,
        in_reply_to=mail.in_reply_to,
        references=list(mail.references),
        headers=[list(header) for header in mail.headers],
        files=list(mail.files),
        due_at=mail.due_at or timezone.now(),
    )
    row.recipients = [_recipient(address) for address in dict.fromkeys([*mail.to, *mail.cc])]
    if mail.kind in AUTOMATIC:
        _leave_out(row, suppressed)
    if not row.recipients:
        row.state, row.reason = OutboundEmail.State.FAILED, "The mail has no recipient."
    return row


def _recipient(address: str) -> dict[str, Any]:
    return {"address": address, "state": "queued", "code": 0, "enhanced": "", "text": ""}


def _leave_out(row: OutboundEmail, suppressed: set[str]) -> None:
    """Mark suppressed recipients; a mail that has no other one is cancelled, with the reason."""
    for recipient in row.recipients:
        if recipient["address"].lower() in suppressed:
            recipient.update(state="cancelled", text="The address is on the suppression list.")
    if row.recipients and all(recipient["state"] == "cancelled" for recipient in row.recipients):
        row.state, row.reason = OutboundEmail.State.CANCELLED, "Every recipient is on the suppression list."
