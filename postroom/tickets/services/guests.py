"""The guest form: a request of somebody who has not signed in. Whoever wrote may be anybody (B-05, R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.mail.addresses import is_valid
from postroom.mail.model import Address
from postroom.rules.fields import Invalid
from postroom.rules.filters import on_list
from postroom.tickets.models import Category, Entry, GuestReport, Ticket
from postroom.tickets.services.people import guest_or_user, users_by_address
from postroom.tickets.services.write import Composed, NewTicket, open_ticket

HOUR = timedelta(hours=1)
REPORTS_PER_NETWORK = 10
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Report:
    """What the form says. ``ip`` is where it came from."""

    name: str
    email: str
    subject: str
    text: str
    ip: str
    category: Category | None = None


@transaction.atomic
def report_as_guest(report: Report) -> Ticket:
    """Open a request for the address that is given, and answer it with fixed words. Raises Invalid, all faults at once.

    The description carries the flag ``guest_form``, since nothing proves that the address is the writer's.
    """
    settings = Settings.load()
    email = report.email.strip().lower()
    if not settings.guest_form_is_open:
        raise Invalid([("", _("Requests without an account are switched off."))])
    errors = _faults(report, email)
    if not errors:
        errors = _refusals(email, settings) or _limits(network_of(report.ip), email, settings)
    if errors:
        raise Invalid(errors)
    GuestReport.objects.create(network=network_of(report.ip), address=email)
    requester = guest_or_user(Address(" ".join(report.name.split()), email))
    new = NewTicket(
        requester=requester,
        subject=" ".join(report.subject.split()),
        source=Ticket.Source.PORTAL,
        author=requester,
        category=report.category,
        flag=Entry.GUEST_FORM,
    )
    return open_ticket(new, Composed(text=report.text))


def _faults(report: Report, email: str) -> list[tuple[str, str]]:
    errors = []
    if not email:
        errors.append(("email", _("Enter your email address, so that we can answer.")))
    elif not is_valid(email):
        errors.append(("email", _("This is not an email address.")))
    if not report.subject.strip():
        errors.append(("subject", _("Say in a few words what it is about.")))
    if not report.text.strip():
        errors.append(("text", _("Describe what happened, or what you need.")))
    elif len(report.text) > LONGEST_TEXT:
        errors.append(("text", _("At most %(count)d characters.") % {"count": LONGEST_TEXT}))
    return errors


def _refusals(email: str, settings: Settings) -> list[tuple[str, str]]:
    """Addresses for which no request is opened, in the same words whatever the cause: the form tells nobody why."""
    person = users_by_address([email]).get(email)
    blocked = person is not None and (person.blocked or person.archived or person.role != User.Role.REQUESTER)
    listed = on_list(settings.block_senders, email) and not on_list(settings.allow_senders, email)
    ours = email in own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    if blocked or listed or ours:
        return [("email", _("This form takes nothing from this address. Sign in, or write a mail."))]
    return []


def _limits(network: str, email: str, settings: Settings) -> list[tuple[str, str]]:
    """Too many reports within the hour from one network or for one address. What is older is forgotten."""
    since = timezone.now() - HOUR
    GuestReport.objects.filter(at__lte=since).delete()
    from_network = GuestReport.objects.filter(network=network).count()
    for_address = GuestReport.objects.filter(address=email).count()
    if from_network >= REPORTS_PER_NETWORK or for_address >= settings.requests_per_sender_per_hour:
        return [("", _("Too much was reported from here within the hour. Try again later, or write a mail."))]
    return []


def network_of(ip: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 that one IPv6 subscriber has.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2"), network_of("")
    ('192.0.2.7', '2001:db8::/64', '')
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
