"""Read new entries for the search, a second or two after they came."""

from __future__ import annotations

from postroom.inbox.services import seconds_until_due
from postroom.tickets.search import index_pending


def index_new() -> None:
    """Read what is pending. While mail waits, that goes first: then it is one batch, and the next a second later."""
    while index_pending() and seconds_until_due(1.0) > 0:
        pass
