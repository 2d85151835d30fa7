"""The suppression list: found by address, added to by hand, released one by one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from postroom.outbox.models import Suppression
from postroom.outbox.services.suppressions import delete_suppression, save_suppression
from postroom.rules.fields import Invalid
from postroom.web.admin.mail.lists import Asked, slice_of
from postroom.web.admin.routing.limits import by_field
from postroom.web.http import PortalRequest, actor, administrators_only


@require_safe
@administrators_only
def listed(request: PortalRequest) -> HttpResponse:
    """Suppressed addresses, the newest first."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Put an address on the list."""
    if request.method != "POST":
        return _page(request, "form", values={"address": "", "reason": ""})
    values = {name: request.POST.get(name, "") for name in ("address", "reason")}
    try:
        row = save_suppression(actor(request), values)
    except Invalid as invalid:
        return _page(request, "form", values=values, errors=by_field(invalid.errors))
    messages.success(request, _("Automatic mail does not go to %(address)s any more.") % {"address": row.address})
    return redirect("suppressions")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def release(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask, and then take an address off the list."""
    row = Suppression.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, "release", row=row)
    delete_suppression(actor(request), row)
    messages.success(request, _("Automatic mail goes to %(address)s again.") % {"address": row.address})
    return redirect("suppressions")


def _page(
    request: PortalRequest,
    panel: str = "",
    *,
    row: Suppression | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    asked = Asked.of(request.GET, ("q",))
    page = slice_of(Suppression.objects.filter(address__contains=asked.values["q"].lower()), asked)
    context: dict[str, Any] = {
        "section": "suppressions",
        "asked": asked,
        "page": page,
        "panel": panel,
        "row": row,
        "values": values or {},
        "errors": errors or {},
    }
    return render(request, "admin/suppressions/list.html", context, status=422 if errors else 200)
