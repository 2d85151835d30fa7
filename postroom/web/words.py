"""What codes are called on the screen: fields, states, flags and events, as SPEC and contract name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket

FIELDS = {
    "kind": "Type",
    "subject": "Subject",
    "status": "Status",
    "priority": "Priority",
    "technician": "Assignee",
    "technician_group": "Technician Group",
    "category": "Category",
    "company": "Company",
    "department": "Department",
    "location": "Location",
    "tags": "Tags",
    "cc_emails": "Cc Emails",
    "requester": "Requester",
}
CHOICES: dict[str, dict[str, str]] = {
    "kind": dict(Ticket.Kind.choices),
    "status": dict(Ticket.Status.choices),
    "priority": dict(Ticket.Priority.choices),
}
FLAGS = {
    "auto": ("Automatic reply", "Sent by a program, not by a person. It changed neither status nor assignee."),
    "unknown_sender": (
        "Unknown sender",
        "This address took no part in the request before. Check who it is.",
    ),
    "third_party": ("Third party", "Somebody to whom the request was forwarded. The requester does not see this."),
    "guest_form": ("Guest form", "Written without signing in. Nothing proves whose address it is."),
    "suspicious_sender": (
        "Check the sender",
        "It may pass for somebody else: another address in its name, look-alike letters, hidden characters, several "
        "authors, a domain like ours, or the name of a technician. The trace of the mail says which.",
    ),
    "sender_not_verified": ("Sender not verified", "The mail claims to come from a technician, but nothing proves it."),
}
KINDS = {
    Entry.Kind.DESCRIPTION: "Description",
    Entry.Kind.REPLY: "Reply",
    Entry.Kind.FORWARD: "Forward",
    Entry.Kind.COLLABORATION: "Collaborate",
    Entry.Kind.NOTE: "Note",
}
TONES = {
    OutboundEmail.State.QUEUED: "waiting",
    OutboundEmail.State.SENDING: "waiting",
    OutboundEmail.State.SENT: "good",
    OutboundEmail.State.DEFERRED: "warning",
    OutboundEmail.State.UNCERTAIN: "warning",
    OutboundEmail.State.FAILED: "bad",
    OutboundEmail.State.BOUNCED: "bad",
    OutboundEmail.State.CANCELLED: "quiet",
}
RETRY = (
    OutboundEmail.State.FAILED,
    OutboundEmail.State.DEFERRED,
    OutboundEmail.State.UNCERTAIN,
    OutboundEmail.State.CANCELLED,
)


# What technicians did; where another request belongs to it, its number follows.
ACTIONS = {
    "merged_into": _("merged this request into"),
    "merged": _("merged into this request"),
    "unmerged_from": _("took this request out of"),
    "unmerged": _("took out of this request"),
    "split_off": _("made a request of its own of an entry:"),
    "split_from": _("split this request off from"),
    "moved_to": _("moved an entry to"),
    "moved_from": _("moved an entry here from"),
    "linked": _("linked this request with"),
    "unlinked": _("took back the link with"),
    "spam": _("marked this request as spam"),
    "deleted": _("deleted this request"),
    "restored": _("brought this request back"),
    "watched": _("watches this request"),
    "unwatched": _("no longer watches this request"),
    "accepted": _("lets take part:"),
    "released": _("lets automatic mail go to"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an event, in words; an empty value reads as None."""

    field: str
    old: str
    new: str


def changes(entry: Entry) -> list[Change]:
    """What an event entry says was changed."""
    listed = (entry.event or {}).get("changes", [])
    return [
        Change(
            FIELDS.get(item["field"], item["field"]),
            _value(item["field"], item["old"]),
            _value(item["field"], item["new"]),
        )
        for item in listed
    ]


def action(entry: Entry) -> str:
    """What a technician did, in words; empty where an event is about attributes alone."""
    return str(ACTIONS.get((entry.event or {}).get("action", ""), ""))


def because(entry: Entry) -> str:
    """Why the product itself made the change, if it says so."""
    return str((entry.event or {}).get("because", ""))


def _value(field: str, value: Any) -> str:
    if value in (None, "", []):
        return "none"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return CHOICES.get(field, {}).get(str(value), str(value))
