"""What the composer keeps while somebody writes: drafts with their files; and canned replies filled in."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from postroom.channels.models import Settings
from postroom.tickets.models import DraftFile
from postroom.tickets.services import Invalid, NewFile
from postroom.tickets.services.drafts import (
    PICTURES,
    Written,
    add_draft_file,
    discard_drafts,
    remove_draft_file,
    save_draft,
)
from postroom.tickets.services.replies import filled, templates_for
from postroom.tickets.services.visits import note_writing
from postroom.web.conversation.views import stored_file
from postroom.web.http import PortalRequest, technicians_only
from postroom.web.technician.composer import composer, file_shown
from postroom.web.technician.details import ticket_or_404
from postroom.web.technician.forms import addresses_in


def _refused(invalid: Invalid) -> JsonResponse:
    return JsonResponse({"error": " ".join(message for _name, message in invalid.errors)}, status=422)


@require_POST
@technicians_only
def save(request: PortalRequest, number: int) -> HttpResponse:
    """Keep what is written so far; others see that somebody is writing."""
    ticket = ticket_or_404(request, number)
    kind = request.POST.get("kind", "")
    given: dict[str, Any] = {
        name: tuple(addresses_in(request.POST[name])) for name in ("to", "cc") if name in request.POST
    }
    written = Written(request.POST.get("text", ""), request.POST.get("html", ""), **given)
    try:
        draft = save_draft(request.user, ticket, kind, written, was=request.POST.get("was", ""))
    except Invalid as invalid:
        return _refused(invalid)
    note_writing(request.user, ticket, kind if draft is not None else "")
    return JsonResponse({"saved": draft is not None})


@require_POST
@technicians_only
def discard(request: PortalRequest, number: int) -> HttpResponse:
    """Throw the draft of one kind away; the composer is as it was at first."""
    ticket = ticket_or_404(request, number)
    discard_drafts(request.user, ticket, request.POST.get("kind", ""))
    note_writing(request.user, ticket, "")
    return render(request, "technician/composer.html", composer(request.user, ticket))


@require_POST
@technicians_only
def add_file(request: PortalRequest, number: int) -> HttpResponse:
    """Keep a file of the draft: attached, or a picture within the text."""
    ticket = ticket_or_404(request, number)
    upload = request.FILES.get("file")
    if upload is None or (upload.size or 0) > Settings.load().message_size:
        return JsonResponse({"error": _("The file is larger than a mail may be.")}, status=422)
    name = (upload.name or "file").replace("\x00", "")
    file = NewFile(name, upload.content_type or "", upload.read())
    inline = request.POST.get("inline") == "1"
    try:
        row = add_draft_file(request.user, ticket, request.POST.get("kind", ""), file, inline=inline)
    except Invalid as invalid:
        return _refused(invalid)
    return JsonResponse(file_shown(row.pk, row), status=201)


@require_POST
@technicians_only
def remove_file(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """Take a file out of the draft."""
    ticket = ticket_or_404(request, number)
    if not remove_draft_file(request.user, ticket, pk):
        raise Http404
    return HttpResponse(status=204)


@require_safe
@technicians_only
def file(request: PortalRequest, pk: int) -> FileResponse:
    """A file of one's own draft; as a picture only where it is one."""
    row = DraftFile.objects.filter(pk=pk, draft__person=request.user).first()
    if row is None:
        raise Http404
    shown = row.content_type.lower() in PICTURES
    content_type = row.content_type.lower() if shown else ""
    return stored_file(row.sha256, row.filename, content_type, as_attachment=not shown)


@require_safe
@technicians_only
def canned(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """A canned reply with the values of the request."""
    ticket = ticket_or_404(request, number)
    template = templates_for(request.user).filter(pk=pk).first()
    if template is None:
        raise Http404
    return JsonResponse({"text": filled(template, ticket, request.user)})
