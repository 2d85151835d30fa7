"""What is done to the selected rows of the list, and the views that are saved from it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from postroom.accounts.models import TechnicianGroup
from postroom.rules.fields import Invalid
from postroom.tickets import queries
from postroom.tickets.models import Ticket
from postroom.tickets.services.bulk import MAX_AT_ONCE, Outcome, change_many, mark_as_read, mark_many_as_spam
from postroom.tickets.services.saved_views import delete_view, save_view
from postroom.web.http import PortalRequest, actor, technicians_only
from postroom.web.technician.listing import asked_of

TOLD = 3  # refused requests that are named


class BulkForm(forms.Form):
    """What to set; what is left at “no change” stays as it is."""

    technician = forms.ChoiceField(label=gettext_lazy("Assignee"), required=False)
    technician_group = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False)

    def __init__(self, data: QueryDict | None = None, *, person: Any) -> None:
        super().__init__(data, auto_id="bulk-%s")
        self.person = person
        choices = {
            "technician": [
                ("me", _("Me")),
                ("none", _("Nobody")),
                *((str(one.pk), one.name) for one in queries.technicians().exclude(pk=person.pk)),
            ],
            "technician_group": [
                ("none", _("No group")),
                *((str(one.pk), one.name) for one in queries.technician_groups()),
            ],
            "status": Ticket.Status.choices,
            "priority": Ticket.Priority.choices,
        }
        for name, listed in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", field.label), *listed]
            field.widget.attrs.update({"class": "form-select form-select-sm", "aria-label": field.label})

    def change(self) -> dict[str, Any]:
        """What was chosen, for ``change_many``."""
        change: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if value == "":
                continue
            if name == "technician":
                change[name] = self._row(queries.technicians(), {"me": str(self.person.pk)}.get(value, value))
            elif name == "technician_group":
                change[name] = self._row(queries.technician_groups(), value)
            else:
                change[name] = value
        return change

    @staticmethod
    def _row(rows: Any, value: str) -> Any:
        return None if value == "none" else rows.get(pk=int(value))


@require_safe
@technicians_only
def bulk_form(request: PortalRequest) -> HttpResponse:
    """The selects of the bar for selected requests, fetched when the first is selected."""
    return render(request, "technician/bulk.html", {"form": BulkForm(person=request.user)})


@require_POST
@technicians_only
def bulk(request: PortalRequest) -> HttpResponse:
    """Change, close, mark as spam, or mark as read the selected requests; the answer names what could not be done."""
    given = request.POST.getlist("number")
    numbers = [int(number) for number in given if number.isascii() and number.isdecimal() and len(number) < 18]
    action = request.POST.get("action", "")
    if not numbers:
        return _told(request, _("Select some requests first."))
    if len(numbers) > MAX_AT_ONCE:
        return _told(request, _("At most %(count)s requests at once.") % {"count": MAX_AT_ONCE})
    if action in ("read", "unread"):
        mark_as_read(request.user, numbers, read=action == "read")
        return _told(request, "")
    if action == "spam":
        return _told(request, _words(mark_many_as_spam(numbers, request.user, actor(request)), spam=True))
    if action == "close":
        return _told(request, _words(change_many(numbers, request.user, {"status": Ticket.Status.CLOSED})))
    form = BulkForm(request.POST, person=request.user)
    change = form.change() if form.is_valid() else {}
    if not change:
        return _told(request, _("Choose what to change."))
    return _told(request, _words(change_many(numbers, request.user, change)))


def _words(outcome: Outcome, *, spam: bool = False) -> str:
    """What was done to how many, and why not to the others."""
    count = len(outcome.done)
    if spam:
        said = ngettext("%(count)s request is spam.", "%(count)s requests are spam.", count) % {"count": count}
    else:
        said = ngettext("%(count)s request changed.", "%(count)s requests changed.", count) % {"count": count}
    if not outcome.refused:
        return said
    named = "; ".join(f"#{number}: {why.rstrip('.')}" for number, why in outcome.refused[:TOLD])
    more = len(outcome.refused) - TOLD
    if more > 0:
        named += "; " + ngettext("%(count)s more", "%(count)s more", more) % {"count": more}
    return f"{said} {_('Not changed:')} {named}."


def _told(request: PortalRequest, words: str) -> HttpResponse:
    """Say it, and have the list fetched again."""
    if not request.htmx:
        if words:
            messages.info(request, words)
        back = request.POST.get("next", "")
        allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return redirect(back if allowed else reverse("requests"))
    response = HttpResponse(status=200, headers={"HX-Reswap": "none"})
    if words:
        trigger_client_event(response, "say", {"words": words})
    return trigger_client_event(response, "list-changed", {})


@require_POST
@technicians_only
def save(request: PortalRequest) -> HttpResponse:
    """Save the filters of the address as a view, and show it."""
    asked = asked_of(request, request.user)
    audience = request.POST.get("audience", "")
    group = None
    if audience.isascii() and audience.isdecimal():
        group = TechnicianGroup.objects.filter(pk=int(audience[:18])).first()
        if group is None:
            raise Http404
    filters = asked["filters"] | _filters_of_view(asked["view"], asked["filters"])
    try:
        view = save_view(
            request.user,
            actor(request),
            request.POST.get("name", ""),
            filters,
            asked["order"],
            shared=bool(audience),
            group=group,
        )
    except Invalid as invalid:
        return _told(request, " ".join(words for field, words in invalid.errors))
    return _to(request, view.address)


def _filters_of_view(view: str, filters: dict[str, str]) -> dict[str, str]:
    """What a built-in view means in filters, so that it is part of the view that is saved."""
    is_open, is_done = "open,in_progress,pending", "resolved,closed"
    meant = {
        "mine": {"status": is_open, "assignee": "me"},
        "unassigned": {"status": is_open, "assignee": "none"},
        "groups": {"status": is_open, "group": "mine"},
        "open": {"status": is_open},
        "closed": {"status": is_done},
        "all": {},
    }[view]
    return {name: value for name, value in meant.items() if name not in filters}


@require_POST
@technicians_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Delete a saved view, and show all open requests."""
    try:
        delete_view(request.user, actor(request), pk)
    except Invalid as invalid:
        return _told(request, " ".join(words for field, words in invalid.errors))
    return _to(request, "")


def _to(request: PortalRequest, address: str) -> HttpResponse:
    where = reverse("requests") + address
    return HttpResponseClientRedirect(where) if request.htmx else redirect(where)
