"""Reads of requests and conversations for people: lists with their counts, a conversation as its reader may see it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Prefetch, QuerySet

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.models import IncomingServer
from postroom.outbox.models import OutboundEmail
from postroom.tickets.access import requester_entries, visible_entries, visible_tickets
from postroom.tickets.listing import VIEWS as VIEWS
from postroom.tickets.listing import open_counts as open_counts
from postroom.tickets.models import Attachment, Category, Entry, Ticket


def ticket_for(user: User, number: int) -> Ticket | None:
    """The request with all it names, or None where the user may not see it or there is none."""
    related = ("requester__company", "technician", "technician_group", "category", "company", "mailbox", "follow_up_of")
    return visible_tickets(user).select_related(*related).filter(pk=number).first()


def public_entries(user: User, ticket: Ticket) -> list[Entry]:
    """The conversation in time order as the support portal shows it, with authors and files."""
    return list(requester_entries(user, ticket).select_related("author").prefetch_related("attachments"))


def entries_for(user: User, ticket: Ticket) -> list[Entry]:
    """The conversation in time order, with authors, files, and the mails that carry it."""
    mails = OutboundEmail.objects.defer("text", "html", "facts", "headers").order_by("id")
    entries = visible_entries(user, ticket).select_related("author")
    return list(entries.prefetch_related("attachments", Prefetch("outbound", mails)))


def conversation_state(ticket: Ticket) -> tuple[datetime, int, int]:
    """(last change, number of entries, newest entry): differs once a conversation got longer or a request changed."""
    found = ticket.entries.aggregate(count=Count("pk"), newest=Max("pk"))
    return ticket.updated_at, found["count"], found["newest"] or 0


def history(ticket: Ticket) -> QuerySet[Entry]:
    """What happened to the request, the latest first."""
    return ticket.entries.filter(kind=Entry.Kind.EVENT).order_by("-created_at", "-id")


def entry_for(user: User, pk: int) -> Entry | None:
    """One entry with its files, or None where the user may not see it."""
    entry = Entry.objects.select_related("ticket").filter(pk=pk, ticket__in=visible_tickets(user)).first()
    return entry and visible_entries(user, entry.ticket).filter(pk=pk).prefetch_related("attachments").first()


def attachment_for(user: User, pk: int) -> Attachment | None:
    """One file, or None where the user may not see the entry that it belongs to."""
    file = Attachment.objects.select_related("entry").filter(pk=pk).first()
    return file if file and entry_for(user, file.entry_id) else None


def earlier_tickets(user: User, ticket: Ticket, limit: int = 6) -> list[Ticket]:
    """The requester's other requests that the user may see, newest first."""
    return list(visible_tickets(user).filter(requester=ticket.requester).exclude(pk=ticket.pk)[:limit])


def address_to_write_to() -> str:
    """The address whose mail becomes a request: the primary mailbox, else any that is read, else empty."""
    mailbox = IncomingServer.objects.filter(enabled=True).order_by("-primary", "name").values_list("email", flat=True)
    return mailbox.first() or ""


def technicians() -> QuerySet[User]:
    """Whom a request can be assigned to."""
    people = User.objects.filter(role__in=(User.Role.ADMIN, User.Role.TECHNICIAN), is_active=True, archived=False)
    return people.exclude(kind=User.Kind.SERVICE)


def technician_groups() -> QuerySet[TechnicianGroup]:
    """The groups that a request can belong to."""
    return TechnicianGroup.objects.all()


def categories() -> QuerySet[Category]:
    """What a request can be about."""
    return Category.objects.all()
