"""The share of each hop, in one process: fetch, keep, parse, gather, decide, write, queue, conclude the same mails."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

SPENT: dict[str, float] = defaultdict(float)


def _timed(module: Any, name: str, hop: str) -> None:
    """Count the time in ``module.name`` for ``hop``, without what inner hops spend."""
    inner: Callable[..., Any] = getattr(module, name)

    def outer(*args: Any, **kwargs: Any) -> Any:
        before, start = sum(SPENT.values()), time.perf_counter()
        try:
            return inner(*args, **kwargs)
        finally:
            elsewhere = sum(SPENT.values()) - before
            SPENT[hop] += time.perf_counter() - start - elsewhere

    setattr(module, name, outer)


def main(port: int, user: str, password: str) -> None:
    import django

    django.setup()
    from postroom.channels.models import IncomingServer
    from postroom.inbox import receive as receiving
    from postroom.inbox.services import ledger
    from postroom.inbox.services.keep import NewInbound, keep
    from postroom.tickets.services import arrivals
    from postroom.transports.base import Auth, Endpoint
    from postroom.transports.imap import ImapReceiver

    mailbox = IncomingServer.objects.get()
    for module, name, hop in (
        (ledger, "claim", "claim"),
        (receiving, "parse", "parse"),
        (receiving, "gather", "gather facts"),
        (receiving, "decide", "decide"),
        (arrivals, "queue", "queue notifications"),
        (receiving, "write_arrivals", "write requests"),
        (ledger, "conclude", "conclude"),
    ):
        _timed(module, name, hop)
    source = ImapReceiver(Endpoint("127.0.0.1", port, "none", Auth("basic", user, password)))
    source.open()
    batches = iter(source.fetch_new(0, frozenset(), 35_000_000))
    while True:
        start = time.perf_counter()
        batch = next(batches, None)
        SPENT["fetch"] += time.perf_counter() - start
        if batch is None:
            break
        start = time.perf_counter()
        keep(mailbox, [NewInbound(mail.key, mail.raw, mail.received_at, mail.size) for mail in batch])
        SPENT["keep"] += time.perf_counter() - start
        start = time.perf_counter()
        source.acknowledge([mail.key for mail in batch], "mark_seen")
        SPENT["tell the server"] += time.perf_counter() - start
    start, before = time.perf_counter(), sum(SPENT.values())
    while receiving.receive("bench"):
        pass
    SPENT["commit and the rest"] += time.perf_counter() - start - (sum(SPENT.values()) - before)
    total = sum(SPENT.values())
    for hop, seconds in sorted(SPENT.items(), key=lambda pair: -pair[1]):
        print(f"  {hop:<22} {100 * seconds / total:5.1f} %  {1000 * seconds / 1000:6.3f} ms a mail")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
