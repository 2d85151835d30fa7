"""What the desk tells people of by itself: events, their audiences, and the shipped words for each (SPEC A21, NTF-02).

A template is found by event, audience and language. What a technician answers is no event: those are their own words.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postroom.tickets.models import Ticket

LANGUAGE = "en"  # of the shipped words
FRAME = ("header", "footer")
ABOUT_REQUEST = (
    "number",
    "subject",
    "description",
    "status",
    "priority",
    "category",
    "technician_group",
    "technician",
    "requester",
    "company",
    "created",
    "url",
    "last_reply",
    "cc",
    "mailbox",
    "name",
    "actor",
    "old_status",
)
# What a guest wrote themselves, their name too, never goes to an address that nobody has verified (NTF-04, B-05).
FOR_GUESTS = ("number", "status", "priority", "category", "technician_group", "created", "mailbox")


@dataclass(frozen=True, slots=True)
class Words:
    """A template: subject and text with placeholders, HTML where there is some."""

    subject: str
    text: str
    html: str = ""
    enabled: bool = True
    notify_cc: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its audiences, in the order in which a person who is in several of them is told."""

    name: str
    label: str | Promise
    audiences: dict[str, Words]


AUDIENCES: dict[str, str | Promise] = {
    "requester": _("Requester"),
    "guest": _("Unverified guest"),
    "technician": _("Assignee"),
    "group": _("Technician group"),
    "technicians": _("Technicians concerned"),
    "cc": _("Added Cc Emails"),
    "sender": _("Sender"),
    "all": _("Everybody"),
}
_SEE = "Request: {{ url }}\n"
_ASSIGNEE_SEE = f"Answer this mail to write to the requester.\n{_SEE}"

_SHIPPED = (
    Event(
        "created",
        _("Request created"),
        {
            "requester": Words(
                "{{ subject }}",
                "Hello {{ name }},\n\n"
                "we have received “{{ subject }}” and opened request {{ number }} for it.\n"
                "To add something, answer this mail.\n",
            ),
            "guest": Words(
                "We have received your mail",
                "Hello,\n\n"
                "we have received your mail and opened request {{ number }} for it.\n"
                "To add something, answer this mail.\n",
            ),
            "group": Words(
                "New request: {{ subject }}",
                "{{ requester }} opened request {{ number }} for {{ technician_group }}.\n\n{{ description }}\n\n"
                f"Priority: {{{{ priority }}}}\nCategory: {{{{ category }}}}\n{_SEE}",
            ),
        },
    ),
    Event(
        "assigned",
        _("Request assigned"),
        {
            "technician": Words(
                "Assigned to you: {{ subject }}",
                "{{ actor }} assigned request {{ number }} to you.\n\n{{ requester }} wrote:\n{{ description }}\n\n"
                f"Priority: {{{{ priority }}}}\n{_ASSIGNEE_SEE}",
            ),
            "group": Words(
                "Assigned to {{ technician_group }}: {{ subject }}",
                "{{ actor }} assigned request {{ number }} to {{ technician_group }}.\n\n"
                "{{ requester }} wrote:\n{{ description }}\n\n"
                f"Priority: {{{{ priority }}}}\n{_SEE}",
            ),
        },
    ),
    Event(
        "requester_replied",
        _("Reply by requester"),
        {
            "technician": Words(
                "New reply: {{ subject }}",
                f"{{{{ actor }}}} replied on request {{{{ number }}}}:\n\n{{{{ last_reply }}}}\n\n{_SEE}",
            )
        },
    ),
    Event(
        "collaborated",
        _("Collaboration added"),
        {
            "technicians": Words(
                "Collaboration: {{ subject }}",
                "{{ actor }} wrote to the technicians of request {{ number }}:\n\n{{ last_reply }}\n\n"
                f"The requester does not see this.\n{_SEE}",
            )
        },
    ),
    Event(
        "noted",
        _("Note added"),
        {
            "technicians": Words(
                "Note: {{ subject }}",
                "{{ actor }} added a note to request {{ number }}:\n\n{{ last_reply }}\n\n"
                f"The requester does not see this.\n{_SEE}",
            )
        },
    ),
    Event(
        "status_changed",
        _("Status changed"),
        {
            "requester": Words(
                "{{ status }}: {{ subject }}",
                "Hello {{ name }},\n\nyour request {{ number }} is {{ status }} now. It was {{ old_status }}.\n",
            ),
            "technician": Words(
                "{{ status }}: {{ subject }}",
                "{{ actor }} set request {{ number }} from {{ old_status }} to {{ status }}.\n" + _SEE,
            ),
        },
    ),
    Event(
        "resolved",
        _("Request resolved"),
        {
            "requester": Words(
                "Resolved: {{ subject }}",
                "Hello {{ name }},\n\n"
                "your request {{ number }} is resolved.\n"
                "If something is still missing, answer this mail: that opens it again.\n",
            ),
            "technician": Words(
                "Resolved: {{ subject }}",
                "{{ actor }} resolved request {{ number }}, which is assigned to you.\n" + _SEE,
            ),
        },
    ),
    Event(
        "closed",
        _("Request closed"),
        {
            "requester": Words("Closed: {{ subject }}", "Hello {{ name }},\n\nyour request {{ number }} is closed.\n"),
            "technician": Words(
                "Closed: {{ subject }}", "{{ actor }} closed request {{ number }}, which is assigned to you.\n" + _SEE
            ),
        },
    ),
    Event(
        "reopened",
        _("Request reopened"),
        {
            "requester": Words(
                "Open again: {{ subject }}", "Hello {{ name }},\n\nyour request {{ number }} is open again.\n"
            ),
            "technician": Words(
                "Open again: {{ subject }}",
                "{{ actor }} opened request {{ number }} again. It was {{ old_status }}.\n\n{{ last_reply }}\n\n"
                + _SEE,
            ),
        },
    ),
    Event(
        "cc_added",
        _("Cc added"),
        {
            "cc": Words(
                "{{ subject }}",
                "Hello,\n\n{{ actor }} added you to request {{ number }} of {{ requester }}.\n"
                "You get the answers to it. What you answer is added to the request.\n",
            )
        },
    ),
    Event(
        "not_delivered",
        _("Answer not delivered"),
        {
            "technician": Words(
                "Not delivered: your answer to request {{ number }}",
                "The mail to {{ recipients }} about request {{ number }} was not delivered.\n\n{{ reason }}\n\n"
                "The conversation of the request shows it, with Retry and what the server said of each recipient.\n"
                + _SEE,
            )
        },
    ),
    Event(
        "not_processed",
        _("Mail could not be processed"),
        {
            "sender": Words(
                "Your mail to {{ mailbox }}",
                "Hello,\n\nyour mail to {{ mailbox }} could not be made a request.\n{{ reason }}\n",
                enabled=False,
            )
        },
    ),
    Event("header", _("Header"), {"all": Words("", "")}),
    Event("footer", _("Footer"), {"all": Words("", "")}),
)
EVENTS = {event.name: event for event in _SHIPPED}
# Where nobody is assigned, the group stands in for the assignee.
FOR_THE_GROUP_TOO = frozenset({"requester_replied", "reopened"})
PLACEHOLDER_HELP: dict[str, str | Promise] = {
    "number": _("Number of the request"),
    "subject": _("Subject of the request"),
    "description": _("What the requester wrote first"),
    "status": _("Status as it is now"),
    "old_status": _("Status as it was before"),
    "priority": _("Priority"),
    "category": _("Category"),
    "technician_group": _("Technician Group"),
    "technician": _("Name of the assignee"),
    "requester": _("Name of the requester"),
    "company": _("Company"),
    "created": _("When the request was opened"),
    "url": _("Address of the request for whoever reads the mail"),
    "last_reply": _("What was written last: the reply, note or collaboration"),
    "cc": _("Cc Emails of the request"),
    "mailbox": _("Address of the desk"),
    "name": _("Name of whoever reads the mail"),
    "actor": _("Who did it"),
    "recipients": _("Whom the mail did not reach"),
    "reason": _("Why"),
}


def placeholders(event: str, audience: str) -> tuple[str, ...]:
    """The placeholders that a template for this event and audience may use."""
    if event in FRAME:
        return ("mailbox",)
    if audience == "sender":
        return ("mailbox", "reason")
    if audience == "guest":
        return FOR_GUESTS
    return (*ABOUT_REQUEST, "recipients", "reason") if event == "not_delivered" else ABOUT_REQUEST


def shipped(event: str, audience: str) -> Words | None:
    """The words that come with the product, in ``LANGUAGE``."""
    return EVENTS[event].audiences.get(audience) if event in EVENTS else None


def status_event(old: str, new: str) -> str:
    """What a change of the status is called."""
    final = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)
    if new in final:
        return "resolved" if new == Ticket.Status.RESOLVED else "closed"
    return "reopened" if old in final else "status_changed"
