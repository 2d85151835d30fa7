"""What a reply of the requester does to a request that is not open any more (PRF-60 to PRF-65)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from postroom.channels.models import EmailPreferences
from postroom.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Effect:
    """``add``: the reply is added and the status stays. ``reopen``: it opens the request again, a closed one until
    ``until``. ``follow_up``: it opens a new request that refers to this one."""

    kind: Literal["add", "reopen", "follow_up"]
    until: datetime | None = None


def effect_of_reply(ticket: Ticket) -> Effect:
    """What a reply that the requester writes now would do, by Email Preference; mail has the same rules (R6).

    What was merged is as closed as the request that it was merged into.
    """
    if ticket.merged_into is not None:
        return effect_of_reply(ticket.merged_into)
    if ticket.status == Ticket.Status.RESOLVED:
        return Effect("reopen")
    if ticket.status != Ticket.Status.CLOSED:
        return Effect("add")
    preferences = EmailPreferences.load()
    if preferences.closed_reply_action == EmailPreferences.ClosedReply.ADD:
        return Effect("add")
    if preferences.closed_reply_action == EmailPreferences.ClosedReply.NEW:
        return Effect("follow_up")
    if ticket.closed_at is None:
        return Effect("reopen")
    until = ticket.closed_at + timedelta(days=preferences.closed_reply_grace_days)
    return Effect("reopen", until) if timezone.now() <= until else Effect("follow_up")
