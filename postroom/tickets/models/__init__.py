"""The tables of requests, conversations, and what the desk sends about them."""

from postroom.tickets.models.announcements import Announcement, AnnouncementRecipient
from postroom.tickets.models.conversation import Attachment, Entry, Participant
from postroom.tickets.models.guests import GuestReport
from postroom.tickets.models.notices import GuestAnswers, Notice
from postroom.tickets.models.search import SearchDocument, SearchPending
from postroom.tickets.models.templates import NotificationTemplate
from postroom.tickets.models.ticket import Category, Ticket
from postroom.tickets.models.views import SavedView
from postroom.tickets.models.work import BellNotice, Draft, DraftFile, ReplyTemplate, TicketLink, Visit

__all__ = [
    "Announcement",
    "AnnouncementRecipient",
    "Attachment",
    "BellNotice",
    "Category",
    "Draft",
    "DraftFile",
    "Entry",
    "GuestAnswers",
    "GuestReport",
    "Notice",
    "NotificationTemplate",
    "Participant",
    "ReplyTemplate",
    "SavedView",
    "SearchDocument",
    "SearchPending",
    "Ticket",
    "TicketLink",
    "Visit",
]
