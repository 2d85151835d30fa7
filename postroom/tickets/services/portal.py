"""What requesters do in the support portal: raise a request, answer the desk, say that their problem is solved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.mail.addresses import is_valid
from postroom.mail.identify import strip_tag
from postroom.rules.fields import Invalid
from postroom.tickets.closed import effect_of_reply
from postroom.tickets.models import Category, Ticket
from postroom.tickets.services.attributes import copied
from postroom.tickets.services.update import update_ticket
from postroom.tickets.services.write import Composed, NewTicket, add_reply, open_ticket

HOUR = timedelta(hours=1)


@transaction.atomic
def raise_request(requester: User, subject: str, body: Composed, category: Category | None = None) -> Ticket:
    """Raise a request of one's own in the portal; ``body.cc`` are its Cc Emails. Raises Invalid, all faults at once.

    Obeys "Allow Requester to create Incident", the limit of requests an hour, and the limit of Cc Emails, as mail does.
    """
    settings = Settings.load()
    copies = tuple(_others(requester, body.cc or ()))
    errors = _faults(subject, body, copies, settings)
    if not settings.allow_requester_incidents:
        errors = [("", _("New requests cannot be opened here."))]
    elif _raised_within_the_hour(requester) >= settings.requests_per_sender_per_hour:
        errors.append(("", _("You opened many requests within the hour. Add to one of them, or try again later.")))
    if errors:
        raise Invalid(errors)
    new = NewTicket(
        requester=requester,
        subject=" ".join(subject.split()),
        source=Ticket.Source.PORTAL,
        author=requester,
        category=category,
        department=requester.department,
        location=requester.location,
        cc_emails=copies,
    )
    return open_ticket(new, replace(body, to=(), cc=()))


def _others(requester: User, addresses: tuple[str, ...]) -> list[str]:
    """Whom to copy: nobody twice, neither the requester nor the desk itself (PRF-22)."""
    ours = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    return [address for address in copied(addresses) if address not in ours and address != requester.email]


def _faults(subject: str, body: Composed, copies: tuple[str, ...], settings: Settings) -> list[tuple[str, str]]:
    errors = []
    if not subject.strip():
        errors.append(("subject", _("Say in a few words what it is about.")))
    if not body.text.strip() and not body.html.strip():
        errors.append(("text", _("Describe what happened, or what you need.")))
    errors += [
        ("cc", _("%(address)s is not an email address.") % {"address": address})
        for address in copies
        if not is_valid(address)
    ]
    if len(copies) > settings.cc_per_request:
        errors.append(("cc", _("At most %(count)d addresses.") % {"count": settings.cc_per_request}))
    return errors


def _raised_within_the_hour(person: User) -> int:
    since = timezone.now() - HOUR
    return Ticket.objects.filter(requester=person, source=Ticket.Source.PORTAL, created_at__gt=since).count()


@transaction.atomic
def answer_desk(ticket: Ticket, author: User, body: Composed) -> Ticket:
    """Add a reply of the requester's side, as a mail would be added; the request that it is on. Raises Invalid.

    On a closed request past its grace period, or where Email Preference says so, that is a new one (PRF-64).
    """
    ticket.refresh_from_db(fields=["status", "closed_at"], from_queryset=Ticket.objects.select_for_update())
    if effect_of_reply(ticket).kind == "follow_up":
        return _follow_up(ticket, author, body)
    add_reply(ticket, author, body)
    return ticket


def _follow_up(closed: Ticket, author: User, body: Composed) -> Ticket:
    """A new request that refers to the closed one: its requester and Cc, and what its mailbox sets."""
    settings = Settings.load()
    if not settings.allow_requester_incidents:
        raise Invalid([("", _("This request is closed, and new ones cannot be opened here. Write a mail instead."))])
    mailbox = closed.mailbox
    companies = mailbox is not None and settings.managed_services_provider
    new = NewTicket(
        requester=closed.requester,
        subject=strip_tag(closed.subject),
        source=Ticket.Source.PORTAL,
        author=author,
        technician_group=mailbox.technician_group if mailbox else None,
        category=mailbox.category if mailbox else None,
        company=mailbox.company if mailbox and companies else None,
        department=closed.department,
        location=closed.location,
        cc_emails=tuple(address for address in closed.cc_emails if is_valid(address)),
        mailbox=mailbox,
        follow_up_of=closed,
    )
    return open_ticket(new, replace(body, to=(), cc=()))


def close_as_solved(ticket: Ticket, requester: User) -> Ticket:
    """The requester says that the problem is solved: the request is closed. Raises Invalid for anybody else."""
    if ticket.requester_id != requester.pk:
        raise Invalid([("", _("Only the requester can say that it is solved."))])
    return update_ticket(ticket, requester, {"status": Ticket.Status.CLOSED})
