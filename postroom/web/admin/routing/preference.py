"""The Email Preference tab (SPEC A16): one form, one Update, and what each switch comes to as things are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from postroom.channels.models import EmailPreferences, Settings
from postroom.channels.services import Invalid, changing, check_version, save_preferences, version_after, version_of
from postroom.channels.shapes import show_preferences
from postroom.web.admin.routing.authserv import seen_authserv_ids
from postroom.web.admin.routing.effects import effects_of
from postroom.web.http import PortalRequest, actor, administrators_only

_SWITCHES = (
    "email_to_request",
    "allow_guests",
    "requester_from_reply_to",
    "technician_forward_uses_original_sender",
    "allow_choosing_outgoing_server",
)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def preference(request: PortalRequest) -> HttpResponse:
    """The form; Update stores all of it or says what is wrong at its field."""
    if request.method != "POST":
        return _page(request, show_preferences(EmailPreferences.load()))
    try:
        with changing():
            check_version(EmailPreferences.load(), seen=request.POST.get("version", ""))
            save_preferences(actor(request), _data(request.POST))
    except Invalid as invalid:
        version = version_after(invalid, request.POST.get("version", ""))
        return _page(request, _shown(request.POST), dict(invalid.errors), 422, version)
    messages.success(request, gettext("Email Preference is updated."))
    return redirect("email-preference")


def _data(posted: QueryDict) -> dict[str, Any]:
    """What was sent, in the contract's shape. The grace period counts only where a request may be reopened."""
    closed: dict[str, Any] = {"action": posted.get("closed_reply.action")}
    if closed["action"] == EmailPreferences.ClosedReply.REOPEN:
        closed["grace_days"] = posted.get("closed_reply.grace_days")
    return {
        **{name: name in posted for name in _SWITCHES},
        "cc_recipients": posted.getlist("cc_recipients"),
        "closed_reply": closed,
        "other_technician_reply": posted.get("other_technician_reply"),
    }


def _shown(posted: QueryDict) -> dict[str, Any]:
    """What was sent, to be shown again."""
    data = _data(posted)
    data["closed_reply"]["grace_days"] = posted.get("closed_reply.grace_days", "")
    return data


def _page(
    request: PortalRequest,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    status: int = 200,
    version: str = "",
) -> HttpResponse:
    settings, stored = Settings.load(), EmailPreferences.load()
    context = {
        "section": "outgoing-servers",
        "tab": "email-preference",
        "values": values,
        "errors": errors or {},
        "version": version or version_of(stored),
        "effects": effects_of(stored, settings),
        "seen": seen_authserv_ids(settings.trusted_authserv_ids),
        "technicians_need_authentication": settings.technicians_need_authentication,
        "closed_choices": EmailPreferences.ClosedReply.choices,
        "other_choices": EmailPreferences.OtherTechnician.choices,
    }
    return render(request, "admin/routing/preference.html", context, status=status)
