"""The filters of the list as a form, and as words beside the list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postroom.accounts.models import Company, User
from postroom.channels.models import IncomingServer
from postroom.tickets import queries
from postroom.tickets.listing import FILTERS, ORDERS
from postroom.tickets.models import Ticket

LABELS = {
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "assignee": gettext_lazy("Assignee"),
    "group": gettext_lazy("Group"),
    "category": gettext_lazy("Category"),
    "company": gettext_lazy("Company"),
    "requester": gettext_lazy("Requester"),
    "mailbox": gettext_lazy("Mailbox"),
    "source": gettext_lazy("Source"),
    "tag": gettext_lazy("Tag"),
    "created_from": gettext_lazy("Created from"),
    "created_to": gettext_lazy("Created until"),
    "updated_from": gettext_lazy("Activity from"),
    "updated_to": gettext_lazy("Activity until"),
}
assert LABELS.keys() == FILTERS.keys()
_CHOICES: dict[str, list[tuple[str, Any]]] = {
    "status": list(Ticket.Status.choices),
    "priority": list(Ticket.Priority.choices),
    "source": list(Ticket.Source.choices),
}
MAX_LISTED = 500


class FilterForm(forms.Form):
    """Every filter that a person may set, filled with those that are; it is sent by GET."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(auto_id="filter-%s")
        for name, label in LABELS.items():
            self.fields[name] = _field(name, values.get(name, ""))
            self.fields[name].label = label
        self.fields["order"] = forms.ChoiceField(label=gettext_lazy("Order"), choices=list(ORDERS.items()))
        self.initial = values
        for field in self.fields.values():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = f"{kind} {kind}-sm"
            field.required = False


def _field(name: str, value: str) -> forms.Field:
    if name.endswith(("_from", "_to")):
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
    if name in ("requester", "mailbox", "tag"):
        kind = {"tag": "text"}.get(name, "email")
        attributes = {"type": kind, "autocomplete": "off"}
        if name == "mailbox":
            attributes["list"] = "mailboxes"
        return forms.CharField(widget=forms.TextInput(attrs=attributes))
    choices = list(_CHOICES.get(name) or _references(name))
    if value and value not in dict(choices):
        choices.append((value, _name(name, value)))  # as several at once, or one that is not listed
    return forms.ChoiceField(choices=[("", _("Any")), *choices])


def _references(name: str) -> list[tuple[str, str]]:
    own = {
        "assignee": [("me", _("Me")), ("none", _("Unassigned"))],
        "group": [("mine", _("My groups")), ("none", _("No group"))],
    }.get(name, [("none", _("None"))])
    return own + [(str(row.pk), str(row)) for row in _rows(name)[:MAX_LISTED]]


def _rows(name: str) -> QuerySet[Any]:
    rows: dict[str, QuerySet[Any]] = {
        "assignee": queries.technicians(),
        "group": queries.technician_groups(),
        "category": queries.categories(),
        "company": Company.objects.all(),
    }
    return rows[name]


def mailboxes() -> list[str]:
    """The addresses that a request may have come to."""
    return list(IncomingServer.objects.order_by("email").values_list("email", flat=True))


def filter_words(user: User, filters: dict[str, str]) -> list[tuple[str, Any, str]]:
    """(name, label, value in words) of each filter that is set."""
    return [(name, LABELS[name], _name(name, value)) for name, value in filters.items()]


def _name(name: str, value: str) -> str:
    if name in _CHOICES:
        return ", ".join(str(dict(_CHOICES[name]).get(item, item)) for item in value.split(","))
    if name in ("assignee", "group", "category", "company"):
        fixed = {"me": _("me"), "mine": _("my groups"), "none": _("none")}
        if value in fixed:
            return fixed[value]
        row: Model | None = _rows(name).filter(pk=int(value)).first()
        return str(row) if row else f"#{value}"
    return value
