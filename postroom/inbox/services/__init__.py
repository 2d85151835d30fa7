"""The only writers of the incoming ledger: keep, acknowledge, claim, conclude, and the hand-made verbs."""

from postroom.inbox.services.keep import acknowledged, keep, unacknowledged
from postroom.inbox.services.ledger import claim, conclude, fail, free_lost, give_back, put_back, seconds_until_due
from postroom.inbox.services.manual import NotPossible, block_sender, discard, release, reprocess

__all__ = [
    "NotPossible",
    "acknowledged",
    "block_sender",
    "claim",
    "conclude",
    "discard",
    "fail",
    "free_lost",
    "give_back",
    "keep",
    "put_back",
    "release",
    "reprocess",
    "seconds_until_due",
    "unacknowledged",
]
