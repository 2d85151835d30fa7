"""What views share: the signed-in request, who may open a page, and conditional answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from postroom.accounts.models import User
from postroom.audit.services import Actor

P = ParamSpec("P")


class PortalRequest(HttpRequest):
    """A request of somebody who is signed in, with htmx's headers read."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[PortalRequest, P], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> Page[P]:
    """Let in whoever is signed in and neither blocked nor archived; others are led to the sign-in page."""

    @wraps(view)
    def page(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not user.blocked and not user.archived:
            return view(request, *args, **kwargs)
        if request.htmx:
            # A poll of a page whose session ended: the whole page goes to the sign-in, and back to where it was.
            return HttpResponseClientRedirect(redirect_to_login(request.htmx.current_url_abs_path or "/").url)
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)

    return page


def technicians_only(view: View[P]) -> Page[P]:
    """Let in technicians and administrators; a requester gets 403."""

    @wraps(view)
    def page(request: PortalRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_technician:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(page)


def administrators_only(view: View[P]) -> Page[P]:
    """Let in administrators; everybody else gets 403 and learns nothing (NAV-05)."""

    @wraps(view)
    def page(request: PortalRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(page)


def actor(request: PortalRequest) -> Actor:
    """Who acts, for the audit."""
    return Actor(request.user.name, request.user.pk, request.META.get("REMOTE_ADDR"))


def tag_of(*facts: object) -> str:
    """An ETag of everything that an answer is made from (RFC 9110, 8.8.3)."""
    return f'"{hashlib.blake2b(repr(facts).encode(), digest_size=12).hexdigest()}"'


def is_unchanged(request: HttpRequest, tag: str) -> bool:
    """True if the poll that asks has this state already."""
    return request.headers.get("If-None-Match") == tag


def not_modified(tag: str) -> HttpResponse:
    """304: nothing to swap."""
    return HttpResponse(status=304, headers={"ETag": tag})
