"""The only writers of requests: each verb checks, writes, audits in the conversation, queues what has to be said."""

from postroom.rules.fields import Invalid
from postroom.tickets.services.arrivals import Written, write_arrivals
from postroom.tickets.services.arrived import Arrival
from postroom.tickets.services.discarding import delete_ticket, mark_as_spam, restore_ticket
from postroom.tickets.services.guests import Report, report_as_guest
from postroom.tickets.services.linking import link, unlink
from postroom.tickets.services.merging import merge, unmerge
from postroom.tickets.services.moving import move_entry, split_off
from postroom.tickets.services.notify import Notice, send_notification
from postroom.tickets.services.people import guest_or_user
from postroom.tickets.services.portal import answer_desk, close_as_solved, raise_request
from postroom.tickets.services.taking_part import accept_sender, change_requester, unwatch, watch
from postroom.tickets.services.update import TicketChange, update_ticket
from postroom.tickets.services.write import (
    Along,
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
    "Along",
    "Arrival",
    "Composed",
    "Invalid",
    "NewFile",
    "NewTicket",
    "Notice",
    "Report",
    "TicketChange",
    "Written",
    "accept_sender",
    "add_collaboration",
    "add_forward",
    "add_note",
    "add_reply",
    "answer_desk",
    "change_requester",
    "close_as_solved",
    "delete_ticket",
    "guest_or_user",
    "link",
    "mark_as_spam",
    "merge",
    "move_entry",
    "open_ticket",
    "raise_request",
    "report_as_guest",
    "restore_ticket",
    "send_notification",
    "split_off",
    "unlink",
    "unmerge",
    "unwatch",
    "update_ticket",
    "watch",
    "write_arrivals",
]
