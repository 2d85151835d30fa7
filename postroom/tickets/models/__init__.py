"""The tables of requests, conversations, and what the desk sends about them."""

from postroom.tickets.models.conversation import Attachment, Entry, Participant
from postroom.tickets.models.templates import NotificationTemplate
from postroom.tickets.models.ticket import Category, Ticket

__all__ = ["Attachment", "Category", "Entry", "NotificationTemplate", "Participant", "Ticket"]
