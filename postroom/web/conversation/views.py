"""The HTML of a mail in a document of its own that can run nothing, files that open nowhere, and mails as they came."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import unquote

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from markupsafe import Markup

from postroom.channels.storage import blobs
from postroom.inbox.queries import original_of
from postroom.tickets import queries
from postroom.tickets.models import Attachment, Entry
from postroom.web.http import PortalRequest, signed_in, technicians_only
from postroom.web.security import FILE, mail_policy

# Pictures that browsers show as nothing but a picture (SVG can run scripts).
SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_ANY = "application/octet-stream"
_CID = re.compile(r' src="cid:([^"]*)"', re.IGNORECASE)


def with_inline_images(html: str, files: list[Attachment]) -> str:
    """Sanitised HTML in which ``cid:`` images point to the files of the entry (RFC 2392)."""
    return link_images(
        html, {file.content_id.strip("<>"): reverse("attachment", args=[file.pk]) for file in files if file.content_id}
    )


def link_images(html: str, addresses: Mapping[str, str]) -> str:
    """Sanitised HTML in which ``cid:`` images point to these addresses by their Content-ID; others to nothing."""

    def source(found: re.Match[str]) -> str:
        address = addresses.get(unquote(found[1]))
        return f' src="{address}?inline=1"' if address else ""

    return _CID.sub(source, html)


def _document(request: PortalRequest, entry: Entry | None, html: str) -> HttpResponse:
    if entry is None:
        raise Http404
    return mail_document(request, with_inline_images(html, list(entry.attachments.all())))


def mail_document(request: PortalRequest, html: str) -> HttpResponse:
    """Sanitised HTML of a mail as a document for a frame; remote images only with ``?images=1``."""
    remote = request.GET.get("images") == "1"
    if remote:
        html = html.replace(" data-remote-src=", " src=")
    # Safe to mark: the stored HTML went through mail.html.sanitise, and the policy lets nothing run whatever it is.
    response = render(request, "conversation/body.html", {"html": Markup(html)})  # noqa: S704
    return mail_policy(response, remote_images=remote)


@require_safe
@signed_in
def body(request: PortalRequest, pk: int) -> HttpResponse:
    """What the sender wrote; ``?images=1`` loads remote images, which tells their server that the mail was read."""
    entry = queries.entry_for(request.user, pk)
    return _document(request, entry, entry.html if entry else "")


@require_safe
@signed_in
def quoted(request: PortalRequest, pk: int) -> HttpResponse:
    """The history that the sender quoted."""
    entry = queries.entry_for(request.user, pk)
    return _document(request, entry, entry.quoted_html if entry else "")


@require_safe
@signed_in
def attachment(request: PortalRequest, pk: int) -> FileResponse:
    """A file, to be saved; as a picture only where it is one and the page asks for it."""
    file = queries.attachment_for(request.user, pk)
    if file is None or file.removed:
        raise Http404
    inline = request.GET.get("inline") == "1" and file.content_type.lower() in SHOWN_INLINE
    return stored_file(
        file.sha256, file.filename, file.content_type.lower() if inline else "", as_attachment=not inline
    )


@require_safe
@technicians_only
def original(request: PortalRequest, pk: int) -> FileResponse:
    """View original: the mail byte for byte as it arrived (CNT-05)."""
    entry = queries.entry_for(request.user, pk)
    mail = original_of(pk) if entry else None
    if entry is None or mail is None:
        raise Http404
    return stored_file(mail.raw_sha256, f"request-{entry.ticket_id}-entry-{pk}.eml", "", as_attachment=True)


def stored_file(sha: str, filename: str, content_type: str = "", *, as_attachment: bool = True) -> FileResponse:
    """A file of the blob store, to be saved and run nowhere; 404 where it is gone."""
    try:
        stream = blobs().open(sha)
    except FileNotFoundError as missing:
        raise Http404 from missing
    return inert(
        FileResponse(stream, as_attachment=as_attachment, filename=filename, content_type=content_type or _ANY)
    )


AnyFile = TypeVar("AnyFile", HttpResponse, FileResponse)


def inert(response: AnyFile) -> AnyFile:
    """A file that no browser runs, frames elsewhere, or takes for something else."""
    response["Content-Security-Policy"] = FILE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
