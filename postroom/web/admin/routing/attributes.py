"""What conditions of outgoing rules can be about, in the words of the screen, and what can be picked there (ORL-07)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from postroom.accounts.models import Company, CompanyDomain, TechnicianGroup, User
from postroom.channels.models import IncomingServer, Settings
from postroom.tickets import queries
from postroom.tickets.events import EVENTS, FRAME
from postroom.tickets.models import Category, Ticket

ATTRIBUTES = {
    "technician_group": _("Technician Group"),
    "category": _("Category"),
    "department": _("Department"),
    "location": _("Location"),
    "company": _("Company"),
    "assignee": _("Assignee"),
    "priority": _("Priority"),
    "status": _("Status"),
    "kind": _("Request Type"),
    "source": _("Source"),
    "mailbox": _("Incoming mailbox"),
    "requester_domain": _("Requester email domain"),
    "recipient_domain": _("Recipient email domain"),
    "notification": _("Notification type"),
    "tags": _("Tags"),
}
OPERATORS = {
    "is": _("Is"),
    "is_not": _("Is not"),
    "in": _("In"),
    "not_in": _("Not in"),
    "contains": _("Contains"),
    "not_contains": _("Does not contain"),
    "starts_with": _("Starts with"),
    "ends_with": _("Ends with"),
    "empty": _("Is empty"),
    "not_empty": _("Is not empty"),
}
WITHOUT_VALUE = ("empty", "not_empty")
WITH_LIST = ("in", "not_in")
NOTIFICATIONS: dict[str, str | Promise] = {
    "reply": _("Reply or forward"),
    "notification": _("Mail of the Notification tab"),
    "announcement": _("Announcement"),
    **{event.name: event.label for event in EVENTS.values() if event.name not in FRAME},
}
SUGGESTED = 100

Choices = list[tuple[str, str]]


class Pickers:
    """The values that exist now; each kind is read once, and only where a condition asks for it."""

    def __init__(self) -> None:
        self._kept: dict[str, Choices] = {}

    @cached_property
    def attributes(self) -> Choices:
        """The attributes to choose from: Company only for a managed services provider."""
        hidden = () if Settings.load().managed_services_provider else ("company",)
        return [(field, gettext(label)) for field, label in ATTRIBUTES.items() if field not in hidden]

    def name(self, field: str) -> str:
        """An attribute as the screen calls it, also one that is not offered."""
        return gettext(ATTRIBUTES[field]) if field in ATTRIBUTES else field

    def values(self, field: str) -> Choices:
        """All values of a field that is picked from a list, as (value, label); [] where any text goes."""
        return self._read(field, _PICKED)

    def suggestions(self, field: str) -> Choices:
        """Some values that are in use, for a field that takes any text."""
        return self._read(field, _SUGGESTED)

    def label(self, field: str, value: str) -> str:
        """A value as the screen calls it."""
        folded = value.casefold()
        return next((label for known, label in self.values(field) if known.casefold() == folded), value)

    def control(self, field: str, operator: str) -> str:
        """How a value is entered: none, one or many of a list, text, or texts between commas."""
        if operator in WITHOUT_VALUE:
            return "none"
        if operator in (*WITH_LIST, "is", "is_not") and field in _PICKED:
            return "many" if operator in WITH_LIST else "one"
        return "texts" if operator in WITH_LIST else "text"

    def _read(self, field: str, readers: dict[str, Callable[[], Choices]]) -> Choices:
        if field not in readers:
            return []
        if field not in self._kept:
            self._kept[field] = readers[field]()
        return self._kept[field]


def _same(names: object) -> Choices:
    return [(str(name), str(name)) for name in names]  # type: ignore[attr-defined]


def _assignees() -> Choices:
    people = queries.technicians().exclude(email=None)
    return [(str(person.email), f"{person.name} ({person.email})") for person in people]


def _mailboxes() -> Choices:
    rows = IncomingServer.objects.values_list("email", "name")
    return list({email.lower(): (email, f"{name} ({email})") for email, name in rows}.values())


def _of_people(field: str) -> Choices:
    rows = User.objects.exclude(**{field: ""}).order_by(field).values_list(field, flat=True)
    return _same(rows.distinct()[:SUGGESTED])


def _domains() -> Choices:
    return _same(CompanyDomain.objects.order_by("domain").values_list("domain", flat=True)[:SUGGESTED])


def _tags() -> Choices:
    rows = Ticket.objects.exclude(tags=[]).order_by("-number").values_list("tags", flat=True)[:SUGGESTED]
    return _same(sorted({tag for tags in rows for tag in tags}))


_PICKED: dict[str, Callable[[], Choices]] = {
    "technician_group": lambda: _same(TechnicianGroup.objects.values_list("name", flat=True)),
    "category": lambda: _same(Category.objects.values_list("name", flat=True)),
    "company": lambda: _same(Company.objects.values_list("name", flat=True)),
    "assignee": _assignees,
    "priority": lambda: list(Ticket.Priority.choices),
    "status": lambda: list(Ticket.Status.choices),
    "kind": lambda: list(Ticket.Kind.choices),
    "source": lambda: list(Ticket.Source.choices),
    "mailbox": _mailboxes,
    "notification": lambda: [(name, str(label)) for name, label in NOTIFICATIONS.items()],
}
_SUGGESTED: dict[str, Callable[[], Choices]] = {
    "department": lambda: _of_people("department"),
    "location": lambda: _of_people("location"),
    "requester_domain": _domains,
    "recipient_domain": _domains,
    "tags": _tags,
}
