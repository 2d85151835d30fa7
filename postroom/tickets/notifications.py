"""The mails about a request, as rows for the outbox: acknowledgements, notifications, what technicians wrote (A21).

What an unverified guest gets never repeats words that came by mail, so that nobody can have us mail their text to
strangers (NTF-04, B-05).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from django.conf import settings
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.models import OutgoingServer
from postroom.channels.secret import fingerprints, thread_keys
from postroom.mail.identify import footer_line, subject_tag
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail
from postroom.tickets.access import requester_entries
from postroom.tickets.events import Words
from postroom.tickets.models import Attachment, Entry, Ticket
from postroom.tickets.wording import Value, Values, Wording, fill, fill_html, fill_line

LOOP_HEADER = "X-Postroom-Loop"
MAX_REFERENCES = 20
LONGEST_QUOTE = 5000
NONE = "none"
YOUR_REQUEST = "your request"


def rule_values(ticket: Ticket, *, notification: str, recipient: str) -> dict[str, Any]:
    """The values that outgoing rules are judged by (CONTRACT: Rule fields), as they are now."""
    return {
        "technician_group": ticket.technician_group.name if ticket.technician_group else None,
        "category": ticket.category.name if ticket.category else None,
        "department": ticket.department or None,
        "location": ticket.location or None,
        "company": ticket.company.name if ticket.company else None,
        "assignee": ticket.technician.email if ticket.technician else None,
        "priority": ticket.priority,
        "status": ticket.status,
        "kind": ticket.kind,
        "source": ticket.source,
        "mailbox": ticket.mailbox_email or None,
        "requester_domain": (ticket.requester.email or "").rpartition("@")[2] or None,
        "recipient_domain": recipient.rpartition("@")[2] or None,
        "notification": notification,
        "tags": list(ticket.tags),
    }


def tagged_subject(ticket: Ticket, subject: str = "") -> str:
    """The subject of every mail about a request: its tag is always the same (THR-06)."""
    return f"{subject_tag(ticket.number)} {subject or ticket.subject}".strip()


def loop_header() -> tuple[str, str]:
    """What marks a mail as ours, so that it is recognised when it comes back."""
    return LOOP_HEADER, fingerprints()[0]


def automatic_headers(kind: str) -> list[tuple[str, str]]:
    """RFC 3834: say that no human wrote this, and ask for no automatic answer (AUT-02)."""
    return [("Auto-Submitted", kind), ("X-Auto-Response-Suppress", "All"), loop_header()]


def portal_address(ticket: Ticket, *, technician: bool) -> str:
    """Where the request is read: in the technician portal, or in the support portal."""
    return f"{settings.POSTROOM_URL}{'' if technician else '/my'}/requests/{ticket.number}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told. ``language`` empty means the instance's."""

    address: str
    name: str = ""
    language: str = ""
    technician: bool = False
    guest: bool = False


def reader_of(person: User, address: str = "") -> Reader:
    """A person as a reader. What an unverified guest gets repeats nothing that they wrote (NTF-04)."""
    guest = person.kind == User.Kind.GUEST and not person.verified
    return Reader(address or person.email or "", person.name, person.language, person.is_technician, guest)


def request_values(ticket: Ticket, reader: Reader, *, entry: Entry | None = None, **more: Value) -> dict[str, Value]:
    """What placeholders stand for; those that cost something are looked up where a template has them.

    ``entry`` is what was written last. An unverified guest is told no words that came by mail.
    """
    wrote: dict[str, Value] = {
        "subject": ticket.subject,
        "description": lambda: _shortened(description_of(ticket, entry)),
        "requester": lambda: ticket.requester.name,
        "last_reply": lambda: _shortened(entry.text if entry else last_public_text(ticket)),
        "cc": lambda: ", ".join(ticket.cc_emails),
        "name": reader.name,
        "url": lambda: portal_address(ticket, technician=reader.technician),
    }
    if reader.guest:
        wrote = {"subject": YOUR_REQUEST}
    return {
        "number": str(ticket.number),
        "status": lambda: Ticket.Status(ticket.status).label,
        "priority": lambda: Ticket.Priority(ticket.priority).label,
        "category": lambda: ticket.category.name if ticket.category else NONE,
        "technician_group": lambda: ticket.technician_group.name if ticket.technician_group else NONE,
        "technician": lambda: ticket.technician.name if ticket.technician else NONE,
        "company": lambda: ticket.company.name if ticket.company else NONE,
        "created": lambda: f"{timezone.localtime(ticket.created_at):%Y-%m-%d %H:%M %Z}",
        "mailbox": ticket.mailbox_email,
        **more,
        **wrote,
    }


def description_of(ticket: Ticket, entry: Entry | None = None) -> str:
    """What the requester wrote first."""
    if entry is not None and entry.kind == Entry.Kind.DESCRIPTION:
        return entry.text
    first = ticket.entries.filter(kind=Entry.Kind.DESCRIPTION).order_by("created_at", "id").only("text").first()
    return first.text if first else ""


def last_public_text(ticket: Ticket) -> str:
    """What was said last between the requester and the desk: nothing to third parties, held for undo or taken back."""
    said = requester_entries(ticket.requester, ticket).exclude(kind=Entry.Kind.FORWARD)
    last = said.order_by("-created_at", "-id").only("text").first()
    return last.text if last else ""


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rstrip()} …"


def is_unproved(ticket: Ticket, entry: Entry) -> bool:
    """Whether nothing proves that the requester wrote: an unverified guest, or anybody's word in the guest form."""
    return reader_of(ticket.requester).guest or entry.flag == Entry.GUEST_FORM


def acknowledgement(ticket: Ticket, entry: Entry, wording: Wording) -> NewMail | None:
    """Tell the requester that the request is there; None where there is nobody to tell, or it is switched off."""
    reader = reader_of(ticket.requester)
    if entry.flag == Entry.GUEST_FORM and not reader.guest:
        reader = replace(reader, guest=True)
    audience = "guest" if reader.guest else "requester"
    words = wording.find("created", audience, reader.language) if reader.address else None
    if words is None:
        return None
    return about(
        ticket,
        reader,
        "created",
        words,
        wording,
        request_values(ticket, reader, entry=entry),
        kind=OutboundEmail.Kind.ACKNOWLEDGEMENT,
        cc=list(ticket.cc_emails) if words.notify_cc and not reader.guest else [],
        in_reply_to=entry.message_id,
        references=[entry.message_id] if entry.message_id else [],
        headers=automatic_headers("auto-replied"),
    )


def about(
    ticket: Ticket, reader: Reader, event: str, words: Words, wording: Wording, values: Values, **more: Any
) -> NewMail:
    """A mail of the desk's own about a request, with the tag, the frame, and the token that answers are known by.

    ``more`` are fields of ``NewMail`` that are not those of a notification.
    """
    text, html = wording.framed(
        fill(words.text, values),
        fill_html(words.html, values) if words.html else "",
        reader.language,
        values,
        footer_line(ticket.number, thread_keys()[0]),
    )
    told: dict[str, Any] = {
        "kind": OutboundEmail.Kind.NOTIFICATION,
        "headers": automatic_headers("auto-generated"),
        **more,
    }
    return NewMail(
        to=[reader.address],
        subject=f"{subject_tag(ticket.number)} {fill_line(words.subject, values)}".strip(),
        text=text,
        html=html,
        ticket_id=ticket.number,
        mailbox=ticket.mailbox,
        facts=rule_values(ticket, notification=event, recipient=reader.address),
        **told,
    )


def carried(file: Attachment) -> dict[str, Any]:
    """A file of an entry as the outgoing ledger names it."""
    return {
        "sha256": file.sha256,
        "filename": file.filename,
        "content_type": file.content_type,
        "content_id": file.content_id,
        "inline": file.inline,
    }


def composed(ticket: Ticket, entry: Entry, *, picked: OutgoingServer | None = None) -> NewMail:
    """The mail of a reply or forward that a technician wrote: their words, the footer with the token, the files."""
    kind = OutboundEmail.Kind.FORWARD if entry.kind == Entry.Kind.FORWARD else OutboundEmail.Kind.REPLY
    files = [carried(file) for file in entry.attachments.all()]
    return replace(_public(ticket, entry, entry.to, entry.cc, files), kind=kind, picked=picked)


def passed_on(ticket: Ticket, entry: Entry, files: list[dict[str, Any]]) -> NewMail | None:
    """A technician's reply by mail, on its way to the requester and the Cc (R19); None where nobody is left."""
    author = entry.author_email.lower()
    to = [address for address in [ticket.requester.email] if address and address != author]
    cc = [address for address in ticket.cc_emails if address.lower() != author]
    if not to and not cc:
        return None
    return _public(ticket, entry, to or cc, cc if to else [], files)


def _public(ticket: Ticket, entry: Entry, to: Sequence[str], cc: Sequence[str], files: list[dict[str, Any]]) -> NewMail:
    footer = footer_line(ticket.number, thread_keys()[0])
    references = _references(ticket, entry)
    return NewMail(
        kind=OutboundEmail.Kind.REPLY,
        lane=OutboundEmail.Lane.REPLY,
        to=to,
        cc=cc,
        subject=tagged_subject(ticket),
        text=f"{entry.text}\n\n{footer}\n",
        html=f"{entry.html}<p><small>{escape(footer)}</small></p>" if entry.html else "",
        ticket_id=ticket.number,
        entry_id=entry.pk,
        mailbox=ticket.mailbox,
        facts=rule_values(ticket, notification="reply", recipient=to[0] if to else ""),
        in_reply_to=references[-1] if references else "",
        references=references,
        headers=[loop_header()],
        files=files,
    )


def _references(ticket: Ticket, entry: Entry) -> list[str]:
    """Message-IDs of the public conversation before this entry: its root always, and the newest ones (THR-06)."""
    public = ticket.entries.exclude(message_id="").filter(kind__in=Entry.PUBLIC).exclude(pk=entry.pk)
    names = list(public.order_by("created_at", "id").values_list("message_id", flat=True))
    return names if len(names) <= MAX_REFERENCES else [names[0], *names[1 - MAX_REFERENCES :]]
