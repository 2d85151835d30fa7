"""Rows as the JSON of the contract. Each function reads only what its list query has loaded: no query happens here.

Times are ISO 8601 in UTC. Texts are "" where there are none, references null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from postroom.accounts.models import ApiToken, Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.shapes import show_company, show_group, show_person, show_token
from postroom.inbox.models import InboundEmail
from postroom.inbox.trace import full_trace
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Attachment, Category, Entry, Ticket

Json = dict[str, Any]


def moment(time: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return time.astimezone(UTC).isoformat() if time else None


def request(ticket: Ticket) -> Json:
    """A request. Needs its requester, technician, group, category and company loaded."""
    requester = ticket.requester
    return {
        "number": ticket.number,
        "kind": ticket.kind,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "requester": {"name": requester.name, "email": requester.email, "kind": requester.kind},
        "cc_emails": ticket.cc_emails,
        "technician": ticket.technician.email if ticket.technician else None,
        "technician_group": ticket.technician_group.name if ticket.technician_group else None,
        "category": ticket.category.name if ticket.category else None,
        "company": ticket.company.name if ticket.company else None,
        "department": ticket.department,
        "location": ticket.location,
        "tags": ticket.tags,
        "follow_up_of": ticket.follow_up_of_id,
        "merged_into": ticket.merged_into_id,
        "source": ticket.source,
        "mailbox": ticket.mailbox_email or None,
        "created_at": moment(ticket.created_at),
        "updated_at": moment(ticket.updated_at),
        "closed_at": moment(ticket.closed_at),
    }


def entry(row: Entry) -> Json:
    """An item of the conversation. Needs its attachments and outbound mails loaded."""
    mails = list(row.outbound.all())
    return {
        "id": row.pk,
        "kind": row.kind,
        "direction": row.direction,
        "author": {"name": row.author_name, "email": row.author_email or None},
        "to": row.to,
        "cc": row.cc,
        "text": row.text,
        "html": row.html,
        "quoted_html": row.quoted_html,
        "attachments": [attachment(file) for file in row.attachments.all()],
        "message_id": row.message_id or None,
        "flag": row.flag or None,
        "event": row.event,
        "created_at": moment(row.created_at),
        "delivery": delivery(max(mails, key=lambda mail: mail.pk)) if mails else None,
    }


def attachment(file: Attachment) -> Json:
    """A file; where it was removed its url is null and ``removed`` says why."""
    return {
        "id": file.pk,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.inline,
        "content_id": file.content_id or None,
        "url": None if file.removed else f"{settings.POSTROOM_URL}/api/v1/attachments/{file.pk}",
        "removed": file.removed or None,
    }


def delivery(mail: OutboundEmail) -> Json:
    """How the mail of an entry is doing: ``reason`` is why this server, ``error`` what went wrong."""
    return {
        "state": mail.state,
        "server": mail.server_name or None,
        "reason": mail.server_reason,
        "error": mail.reason or None,
        "recipients": mail.recipients,
    }


def incoming(row: InboundEmail) -> Json:
    """A row of the incoming ledger; ``outcome`` is null until it is done."""
    return {
        "id": row.pk,
        "mailbox": row.mailbox_email,
        "message_id": row.message_id or None,
        "from": row.from_email or None,
        "from_name": row.from_name,
        "to": row.to,
        "subject": row.subject,
        "received_at": moment(row.received_at),
        "size": row.size,
        "state": row.state,
        "outcome": row.outcome or None,
        "reason": {"code": row.reason_code, "text": row.reason},
        "request": row.ticket_id,
        "entry_id": row.entry_id,
        "duplicate_of": row.duplicate_of_id,
        "tries": row.tries,
    }


def incoming_detail(row: InboundEmail) -> Json:
    """An incoming row with its trace, step by step, and the last error."""
    return {
        **incoming(row),
        "trace": full_trace(row.trace),
        "kept_at": moment(row.kept_at),
        "acknowledged_at": moment(row.acknowledged_at),
        "last_error": row.last_error or None,
        "raw": bool(row.raw_sha256),
    }


def outgoing(mail: OutboundEmail) -> Json:
    """A row of the outgoing ledger; ``next_try_at`` only while it waits."""
    return {
        "id": mail.pk,
        "message_id": mail.message_id,
        "kind": mail.kind,
        "request": mail.ticket_id,
        "entry_id": mail.entry_id,
        "from": mail.from_email or None,
        "to": mail.to,
        "cc": mail.cc,
        "subject": mail.subject,
        "state": mail.state,
        "server": mail.server_name or None,
        "reason": mail.server_reason,
        "error": mail.reason or None,
        "error_code": mail.error_code or None,
        "attempts": mail.attempts,
        "next_try_at": moment(mail.due_at) if mail.state in OutboundEmail.WAITING else None,
        "created_at": moment(mail.created_at),
        "sent_at": moment(mail.sent_at),
        "recipients": mail.recipients,
    }


def outgoing_detail(mail: OutboundEmail) -> Json:
    """An outgoing row with what is sent."""
    named = ("filename", "content_type", "content_id", "inline")
    return {
        **outgoing(mail),
        "from_name": mail.from_name,
        "reply_to": mail.reply_to or None,
        "text": mail.text,
        "html": mail.html,
        "in_reply_to": mail.in_reply_to or None,
        "references": mail.references,
        "files": [{name: file.get(name) for name in named} for file in mail.files],
    }


def person(user: User) -> Json:
    """A person. Needs company and secondary addresses loaded."""
    return {"id": user.pk, **show_person(user), "archived": user.archived}


def company(row: Company) -> Json:
    """A company. Needs its domains loaded."""
    return {"id": row.pk, **show_company(row)}


def group(row: TechnicianGroup | RequesterGroup) -> Json:
    """A group. Needs its members loaded."""
    return {"id": row.pk, **show_group(row)}


def token(row: ApiToken) -> Json:
    """An API token, never what it opens. Needs its owner loaded."""
    shown = show_token(row)
    times = {name: moment(shown[name]) for name in ("created_at", "last_used_at", "revoked_at")}
    return {"id": row.pk, **shown, **times}


def category(row: Category) -> Json:
    """A category; its name is the whole path."""
    return {"id": row.pk, "name": row.name}
