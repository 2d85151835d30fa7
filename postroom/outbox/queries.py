"""Reads of the outgoing ledger for people."""

from __future__ import annotations

from django.db.models import QuerySet

from postroom.outbox.models import OutboundEmail


def mails_of(ticket_id: int) -> QuerySet[OutboundEmail]:
    """Every mail that was sent or is to be sent about a request, the latest first."""
    return OutboundEmail.objects.filter(ticket=ticket_id).order_by("-id")


def delivery_states(ticket_id: int) -> list[tuple[int, str, int, str]]:
    """(id, state, attempts, reason) of each mail of a request: changes whenever what is shown of them does."""
    rows = mails_of(ticket_id).order_by("id")
    return list(rows.values_list("pk", "state", "attempts", "reason"))


def mail_of(ticket_id: int, pk: int) -> OutboundEmail | None:
    """One mail of a request, or None."""
    return mails_of(ticket_id).filter(pk=pk).first()
