"""API tokens of one's own: made here, shown once, revoked here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from postroom.accounts.models import ApiToken
from postroom.accounts.profile import revoke_token
from postroom.accounts.services import create_token
from postroom.rules.fields import Invalid
from postroom.web.account.profile import page
from postroom.web.http import PortalRequest, actor, technicians_only


@require_POST
@technicians_only
def add(request: PortalRequest) -> HttpResponse:
    """Make a token with one's own rights and show it: this once."""
    role = "admin" if request.user.is_admin and request.POST.get("role") == "admin" else "technician"
    try:
        token = create_token(actor(request), request.POST.get("name", ""), role, request.user)
    except Invalid as invalid:
        answer = page(request, token_fault=invalid.errors[0][1])
        answer.status_code = 422
        return answer
    return page(request, new_token=token)


@require_POST
@technicians_only
def revoke(request: PortalRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens; nobody else's."""
    row = ApiToken.objects.filter(pk=pk, user=request.user, revoked_at=None).first()
    if row is None:
        raise Http404
    revoke_token(actor(request), row)
    messages.success(request, _("The token is revoked."))
    return redirect("profile")
