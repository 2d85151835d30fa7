"""The instance's Microsoft application: its secret or certificate, and a Microsoft administrator's consent (A20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from postroom.channels.models import IncomingServer, MicrosoftApp, OutgoingServer
from postroom.channels.oauth.application import microsoft_application, missing, redirect_url
from postroom.channels.oauth.consent import consent_link, consented, permissions
from postroom.channels.oauth.staying import expiring_secrets, secret_warning, status_of
from postroom.channels.services import Invalid, changing, check_version, save_microsoft_app, version_after, version_of
from postroom.web.admin.oauth.sign_ins import session_of
from postroom.web.http import PortalRequest, actor, administrators_only

FIELDS = ("client_id", "tenant", "secret_expires_on", "client_secret", "certificate")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def page(request: PortalRequest) -> HttpResponse:
    """Enter the application, read its permissions, make the consent link."""
    errors: dict[str, str] = {}
    link: dict[str, Any] | None = None
    version = ""
    if request.method == "POST" and "consent" in request.POST:
        try:
            link = consent_link(actor(request), session=session_of(request))
        except Invalid as invalid:
            errors = dict(invalid.errors)
    elif request.method == "POST":
        given = {name: request.POST[name] for name in FIELDS if name in request.POST}
        try:
            with changing():
                check_version(MicrosoftApp.objects.get_or_create(pk=1)[0], seen=request.POST.get("version", ""))
                save_microsoft_app(actor(request), given)
        except Invalid as invalid:
            errors, version = dict(invalid.errors), version_after(invalid, request.POST.get("version", ""))
        else:
            messages.success(request, gettext("The Microsoft application is saved."))
            return redirect("microsoft-application")
    return render(
        request, "admin/oauth/application.html", _context(request, errors, link, version), status=422 if errors else 200
    )


def _context(
    request: PortalRequest, errors: dict[str, str], link: dict[str, Any] | None, version: str
) -> dict[str, Any]:
    row = MicrosoftApp.objects.filter(pk=1).first() or MicrosoftApp()
    now = microsoft_application()
    told = consented()
    servers = [
        (server, status_of(server))
        for model in (OutgoingServer, IncomingServer)
        for server in model._default_manager.filter(provider="microsoft").select_related("proxy")
    ]
    stored = {"client_id": row.client_id, "tenant": row.tenant, "secret_expires_on": row.secret_expires_on or ""}
    typed = {name: request.POST.get(name, value) for name, value in stored.items()} if errors else stored
    return {
        "section": "microsoft-application",
        "values": typed,
        "version": version or version_of(row),
        "errors": errors,
        "has_secret": bool(row.client_secret),
        "has_certificate": bool(row.certificate),
        "from_environment": now.client_id != row.client_id,
        "missing": missing(),
        "redirect_url": redirect_url(),
        "permissions": permissions(),
        "consented": told and {**told, "at": datetime.fromisoformat(told["at"])},
        "link": link,
        "servers": servers,
        "warnings": [secret_warning(*one) for one in expiring_secrets(timezone.localdate())],
    }
