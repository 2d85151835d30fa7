"""Which request each mail of a batch refers to, and how that was found (THR-02)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from postroom.accounts.models import User
from postroom.inbox.models import InboundEmail
from postroom.mail.identify import tag_in_subject, ticket_in_text, ticket_of, ticket_of_address
from postroom.mail.model import ParsedMail
from postroom.outbox.models import OutboundEmail
from postroom.rules.model import MatchedBy, Thread
from postroom.tickets.models import Entry, Participant, Ticket

MAX_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class References:
    """What a mail says about the thread it belongs to, before anything is looked up."""

    token_ticket: int | None
    message_ids: tuple[str, ...]
    footer_ticket: int | None
    subject_ticket: int | None


@dataclass(slots=True)
class Threads:
    """The look-up tables of a batch: by Message-ID and by number."""

    by_message_id: dict[str, int] = field(default_factory=dict)
    sent_to: dict[str, frozenset[str]] = field(default_factory=dict)
    sent_about: dict[int, frozenset[str]] = field(default_factory=dict)
    tickets: dict[int, Thread] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)

    def find(self, about: References, sender: str) -> Thread | None:
        """The request by token, References or footer, in this order; the newest reference decides (THR-02)."""
        known = [name for name in about.message_ids if name in self.by_message_id]
        if about.token_ticket is not None and about.token_ticket in self.tickets and not known:
            return self._thread(about.token_ticket, "token", sender in self.sent_about.get(about.token_ticket, ()))
        if known:
            by: MatchedBy = "token" if about.token_ticket is not None else "references"
            to_sender = any(sender in self.sent_to.get(name, ()) for name in known)
            return self._thread(self.by_message_id[known[0]], by, to_sender)
        if about.footer_ticket is not None:
            to_sender = sender in self.sent_about.get(about.footer_ticket, ())
            return self._thread(about.footer_ticket, "footer", to_sender)
        return None

    def by_subject(self, about: References) -> Thread | None:
        return self._thread(about.subject_ticket, "subject", False) if about.subject_ticket is not None else None

    def _thread(self, number: int, matched_by: MatchedBy, to_sender: bool) -> Thread | None:
        thread = self.tickets.get(self.merged.get(number, number))
        return replace(thread, matched_by=matched_by, to_sender=to_sender) if thread else None


def read_references(mail: ParsedMail, keys: Sequence[bytes]) -> References:
    """The thread marks of one mail. The newest reference comes first: In-Reply-To, then References from the end."""
    newest_first = [mail.in_reply_to, *reversed(mail.references)]
    if mail.bounce is not None and mail.bounce.original_message_id:
        newest_first.insert(0, mail.bounce.original_message_id)
    names = tuple(dict.fromkeys(name for name in newest_first if name))[:MAX_REFERENCES]
    recipients = [address.email for address in (*mail.to, *mail.cc)]
    tokens = [ticket_of_address(address, keys) for address in recipients] + [ticket_of(name, keys) for name in names]
    return References(
        token_ticket=next((number for number in tokens if number), None),
        message_ids=names,
        footer_ticket=ticket_in_text(mail.text, keys),
        subject_ticket=tag_in_subject(mail.subject),
    )


def look_up(batch: Iterable[References]) -> Threads:
    """Find the requests of a whole batch in six queries at most."""
    batch = list(batch)
    threads = Threads()
    names = {name for about in batch for name in about.message_ids}
    if names:
        for name, number in Entry.objects.filter(message_id__in=names).values_list("message_id", "ticket_id"):
            threads.by_message_id[name] = number
        _add_outbound(threads, OutboundEmail.objects.filter(message_id__in=names).exclude(ticket=None))
        missing = names - threads.by_message_id.keys()
        rows = InboundEmail.objects.filter(message_id__in=missing).exclude(ticket=None) if missing else ()
        for row in rows:
            threads.by_message_id.setdefault(row.message_id, row.ticket_id or 0)
    numbers = set(threads.by_message_id.values())
    for about in batch:
        numbers |= {n for n in (about.token_ticket, about.footer_ticket, about.subject_ticket) if n}
    tokens = {n for about in batch for n in (about.token_ticket, about.footer_ticket) if n}
    if tokens:
        for number, to, cc in OutboundEmail.objects.filter(ticket__in=tokens).values_list("ticket_id", "to", "cc"):
            earlier = threads.sent_about.get(number or 0, frozenset())
            threads.sent_about[number or 0] = earlier | {address.lower() for address in (*to, *cc)}
    if numbers:
        _add_tickets(threads, numbers)
    return threads


def _add_outbound(threads: Threads, sent: Iterable[OutboundEmail]) -> None:
    for mail in sent:
        threads.by_message_id.setdefault(mail.message_id, mail.ticket_id or 0)
        threads.sent_to[mail.message_id] = frozenset(address.lower() for address in (*mail.to, *mail.cc))


def _add_tickets(threads: Threads, numbers: set[int]) -> None:
    tickets = list(Ticket.objects.filter(pk__in=numbers).select_related("requester"))
    threads.merged = {ticket.number: ticket.merged_into_id for ticket in tickets if ticket.merged_into_id}
    if targets := set(threads.merged.values()) - {ticket.number for ticket in tickets}:
        tickets += Ticket.objects.filter(pk__in=targets).select_related("requester")
    people: dict[int, list[Participant]] = {}
    for person in Participant.objects.filter(ticket__in=[ticket.number for ticket in tickets]):
        people.setdefault(person.ticket_id, []).append(person)
    for ticket in tickets:
        threads.tickets[ticket.number] = _as_thread(ticket, people.get(ticket.number, []))


def _as_thread(ticket: Ticket, people: list[Participant]) -> Thread:
    third = frozenset(person.email for person in people if person.role == Participant.Role.THIRD_PARTY)
    insiders = frozenset(person.email for person in people if person.role != Participant.Role.THIRD_PARTY)
    requester: User = ticket.requester
    return Thread(
        ticket_id=ticket.number,
        number=ticket.number,
        status=ticket.status,
        requester_id=ticket.requester_id,
        requester_email=requester.email or "",
        requester_name=requester.name,
        requester_guest=requester.kind == User.Kind.GUEST,
        assignee_id=ticket.technician_id,
        participants=insiders | {address.lower() for address in ticket.cc_emails} | {requester.email or ""},
        third_parties=third,
        matched_by="references",
        closed_at=ticket.closed_at,
        deleted=ticket.deleted_at is not None,
    )
