"""The composer: filled in for a reply or from drafts, and from its form to what the services take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from postroom.accounts.models import User
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.mail.html import sanitise
from postroom.tickets import services, workspace
from postroom.tickets.access import visible_entries
from postroom.tickets.models import Draft, Entry, Ticket
from postroom.tickets.services import Along, Composed, Invalid
from postroom.tickets.services.drafts import discard_drafts, files_to_send
from postroom.tickets.services.replies import templates_for
from postroom.web.files import new_files
from postroom.web.technician.forms import ComposerForm

VERBS: dict[str, Callable[[Ticket, User, Composed], Entry]] = {
    Entry.Kind.REPLY: services.add_reply,
    Entry.Kind.COLLABORATION: services.add_collaboration,
    Entry.Kind.NOTE: services.add_note,
}
FORWARD_FIELDS = {"to": "forward_to", "cc": "forward_cc"}


def composer(
    user: User,
    ticket: Ticket,
    *,
    notice: str = "",
    form: ComposerForm | None = None,
    entries: list[Entry] | None = None,
) -> dict[str, Any]:
    """The composer as it is to be shown: To and Cc filled in (WRK-09), with the reader's drafts.

    ``form`` is one that was sent and refused: what was typed there counts, not what its draft says. ``entries`` is the
    conversation, where it was read already.
    """
    drafts = workspace.drafts_of(user, ticket)
    along = [entry for entry in entries if entry.ticket_id == ticket.pk] if entries is not None else _own(user, ticket)
    along = [entry for entry in along if entry.kind != Entry.Kind.EVENT]
    if form is None:
        choose = EmailPreferences.load().allow_choosing_outgoing_server
        form = ComposerForm(initial=_initial(ticket, drafts, along), choose_server=choose)
    return {
        "ticket": ticket,
        "composer": form,
        "notice": notice,
        "drafts": [_shown(draft) for draft in _as_typed(drafts, form)],
        "templates": list(templates_for(user)),
        "along": along,
    }


def _initial(ticket: Ticket, drafts: list[Draft], along: list[Entry]) -> dict[str, Any]:
    """What an empty composer has, and over it what the drafts say. The latest draft is the one that is open."""
    own = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    first = next((entry for entry in along if entry.kind == Entry.Kind.DESCRIPTION), None)
    initial: dict[str, Any] = {
        "kind": Entry.Kind.REPLY,
        "to": [ticket.requester.email] if ticket.requester.email else [],
        "cc": [address for address in ticket.cc_emails if address.lower() not in own],
        "with_entries": [first.pk] if first else [],
        "with_files": [file.pk for file in first.attachments.all() if not file.inline] if first else [],
    }
    if drafts:
        initial |= {"kind": drafts[0].kind, "text": drafts[0].text}
    for draft in drafts:
        prefix = {Entry.Kind.REPLY: "", Entry.Kind.FORWARD: "forward_"}.get(Entry.Kind(draft.kind))
        if prefix is not None:
            given = {"to": draft.to, "cc": draft.cc}
            initial |= {f"{prefix}{name}": value for name, value in given.items() if value is not None}
    return initial


def _as_typed(drafts: list[Draft], form: ComposerForm) -> list[Draft]:
    """The drafts; where a form was refused, with its words in place of those that were kept, and first."""
    if not form.is_bound:
        return drafts
    kind = str(form["kind"].value() or Entry.Kind.REPLY)
    typed = next((draft for draft in drafts if draft.kind == kind), None) or Draft(kind=kind)
    typed.text, typed.html = str(form["text"].value() or ""), sanitise(str(form["html"].value() or ""))
    return [typed, *(draft for draft in drafts if draft.kind != kind)]


def _shown(draft: Draft) -> dict[str, Any]:
    """A draft as the page takes it over."""
    files = draft.files.all() if draft.pk else []
    return {
        "kind": draft.kind,
        "text": draft.text,
        "html": draft.html,
        "files": [file_shown(file.pk, file) for file in files],
    }


def file_shown(pk: int, file: Any) -> dict[str, Any]:
    """A file of a draft as the page takes it over."""
    return {
        "id": pk,
        "name": file.filename,
        "size": file.size,
        "cid": file.content_id,
        "inline": file.inline,
        "url": reverse("draft-file", args=[pk]),
    }


def _own(user: User, ticket: Ticket) -> list[Entry]:
    """The entries of the request, which can go along with a forward, with their files."""
    return list(visible_entries(user, ticket).prefetch_related("attachments"))


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
        body = _composed(user, ticket, form.cleaned_data, tuple(uploads))
        if kind == Entry.Kind.FORWARD:
            along = Along(form.cleaned_data["with_entries"], form.cleaned_data["with_files"])
            services.add_forward(ticket, user, body, along)
        else:
            VERBS[kind](ticket, user, body)
    except Invalid as invalid:
        for name, message in invalid.errors:
            field = FORWARD_FIELDS.get(name, name) if kind == Entry.Kind.FORWARD else name
            form.add_error(field if field in form.fields else None, message)
    else:
        discard_drafts(user, ticket, kind)
    return form


def _composed(user: User, ticket: Ticket, given: dict[str, Any], files: tuple[services.NewFile, ...]) -> Composed:
    kind, text, html = given["kind"], given["text"], given["html"]
    kept = files_to_send(user, ticket, kind, html)
    if kind in (Entry.Kind.COLLABORATION, Entry.Kind.NOTE):
        return Composed(text=text, html=html, files=files, kept=kept)
    prefix = "forward_" if kind == Entry.Kind.FORWARD else ""
    to, cc = given[f"{prefix}to"], given[f"{prefix}cc"]
    if kind == Entry.Kind.REPLY and not to and ticket.requester.email:
        raise Invalid([("to", _("Say whom the reply goes to."))])
    server, undo = given.get("outgoing_server"), Settings.load().undo_seconds
    return Composed(
        text=text, html=html, to=to, cc=cc, files=files, kept=kept, outgoing_server=server, undo_seconds=undo
    )
