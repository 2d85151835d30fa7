"""Reads of the configuration audit: for the Configuration Audit page, REST and the exports (AUD-02, AUD-03)."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from django.db.models import Q, QuerySet

from postroom.audit.models import AuditEntry

# What an object is called towards people and scripts: the words of the configuration file, one of them.
TYPES = {
    "apitoken": "token",
    "category": "category",
    "company": "company",
    "emailpreferences": "preferences",
    "inboundemail": "incoming_mail",
    "incomingserver": "incoming_server",
    "microsoftapp": "microsoft_app",
    "notificationtemplate": "notification_template",
    "oauthgrant": "consent",
    "outboundemail": "outgoing_mail",
    "outgoingrule": "outgoing_rule",
    "outgoingserver": "outgoing_server",
    "probe": "probe",
    "proxyserver": "proxy",
    "requestergroup": "requester_group",
    "settings": "settings",
    "suppression": "suppression",
    "techniciangroup": "technician_group",
    "ticket": "request",
    "user": "person",
}
CHANGES = ("created", "updated", "enabled", "disabled", "deleted", "reordered")
LOOKED_AT = 50
_PLURALS = {"category": "categories", "company": "companies", "person": "people", "proxy": "proxies"}
_STORED = {word: stored for stored, word in TYPES.items()} | {
    _PLURALS.get(word, f"{word}s"): stored for stored, word in TYPES.items()
}


def entries(
    actor: str = "",
    object_: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    action: str = "",
    ip: str = "",
) -> QuerySet[AuditEntry]:
    """Entries, the newest first, with their actors.

    ``actor`` is a mail address or a part of the name. ``object_`` is a kind of object (``outgoing_server``, also as
    ``outgoing-servers``), one object (``outgoing_server/3``), or a part of its name. ``since`` is the first moment that
    counts, ``until`` the first that does not. ``ip`` is an address, or a network as 10.0.0.0/8; what is neither finds
    nothing.
    """
    rows = AuditEntry.objects.select_related("actor").order_by("-at", "-id")
    if actor := actor.strip():
        rows = rows.filter(Q(actor_name__icontains=actor) | Q(actor__email=actor.lower()))
    if object_ := object_.strip():
        rows = rows.filter(_about(object_))
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if ip := ip.strip():
        rows = _from(rows, ip)
    return rows.filter(action=action.strip().lower()) if action.strip() else rows


def _from(rows: QuerySet[AuditEntry], ip: str) -> QuerySet[AuditEntry]:
    try:
        network = ip_network(ip, strict=False)
    except ValueError:
        return rows.none()
    return rows.extra(where=["audit_auditentry.ip <<= %s::inet"], params=[str(network)])


def _about(wanted: str) -> Q:
    word, _, key = wanted.lower().replace("-", "_").replace(" ", "_").partition("/")
    kind = _STORED.get(word, word if word in TYPES else "")
    by_name = Q(object_name__icontains=wanted)
    if not kind:
        return by_name
    return Q(object_type=kind, object_id=key) if key else Q(object_type=kind) | by_name


def latest_change(object_: Any = None, *, type_: str = "", within: str = "") -> AuditEntry | None:
    """The entry of the last change to one object, or to any of ``type_`` (a model's name).

    ``within``: one that changed this field or one below it. What only happened to the object, such as a test or a
    changed health, is no change of it.
    """
    rows = AuditEntry.objects.filter(action__in=CHANGES).order_by("-at", "-id")
    if object_ is not None:
        rows = rows.filter(object_type=object_._meta.model_name, object_id=str(object_.pk))
    else:
        rows = rows.filter(object_type=type_)
    if not within:
        return rows.first()
    below = (within, f"{within}.")
    fields = ((entry, [str(change["field"]) for change in entry.changes]) for entry in rows[:LOOKED_AT])
    return next((entry for entry, names in fields if any(n == below[0] or n.startswith(below[1]) for n in names)), None)


def as_row(entry: AuditEntry) -> dict[str, Any]:
    """The entry as the contract names it: {id, at, actor, ip, action, object: {type, id, name}, changes}.

    ``actor`` is a person's address, or the name of whoever has none; ``actor_name`` is the name at that time. ``at`` is
    ISO 8601 in UTC, ``changes`` [{field, old, new}].
    """
    address = entry.actor.email if entry.actor is not None else None
    return {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": address or entry.actor_name,
        "actor_name": entry.actor_name,
        "ip": entry.ip,
        "action": entry.action,
        "object": {
            "type": TYPES.get(entry.object_type, entry.object_type),
            "id": entry.object_id,
            "name": entry.object_name,
        },
        "changes": entry.changes,
    }
