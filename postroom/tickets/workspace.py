"""What a technician sees around a conversation: merged and linked requests, drafts, who else is here, the bell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone

from postroom.accounts.models import User
from postroom.mail.subjects import is_forward
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.tickets.access import hidden_tickets, visible_entries, visible_tickets
from postroom.tickets.models import BellNotice, Draft, Entry, Participant, Ticket, TicketLink, Visit

HERE = timedelta(seconds=20)
WRITING = timedelta(seconds=25)
SHOWN = 100


@dataclass(slots=True)
class Neighbours:
    """The requests that have to do with one, as far as its reader may see them."""

    linked: list[Ticket] = field(default_factory=list)
    follow_ups: list[Ticket] = field(default_factory=list)
    merged: list[Ticket] = field(default_factory=list)
    follow_up_of: Ticket | None = None
    merged_into: Ticket | None = None

    def __bool__(self) -> bool:
        return bool(self.linked or self.follow_ups or self.merged or self.follow_up_of or self.merged_into)


def neighbours(user: User, ticket: Ticket) -> Neighbours:
    """Linked and merged requests, and follow-ups, both ways."""
    links = TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket)).values_list("first", "second")
    linked = {number for pair in links for number in pair} - {ticket.pk}
    known = linked | {number for number in (ticket.follow_up_of_id, ticket.merged_into_id) if number}
    rows = visible_tickets(user).filter(Q(pk__in=known) | Q(follow_up_of=ticket) | Q(merged_into=ticket))
    found = Neighbours()
    for row in rows.order_by("number"):
        if row.pk in linked:
            found.linked.append(row)
        if row.follow_up_of_id == ticket.pk:
            found.follow_ups.append(row)
        if row.merged_into_id == ticket.pk:
            found.merged.append(row)
        if row.pk == ticket.follow_up_of_id:
            found.follow_up_of = row
        if row.pk == ticket.merged_into_id:
            found.merged_into = row
    return found


def conversation(user: User, ticket: Ticket, merged: Iterable[Ticket] | None = None) -> list[Entry]:
    """The conversation in time order, with that of the requests merged into it that the user may see.

    ``merged`` are those, where they are known already.
    """
    if merged is None:
        merged = visible_tickets(user).filter(merged_into=ticket)
    numbers = [row.pk for row in merged]
    entries = visible_entries(user, ticket)
    if numbers and user.is_technician:
        entries = Entry.objects.filter(ticket__in=[ticket.pk, *numbers])
    mails = OutboundEmail.objects.defer("text", "html", "facts", "headers").order_by("id")
    whole = entries.select_related("author").order_by("created_at", "id")
    return list(whole.prefetch_related("attachments", Prefetch("outbound", mails)))


@dataclass(frozen=True, slots=True)
class Presence:
    """Who else has the request open, and who of them is writing; ``mine`` is the reader's own visit."""

    mine: Visit | None = None
    writing: tuple[tuple[str, str], ...] = ()
    reading: tuple[str, ...] = ()


def presence(user: User, ticket: Ticket, now: datetime | None = None) -> Presence:
    """One look at the visits of a request. ``writing`` is (name, kind of entry)."""
    now = now or timezone.now()
    rows = Visit.objects.filter(Q(person=user) | Q(seen_at__gt=now - HERE), ticket=ticket).select_related("person")
    mine, writing, reading = None, [], []
    for row in rows.order_by("person__name", "pk"):
        if row.person_id == user.pk:
            mine = row
        elif row.writing_at is not None and row.writing_at > now - WRITING:
            writing.append((row.person.name, row.writing_kind))
        else:
            reading.append(row.person.name)
    return Presence(mine, tuple(writing), tuple(reading))


def drafts_of(user: User, ticket: Ticket) -> list[Draft]:
    """The user's drafts on a request with their files, the latest first."""
    return list(Draft.objects.filter(person=user, ticket=ticket).prefetch_related("files"))


def participants(ticket: Ticket) -> list[Participant]:
    """Watchers and third parties."""
    return list(ticket.participants.order_by("role", "email"))


def undeliverable(ticket: Ticket) -> dict[str, str]:
    """Those of requester and Cc to whom automatic mail is not sent, and why (BNC-01)."""
    addresses = [(ticket.requester.email or "").lower(), *(address.lower() for address in ticket.cc_emails)]
    rows = Suppression.objects.filter(address__in=[address for address in addresses if address])
    return dict(rows.values_list("address", "reason"))


def sender_was_not_found(ticket: Ticket) -> bool:
    """Whether a technician seems to have forwarded somebody's mail of which no sender was found (PRF-42)."""
    by_mail = ticket.source == Ticket.Source.EMAIL and ticket.created_by_id == ticket.requester_id
    return by_mail and ticket.requester.is_technician and is_forward(ticket.subject)


def unread_notices(user: User) -> int:
    """The number at the bell, counted to 100."""
    return BellNotice.objects.filter(person=user, read_at=None)[:SHOWN].count()


def notices_of(user: User) -> list[BellNotice]:
    """The newest lines of the bell, about requests that the user may see."""
    seen = visible_tickets(user).filter(pk__in=BellNotice.objects.filter(person=user).values("ticket")[: 2 * SHOWN])
    rows = BellNotice.objects.filter(person=user, ticket__in=seen).select_related("ticket").order_by("-id")
    return list(rows[:SHOWN])


def out_of_sight(user: User) -> list[Ticket]:
    """What is spam or deleted and may be brought back by the user, the latest first."""
    rows: Any = hidden_tickets(user).select_related("requester").order_by("-deleted_at", "-number")
    return list(rows[:SHOWN])
