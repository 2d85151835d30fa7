"""One outgoing mail: what its server said of each recipient, what is sent, and retry, resend, cancel (WRK-07, B-02)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from postroom.audit.models import AuditEntry
from postroom.mail.html import sanitise
from postroom.outbox import queries
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NotPossible, cancel, cancel_obstacle, resend, retry, retry_obstacle
from postroom.web.admin.mail import words
from postroom.web.admin.mail.incoming_item import RAW_SHOWN
from postroom.web.admin.mail.lists import answer
from postroom.web.admin.mail.outgoing import all_servers, enabled_server
from postroom.web.conversation.views import inert, mail_document
from postroom.web.http import PortalRequest, actor, administrators_only
from postroom.web.technician.forms import AddressesField

TABS = {"mail": gettext_noop("Mail"), "raw": gettext_noop("Raw")}
UNDER_WAY = (*OutboundEmail.WAITING, OutboundEmail.State.SENDING)


def mail_or_404(pk: int) -> OutboundEmail:
    """The mail with its request and servers."""
    related = ("ticket", "server", "picked_server", "mailbox")
    mail = OutboundEmail.objects.select_related(*related).filter(pk=pk).first()
    if mail is None:
        raise Http404
    return mail


@require_safe
@administrators_only
def item(request: PortalRequest, pk: int) -> HttpResponse:
    """The page of one mail; while it is under way it is fetched again every two seconds."""
    mail = mail_or_404(pk)
    tab = request.GET.get("show", "mail")
    tab = tab if tab in TABS else "mail"
    raw = queries.raw_of(mail_or_404(pk)) if tab == "raw" else None
    deeds = list(AuditEntry.objects.filter(object_type="outboundemail", object_id=str(pk)).order_by("-at", "-id")[:20])
    context: dict[str, Any] = {
        "section": "mail-outgoing",
        "row": mail,
        "tabs": TABS,
        "tab": tab,
        "state": words.state(mail),
        "words": words,
        "live": mail.state in UNDER_WAY,
        "raw": raw[:RAW_SHOWN].decode("utf-8", "replace") if raw is not None else "",
        "raw_cut": raw is not None and len(raw) > RAW_SHOWN,
        "servers": [server for server in all_servers() if server.enabled],
        "can_retry": not retry_obstacle(mail),
        "can_cancel": not cancel_obstacle(mail),
        "deeds": deeds,
    }
    facts = (mail.state, mail.attempts, mail.recipients, mail.due_at, len(deeds))
    return answer(request, "admin/mail/outgoing_item.html", "admin/mail/outgoing_item.html", context, facts)


@require_safe
@administrators_only
def body(request: PortalRequest, pk: int) -> HttpResponse:
    """The HTML that is sent, in a document of its own that can run nothing."""
    return mail_document(request, sanitise(mail_or_404(pk).html))


@require_safe
@administrators_only
def raw(request: PortalRequest, pk: int) -> HttpResponse:
    """The mail as it is handed to its server, to be saved."""
    content = queries.raw_of(mail_or_404(pk))
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-out-{pk}.eml"'
    return inert(response)


@require_POST
@administrators_only
def act(request: PortalRequest, pk: int) -> HttpResponse:
    """Retry, resend or cancel; somebody else, or a worker, may have been quicker."""
    mail, by = mail_or_404(pk), actor(request)
    action = request.POST.get("action", "")
    server = enabled_server(request.POST.get("server", ""))
    try:
        if action == "retry":
            retry(mail, by, server)
            words = gettext("Queued again for %(server)s.") if server else gettext("Queued again.")
            messages.success(request, words % {"server": server.name if server else ""})
        elif action == "cancel":
            cancel(mail, by)
            messages.success(request, gettext("Cancelled: it is not sent."))
        elif action == "resend":
            copy = resend(
                mail, by, AddressesField(required=False).to_python(request.POST.get("to", "")[:20_000]), server
            )
            messages.success(request, gettext("A copy is queued for %(people)s.") % {"people": ", ".join(copy.to)})
            return redirect("mail-outgoing-item", copy.pk)
        else:
            return HttpResponseBadRequest("Unknown action.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("mail-outgoing-item", pk)
