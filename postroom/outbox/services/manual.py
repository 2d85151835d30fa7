"""What a person does with an outgoing mail: cancel it, try it again, send it once more. Each is audited."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from postroom.audit.services import Actor, record
from postroom.channels.models import OutgoingServer
from postroom.channels.secret import thread_keys
from postroom.mail.identify import mint
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services.queue import FALLBACK_DOMAIN, wake

State = OutboundEmail.State


class NotPossible(Exception):
    """The mail is not in a state in which that can be done; the message says so."""


@transaction.atomic
def cancel(mail: OutboundEmail, actor: Actor) -> OutboundEmail:
    """Stop a mail that has not left. Raises NotPossible."""
    mail = OutboundEmail.objects.select_for_update().get(pk=mail.pk)
    if mail.state not in (State.QUEUED, State.DEFERRED):
        raise NotPossible(f"A mail that is {mail.get_state_display().lower()} cannot be cancelled.")
    mail.state, mail.reason = State.CANCELLED, f"Cancelled by {actor.name}."
    mail.claimed_by, mail.lease_until = "", None
    for recipient in mail.recipients:
        if recipient["state"] in ("queued", "deferred"):
            recipient["state"] = "cancelled"
    mail.save()
    record(actor=actor, action="cancelled", object_=mail, name=mail.message_id, changes=[])
    return mail


@transaction.atomic
def retry(mail: OutboundEmail, actor: Actor, server: OutgoingServer | None = None) -> OutboundEmail:
    """Try a mail that waits or failed again now, by another server if one is given. Raises NotPossible.

    Recipients that already have it are left out; the Message-ID stays.
    """
    mail = OutboundEmail.objects.select_for_update().get(pk=mail.pk)
    if mail.state not in (State.DEFERRED, State.UNCERTAIN, State.FAILED, State.CANCELLED, State.QUEUED):
        raise NotPossible(f"A mail that is {mail.get_state_display().lower()} cannot be tried again.")
    if not any(recipient["state"] != "sent" for recipient in mail.recipients):
        raise NotPossible("Every recipient has the mail.")
    if server is not None:
        mail.picked_server = mail.server = server
        mail.server_name, mail.server_reason = server.name, f"picked by {actor.name}"
    for recipient in mail.recipients:
        if recipient["state"] != "sent":
            recipient.update(state="queued", code=0, enhanced="", text="")
    mail.state, mail.reason, mail.error_code = State.QUEUED, "", ""
    mail.due_at, mail.first_failed_at, mail.uncertain_tries = timezone.now(), None, 0
    mail.claimed_by, mail.lease_until = "", None
    mail.save()
    record(actor=actor, action="retried", object_=mail, name=mail.message_id, changes=[])
    transaction.on_commit(wake)
    return mail


@transaction.atomic
def resend(mail: OutboundEmail, actor: Actor, to: Sequence[str], server: OutgoingServer | None = None) -> OutboundEmail:
    """Send a copy with a Message-ID of its own to ``to`` (or the same recipients). Raises NotPossible."""
    recipients = [address.strip() for address in to] or [*mail.to, *mail.cc]
    if not recipients:
        raise NotPossible("Say whom to send it to.")
    copy = OutboundEmail.objects.get(pk=mail.pk)
    domain = mail.from_email.rpartition("@")[2] or FALLBACK_DOMAIN
    copy.pk, copy._state.adding = None, True
    copy.message_id = mint(mail.ticket_id or 0, secrets.token_hex(6), domain, thread_keys()[0])
    copy.to, copy.cc = recipients, []
    copy.recipients = [
        {"address": address, "state": "queued", "code": 0, "enhanced": "", "text": ""} for address in recipients
    ]
    copy.state, copy.reason, copy.error_code = State.QUEUED, "", ""
    copy.attempts, copy.uncertain_tries, copy.first_failed_at, copy.sent_at = 0, 0, None, None
    copy.created_at = copy.due_at = timezone.now()
    copy.claimed_by, copy.lease_until = "", None
    if server is not None:
        copy.picked_server = copy.server = server
        copy.server_name, copy.server_reason = server.name, f"picked by {actor.name}"
    copy.save()
    record(actor=actor, action="resent", object_=copy, name=copy.message_id, changes=[])
    transaction.on_commit(wake)
    return copy
