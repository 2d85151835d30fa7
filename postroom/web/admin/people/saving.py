"""How each panel saves: only what nobody changed meanwhile, never away from the last administrator, faults by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from postroom.accounts.services import leaving_an_administrator, still
from postroom.rules.fields import Invalid
from postroom.web.admin.routing.limits import by_field

Row = TypeVar("Row", bound=Model)


def try_to(do: Callable[[], Any]) -> dict[str, str]:
    """Do it, or return its faults as {field: message}; then nothing was stored."""
    try:
        with leaving_an_administrator():
            do()
    except Invalid as invalid:
        return by_field(invalid.errors)
    return {}


def save_seen(
    row: Row | None, show: Callable[[Row], Any], version: str, save: Callable[[Row | None], object]
) -> dict[str, str]:
    """``save`` a row that is as its user saw it (``version``), or a new one; the faults as {field: message}."""

    def do() -> None:
        with transaction.atomic():
            save(still(row, show, version) if row is not None else None)

    return try_to(do)
