"""What a person does with outgoing mail: cancel it, try it again, send it once more. Each is audited.

``cancel_many`` and ``retry_many`` do what can be done and say what refused. Rows are locked, so that two
administrators, or one and a worker, never do two things to one mail.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from postroom.audit.services import Actor, record, record_many
from postroom.channels.models import OutgoingServer
from postroom.channels.secret import thread_keys
from postroom.mail.addresses import is_valid
from postroom.mail.identify import mint
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services.queue import FALLBACK_DOMAIN, wake

State = OutboundEmail.State

CANCELLABLE = (State.QUEUED, State.DEFERRED)
RETRIABLE = (State.DEFERRED, State.UNCERTAIN, State.FAILED, State.CANCELLED, State.QUEUED)
_WRITTEN = (
    "picked_server",
    "server",
    "server_name",
    "server_reason",
    "recipients",
    "state",
    "reason",
    "error_code",
    "due_at",
    "first_failed_at",
    "uncertain_tries",
    "claimed_by",
    "lease_until",
)


class NotPossible(Exception):
    """The mail is not in a state in which that can be done; the message says so."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of a verb on many: how many were done, and what each of the others said."""

    done: int
    refused: list[str] = field(default_factory=list)


def cancel_obstacle(mail: OutboundEmail) -> str:
    """Why a mail cannot be cancelled, as a sentence, or "": it has not left."""
    if mail.state in CANCELLABLE:
        return ""
    return f"A mail that is {mail.get_state_display().lower()} cannot be cancelled."


def undo_obstacle(mail: OutboundEmail) -> str:
    """Why a mail cannot be taken back by whoever wrote it, or "": its undo time is not over (R20)."""
    held = mail.entry_id is not None and mail.state == State.QUEUED and not mail.attempts
    return "" if held and mail.due_at > timezone.now() else "The mail is not held any more."


def retry_obstacle(mail: OutboundEmail) -> str:
    """Why a mail cannot be tried again, or "": it waits, failed or was cancelled, and somebody is without it."""
    if mail.state not in RETRIABLE:
        return f"A mail that is {mail.get_state_display().lower()} cannot be tried again."
    if not any(recipient["state"] != "sent" for recipient in mail.recipients):
        return "Every recipient has the mail."
    return ""


@transaction.atomic
def cancel(mail: OutboundEmail, actor: Actor) -> OutboundEmail:
    """Stop a mail that has not left. Raises NotPossible."""
    mail = _locked(mail, cancel_obstacle)
    _cancelled(mail, actor)
    mail.save(update_fields=_WRITTEN)
    record(actor=actor, action="cancelled", object_=mail, name=mail.message_id, changes=[])
    return mail


@transaction.atomic
def undo(mail: OutboundEmail, actor: Actor) -> OutboundEmail:
    """Stop a mail that is held for undo. Raises NotPossible."""
    _locked(mail, undo_obstacle)
    return cancel(mail, actor)


@transaction.atomic
def cancel_many(mails: Sequence[OutboundEmail], actor: Actor) -> Bulk:
    """Stop those that have not left."""
    ready, refused = _sort_out(mails, cancel_obstacle)
    for mail in ready:
        _cancelled(mail, actor)
    _write(ready, actor, "cancelled")
    return Bulk(len(ready), refused)


@transaction.atomic
def retry(mail: OutboundEmail, actor: Actor, server: OutgoingServer | None = None) -> OutboundEmail:
    """Try a mail that waits or failed again now, by another server if one is given. Raises NotPossible.

    Recipients that already have it are left out; the Message-ID stays.
    """
    mail = _locked(mail, retry_obstacle)
    _queued_again(mail, actor, server)
    mail.save(update_fields=_WRITTEN)
    record(actor=actor, action="retried", object_=mail, name=mail.message_id, changes=[])
    transaction.on_commit(wake)
    return mail


@transaction.atomic
def retry_many(mails: Sequence[OutboundEmail], actor: Actor, server: OutgoingServer | None = None) -> Bulk:
    """Try those again that wait, failed or were cancelled, by another server if one is given."""
    ready, refused = _sort_out(mails, retry_obstacle)
    for mail in ready:
        _queued_again(mail, actor, server)
    _write(ready, actor, "retried")
    transaction.on_commit(wake)
    return Bulk(len(ready), refused)


@transaction.atomic
def resend(mail: OutboundEmail, actor: Actor, to: Sequence[str], server: OutgoingServer | None = None) -> OutboundEmail:
    """Send a copy with a Message-ID of its own to ``to`` (or the same recipients). Raises NotPossible."""
    recipients = [address.strip() for address in to] or [*mail.to, *mail.cc]
    if not recipients:
        raise NotPossible("Say whom to send it to.")
    if wrong := next((address for address in to if not is_valid(address.strip())), ""):
        raise NotPossible(f"{wrong} is not an email address.")
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
    _pick(copy, actor, server)
    copy.save()
    change = {"field": "copy_of", "old": None, "new": mail.message_id}
    record(actor=actor, action="resent", object_=copy, name=copy.message_id, changes=[change])
    transaction.on_commit(wake)
    return copy


def _locked(mail: OutboundEmail, check: Callable[[OutboundEmail], str]) -> OutboundEmail:
    mail = OutboundEmail.objects.select_for_update().get(pk=mail.pk)
    if why := check(mail):
        raise NotPossible(why)
    return mail


def _sort_out(
    mails: Sequence[OutboundEmail], check: Callable[[OutboundEmail], str]
) -> tuple[list[OutboundEmail], list[str]]:
    """The mails, locked, that ``check`` lets pass, and what it says of the others."""
    rows = OutboundEmail.objects.select_for_update().filter(pk__in=[mail.pk for mail in mails]).order_by("pk")
    checked = [(mail, check(mail)) for mail in rows]
    return [mail for mail, why in checked if not why], [f"Mail {mail.pk}: {why}" for mail, why in checked if why]


def _write(mails: Sequence[OutboundEmail], actor: Actor, action: str) -> None:
    OutboundEmail.objects.bulk_update(mails, _WRITTEN, batch_size=200)
    record_many(actor, action, [(mail, mail.message_id, []) for mail in mails])


def _cancelled(mail: OutboundEmail, actor: Actor) -> None:
    mail.state, mail.reason = State.CANCELLED, f"Cancelled by {actor.name}."
    mail.claimed_by, mail.lease_until = "", None
    for recipient in mail.recipients:
        if recipient["state"] in ("queued", "deferred"):
            recipient["state"] = "cancelled"


def _queued_again(mail: OutboundEmail, actor: Actor, server: OutgoingServer | None) -> None:
    _pick(mail, actor, server)
    for recipient in mail.recipients:
        if recipient["state"] != "sent":
            recipient.update(state="queued", code=0, enhanced="", text="")
    mail.state, mail.reason, mail.error_code = State.QUEUED, "", ""
    mail.due_at, mail.first_failed_at, mail.uncertain_tries = timezone.now(), None, 0
    mail.claimed_by, mail.lease_until = "", None


def _pick(mail: OutboundEmail, actor: Actor, server: OutgoingServer | None) -> None:
    if server is not None:
        mail.picked_server = mail.server = server
        mail.server_name, mail.server_reason = server.name, f"picked by {actor.name}"
