"""API tokens: made and shown once, listed with their last use, revoked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from postroom.accounts.models import ApiToken
from postroom.accounts.services import issue_token, revoke_token
from postroom.rules.fields import Invalid
from postroom.tickets.queries import technicians
from postroom.web.admin.routing.limits import by_field
from postroom.web.http import PortalRequest, actor, administrators_only


@require_safe
@administrators_only
def listed(request: PortalRequest) -> HttpResponse:
    """Every token: whose it is, what it may do, when it was last used."""
    return _page(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Make a token. The answer shows it, this once: it is stored nowhere."""
    if request.method != "POST":
        return _page(request, "form", values={"name": "", "role": "technician", "person": ""})
    values = {name: request.POST.get(name, "") for name in ("name", "role", "person")}
    try:
        row, token = issue_token(actor(request), {**values, "person": values["person"] or None})
    except Invalid as invalid:
        return _page(request, "form", values=values, errors=by_field(invalid.errors))
    return _page(request, "shown", row=row, token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def revoke(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask before a token is revoked; then it ends at once."""
    row = ApiToken.objects.select_related("user").filter(pk=pk, revoked_at=None).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, "revoke", row=row)
    revoke_token(actor(request), row)
    messages.success(request, _("%(name)s is revoked.") % {"name": row.name})
    return redirect("api-tokens")


def _page(
    request: PortalRequest,
    panel: str = "",
    *,
    row: ApiToken | None = None,
    token: str = "",
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    context = {
        "section": "api-tokens",
        "rows": ApiToken.objects.select_related("user").order_by("revoked_at", "name", "pk"),
        "panel": panel,
        "row": row,
        "token": token,
        "values": values or {},
        "errors": errors or {},
        "people": list(technicians().order_by("name", "email").values_list("email", "name")),
    }
    return render(request, "admin/people/tokens.html", context, status=422 if errors else 200)
