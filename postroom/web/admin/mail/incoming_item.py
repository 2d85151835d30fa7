"""One incoming mail: facts, trace, headers, body, files and raw form, and what a person does with it (B-01, CNT-05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import Settings
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.services import (
    NotPossible,
    block_sender,
    discard,
    make_requester_and_release,
    obstacle,
    others_refused,
    release,
    release_obstacle,
    reprocess,
    wanted_requester,
)
from postroom.inbox.services.manual import DISCARDED, WITHOUT_ENTRY
from postroom.inbox.services.retention import RELEASABLE
from postroom.inbox.trace import full_trace
from postroom.mail import parse
from postroom.mail.model import ParsedMail
from postroom.tickets.models import Ticket
from postroom.web.admin.mail import words
from postroom.web.admin.mail.lists import answer, clean, number
from postroom.web.conversation.views import SHOWN_INLINE, inert, link_images, mail_document, stored_file
from postroom.web.http import PortalRequest, actor, administrators_only

TABS = {"mail": gettext_noop("Mail"), "headers": gettext_noop("Headers"), "raw": gettext_noop("Raw")}
RAW_SHOWN = 200_000


def row_or_404(pk: int) -> InboundEmail:
    """The mail with what it became part of."""
    related = ("mailbox", "ticket", "entry", "duplicate_of", "released_to")
    row = InboundEmail.objects.select_related(*related).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _raw(row: InboundEmail) -> bytes | None:
    """The mail as it came, or its header alone where it was too large; None where it is gone."""
    if not row.raw_sha256:
        return None
    try:
        return blobs().get(row.raw_sha256)
    except FileNotFoundError:
        return None


def _mail_or_404(pk: int) -> ParsedMail:
    raw = _raw(row_or_404(pk))
    if raw is None:
        raise Http404
    return parse(raw)


@require_safe
@administrators_only
def item(request: PortalRequest, pk: int) -> HttpResponse:
    """The page of one mail; while it is being decided it is fetched again every two seconds."""
    row = row_or_404(pk)
    raw = _raw(row)
    tab = request.GET.get("show", "mail")
    deeds = list(AuditEntry.objects.filter(object_type="inboundemail", object_id=str(pk)).order_by("-at", "-id")[:20])
    context: dict[str, Any] = {
        "section": "mail-incoming",
        "row": row,
        "tabs": TABS,
        "tab": tab if tab in TABS else "mail",
        "outcome": words.outcome(row),
        "words": words,
        "trace": full_trace(row.trace) if row.state == InboundEmail.State.DONE else [],
        "mail": parse(raw) if raw is not None else None,
        "header_only": row.too_large and raw is not None and len(raw) < row.size,
        "raw": raw[:RAW_SHOWN].decode("utf-8", "replace") if raw is not None and tab == "raw" else "",
        "raw_cut": raw is not None and len(raw) > RAW_SHOWN,
        "raw_size": len(raw) if raw is not None else 0,
        "goes_at": _goes_at(row),
        "deeds": deeds,
        **_possible(row),
    }
    facts = (row.state, row.outcome, row.reason_code, row.ticket_id, len(deeds))
    return answer(request, "admin/mail/incoming_item.html", "admin/mail/incoming_item.html", context, facts)


def _goes_at(row: InboundEmail) -> datetime | None:
    """When retention takes the raw form (``inbox.services.retention``); None is never."""
    settings = Settings.load()
    days = settings.hold_days if row.outcome in RELEASABLE else settings.mail_log_days
    if row.outcome == "failed" and days:
        days = max(days, settings.hold_days)
    return row.kept_at + timedelta(days=days) if days and row.raw_sha256 else None


def _possible(row: InboundEmail) -> dict[str, Any]:
    """Which actions the page offers, and why not the others."""
    hinders = obstacle(row)
    refused = not hinders and row.outcome == "guest_not_allowed" and row.reason_code != DISCARDED
    settled = row.entry_id is not None or row.outcome not in WITHOUT_ENTRY
    return {
        "settled": row.state == InboundEmail.State.DONE and settled,
        "hinders": hinders if row.state == InboundEmail.State.DONE and not settled else "",
        "can_release": not release_obstacle(row),
        "can_assign": not release_obstacle(row, "reply"),
        "release_hint": release_obstacle(row, "reply") if not hinders else "",
        "can_reprocess": not hinders,
        "can_discard": not hinders and row.reason_code != DISCARDED,
        "blocked": row.from_email in Settings.load().block_senders,
        "guest": wanted_requester(row) if refused else None,
        "guests_others": others_refused(row) if refused else 0,
    }


@require_safe
@administrators_only
def body(request: PortalRequest, pk: int) -> HttpResponse:
    """What the sender wrote, in a document of its own that can run nothing."""
    mail = _mail_or_404(pk)
    files = {
        file.content_id: reverse("mail-incoming-file", args=[pk, place])
        for place, file in enumerate(mail.attachments)
        if file.content_id
    }
    return mail_document(request, link_images(mail.html or "", files))


@require_safe
@administrators_only
def file(request: PortalRequest, pk: int, place: int) -> HttpResponse:
    """One file of the mail, to be saved; as a picture only where it is one and the mail shows it."""
    files = _mail_or_404(pk).attachments
    if place >= len(files):
        raise Http404
    found = files[place]
    picture = request.GET.get("inline") == "1" and found.content_type.lower() in SHOWN_INLINE
    response = HttpResponse(found.content, content_type=found.content_type if picture else "application/octet-stream")
    if not picture:
        response["Content-Disposition"] = content_disposition_header(True, found.filename) or "attachment"
    return inert(response)


@require_safe
@administrators_only
def raw(request: PortalRequest, pk: int) -> FileResponse:
    """View original: the mail byte for byte as it arrived (CNT-05)."""
    row = row_or_404(pk)
    if not row.raw_sha256:
        raise Http404
    return stored_file(row.raw_sha256, f"mail-{pk}.eml")


@require_POST
@administrators_only
def act(request: PortalRequest, pk: int) -> HttpResponse:
    """Do one thing with the mail, and tell what came of it; somebody else may have been quicker."""
    row = row_or_404(pk)
    deed = DEEDS.get(request.POST.get("action", ""))
    if deed is None:
        return HttpResponseBadRequest("Unknown action.")
    try:
        messages.success(request, deed(row, actor(request), request.POST))
    except NotPossible as refused:
        messages.error(request, f"{refused}{_by_whom(row)}")
    return redirect("mail-incoming-item", pk)


def _by_whom(row: InboundEmail) -> str:
    """Who did something with the mail last: it explains why one's own action came too late."""
    last = AuditEntry.objects.filter(object_type="inboundemail", object_id=str(row.pk)).order_by("-id").first()
    return f" {last.actor_name} {words.deed(last)}." if last else ""


def _make_request(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    release(row, by)
    return gettext("Released: a request is made of it now.")


def _assign(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    text = clean(given.get("request", "")).removeprefix("#")
    wanted = number(text)
    ticket = Ticket.objects.filter(pk=wanted, deleted_at=None).first() if wanted else None
    if ticket is None:
        missing = gettext("There is no request %(number)s.") % {"number": text}
        raise NotPossible(missing if text else gettext("Say to which request the mail is to be added."))
    release(row, by, "reply", ticket)
    return gettext("Released: it is added to request %(number)s now.") % {"number": ticket.number}


def _make_requester(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    others = given.get("with_others") == "on"
    count = make_requester_and_release(row, by, name=clean(given.get("name", "")), with_others=others)
    words = ngettext(
        "The sender is a requester now, and %(n)d mail released.",
        "The sender is a requester now, and %(n)d mails released.",
        count,
    )
    return words % {"n": count}


def _reprocess(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    reprocess([row], by)
    return gettext("It is decided anew, by today's preferences.")


def _discard(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    discard([row], by)
    return gettext("Discarded.")


def _block(row: InboundEmail, by: Actor, given: QueryDict) -> str:
    block_sender(row, by)
    return gettext("%(address)s is on the block list of Security and limits.") % {"address": row.from_email}


DEEDS: dict[str, Callable[[InboundEmail, Actor, QueryDict], str]] = {
    "request": _make_request,
    "assign": _assign,
    "requester": _make_requester,
    "reprocess": _reprocess,
    "discard": _discard,
    "block": _block,
}
