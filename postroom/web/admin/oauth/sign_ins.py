"""From the button to the provider and back: the browser's part of a sign-in (MS-05 to MS-07).

A sign-in belongs to the browser session that began it. The panel of a server that is not saved keeps all that was
typed: the provider opens in a page of its own, and the panel polls.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from postroom.channels.models import SignIn
from postroom.channels.oauth.application import direction_of, missing, redirect_url
from postroom.channels.oauth.consent import finish_consent
from postroom.channels.oauth.sign_in import accept, begin, begin_device, finish, of_session, settled
from postroom.channels.oauth.tokens import digest
from postroom.channels.oauth.words import explain
from postroom.channels.services import Invalid
from postroom.web.admin.emails.probing import shown
from postroom.web.admin.oauth.servers import server_or_404, show
from postroom.web.http import PortalRequest, actor, administrators_only

PATIENCE = 3.0  # most providers answer sooner; who takes longer is waited for by a page that polls
LOOK_EVERY = 0.1
_PROTOCOLS = {"incoming": ("imap", "mapi"), "outgoing": ("smtp", "mapi")}


def session_of(request: HttpRequest) -> str:
    """What a sign-in remembers of an administrator's browser session; "" for everybody else."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_admin or not request.session.session_key:
        return ""
    return digest(request.session.session_key)


@require_safe
@administrators_only
def begin_saved(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Sign in, or sign in again, for a saved server: nothing is typed anew."""
    server = server_or_404(direction, pk)
    try:
        _, url = begin(actor(request), server, session=session_of(request))
    except Invalid as invalid:
        return show(request, server, direction, invalid.errors[0][1])
    return redirect(url)


@require_safe
@administrators_only
def begin_new(request: PortalRequest, direction: str) -> HttpResponse:
    """Sign in with Microsoft for a server that is being typed: ``id``, ``protocol``, ``email``."""
    given = {name: request.GET.get(name, "") for name in ("id", "protocol", "email")}
    if given["protocol"] not in _PROTOCOLS[direction] or not _is_uuid(given["id"]):
        raise Http404
    session = session_of(request)
    known = of_session(given["id"], session)
    if known is not None:
        known.delete()
    elif SignIn.objects.filter(pk=given["id"]).exists():
        raise Http404
    try:
        _, url = begin(actor(request), None, session=session, direction=direction, **given)
    except Invalid as invalid:
        return _result(request, "failed", invalid.errors[0][1])
    return redirect(url)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_POST
@administrators_only
def device(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Sign in on another device: shows the code."""
    server = server_or_404(direction, pk)
    try:
        row = begin_device(actor(request), server, session=session_of(request))
    except Invalid as invalid:
        return show(request, server, direction, invalid.errors[0][1])
    return redirect("oauth-status", row.pk)


@require_safe
@administrators_only
def panel(request: PortalRequest, direction: str) -> HttpResponse:
    """The button in the panel of a server with Sign in with Microsoft, or how far its sign-in has come."""
    given = request.GET.get("sign_in", "")
    pk = UUID(given) if _is_uuid(given) else uuid4()
    return _fragment(request, direction, pk)


def _fragment(request: PortalRequest, direction: str, pk: UUID) -> HttpResponse:
    row = of_session(str(pk), session_of(request))
    row = settled(row) if row is not None else None
    context = {
        "row": row,
        "pk": pk,
        "direction": direction,
        "protocol": request.GET.get("protocol", row.protocol if row else ""),
        "email": request.GET.get("email", row.email if row else ""),
        "missing": missing(),
    }
    return render(request, "admin/oauth/button.html", context)


@require_safe
@administrators_only
def status(request: PortalRequest, pk: UUID) -> HttpResponse:
    """How far a sign-in has come: for htmx the part of a panel, else a page."""
    row = of_session(str(pk), session_of(request))
    if row is not None:
        row = settled(row)
    if request.htmx and (row is None or row.kind == SignIn.Kind.CODE):
        direction = request.GET.get("direction", row.direction if row else "")
        if direction not in _PROTOCOLS:
            raise Http404
        return _fragment(request, direction, pk)
    if row is None:
        raise Http404
    if row.status == SignIn.Status.DONE and row.server is not None and not request.htmx:
        messages.success(request, gettext("%(name)s is signed in.") % {"name": row.server.name})
        return redirect("oauth-server", row.direction, row.server.pk)
    steps = shown(row.probe) if row.status == SignIn.Status.ASKING and row.probe is not None else None
    context = {"section": "outgoing-servers", "row": row, "server": row.server, "steps": steps}
    return render(request, "admin/oauth/sign_in_page.html", context)


@require_POST
@administrators_only
def accept_account(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Another account signed in: ``as`` says whether it opens a ``shared`` mailbox, or is the mailbox (MS-06)."""
    row = of_session(str(pk), session_of(request))
    if row is None:
        raise Http404
    try:
        row = accept(row, actor(request), shared=request.POST.get("as") == "shared")
    except Invalid as invalid:
        messages.error(request, invalid.errors[0][1])
    if request.htmx:
        return _fragment(request, row.direction, pk)
    return redirect("oauth-status", pk)


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where providers send the browser back to. What they say is told in words; the panel stays as it was (MS-07)."""
    said = {name: str(request.GET[name])[:4000] for name in request.GET}
    state, session = said.get("state", ""), session_of(request)
    row = finish(
        state,
        session,
        code=said.get("code", ""),
        error=said.get("error", ""),
        description=said.get("error_description", ""),
    )
    if row is None:
        user: Any = request.user
        row = finish_consent(state, user.name if session else "", said)
    if row is None:
        told = explain("wrong_state")
        return _result(request, "failed", f"{told.meaning} {told.action}", status=400)
    until = time.monotonic() + PATIENCE
    while (row := settled(row)).status == SignIn.Status.ASKING and time.monotonic() < until:
        close_old_connections()  # it is somebody else's while we wait
        time.sleep(LOOK_EVERY)
    return redirect("oauth-outcome", row.pk) if row.status == SignIn.Status.ASKING else _told(request, row)


@require_safe
def outcome(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of a sign-in that took longer; polled by the browser that came back with it."""
    row = SignIn.objects.filter(pk=pk).exclude(kind=SignIn.Kind.CONSENT).first()
    if row is None or (row.session and row.session != session_of(request)):
        raise Http404
    return _told(request, settled(row))


def _told(request: HttpRequest, row: SignIn) -> HttpResponse:
    server = row.server
    if session_of(request) and server is not None and row.session:
        if row.status == SignIn.Status.OTHER_ACCOUNT:
            return _onwards(request, reverse("oauth-status", args=[row.pk]))
        if row.status == SignIn.Status.DONE:
            words = (
                gettext("%(name)s is signed in as %(account)s.") if row.account else gettext("%(name)s is signed in.")
            )
            messages.success(request, words % {"name": server.name, "account": row.account})
            return _onwards(request, reverse("oauth-server", args=[direction_of(server), server.pk]))
    return _result(request, row.status, row.message, row)


def _onwards(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also for a part of this one that polls."""
    return HttpResponseClientRedirect(url) if "HX-Request" in request.headers else redirect(url)


def _result(
    request: HttpRequest, outcome: str, message: str, row: SignIn | None = None, status: int = 200
) -> HttpResponse:
    approval = row is not None and outcome == SignIn.Status.FAILED and explain(row.error, row.error).consent
    context = {"outcome": outcome, "message": message, "row": row, "redirect_url": redirect_url(), "approval": approval}
    return render(request, "admin/oauth/result.html", context, status=status)
