"""Full-text search over subject, body, requester and attachment names (R28)."""

from postroom.tickets.search.hits import Found, find
from postroom.tickets.search.index import index_pending

__all__ = ["Found", "find", "index_pending"]
