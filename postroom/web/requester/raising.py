"""The form for a new request."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from postroom.tickets.services import Composed, Invalid, raise_request
from postroom.web.files import new_files
from postroom.web.http import PortalRequest, signed_in
from postroom.web.requester.forms import NewRequestForm
from postroom.web.requester.inline import with_pictures
from postroom.web.requester.sent import sent_to
from postroom.web.requester.views import portal_context


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_request(request: PortalRequest) -> HttpResponse:
    """Show the form, or raise the request and show it; "Allow Requester to create Incident" off, nothing is here."""
    if not portal_context()["may_raise"]:
        raise Http404
    form = NewRequestForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, form)
    files, too_large = new_files(request.FILES.getlist("attachments"))
    if too_large:
        form.add_error(None, too_large)
    elif form.is_valid():
        given = form.cleaned_data
        html, shown = with_pictures(given["text"], files)
        body = Composed(text=given["text"], html=html, cc=given["cc"], files=shown)
        try:
            ticket = raise_request(request.user, given["subject"], body, given.get("category"))
        except Invalid as invalid:
            form.take(invalid)
        else:
            return sent_to(request, "my-request", ticket.number)
    return _page(request, form, 422)


def _page(request: PortalRequest, form: NewRequestForm, status: int = 200) -> HttpResponse:
    template = "new_form" if request.htmx and request.method == "POST" else "new"
    return render(request, f"requester/{template}.html", {"form": form, **portal_context()}, status=status)
