"""Our own look at the signatures of mail on which no trusted server gives its word (RFC 6376, RFC 7489): a setting.

It asks the name service, so it is done before a batch is written, for several mails at once, and within bounds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from postroom.channels.storage import blobs
from postroom.inbox.facts import Configuration, Item
from postroom.mail.authentication import Resolver, Verdict, verdict, verify

logger = logging.getLogger(__name__)

BATCH_SECONDS = 20.0
MAIL_SECONDS = 5.0
AT_ONCE = 8
ResolverUntil = Callable[[float], Resolver]
"""Makes a resolver that gives up at a time of ``time.monotonic``."""


def check_senders(items: Sequence[Item], configuration: Configuration, resolver_until: ResolverUntil) -> None:
    """Note in each item that needs it what its signatures say. What cannot be found out in time stays ``none``."""
    unsaid = [item for item in items if _needs_check(item, configuration)]
    if not unsaid:
        return
    store, until = blobs(), time.monotonic() + BATCH_SECONDS

    def check(item: Item) -> None:
        resolver = resolver_until(min(until, time.monotonic() + MAIL_SECONDS))
        try:
            item.checked = _verdict(item, store.get(item.row.raw_sha256), resolver)
        except OSError:
            logger.exception("Mail %s could not be read again, and goes on unchecked", item.row.pk)

    with ThreadPoolExecutor(AT_ONCE, "check sender") as pool:
        list(pool.map(check, unsaid))


def check_sender(item: Item, raw: bytes, configuration: Configuration, resolver_until: ResolverUntil) -> None:
    """The same for one mail whose bytes are at hand."""
    if _needs_check(item, configuration):
        item.checked = _verdict(item, raw, resolver_until(time.monotonic() + MAIL_SECONDS))


def _needs_check(item: Item, configuration: Configuration) -> bool:
    return configuration.checks_senders and verdict(item.mail, configuration.trusted) == "none"


def _verdict(item: Item, raw: bytes, resolver: Resolver) -> Verdict:
    return verify(raw, resolver, now=item.row.received_at).verdict
