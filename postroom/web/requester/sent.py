"""Where the browser goes after a form was taken, whether htmx sent it or the browser itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from postroom.web.http import PortalRequest


def sent_to(request: PortalRequest, name: str, *args: object) -> HttpResponse:
    """Open the page of this name as a whole."""
    if request.htmx:
        return HttpResponseClientRedirect(reverse(name, args=args))
    return redirect(name, *args)
