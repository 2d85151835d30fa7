"""What technicians fill in: the attributes of a request, and the composer."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.models import OutgoingServer
from postroom.tickets import queries
from postroom.tickets.models import Category, Entry, Ticket

_BETWEEN_ADDRESSES = re.compile(r"[,;\n]")
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")


class ChangeForm(forms.Form):
    """The attributes beside a request. Only those that were sent are changed, so two people do not undo each other."""

    status = forms.ChoiceField(choices=Ticket.Status.choices, label="Status", required=False)
    priority = forms.ChoiceField(choices=Ticket.Priority.choices, label="Priority", required=False)
    technician = forms.ModelChoiceField(User.objects.none(), label="Assignee", required=False, empty_label="Unassigned")
    technician_group = forms.ModelChoiceField(
        TechnicianGroup.objects.none(), label="Technician Group", required=False, empty_label="No group"
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label="Category", required=False, empty_label="No category"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = {
            "technician": queries.technicians(),
            "technician_group": queries.technician_groups(),
            "category": queries.categories(),
        }
        for name, rows in sets.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"

    @classmethod
    def of(cls, ticket: Ticket) -> ChangeForm:
        """The form as the request is now."""
        names = ("status", "priority", "technician", "technician_group", "category")
        return cls(initial={name: getattr(ticket, name) for name in names}, auto_id="attribute-%s")

    def change(self) -> dict[str, Any]:
        """What was sent, for ``update_ticket``."""
        return {name: self.cleaned_data[name] for name in self.fields if name in self.data}


class AddressesField(forms.CharField):
    """Addresses between commas, semicolons or lines; ``Name <address>`` counts as the address. Checked later."""

    def to_python(self, value: Any) -> Any:
        pieces = [piece.strip() for piece in _BETWEEN_ADDRESSES.split(str(value or ""))]
        bare = [found[1].strip() if (found := _IN_BRACKETS.search(piece)) else piece for piece in pieces]
        return tuple(dict.fromkeys(piece for piece in bare if piece))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ", ".join(value or ())


class ComposerForm(forms.Form):
    """Reply, Forward, Collaborate or Note. ``to`` and ``cc`` are of a reply, a forward has its own two."""

    KINDS = [
        (Entry.Kind.REPLY, "Reply"),
        (Entry.Kind.FORWARD, "Forward"),
        (Entry.Kind.COLLABORATION, "Collaborate"),
        (Entry.Kind.NOTE, "Note"),
    ]
    kind = forms.ChoiceField(choices=KINDS)
    to = AddressesField(label="To", required=False, max_length=20_000)
    cc = AddressesField(label="Cc", required=False, max_length=20_000)
    forward_to = AddressesField(label="To", required=False, max_length=20_000)
    forward_cc = AddressesField(label="Cc", required=False, max_length=20_000)
    text = forms.CharField(required=False, label="Text", max_length=1_000_000)
    include = forms.BooleanField(required=False, initial=True, label="Include the requester’s description")
    outgoing_server = forms.ModelChoiceField(
        OutgoingServer.objects.none(), required=False, label="Outgoing Email", empty_label="Chosen by rule"
    )

    def __init__(
        self, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None, choose_server: bool = False
    ) -> None:
        super().__init__(data, initial=initial, auto_id="composer-%s")
        if choose_server:
            servers = self.fields["outgoing_server"]
            assert isinstance(servers, forms.ModelChoiceField)
            servers.queryset = OutgoingServer.objects.filter(enabled=True)
            servers.widget.attrs["class"] = "form-select form-select-sm"
        else:
            del self.fields["outgoing_server"]
