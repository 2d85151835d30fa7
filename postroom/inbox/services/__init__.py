"""The only writers of the incoming ledger: keep, acknowledge, claim, conclude, and the hand-made verbs."""

from postroom.inbox.services.keep import acknowledged, keep, unacknowledged
from postroom.inbox.services.ledger import claim, conclude, fail, free_lost, give_back, put_back, seconds_until_due
from postroom.inbox.services.manual import (
    NotPossible,
    block_sender,
    block_senders,
    discard,
    obstacle,
    release,
    release_many,
    release_obstacle,
    reprocess,
)
from postroom.inbox.services.requesters import make_requester_and_release, others_refused, wanted_requester

__all__ = [
    "NotPossible",
    "acknowledged",
    "block_sender",
    "block_senders",
    "claim",
    "conclude",
    "discard",
    "fail",
    "free_lost",
    "give_back",
    "keep",
    "make_requester_and_release",
    "obstacle",
    "others_refused",
    "put_back",
    "release",
    "release_many",
    "release_obstacle",
    "reprocess",
    "seconds_until_due",
    "unacknowledged",
    "wanted_requester",
]
