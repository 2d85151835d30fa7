"""What a person does with incoming mail: once more, release, discard, block its sender. Each is audited.

Verbs that take many mails do all of them or, where one refuses, none; with ``partly`` they do what can be done and say
what refused. Rows are locked, so that two administrators never do two things to one mail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from postroom.audit.services import Actor, record, record_many
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.keep import wake
from postroom.outbox.services.manual import Bulk
from postroom.tickets.models import Ticket

DISCARDED = "discarded"
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


def obstacle(row: InboundEmail) -> str:
    """Why nothing can be done with a mail now, as a sentence, or "": it is done, made no entry, and is here whole."""
    if row.state != InboundEmail.State.DONE:
        return f"Mail {row.pk} is still being worked on."
    if row.entry_id is not None or row.outcome not in WITHOUT_ENTRY:
        return f"Mail {row.pk} has become part of request {row.ticket_id} already."
    if not row.raw_sha256:
        return f"The raw form of mail {row.pk} is gone (retention)."
    if row.too_large and _kept_bytes(row) < row.size:
        return f"Of mail {row.pk} only the header is here: it is over the limit, and on the mail server."
    return ""


def release_obstacle(row: InboundEmail, as_: str = "request") -> str:
    """Why a mail cannot be released, or "". What no release waives would only come to the same end again."""
    if row.outcome == "duplicate":
        return f"Mail {row.pk} is the same mail as incoming mail {row.duplicate_of_id}: release that one."
    if row.outcome == "own":
        return f"Mail {row.pk} comes from the desk itself."
    if row.reason_code == "no_sender" and as_ == "request":
        return f"Mail {row.pk} has no sender to open a request for. Add it to a request."
    return obstacle(row)


def _discard_obstacle(row: InboundEmail) -> str:
    if row.reason_code == DISCARDED:
        return f"Mail {row.pk} was discarded already."
    return obstacle(row)


def _kept_bytes(row: InboundEmail) -> int:
    path = blobs().path(row.raw_sha256)
    return path.stat().st_size if path.exists() else 0


def _sort_out(
    rows: Sequence[InboundEmail], check: Callable[[InboundEmail], str], partly: bool
) -> tuple[list[InboundEmail], list[str]]:
    """The rows, locked, that ``check`` lets pass, and what it says of the others: raised unless ``partly``."""
    locked = InboundEmail.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk")
    checked = [(row, check(row)) for row in locked]
    refused = [why for _, why in checked if why]
    if refused and not partly:
        raise NotPossible(refused[0])
    return [row for row, why in checked if not why], refused


def _again(rows: Sequence[InboundEmail], released_as: str, released_to: Ticket | None) -> None:
    InboundEmail.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=InboundEmail.State.KEPT,
        outcome="",
        reason="",
        reason_code="",
        tries=0,
        due_at=timezone.now(),
        claimed_by="",
        duplicate_of=None,
        released_as=released_as,
        released_to=released_to,
    )
    if rows:
        transaction.on_commit(wake)


@transaction.atomic
def reprocess(rows: Sequence[InboundEmail], actor: Actor, *, partly: bool = False) -> Bulk:
    """Decide anew, by today's preferences. Raises NotPossible, and then nothing has changed."""
    ready, refused = _sort_out(rows, obstacle, partly)
    _again(ready, "", None)
    record_many(actor, "reprocessed", [(row, row.subject, []) for row in ready])
    return Bulk(len(ready), refused)


def release(row: InboundEmail, actor: Actor, as_: str = "request", ticket: Ticket | None = None) -> None:
    """Make a request of it, or with ``as_`` "reply" an entry of ``ticket``. Raises NotPossible."""
    if as_ == "reply" and ticket is None:
        raise NotPossible("Say to which request the mail is to be added.")
    _release([row], actor, as_, ticket, partly=False)


def release_many(rows: Sequence[InboundEmail], actor: Actor, *, partly: bool = False) -> Bulk:
    """Make a request of each. Raises NotPossible, and then nothing has changed."""
    return _release(rows, actor, "request", None, partly=partly)


@transaction.atomic
def _release(rows: Sequence[InboundEmail], actor: Actor, as_: str, ticket: Ticket | None, *, partly: bool) -> Bulk:
    ready, refused = _sort_out(rows, lambda row: release_obstacle(row, as_), partly)
    _again(ready, as_, ticket)
    change = {"field": "released_as", "old": None, "new": f"#{ticket.number}" if ticket else "request"}
    record_many(actor, "released", [(row, row.subject, [change]) for row in ready])
    return Bulk(len(ready), refused)


@transaction.atomic
def discard(rows: Sequence[InboundEmail], actor: Actor, *, partly: bool = False) -> Bulk:
    """Say that nothing is to become of it: the row stays, its raw form goes with retention. Raises NotPossible."""
    ready, refused = _sort_out(rows, _discard_obstacle, partly)
    before = Concat(Value(f"Discarded by {actor.name}. Before: "), F("reason"))
    InboundEmail.objects.filter(pk__in=[row.pk for row in ready]).update(reason_code=DISCARDED, reason=before)
    record_many(actor, "discarded", [(row, row.subject, []) for row in ready])
    return Bulk(len(ready), refused)


def block_sender(row: InboundEmail, actor: Actor) -> None:
    """Put the sender on the block list of Security. Raises NotPossible where there is no sender."""
    block_senders([row], actor)


@transaction.atomic
def block_senders(rows: Sequence[InboundEmail], actor: Actor, *, partly: bool = False) -> Bulk:
    """Put the senders on the block list of Security; those that are on it stay. ``done`` counts addresses."""
    own = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    refused = [f"Mail {row.pk} has no sender." for row in rows if not row.from_email]
    senders = dict.fromkeys(row.from_email for row in rows if row.from_email)
    refused += [f"{sender} is an address of the desk itself." for sender in senders if sender in own]
    if refused and not partly:
        raise NotPossible(refused[0])
    settings = Settings.objects.select_for_update().get(pk=Settings.load().pk)
    old = list(settings.block_senders)
    wanted = [sender for sender in senders if sender not in own]
    if added := [sender for sender in wanted if sender not in old]:
        settings.block_senders = [*old, *added]
        settings.save()
        change = {"field": "security.block_senders", "old": old, "new": settings.block_senders}
        record(actor=actor, action="updated", object_=settings, name="Security", changes=[change])
    return Bulk(len(wanted), refused)
