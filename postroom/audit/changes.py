"""One audit entry for whatever a save changed: what an object looked like before and after, secrets only as changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from postroom.audit.services import Actor, differences, record


def flatten(shown: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted fields.

    >>> flatten({"auth": {"type": "none"}})
    {'auth.type': 'none'}
    """
    flat: dict[str, Any] = {}
    for key, value in shown.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def record_save(
    actor: Actor,
    object_: Any,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    secrets: Iterable[str] = (),
) -> bool:
    """Write down that ``object_`` was created (``before`` None) or changed; False, and no entry, where nothing changed.

    ``secrets`` names the dotted fields of which only the fact of a change is written.
    """
    changes = differences(flatten(before or {}), flatten(after), secrets)
    if before is not None and not changes:
        return False
    record(actor=actor, action=_action(before, changes), object_=object_, name=str(object_)[:320], changes=changes)
    return True


def record_delete(actor: Actor, object_: Any, before: Mapping[str, Any]) -> None:
    """Write down that ``object_`` is about to be deleted: call it while it has its key."""
    changes = [{"field": key, "old": value, "new": None} for key, value in flatten(before).items()]
    record(actor=actor, action="deleted", object_=object_, name=str(object_)[:320], changes=changes)


def _action(before: Mapping[str, Any] | None, changes: list[dict[str, Any]]) -> str:
    """Enabling and disabling have words of their own (ORL-13)."""
    if before is None:
        return "created"
    if [change["field"] for change in changes] == ["enabled"]:
        return "enabled" if changes[0]["new"] else "disabled"
    return "updated"
