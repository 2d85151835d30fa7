"""What a person does with an incoming mail: once more, release, discard, block its sender. Each is audited."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from postroom.audit.services import Actor, record
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.keep import wake
from postroom.tickets.models import Ticket

WITHOUT_ENTRY = (
    "filtered",
    "blocked",
    "guest_not_allowed",
    "email_to_request_off",
    "auto_reply",
    "loop",
    "held",
    "failed",
    "duplicate",
    "own",
    "bounce",
)


class NotPossible(Exception):
    """The mail is not in a state in which that can be done; the message says so."""


def _ready(rows: Sequence[InboundEmail]) -> list[InboundEmail]:
    """The rows, locked, if all of them are done without having made an entry and still have their raw form."""
    locked = list(InboundEmail.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    for row in locked:
        if row.state != InboundEmail.State.DONE:
            raise NotPossible(f"Mail {row.pk} is still being worked on.")
        if row.entry_id is not None or row.outcome not in WITHOUT_ENTRY:
            raise NotPossible(f"Mail {row.pk} has become part of request {row.ticket_id} already.")
        if not row.raw_sha256:
            raise NotPossible(f"The raw form of mail {row.pk} is gone (retention).")
        if row.too_large and blobs().path(row.raw_sha256).stat().st_size < row.size:
            raise NotPossible(
                f"Of mail {row.pk} only the header is here: it is over the limit, and on the mail server."
            )
    return locked


def _again(row: InboundEmail) -> None:
    row.state, row.outcome, row.reason, row.reason_code = InboundEmail.State.KEPT, "", "", ""
    row.tries, row.due_at, row.claimed_by, row.duplicate_of = 0, timezone.now(), "", None
    row.save()
    transaction.on_commit(wake)


@transaction.atomic
def reprocess(rows: Sequence[InboundEmail], actor: Actor) -> None:
    """Decide anew, by today's preferences. Raises NotPossible, and then nothing has changed."""
    for row in _ready(rows):
        row.released_as, row.released_to = "", None
        _again(row)
        record(actor=actor, action="reprocessed", object_=row, name=row.subject, changes=[])


@transaction.atomic
def release(row: InboundEmail, actor: Actor, as_: str = "request", ticket: Ticket | None = None) -> None:
    """Make a request of it, or with ``as_`` "reply" an entry of ``ticket``. Raises NotPossible."""
    if as_ == "reply" and ticket is None:
        raise NotPossible("Say to which request the mail is to be added.")
    (row,) = _ready([row])
    row.released_as, row.released_to = as_, ticket
    _again(row)
    change = {"field": "released_as", "old": None, "new": f"#{ticket.number}" if ticket else "request"}
    record(actor=actor, action="released", object_=row, name=row.subject, changes=[change])


@transaction.atomic
def discard(rows: Sequence[InboundEmail], actor: Actor) -> None:
    """Say that nothing is to become of it: the row stays, its raw form goes with retention. Raises NotPossible."""
    for row in _ready(rows):
        row.reason_code, row.reason = "discarded", f"Discarded by {actor.name}. Before: {row.reason}"
        row.save()
        record(actor=actor, action="discarded", object_=row, name=row.subject, changes=[])


@transaction.atomic
def block_sender(row: InboundEmail, actor: Actor) -> None:
    """Put the sender on the block list of Security. Raises NotPossible where there is no sender."""
    if not row.from_email:
        raise NotPossible("The mail has no sender.")
    if row.from_email in own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all()):
        raise NotPossible(f"{row.from_email} is an address of the desk itself.")
    settings = Settings.objects.select_for_update().get(pk=Settings.load().pk)
    old = list(settings.block_senders)
    if row.from_email not in old:
        settings.block_senders = [*old, row.from_email]
        settings.save()
        change = {"field": "block_senders", "old": old, "new": settings.block_senders}
        record(actor=actor, action="updated", object_=settings, name="Security", changes=[change])
