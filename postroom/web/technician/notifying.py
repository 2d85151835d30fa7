"""The form of the Notification tab: a mail about the request to whomever a technician likes (WRK-05, PRF-50)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from postroom.accounts.models import RequesterGroup, TechnicianGroup
from postroom.channels.models import EmailPreferences, OutgoingServer
from postroom.outbox.queries import mails_of
from postroom.tickets.models import Ticket
from postroom.tickets.services import Composed, Invalid, Notice, send_notification
from postroom.web.files import new_files
from postroom.web.http import PortalRequest, actor, technicians_only
from postroom.web.technician.details import frame, ticket_or_404
from postroom.web.technician.forms import AddressesField


class NotificationForm(forms.Form):
    """Addresses and groups, subject and text, and the server where the preference lets technicians choose it."""

    to = AddressesField(label=_("To"), required=False, max_length=20_000)
    cc = AddressesField(label=_("Cc"), required=False, max_length=20_000)
    groups = forms.MultipleChoiceField(label=_("Groups"), required=False)
    subject = forms.CharField(label=_("Subject"), max_length=900, error_messages={"required": _("Enter a subject.")})
    text = forms.CharField(label=_("Text"), max_length=1_000_000, widget=forms.Textarea(attrs={"rows": 5}))
    outgoing_server = forms.ModelChoiceField(
        OutgoingServer.objects.none(), required=False, label=_("Outgoing Email"), empty_label=_("Chosen by rule")
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="notification-%s")
        names = [
            name
            for model in (TechnicianGroup, RequesterGroup)
            for name in model._default_manager.order_by("name").values_list("name", flat=True)
        ]
        groups, servers = self.fields["groups"], self.fields["outgoing_server"]
        assert isinstance(groups, forms.MultipleChoiceField) and isinstance(servers, forms.ModelChoiceField)
        groups.choices = [(name, name) for name in dict.fromkeys(names)]
        if not names:
            del self.fields["groups"]
        if EmailPreferences.load().allow_choosing_outgoing_server:
            servers.queryset = OutgoingServer.objects.filter(enabled=True)
            servers.widget.attrs["class"] = "form-select form-select-sm"
        else:
            del self.fields["outgoing_server"]
        for name in ("to", "cc", "subject", "text"):
            self.fields[name].widget.attrs["class"] = "form-control form-control-sm"


def tab(request: PortalRequest, ticket: Ticket, form: NotificationForm, status: int = 200) -> HttpResponse:
    """The Notification tab: what was sent about the request, and the form that sends more."""
    context = frame(request, ticket, "notification") | {"mails": list(mails_of(ticket.number)), "form": form}
    return render(request, "technician/notification.html", context, status=status)


@require_safe
@technicians_only
def notification(request: PortalRequest, number: int) -> HttpResponse:
    """Every mail about the request, with its state, and the form."""
    return tab(request, ticket_or_404(request, number), NotificationForm())


@require_POST
@technicians_only
def notify(request: PortalRequest, number: int) -> HttpResponse:
    """Send it; a fault is shown at its field and nothing is stored."""
    ticket = ticket_or_404(request, number)
    form = NotificationForm(request.POST)
    uploads, too_large = new_files(request.FILES.getlist("attachments"))
    if too_large:
        form.add_error(None, too_large)
    if form.is_valid():
        given = form.cleaned_data
        body = Composed(
            text=given["text"],
            to=given["to"],
            cc=given["cc"],
            files=tuple(uploads),
            outgoing_server=given.get("outgoing_server"),
        )
        try:
            send_notification(ticket, actor(request), Notice(given["subject"], body, tuple(given.get("groups", ()))))
        except Invalid as invalid:
            for name, message in invalid.errors:
                field = name.partition("[")[0]
                form.add_error(field if field in form.fields else None, message)
        else:
            messages.success(request, gettext("The notification is on its way."))
            return redirect("request-notification", number)
    return tab(request, ticket, form, 422)
