"""The mail of Test Connection: sent at once on a connection of its own, and in the ledger like any other (TST-07)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.utils import timezone

from postroom.channels.models import OutgoingServer
from postroom.channels.secret import thread_keys
from postroom.mail.identify import mint
from postroom.outbox.models import OutboundEmail

State = OutboundEmail.State


def draft_trial(server: OutgoingServer, to: str, headers: Sequence[tuple[str, str]]) -> OutboundEmail:
    """The confirmation mail for ``to`` (TST-01), not stored yet."""
    return OutboundEmail(
        message_id=mint(0, secrets.token_hex(6), server.email.rpartition("@")[2], thread_keys()[0]),
        kind=OutboundEmail.Kind.TEST,
        server=server,
        server_name=server.name,
        server_reason="Test Connection",
        from_name=server.sender_name,
        from_email=server.email,
        to=[to],
        subject=f"Test Connection: {server.name} is set up properly",
        text=(
            f"This mail confirms that the outgoing server {server.name} <{server.email}> is set up properly: "
            "it took this mail over for delivery.\n"
        ),
        headers=[list(header) for header in headers],
    )


def record_trial(mail: OutboundEmail, *, ok: bool, code: str, message: str) -> OutboundEmail:
    """Store the mail with what became of it."""
    now = timezone.now()
    mail.state = State.SENT if ok else State.FAILED
    mail.attempts, mail.due_at = 1, now
    mail.sent_at = now if ok else None
    mail.first_failed_at = None if ok else now
    mail.error_code, mail.reason = code, message
    mail.recipients = [
        {"address": address, "state": mail.state, "code": 250 if ok else 0, "enhanced": "", "text": message}
        for address in mail.to
    ]
    mail.save()
    return mail
