"""What everything with a name of its own has in common: the name is free, and what is in use is not deleted."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup
from postroom.accounts.shapes import show_company, show_group
from postroom.audit.changes import record_delete
from postroom.audit.services import Actor
from postroom.rules.fields import Fields, Invalid


def read_name(fields: Fields, current: str, model: Any, instance: Any, label: str) -> str:
    """The field ``name``, which nothing else of ``model`` may have, in whatever case."""
    name = fields.text("name", current, required="Enter a name.")
    if name and model.objects.filter(name__iexact=name).exclude(pk=instance.pk if instance else 0).exists():
        fields.fail("name", f"There is another {label} of this name.")
    return name


@transaction.atomic
def delete_named(actor: Actor, row: Company | TechnicianGroup | RequesterGroup) -> None:
    """Delete a company or a group. Raises Invalid where a mailbox sets it on its requests."""
    shown = show_company(row) if isinstance(row, Company) else show_group(row)
    try:
        with transaction.atomic():
            record_delete(actor, row, shown)
            row.delete()
    except ProtectedError as error:
        users = ", ".join(sorted({str(user) for user in error.protected_objects}))
        raise Invalid([("", f"{row.name} is used by {users}.")]) from None
