"""Do the same to many requests. Each in a transaction of its own: what cannot be done to one is done to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.access import visible_tickets
from postroom.tickets.models import Entry, Ticket, Visit
from postroom.tickets.services.discarding import mark_as_spam
from postroom.tickets.services.update import TicketChange, update_ticket

MAX_AT_ONCE = 200


@dataclass(slots=True)
class Outcome:
    """Numbers of what was done, and (number, why not) of the rest."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def change_many(numbers: Sequence[int], by: User, change: TicketChange) -> Outcome:
    """Set the same attributes of many requests; see ``update_ticket``. Numbers that ``by`` may not see are refused."""
    return _each(numbers, by, lambda ticket: update_ticket(ticket, by, change))


def mark_many_as_spam(numbers: Sequence[int], by: User, actor: Actor) -> Outcome:
    """Take many requests out of sight as spam; nobody is blocked by it."""
    return _each(numbers, by, lambda ticket: mark_as_spam(ticket, by, actor))


def _each(numbers: Sequence[int], by: User, act: Callable[[Ticket], object]) -> Outcome:
    outcome = Outcome()
    wanted = list(dict.fromkeys(numbers))
    seen = visible_tickets(by).in_bulk(wanted[:MAX_AT_ONCE])
    for number in wanted:
        ticket = seen.get(number)
        try:
            if ticket is None:
                raise Invalid([("request", "There is no such request, or you may not see it.")])
            act(ticket)
        except Invalid as invalid:
            outcome.refused.append((number, " ".join(words for _, words in invalid.errors)))
        else:
            outcome.done.append(number)
    return outcome


def mark_as_read(user: User, numbers: Sequence[int], *, read: bool) -> None:
    """Note that the user has seen all entries of these requests, or none of them."""
    for ticket in visible_tickets(user).filter(pk__in=numbers):
        newest = Entry.objects.filter(ticket=ticket).order_by("-pk").values_list("pk", flat=True).first() or 0
        Visit.objects.update_or_create(ticket=ticket, person=user, defaults={"read_entry": newest if read else 0})
