"""The list of requests: views, filters, orders, pages, counts, unread marks; as fast with a million as with ten."""

from postroom.tickets.listing.counts import COUNTED, bounded_counts, open_counts
from postroom.tickets.listing.filters import FILTERS, clean_filters, condition_of, of_mailbox
from postroom.tickets.listing.pages import ORDERS, PAGE_SIZE, Page, list_state, list_tickets
from postroom.tickets.listing.views import OPEN, VIEWS, saved_views, view_condition

__all__ = [
    "COUNTED",
    "FILTERS",
    "OPEN",
    "ORDERS",
    "PAGE_SIZE",
    "VIEWS",
    "Page",
    "bounded_counts",
    "clean_filters",
    "condition_of",
    "list_state",
    "list_tickets",
    "of_mailbox",
    "open_counts",
    "saved_views",
    "view_condition",
]
