"""The front door: everybody to their own portal."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from postroom.web.http import PortalRequest, signed_in


@require_safe
@signed_in
def home(request: PortalRequest) -> HttpResponse:
    """Technicians to their requests, requesters to theirs."""
    return redirect("requests" if request.user.is_technician else "my-requests")
