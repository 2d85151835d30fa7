"""What technicians fill in: the attributes of a request, and the composer."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.models import OutgoingServer
from postroom.tickets import queries
from postroom.tickets.models import Category, Entry, Ticket

_BETWEEN_ADDRESSES = re.compile(r"[,;\n]")
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")


class ChangeForm(forms.Form):
    """The attributes beside a request. Only those that were sent are changed, so two people do not undo each other."""

    status = forms.ChoiceField(choices=Ticket.Status.choices, label=_("Status"), required=False)
    priority = forms.ChoiceField(choices=Ticket.Priority.choices, label=_("Priority"), required=False)
    technician = forms.ModelChoiceField(
        User.objects.none(), label=_("Assignee"), required=False, empty_label=_("Unassigned")
    )
    technician_group = forms.ModelChoiceField(
        TechnicianGroup.objects.none(), label=_("Technician Group"), required=False, empty_label=_("No group")
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("No category")
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


class InfoForm(forms.Form):
    """What of a request is changed on the Other Info tab."""

    subject = forms.CharField(label=_("Subject"), max_length=998)
    kind = forms.ChoiceField(label=_("Type"), choices=Ticket.Kind.choices)
    cc_emails = forms.CharField(label=_("Cc Emails"), required=False, max_length=20_000)
    tags = forms.CharField(label=_("Tags"), required=False, max_length=5_000)
    department = forms.CharField(label=_("Department"), required=False, max_length=200)
    location = forms.CharField(label=_("Location"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "info-%s"} | kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = (
                "form-select form-select-sm" if name == "kind" else "form-control form-control-sm"
            )

    @classmethod
    def of(cls, ticket: Ticket) -> InfoForm:
        """The form as the request is now."""
        initial = {name: getattr(ticket, name) for name in ("subject", "kind", "department", "location")}
        lists = {name: ", ".join(getattr(ticket, name)) for name in ("cc_emails", "tags")}
        return cls(initial=initial | lists)

    def clean_cc_emails(self) -> list[str]:
        return addresses_in(self.cleaned_data["cc_emails"])

    def clean_tags(self) -> list[str]:
        tags = [" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(",")]
        if any(len(tag) > 100 for tag in tags):
            raise forms.ValidationError(_("A tag has at most 100 characters."))
        return list(dict.fromkeys(tag for tag in tags if tag))


def addresses_in(text: str) -> list[str]:
    """Addresses between commas, semicolons or lines; ``Name <address>`` counts as the address."""
    pieces = [piece.strip() for piece in _BETWEEN_ADDRESSES.split(text)]
    bare = [found[1].strip() if (found := _IN_BRACKETS.search(piece)) else piece for piece in pieces]
    return list(dict.fromkeys(piece for piece in bare if piece))


class AddressesField(forms.CharField):
    """Addresses between commas, semicolons or lines; ``Name <address>`` counts as the address. Checked later."""

    def to_python(self, value: Any) -> Any:
        return tuple(addresses_in(str(value or "")))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ", ".join(value or ())


class NumbersField(forms.TypedMultipleChoiceField):
    """Keys of rows that were ticked; whether they may be used is the service's to say."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, **options)

    def valid_value(self, value: Any) -> bool:
        return str(value).isascii() and str(value).isdecimal() and len(str(value)) < 18

    def clean(self, value: Any) -> tuple[int, ...]:
        return tuple(dict.fromkeys(super().clean(value)))


class ComposerForm(forms.Form):
    """Reply, Forward, Collaborate or Note. ``to`` and ``cc`` are of a reply, a forward has its own two."""

    KINDS = [
        (Entry.Kind.REPLY, _("Reply")),
        (Entry.Kind.FORWARD, _("Forward")),
        (Entry.Kind.COLLABORATION, _("Collaborate")),
        (Entry.Kind.NOTE, _("Note")),
    ]
    kind = forms.ChoiceField(choices=KINDS)
    to = AddressesField(label=_("To"), required=False, max_length=20_000)
    cc = AddressesField(label=_("Cc"), required=False, max_length=20_000)
    forward_to = AddressesField(label=_("To"), required=False, max_length=20_000)
    forward_cc = AddressesField(label=_("Cc"), required=False, max_length=20_000)
    text = forms.CharField(required=False, label=_("Text"), max_length=1_000_000)
    html = forms.CharField(required=False, max_length=1_000_000)
    with_entries = NumbersField(required=False)
    with_files = NumbersField(required=False)
    outgoing_server = forms.ModelChoiceField(
        OutgoingServer.objects.none(), required=False, label=_("Outgoing Email"), empty_label=_("Chosen by rule")
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
