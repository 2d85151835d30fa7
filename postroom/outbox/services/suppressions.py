"""The suppression list by an administrator's hand: addresses that automatic mail does not go to (BNC-01, B-08)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.outbox.models import Suppression
from postroom.rules.fields import Fields

SUPPRESSION_FIELDS = ("address", "reason")
_LONGEST_REASON = 2000


def show_suppression(row: Suppression) -> dict[str, Any]:
    """The entry as the contract names it."""
    return {"address": row.address, "reason": row.reason}


@transaction.atomic
def save_suppression(
    actor: Actor, data: object, instance: Suppression | None = None, *, replace: bool = False
) -> Suppression:
    """Put an address on the list, or change ``instance``: {address, reason}. Raises Invalid."""
    base = instance if instance is not None and not replace else Suppression()
    fields = Fields(data, SUPPRESSION_FIELDS)
    address = fields.email("address", base.address, required="Enter the mail address.")
    reason = fields.text("reason", base.reason, longest=_LONGEST_REASON, lines=True)
    others = Suppression.objects.exclude(pk=instance.pk if instance else 0)
    if address and others.filter(address=address).exists():
        fields.fail("address", "This address is on the list already.")
    fields.done()
    before = show_suppression(instance) if instance is not None else None
    row = instance or Suppression()
    row.address, row.reason = address, reason
    row.save()
    record_save(actor, row, before, show_suppression(row))
    return row


@transaction.atomic
def delete_suppression(actor: Actor, row: Suppression) -> None:
    """Take an address off the list: automatic mail goes to it again."""
    record_delete(actor, row, show_suppression(row))
    row.delete()
