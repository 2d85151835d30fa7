"""Which authserv-ids (RFC 8601, 2.5) arriving mail carries, so that one click trusts the desk's own server (R8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from postroom.inbox.models import InboundEmail

LOOKED_AT = 1000
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One authserv-id: in how many of the latest mails it stands, in how many of them on top, and when last."""

    name: str
    mails: int
    on_top: int
    total: int
    last: datetime | None
    trusted: bool


def seen_authserv_ids(trusted: Collection[str]) -> list[Seen]:
    """The ids in the latest thousand mails, those that most often stand on top first, and the trusted ones.

    Your own server writes the topmost field of every mail; what senders bring along stands below it.
    """
    rows = InboundEmail.objects.order_by("-id").values_list("authserv_ids", "received_at")[:LOOKED_AT]
    mails: Counter[str] = Counter()
    on_top: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    total = 0
    for names, received_at in rows:
        total += 1
        for name in {name.lower() for name in names if name}:
            mails[name] += 1
            last.setdefault(name, received_at)
        on_top.update(name.lower() for name in names[:1] if name)
    order = sorted(mails, key=lambda name: (-on_top[name], -mails[name], name))[:SHOWN]
    order += [name for name in trusted if name not in order]
    return [Seen(name, mails[name], on_top[name], total, last.get(name), name in trusted) for name in order]
