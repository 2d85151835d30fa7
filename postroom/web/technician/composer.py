"""The composer: filled in for a reply, and from its form to what the services take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from postroom.accounts.models import User
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.tickets import services
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Composed, Invalid
from postroom.web.files import new_files
from postroom.web.technician.forms import ComposerForm

VERBS: dict[str, Callable[[Ticket, User, Composed], Entry]] = {
    Entry.Kind.REPLY: services.add_reply,
    Entry.Kind.FORWARD: services.add_forward,
    Entry.Kind.COLLABORATION: services.add_collaboration,
    Entry.Kind.NOTE: services.add_note,
}
FORWARD_FIELDS = {"to": "forward_to", "cc": "forward_cc"}


def composer(user: User, ticket: Ticket, *, undone: Entry | None = None, notice: str = "") -> dict[str, Any]:
    """An empty composer with To and Cc filled in (WRK-09), or one with what was just taken back."""
    own = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    initial: dict[str, Any] = {
        "kind": Entry.Kind.REPLY,
        "to": [ticket.requester.email] if ticket.requester.email else [],
        "cc": [address for address in ticket.cc_emails if address.lower() not in own],
        "include": True,
    }
    if undone is not None:
        initial |= {"kind": undone.kind, "text": undone.text}
        forward = undone.kind == Entry.Kind.FORWARD
        initial |= {"forward_to": undone.to, "forward_cc": undone.cc, "include": False} if forward else {}
        initial |= {"to": undone.to, "cc": undone.cc} if not forward else {}
    choose = EmailPreferences.load().allow_choosing_outgoing_server
    return {"ticket": ticket, "composer": ComposerForm(initial=initial, choose_server=choose), "notice": notice}


def submit(user: User, ticket: Ticket, data: QueryDict, files: MultiValueDict[str, Any]) -> ComposerForm:
    """Write the entry; the form that comes back is valid, or has its errors at their fields."""
    form = ComposerForm(data, choose_server=EmailPreferences.load().allow_choosing_outgoing_server)
    if not form.is_valid():
        return form
    uploads, too_large = new_files(files.getlist("attachments"))
    if too_large:
        form.add_error(None, too_large)
        return form
    kind = form.cleaned_data["kind"]
    try:
        VERBS[kind](ticket, user, _composed(ticket, form.cleaned_data, tuple(uploads)))
    except Invalid as invalid:
        for name, message in invalid.errors:
            field = FORWARD_FIELDS.get(name, name) if kind == Entry.Kind.FORWARD else name
            form.add_error(field if field in form.fields else None, message)
    return form


def _composed(ticket: Ticket, given: dict[str, Any], files: tuple[services.NewFile, ...]) -> Composed:
    kind, text = given["kind"], given["text"]
    server = given.get("outgoing_server")
    if kind == Entry.Kind.REPLY:
        to, cc = given["to"], given["cc"]
        if not to and ticket.requester.email:
            raise Invalid([("to", "Say whom the reply goes to.")])
    elif kind == Entry.Kind.FORWARD:
        to, cc = given["forward_to"], given["forward_cc"]
        text = f"{text}\n\n{_description(ticket)}".strip() if given["include"] else text
    else:
        return Composed(text=text, files=files)
    undo = Settings.load().undo_seconds
    return Composed(text=text, to=to, cc=cc, files=files, outgoing_server=server, undo_seconds=undo)


def _description(ticket: Ticket) -> str:
    """What the requester wrote at first, as mail programs forward it."""
    entry = ticket.entries.filter(kind=Entry.Kind.DESCRIPTION).first()
    if entry is None:
        return ""
    sent = timezone.localtime(entry.created_at)
    return (
        "---------- Forwarded message ----------\n"
        f"From: {entry.author_name} <{entry.author_email}>\n"
        f"Date: {sent:%d %b %Y, %H:%M} {sent:%Z}\n"
        f"Subject: {ticket.subject}\n\n{entry.text}"
    )
