"""The only writers of requests: each verb checks, writes, audits in the conversation, queues what has to be said."""

from postroom.rules.fields import Invalid
from postroom.tickets.services.arrivals import Written, write_arrivals
from postroom.tickets.services.arrived import Arrival
from postroom.tickets.services.guests import Report, report_as_guest
from postroom.tickets.services.notify import Notice, send_notification
from postroom.tickets.services.people import guest_or_user
from postroom.tickets.services.portal import answer_desk, close_as_solved, raise_request
from postroom.tickets.services.update import TicketChange, update_ticket
from postroom.tickets.services.write import (
    Composed,
    NewFile,
    NewTicket,
    add_collaboration,
    add_forward,
    add_note,
    add_reply,
    open_ticket,
)

__all__ = [
    "Arrival",
    "Composed",
    "Invalid",
    "NewFile",
    "NewTicket",
    "Notice",
    "Report",
    "TicketChange",
    "Written",
    "add_collaboration",
    "add_forward",
    "add_note",
    "add_reply",
    "answer_desk",
    "close_as_solved",
    "guest_or_user",
    "open_ticket",
    "raise_request",
    "report_as_guest",
    "send_notification",
    "update_ticket",
    "write_arrivals",
]
