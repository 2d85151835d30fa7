"""Reads of the incoming ledger for people."""

from __future__ import annotations

from collections.abc import Iterable

from postroom.inbox.models import InboundEmail


def originals_of(entry_ids: Iterable[int]) -> set[int]:
    """Those of these entries whose mail is still kept as it came."""
    rows = InboundEmail.objects.filter(entry__in=entry_ids).exclude(raw_sha256="")
    return set(rows.values_list("entry_id", flat=True))


def original_of(entry_id: int) -> InboundEmail | None:
    """The mail that an entry came from, if its bytes are still kept."""
    return InboundEmail.objects.filter(entry=entry_id).exclude(raw_sha256="").order_by("id").first()
