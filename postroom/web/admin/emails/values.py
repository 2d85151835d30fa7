"""The panel's values: flat texts named by the contract's field paths, read from a server or a form and back.

``auth.password`` is one name, here, in the contract's errors and in the form, so a fault finds its field by itself.
Secrets come in by a form only and never go out again (OUT-09).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from postroom.channels.services.servers import show
from postroom.web.admin.emails.sides import Server, Side

Values = dict[str, str]

SECRETS = ("auth.password", "auth.client_secret")
LISTS = ("aliases", "filter.emails", "filter.domains", "filter.keywords")
_SHARED = ("name", "email", "protocol", "provider", "ca_file", "proxy")
_AUTH = ("type", "username", "password", "grant", "client_id", "client_secret", "tenant_id", "secret_expires_on")
_OAUTH = ("authorization_url", "token_url", "scope")
_LIMITS = ("per_minute", "per_day", "recipients", "connections")
_FILTER = ("type", "emails", "domains", "keywords")
_READING = ("folder", "start", "poll_seconds", "technician_group", "category", "company", "outgoing_server")
SWITCHES = (
    "enabled",
    "primary",
    "plus_addressing",
    "accept_automated",
    "auth.needed",
    "outgoing_linked",
    "confirmed",
    "unverified",
    "unverified.confirmed",
    "discard_sent",
)
ROUTED = ("technician_group", "category")
ON = "on"


def of_server(server: Server) -> Values:
    """What the form shows of a stored server."""
    flat: Values = {}
    shown = show(server)
    routes = shown.pop("alias_routes", [])
    _flatten(shown, "", flat)
    for route in routes:
        flat |= {route_name(route["alias"], name): route[name] or "" for name in ROUTED}
    after = shown.get("after")
    flat["after"] = next(iter(after)) if isinstance(after, Mapping) else str(after or "")
    # A user name that is the address stays empty, so that it follows the address.
    if flat.get("auth.username") == server.email:
        flat["auth.username"] = ""
    flat["auth.needed"] = "" if server.auth_type == "none" else ON
    flat["outgoing_linked"] = ON if flat.get("outgoing_server") else ""
    flat["confirmed"] = ON if is_unencrypted(flat) else ""
    flat["unverified"] = flat["unverified.confirmed"] = "" if server.verify_tls else ON
    flat["discard_sent"] = "" if shown.get("save_to_sent_items", True) else ON
    return flat


def route_name(alias: str, what: str) -> str:
    """The field of what an alias routes to: ``route.hr@desk.test.category``."""
    return f"route.{alias.lower()}.{what}"


def _flatten(shape: Mapping[str, Any], path: str, flat: Values) -> None:
    for key, value in shape.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            _flatten(value, name, flat)
        elif isinstance(value, list):
            flat[name] = "\n".join(str(item) for item in value)
        elif isinstance(value, bool):
            flat[name] = ON if value else ""
        else:
            flat[name] = "" if value is None else str(value)


def of_new(side: Side) -> Values:
    """What a new server starts with (SPEC A2, A11)."""
    first = not side.model._default_manager.exists()
    shared = {"provider": "other", "auth.type": "basic", "auth.grant": "authorization_code", "auth.needed": ON}
    switches = {"enabled": ON, "primary": ON if first else ""}
    if not side.is_incoming:
        return {**shared, **switches, "protocol": "smtp", "security": "tls"}
    return {
        **shared,
        **switches,
        "protocol": "imap",
        "security": "ssl",
        "folder": "INBOX",
        "start": "now",
        "after": "mark_seen",
        "poll_seconds": "60",
        "filter.type": "ignore",
    }


def of_form(form: QueryDict) -> Values:
    """What was sent. Spaces around it go, but never those of a secret."""
    values: Values = {}
    for name in form:
        text = str(form[name]).replace("\r\n", "\n").replace("\x00", "")
        values[name] = text if name in SECRETS else text.strip()
    return values | {name: "" for name in SWITCHES if name not in values}


def entries(text: str) -> list[str]:
    """The entries of a list field: one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_unencrypted(values: Values) -> bool:
    """True where the password would travel in the clear (OUT-06). On 465, 993 and 995 TLS comes first (OUT-07)."""
    plain = values.get("provider") == "other" and values.get("security") == "none"
    basic = values.get("auth.type") == "basic" and bool(values.get("auth.needed"))
    return plain and basic and values.get("protocol") != "mapi" and values.get("port") not in ("465", "993", "995")


def can_be_unverified(values: Values) -> bool:
    """Only the certificates of other people's mail servers may go unchecked; Microsoft's and HTTPS may not (OUT-08)."""
    return values.get("provider") == "other" and values.get("protocol") != "mapi"


def is_unverified(values: Values) -> bool:
    """True where the certificate is not to be checked."""
    return can_be_unverified(values) and bool(values.get("unverified"))


def data_of(side: Side, values: Values, stored: Server | None) -> dict[str, Any]:
    """The contract's object of what is visible in the form; hidden fields are not sent (OUT-02)."""
    data: dict[str, Any] = _pick(values, _SHARED)
    data["proxy"] = data["proxy"] or None
    data |= {name: bool(values.get(name)) for name in ("enabled", "primary")}
    if values.get("provider") == "other":
        data |= _pick(values, ("host",) if values.get("protocol") == "mapi" else ("host", "port", "security"))
    data["verify_tls"] = not is_unverified(values)
    data["auth"] = _auth(side, values, stored)
    return data | (_incoming(values) if side.is_incoming else _outgoing(values))


def _pick(values: Values, names: Iterable[str], prefix: str = "") -> dict[str, Any]:
    return {name: values.get(prefix + name, "") for name in names}


def _auth(side: Side, values: Values, stored: Server | None) -> dict[str, Any]:
    if values.get("provider") == "microsoft":
        kept = show(stored)["auth"] if stored is not None and stored.provider == "microsoft" else {}
        return {**kept, "type": "oauth", "grant": values.get("auth.grant") or "authorization_code"}
    if not side.is_incoming and values.get("protocol") != "mapi" and not values.get("auth.needed"):
        return {"type": "none"}
    if values.get("auth.type") == "basic":
        return {"type": "basic", **_pick(values, ("username", "password"), "auth.")}
    auth = {"type": "oauth", **_pick(values, (*_AUTH[1:], *_OAUTH), "auth.")}
    if auth["grant"] == "client_credentials":
        auth["authorization_url"] = ""
    return {key: value for key, value in auth.items() if value and key != "password"}


def _outgoing(values: Values) -> dict[str, Any]:
    data: dict[str, Any] = {"reply_to": values.get("reply_to", ""), "limits": _pick(values, _LIMITS, "limits.")}
    if values.get("protocol") == "mapi":
        return data | {"save_to_sent_items": not values.get("discard_sent")}
    return data | {"sender_name": values.get("sender_name", "")}


def _incoming(values: Values) -> dict[str, Any]:
    data = _pick(values, _READING)
    data |= {name: data[name] or None for name in ("technician_group", "category", "company")}
    data["outgoing_server"] = (data["outgoing_server"] or None) if values.get("outgoing_linked") else None
    data |= {name: bool(values.get(name)) for name in ("plus_addressing", "accept_automated")}
    data["aliases"] = entries(values.get("aliases", ""))
    data["alias_routes"] = _routes(values)
    data["filter"] = {
        name: values.get("filter.type") or "ignore" if name == "type" else entries(values.get(f"filter.{name}", ""))
        for name in _FILTER
    }
    after = values.get("after") or "keep"
    data["after"] = {after: values.get(f"after.{after}", "")} if after in ("move", "delete_after_days") else after
    return data


def _routes(values: Values) -> list[dict[str, Any]]:
    """The routes of those aliases for which something is chosen."""
    chosen = [
        (alias, {name: values.get(route_name(alias, name)) or None for name in ROUTED})
        for alias in dict.fromkeys(entry.lower() for entry in entries(values.get("aliases", "")))
    ]
    return [{"alias": alias, **route} for alias, route in chosen if any(route.values())]


_ROUTE = re.compile(r"alias_routes\[(?P<index>\d+)\]\.(?P<name>\w+)")
_INDEXED = re.compile(r"(?P<name>.+)\[(?P<index>\d+)\]")


def errors_by_field(errors: Iterable[tuple[str, str]], values: Values) -> dict[str, str]:
    """The first fault of each field; one of a list's entry names the entry."""
    found: dict[str, str] = {}
    routes = _routes(values)
    for path, message in errors:
        if (route := _ROUTE.fullmatch(path)) and int(route["index"]) < len(routes):
            found.setdefault(route_name(routes[int(route["index"])]["alias"], route["name"]), message)
            continue
        indexed = _INDEXED.fullmatch(path)
        if indexed is None:
            found.setdefault(path, message)
            continue
        listed = entries(values.get(indexed["name"], ""))
        number = int(indexed["index"])
        entry = listed[number] if number < len(listed) else ""
        found.setdefault(indexed["name"], f"{entry}: {message}")
    return found
