"""The one way to write an audit entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from postroom.audit.models import AuditEntry

MASK = "changed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person, a service account, or the product itself (``id`` None)."""

    name: str
    id: int | None = None
    ip: str | None = None


SYSTEM = Actor("Postroom")


def differences(old: Mapping[str, Any], new: Mapping[str, Any], secrets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The changed fields as [{field, old, new}]; of a secret only that it changed."""
    hidden = set(secrets)
    return [
        {"field": key, "old": None, "new": MASK}
        if key in hidden
        else {"field": key, "old": old.get(key), "new": new.get(key)}
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def record(*, actor: Actor, action: str, object_: Any, name: str, changes: list[dict[str, Any]]) -> AuditEntry:
    """Write down one change to ``object_`` (a model instance); ``changes`` as ``differences`` gives them."""
    entry = _entry(actor, action, object_, name, changes)
    entry.save()
    return entry


def record_many(actor: Actor, action: str, changed: Iterable[tuple[Any, str, list[dict[str, Any]]]]) -> None:
    """Write down the same action on many objects, each as (object, name, changes), in one statement."""
    AuditEntry.objects.bulk_create([_entry(actor, action, *one) for one in changed])


def _entry(actor: Actor, action: str, object_: Any, name: str, changes: list[dict[str, Any]]) -> AuditEntry:
    return AuditEntry(
        actor_id=actor.id,
        actor_name=actor.name,
        ip=actor.ip,
        action=action,
        object_type=object_._meta.model_name,
        object_id=str(object_.pk),
        object_name=name[:320],
        changes=changes,
    )
