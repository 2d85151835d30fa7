"""Who is told what about a request: the shipped mails, as rows for the outbox (SPEC A21).

What an unverified guest gets never repeats words that came by mail, so that nobody can have us mail their text to
strangers (NTF-04, B-05).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from postroom.accounts.models import User
from postroom.channels.models import OutgoingServer
from postroom.channels.secret import fingerprints, thread_keys
from postroom.mail.identify import footer_line, subject_tag
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail
from postroom.tickets.models import Attachment, Entry, Ticket

LOOP_HEADER = "X-Postroom-Loop"
MAX_REFERENCES = 20


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


def acknowledgement(ticket: Ticket, entry: Entry) -> NewMail | None:
    """Tell the requester that the request is there; None where there is nobody to tell."""
    requester = ticket.requester
    if not requester.email:
        return None
    known = requester.kind == User.Kind.REGISTERED and entry.flag != Entry.GUEST_FORM
    about = f"“{ticket.subject}”" if known else "your mail" if entry.message_id else "what you wrote"
    text = (
        f"Hello{' ' + requester.name if known else ''},\n\n"
        f"we have received {about} and opened request {ticket.number} for it.\n"
        "To add something, answer this mail.\n\n"
        f"{footer_line(ticket.number, thread_keys()[0])}\n"
    )
    return NewMail(
        kind=OutboundEmail.Kind.ACKNOWLEDGEMENT,
        to=[requester.email],
        subject=tagged_subject(ticket, "" if known else f"We have received {about}"),
        text=text,
        ticket_id=ticket.number,
        mailbox=ticket.mailbox,
        facts=rule_values(ticket, notification="created", recipient=requester.email),
        in_reply_to=entry.message_id,
        references=[entry.message_id] if entry.message_id else [],
        headers=automatic_headers("auto-replied"),
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
