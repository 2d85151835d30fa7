"""What technicians do on a request: write, change attributes, take a mail back, try one again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from postroom.channels.models import EmailPreferences, OutgoingServer
from postroom.outbox import services as outbox
from postroom.outbox.models import OutboundEmail
from postroom.outbox.queries import mail_of
from postroom.tickets import queries
from postroom.tickets.models import Ticket
from postroom.tickets.services import Invalid, update_ticket
from postroom.tickets.services.drafts import take_back
from postroom.tickets.services.visits import note_writing
from postroom.web.http import PortalRequest, actor, technicians_only
from postroom.web.technician.composer import composer, submit
from postroom.web.technician.details import ticket_or_404, work_page
from postroom.web.technician.forms import ChangeForm

CHANGED = "conversation-changed"


@require_POST
@technicians_only
def write(request: PortalRequest, number: int) -> HttpResponse:
    """Reply, forward, collaborate or note; a fault is shown at its field and nothing is stored."""
    ticket = ticket_or_404(request, number)
    form = submit(request.user, ticket, request.POST, request.FILES)
    if form.errors:
        context = composer(request.user, ticket, form=form)
        if request.htmx:
            return render(request, "technician/composer.html", context, status=422)
        return render(request, "technician/work.html", work_page(request, ticket) | context, status=422)
    note_writing(request.user, ticket, "")
    if not request.htmx:
        return redirect("request", number)
    return changed(render(request, "technician/composer.html", composer(request.user, ticket)))


@require_POST
@technicians_only
def change(request: PortalRequest, number: int) -> HttpResponse:
    """Set the attributes that were sent."""
    ticket = ticket_or_404(request, number)
    form = ChangeForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid([(name, str(errors[0])) for name, errors in form.errors.items()])
        update_ticket(ticket, request.user, form.change())
    except Invalid as invalid:
        return say(request, ticket, str(invalid))
    # The change may have taken the request out of this technician's sight.
    seen = queries.ticket_for(request.user, number)
    if seen is None:
        return HttpResponse(headers={"HX-Redirect": "/requests"}) if request.htmx else redirect("requests")
    if not request.htmx:
        return redirect("request", number)
    return changed(render(request, "technician/attributes.html", {"ticket": seen, "attributes": ChangeForm.of(seen)}))


@require_POST
@technicians_only
def undo(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """Take back a mail that is held for undo; what was written is in the composer again, with its files (R20)."""
    ticket = ticket_or_404(request, number)
    mail = _mail_or_404(ticket, pk)
    try:
        outbox.undo(mail, actor(request))
    except outbox.NotPossible:
        return say(request, ticket, _("Too late: the mail has left already."))
    if mail.entry is not None:
        take_back(request.user, ticket, mail.entry)
    if not request.htmx:
        messages.success(request, _("Not sent. Your text is back."))
        return redirect("request", number)
    context = composer(request.user, ticket, notice=_("Not sent. Your text is back."))
    return changed(render(request, "technician/composer.html", context))


@require_POST
@technicians_only
def retry(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """Try a mail again that failed or waits, by another server if one is chosen (WRK-07)."""
    ticket = ticket_or_404(request, number)
    mail = _mail_or_404(ticket, pk)
    server = None
    if wanted := request.POST.get("server", ""):
        may_choose = request.user.is_admin or EmailPreferences.load().allow_choosing_outgoing_server
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        servers = OutgoingServer.objects.filter(enabled=True, pk=number)
        server = servers.first() if may_choose else None
        if server is None:
            return say(request, ticket, _("That server cannot be chosen."))
    try:
        outbox.retry(mail, actor(request), server)
    except outbox.NotPossible as refused:
        return say(request, ticket, str(refused))
    return say(request, ticket, _("The mail is queued again."))


def _mail_or_404(ticket: Ticket, pk: int) -> OutboundEmail:
    mail = mail_of(ticket.number, pk)
    if mail is None:
        raise Http404
    return mail


def changed(response: HttpResponse) -> HttpResponse:
    """Tell the page that the conversation is to be fetched now, not in three seconds."""
    return trigger_client_event(response, CHANGED)


def say(request: PortalRequest, ticket: Ticket, words: str) -> HttpResponse:
    """A sentence for the reader: at once under htmx, else on the page that comes next."""
    if not request.htmx:
        messages.info(request, words)
        return redirect("request", ticket.number)
    response = HttpResponse(headers={"HX-Reswap": "none"})
    return changed(trigger_client_event(response, "say", {"words": words}))
