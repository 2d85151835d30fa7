"""Reads of the support portal: one's own requests, those of the company for its contacts, and what is public there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from postroom.accounts.models import User
from postroom.tickets.access import shown_to_requester, visible_tickets
from postroom.tickets.models import Entry, Ticket

PAGE_SIZE = 25
MAX_WORDS = 10
OPEN = (Ticket.Status.OPEN, Ticket.Status.IN_PROGRESS, Ticket.Status.PENDING)
Scope = Literal["mine", "company"]
Shown = Literal["open", "done", "all"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``number`` counts from 1."""

    tickets: list[Ticket]
    number: int
    has_next: bool

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.tickets) - 1


def is_company_contact(user: User) -> bool:
    """Whether the portal shows this user more than their own requests."""
    return bool(user.company_contact and user.company_id and not user.is_technician)


def portal_tickets(user: User, scope: Scope = "company") -> QuerySet[Ticket]:
    """The requests of the user's portal: their own, and with ``company`` all that they may see as a contact.

    A technician sees no more there than what they raised themselves (R7).
    """
    tickets = visible_tickets(user)
    if scope == "mine" or not is_company_contact(user):
        tickets = tickets.filter(requester=user)
    return tickets


def portal_page(user: User, scope: Scope, shown: Shown, search: str = "", page: int = 1) -> Page:
    """A page of the list; every word of ``search`` occurs in what the user may read.

    The latest public activity comes first, and is ``written_at``: internal work is not even seen by its time.
    """
    tickets = _searched(user, portal_tickets(user, scope), search).filter(_conditions()[shown])
    start = (page - 1) * PAGE_SIZE
    entries = shown_to_requester(user, Entry.objects.filter(ticket=OuterRef("pk"))).order_by("-created_at")
    written = Coalesce(Subquery(entries.values("created_at")[:1]), F("created_at"))
    rows = tickets.select_related("requester").annotate(written_at=written).order_by("-written_at", "-number")
    found: list[Ticket] = [*rows[start : start + PAGE_SIZE + 1]]
    return Page(found[:PAGE_SIZE], page, len(found) > PAGE_SIZE)


def portal_counts(user: User, scope: Scope, search: str = "") -> dict[str, int]:
    """How many there are: {open, done, all}, in one query."""
    wanted = {name: Count("pk", filter=condition) for name, condition in _conditions().items()}
    counts: dict[str, int] = _searched(user, portal_tickets(user, scope), search).aggregate(**wanted)
    return counts


def _conditions() -> dict[Shown, Q]:
    is_open = Q(status__in=OPEN)
    return {"open": is_open, "done": ~is_open, "all": Q(pk__isnull=False)}


def _searched(user: User, tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those with each word in subject, number or public conversation: internal words find nothing (WRK-06)."""
    for word in text.replace("\x00", "").split()[:MAX_WORDS]:
        entries = Entry.objects.filter(ticket=OuterRef("pk"), text__icontains=word)
        found = Q(subject__icontains=word) | Q(Exists(shown_to_requester(user, entries)))
        digits = word.strip("[]#")
        if digits.isascii() and digits.isdecimal() and len(digits) < 19:
            found |= Q(number=int(digits))
        tickets = tickets.filter(found)
    return tickets


def portal_ticket(user: User, number: int) -> Ticket | None:
    """A request of the user's portal with all it names, or None."""
    related = ("requester", "technician", "category", "follow_up_of")
    return portal_tickets(user).select_related(*related).filter(pk=number).first()


def follow_ups(user: User, ticket: Ticket) -> list[Ticket]:
    """The requests that continue this one, as far as the user sees them."""
    return list(portal_tickets(user).filter(follow_up_of=ticket).order_by("number"))
