"""Two administrators with the same form open: the second to save is told, instead of undoing what the first did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from postroom.audit.queries import latest_change
from postroom.rules.fields import Invalid

Row = TypeVar("Row", bound=Model)


def version_of(shown: Any) -> str:
    """A mark that differs once what is shown differs."""
    return hashlib.blake2b(json.dumps(shown, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


def still(row: Row, show: Callable[[Row], Any], version: str) -> Row:
    """``row`` read afresh and locked until the transaction ends, if ``show`` still has the mark ``version``.

    Raises Invalid otherwise, and where the row is gone. Call it inside the transaction that writes.
    """
    fresh: Row | None = type(row)._default_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if fresh is None:
        raise Invalid([("", _("Somebody else deleted this meanwhile."))])
    if version_of(show(fresh)) != version:
        raise Invalid([("", _changed_words(fresh))])
    return fresh


def _changed_words(row: Model) -> str:
    entry = latest_change(row)
    said = _("Somebody else changed this meanwhile.")
    if entry is not None:
        said = _("%(who)s changed this meanwhile.") % {"who": entry.actor_name}
    return f"{said} {_('Reload to see theirs, or press Save again to put yours in its place.')}"
