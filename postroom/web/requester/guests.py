"""The guest form: a request without an account. Who sends it learns a number, and gets no access by it (R1, B-05)."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from postroom.channels.models import Settings
from postroom.tickets.services import Invalid, Report, report_as_guest
from postroom.web.requester.forms import GuestForm

_SALT = "guest-report"
_SECONDS = 3600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Show the form, or open the request; whoever is signed in has a better form."""
    if request.user.is_authenticated:
        return redirect("my-request-new")
    if not Settings.load().guest_form_is_open:
        raise Http404
    form = GuestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            ticket = report_as_guest(_report(form.cleaned_data, request.META.get("REMOTE_ADDR", "")))
        except Invalid as invalid:
            form.take(invalid)
        else:
            token = signing.dumps(ticket.number, salt=_SALT)
            return redirect(f"{reverse('report-received')}?r={token}")
    return render(request, "requester/report.html", {"form": form}, status=422 if form.errors else 200)


def _report(given: dict[str, Any], ip: str) -> Report:
    texts = {name: given[name] for name in ("name", "email", "subject", "text")}
    return Report(ip=ip, category=given.get("category"), **texts)


@never_cache
@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """The number of the request, for an hour and for whoever sent the form."""
    try:
        number = signing.loads(request.GET.get("r", ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    return render(request, "requester/received.html", {"number": number})
