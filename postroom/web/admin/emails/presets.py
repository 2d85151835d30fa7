"""What the form fills in by itself: usual ports and hosts, the OAuth endpoints of Azure and Google (A5, HLT-01a).

A value that was filled in follows what it depends on until somebody writes another one: the form remembers what it
filled in under ``filled.<field>``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from postroom.channels import microsoft
from postroom.channels.models import MicrosoftApp
from postroom.channels.queries import DEFAULT_PORTS
from postroom.channels.services.reading import scheme_and_host
from postroom.web.admin.emails.sides import Side
from postroom.web.admin.emails.values import Values

GOOGLE_AUTHORIZATION_URL = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
_FOLLOWING = ("host", "port", "auth.scope")
_GOOGLE_DOMAINS = ("gmail.com", "googlemail.com")
_HOSTS = {
    ("azure", "smtp"): ("smtp.office365.com", "tls"),
    ("azure", "imap"): ("outlook.office365.com", "ssl"),
    ("azure", "pop3"): ("outlook.office365.com", "ssl"),
    ("google", "smtp"): ("smtp.gmail.com", "tls"),
    ("google", "imap"): ("imap.gmail.com", "ssl"),
    ("google", "pop3"): ("pop.gmail.com", "ssl"),
}
_GRAPH = "graph.microsoft.com"


def usual(side: Side, values: Values) -> Values:
    """What the fields that are filled in would hold now."""
    protocol = values.get("protocol", "")
    port = DEFAULT_PORTS.get((protocol, values.get("security", "")))
    return {
        "host": _usual_host(values),
        "port": str(port) if port else "",
        "auth.scope": _usual_scope(side, values),
    }


def _usual_host(values: Values) -> str:
    if values.get("protocol") == "mapi":
        return _GRAPH if values.get("provider") == "other" else ""
    google = values.get("email", "").lower().rpartition("@")[2] in _GOOGLE_DOMAINS
    return _HOSTS["google", values["protocol"]][0] if google and ("google", values["protocol"]) in _HOSTS else ""


def _usual_scope(side: Side, values: Values) -> str:
    _, host = scheme_and_host(values.get("auth.token_url") or values.get("auth.authorization_url", ""))
    if host.endswith(("google.com", "googleapis.com")):
        return microsoft.GOOGLE_SCOPE
    if host == urlsplit(microsoft.authority()).hostname:
        return microsoft.scope_for(side.key, values["protocol"], values.get("auth.grant", ""))
    return ""


def fill(side: Side, values: Values) -> None:
    """Settle what no longer fits together, and let what was filled in follow."""
    allowed = [value for value, _ in protocols(side, values)]
    if values.get("protocol") not in allowed:
        values["protocol"] = allowed[0]
    if values["protocol"] == "mapi" and values.get("provider") == "other":
        values["auth.type"] = "oauth"
    if not values.get("security"):
        values["security"] = "ssl" if side.is_incoming else "tls"
    if values["protocol"] == "pop3" and values.get("after") in ("mark_seen", "move"):
        values["after"] = "keep"
    if values["protocol"] != "pop3" and values.get("after") == "delete_after_days":
        values["after"] = "mark_seen"
    fresh = usual(side, values)
    for name in _FOLLOWING:
        if values.get(name, "") in ("", values.get(f"filled.{name}", "")):
            values[name] = fresh[name]
        values[f"filled.{name}"] = fresh[name]


def protocols(side: Side, values: Values) -> list[tuple[str, str]]:
    """The protocols that can be chosen; Sign in with Microsoft has no POP3 (MS-03)."""
    shown = [(str(value), str(label)) for value, label in side.model.Protocol.choices]
    return [pair for pair in shown if values.get("provider") != "microsoft" or pair[0] != "pop3"]


def apply_oauth(side: Side, values: Values, name: str) -> None:
    """Fill in what Azure or Google needs, over whatever stands there."""
    if name == "azure":
        tenant = (
            values.get("auth.tenant_id")
            or MicrosoftApp.objects.filter(pk=1).values_list("tenant", flat=True).first()
            or "organizations"
        )
        values["auth.authorization_url"] = f"{microsoft.authority()}/{tenant}/oauth2/v2.0/authorize"
        values["auth.token_url"] = microsoft.token_url(tenant)
    else:
        values["auth.authorization_url"] = GOOGLE_AUTHORIZATION_URL
        values["auth.token_url"] = microsoft.GOOGLE_TOKEN_URL
    values["auth.type"], values["auth.needed"] = "oauth", "on"
    values["auth.scope"] = _usual_scope(side, values)
    host, security = _HOSTS.get((name, values["protocol"]), ("", ""))
    if host:
        values["host"], values["security"] = host, security
        values["port"] = str(DEFAULT_PORTS[values["protocol"], security])
