"""What codes are called on the screen: fields, states, flags and events, as SPEC and contract name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket

FIELDS = {
    "kind": _("Type"),
    "subject": _("Subject"),
    "status": _("Status"),
    "priority": _("Priority"),
    "technician": _("Assignee"),
    "technician_group": _("Technician Group"),
    "category": _("Category"),
    "company": _("Company"),
    "department": _("Department"),
    "location": _("Location"),
    "tags": _("Tags"),
    "cc_emails": _("Cc Emails"),
    "requester": _("Requester"),
}
# The catalogue finds the labels of the models here: the pages translate them where they show them.
LABELS = (
    *(_("Incident"), _("Service Request")),
    *(_("Open"), _("In Progress"), _("Pending"), _("Resolved"), _("Closed")),
    *(_("Low"), _("Medium"), _("High"), _("Urgent")),
    *(_("Queued"), _("Sending"), _("Sent"), _("Deferred"), _("Uncertain"), _("Failed"), _("Bounced"), _("Cancelled")),
)
CHOICES: dict[str, dict[str, str]] = {
    "kind": dict(Ticket.Kind.choices),
    "status": dict(Ticket.Status.choices),
    "priority": dict(Ticket.Priority.choices),
}
FLAGS = {
    "auto": (_("Automatic reply"), _("Sent by a program, not by a person. It changed neither status nor assignee.")),
    "unknown_sender": (
        _("Unknown sender"),
        _("This address took no part in the request before. Check who it is."),
    ),
    "third_party": (
        _("Third party"),
        _("Somebody to whom the request was forwarded. The requester does not see this."),
    ),
    "guest_form": (_("Guest form"), _("Written without signing in. Nothing proves whose address it is.")),
    "suspicious_sender": (
        _("Check the sender"),
        _(
            "It may pass for somebody else: another address in its name, look-alike letters, hidden characters, "
            "several authors, a domain like ours, or the name of a technician. The trace of the mail says which."
        ),
    ),
    "sender_not_verified": (
        _("Sender not verified"),
        _("The mail claims to come from a technician, but nothing proves it."),
    ),
}
KINDS = {
    Entry.Kind.DESCRIPTION: _("Description"),
    Entry.Kind.REPLY: _("Reply"),
    Entry.Kind.FORWARD: _("Forward"),
    Entry.Kind.COLLABORATION: _("Collaborate"),
    Entry.Kind.NOTE: _("Note"),
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
            gettext(FIELDS.get(item["field"], item["field"])),
            _value(item["field"], item["old"]),
            _value(item["field"], item["new"]),
        )
        for item in listed
    ]


def action(entry: Entry) -> str:
    """What a technician did, in words; empty where an event is about attributes alone."""
    words = ACTIONS.get((entry.event or {}).get("action", ""), "")
    return gettext(words) if words else ""


def because(entry: Entry) -> str:
    """Why the product itself made the change, if it says so."""
    return str((entry.event or {}).get("because", ""))


def _value(field: str, value: Any) -> str:
    if value in (None, "", []):
        return gettext("none")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    label = CHOICES.get(field, {}).get(str(value))
    return gettext(label) if label else str(value)
