"""The only writers of the outgoing ledger: queue, claim, hand over, record the server's word, and the manual verbs."""

from postroom.outbox.services.ledger import Claimed, claim, free_expired, record_error, record_results, start_sending
from postroom.outbox.services.manual import (
    Bulk,
    NotPossible,
    cancel,
    cancel_many,
    cancel_obstacle,
    resend,
    retry,
    retry_many,
    retry_obstacle,
    undo,
)
from postroom.outbox.services.queue import NewMail, queue
from postroom.outbox.services.routing import reroute

__all__ = [
    "Bulk",
    "Claimed",
    "NewMail",
    "NotPossible",
    "cancel",
    "cancel_many",
    "cancel_obstacle",
    "claim",
    "free_expired",
    "queue",
    "record_error",
    "record_results",
    "reroute",
    "resend",
    "retry",
    "retry_many",
    "retry_obstacle",
    "start_sending",
    "undo",
]
