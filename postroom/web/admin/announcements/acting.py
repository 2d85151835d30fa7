"""What is done with an announcement: sent, tried out, paused, gone on with, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.models import Announcement
from postroom.tickets.services.announcements import (
    cancel_announcement,
    delete_announcement,
    pause_announcement,
    resume_announcement,
    send_announcement,
    try_announcement,
)
from postroom.web.admin.announcements.pages import announcement_or_404
from postroom.web.http import PortalRequest, actor, administrators_only

STEPS: dict[str, Callable[[Actor, Announcement], Announcement]] = {
    "send": send_announcement,
    "pause": pause_announcement,
    "resume": resume_announcement,
    "cancel": cancel_announcement,
}


@require_POST
@administrators_only
def act(request: PortalRequest, pk: int, verb: str) -> HttpResponse:
    """One step of it, or a trial to oneself; back to its page, which says what came of it."""
    row = announcement_or_404(pk)
    if verb not in (*STEPS, "test"):
        raise Http404
    try:
        if verb == "test":
            mail = try_announcement(actor(request), row, request.user)
            messages.success(request, _("Sent to %(address)s.") % {"address": mail.to[0]})
        else:
            STEPS[verb](actor(request), row)
    except Invalid as refusal:
        messages.error(request, refusal.errors[0][1])
    return redirect("announcement", pk)


@require_POST
@administrators_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Delete a draft, or one that is done."""
    row = announcement_or_404(pk)
    try:
        delete_announcement(actor(request), row)
    except Invalid as refusal:
        messages.error(request, refusal.errors[0][1])
        return redirect("announcement", pk)
    messages.success(request, _("The announcement is deleted."))
    return redirect("announcements")
