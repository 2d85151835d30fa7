"""What incoming and outgoing servers share when they are saved: name, address, where to connect, sign-in, proxy."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer, ProxyServer, ServerHealth
from postroom.channels.oauth.needs import new_refresh_token, note_missing_sign_in
from postroom.channels.oauth.tokens import digest, forgive
from postroom.channels.queries import DEFAULT_PORTS
from postroom.channels.services.destination import check_microsoft_host, moved
from postroom.channels.services.mapi import GRAPH_HOST, check_mapi_host
from postroom.channels.services.primary import Server, take_primary_from_others
from postroom.channels.services.reading import check_host, check_name, read_ca_file, read_reference
from postroom.channels.services.sign_in import Around, read_sign_in
from postroom.channels.shapes import Shape, show_incoming_server, show_outgoing_server
from postroom.rules.fields import Fields, Invalid

AnyServer = TypeVar("AnyServer", IncomingServer, OutgoingServer)

SHARED_FIELDS = (
    "name",
    "email",
    "protocol",
    "provider",
    "host",
    "port",
    "security",
    "ca_file",
    "verify_tls",
    "auth",
    "proxy",
    "enabled",
    "primary",
)
SECRETS = {"auth.password", "auth.client_secret", "auth.refresh_token"}
_MICROSOFT_HOSTS = {
    "smtp": ("smtp.office365.com", 587, "tls"),
    "imap": ("outlook.office365.com", 993, "ssl"),
    "pop3": ("outlook.office365.com", 995, "ssl"),
    "mapi": ("", None, "ssl"),
}
_CONNECTION = ("protocol", "provider", "host", "port", "security", "ca_file", "verify_tls", "auth", "proxy")


def direction_of(server: Server | type[Server]) -> str:
    kind = server if isinstance(server, type) else type(server)
    return "incoming" if issubclass(kind, IncomingServer) else "outgoing"


def show(server: Server) -> Shape:
    """The server as the contract names it, without secrets."""
    return show_incoming_server(server) if isinstance(server, IncomingServer) else show_outgoing_server(server)


def read_server(
    fields: Fields, base: Server, stored: Server | None, protocols: list[str], *, elsewhere: bool = False
) -> tuple[dict[str, Any], str]:
    """The values that both directions have, and the refresh token. Left out is as in ``base``.

    ``elsewhere``: files that are named need not be on this host.
    """
    name = fields.text("name", base.name, required="Enter a name.")
    check_name(
        fields, name, type(base)._default_manager.all(), stored.pk if stored else None, f"{direction_of(base)} server"
    )
    values: dict[str, Any] = {
        "name": name,
        "email": fields.email("email", base.email, required="Enter the mail address."),
        "protocol": fields.choice("protocol", base.protocol, protocols),
        "provider": fields.choice("provider", base.provider, ["microsoft", "other"]),
        "ca_file": read_ca_file(fields, base.ca_file, stored.ca_file if stored else "", elsewhere=elsewhere),
        "verify_tls": fields.boolean("verify_tls", base.verify_tls),
        "proxy": read_reference(fields, "proxy", ProxyServer.objects.all(), base.proxy, "proxy"),
        "enabled": fields.boolean("enabled", base.enabled),
    }
    if values["provider"] == "microsoft" and values["protocol"] == "pop3":
        fields.fail("protocol", "Sign in with Microsoft offers IMAP or MAPI.")
    values |= _read_where(fields, base, values["protocol"], values["provider"])
    if not values["verify_tls"] and (values["protocol"] == "mapi" or values["provider"] == "microsoft"):
        fields.fail("verify_tls", "The certificates of Microsoft, and of HTTPS, are always checked.")
    around = Around(
        direction_of(base),
        values["protocol"],
        values["provider"],
        values["host"],
        stored,
        moved(stored, values),
    )
    sign_in, refresh_token = read_sign_in(fields, around)
    return values | sign_in, refresh_token


def _read_where(fields: Fields, base: Server, protocol: str, provider: str) -> dict[str, Any]:
    """Host, port and security, with the usual ones of the protocol (HLT-01a) where they are left out."""
    same_kind = (protocol, provider) == (base.protocol, base.provider)
    usual_host: str
    port: int | None
    if provider == "microsoft":
        usual_host, port, security = _MICROSOFT_HOSTS[protocol]
    elif protocol == "mapi":
        usual_host, port, security = GRAPH_HOST, 443, "ssl"
    else:
        default = base.security if same_kind else "tls" if protocol == "smtp" else "ssl"
        security = fields.choice("security", default, ["none", "ssl", "tls"])
        usual_host, port = "", DEFAULT_PORTS[protocol, security]
    required = "" if usual_host or provider == "microsoft" else "Enter the server."
    host = fields.text("host", base.host if same_kind else "", required=required, longest=255) or usual_host
    if protocol == "mapi" and provider == "other":
        check_mapi_host(fields, host)
    else:
        check_host(fields, "host", host)
    if provider == "microsoft" and protocol != "mapi":
        security = fields.choice(
            "security", base.security if same_kind and base.port else security, ["none", "ssl", "tls"]
        )
    by_hand = same_kind and base.port not in (None, DEFAULT_PORTS.get((base.protocol, base.security)))
    if protocol != "pop3":  # which is refused already
        check_microsoft_host(fields, provider, host)
    port = fields.optional_integer("port", base.port if by_hand else port, low=1, high=65535) or port
    return {"host": host, "port": port, "security": security}


def current(model: type[AnyServer], instance: AnyServer | None) -> AnyServer | None:
    """The row as it is now, whatever the caller held: the writers' lock is taken."""
    return model._default_manager.get(pk=instance.pk) if instance is not None else None


def store(
    actor: Actor, server: AnyServer, stored: AnyServer | None, values: dict[str, Any], refresh_token: str
) -> AnyServer:
    """Write the checked values, swap primary, keep or drop the consent, and audit; nothing where nothing changed."""
    before = _with_secrets(stored) if stored is not None else None
    left = moved(stored, values) if not refresh_token else ""
    refresh_token = new_refresh_token(stored, refresh_token)
    for name, value in values.items():
        setattr(server, name, value)
    after = _with_secrets(server)
    if refresh_token:
        after["auth.refresh_token"] = refresh_token
    if before == after:
        return server
    if server.primary:
        take_primary_from_others(actor, type(server), server)
    server.save()
    if before is None or any(before.get(name) != after.get(name) for name in (*_CONNECTION, *SECRETS)):
        _keep_grant(server, before, after, refresh_token, left=bool(left))
        ServerHealth.objects.filter(**{direction_of(server): server}).delete()
        note_missing_sign_in(server)
    record_save(actor, server, before, after, SECRETS)
    return type(server)._default_manager.get(pk=server.pk)


def _with_secrets(server: Server) -> Shape:
    grant = getattr(server, "grant", None) if server.pk else None
    secrets = {
        "auth.password": server.password,
        "auth.client_secret": server.client_secret,
        "auth.refresh_token": grant.refresh_token if grant else "",
    }
    return {**show(server), **{name: value for name, value in secrets.items() if value}}


def _keep_grant(server: Server, before: Shape | None, after: Shape, refresh_token: str, *, left: bool) -> None:
    """Store a new consent; drop the old one where client, token URL or scope are others now (OTH-09).

    A person's consent is dropped too where the server has ``left`` for another host: its tokens are not for that one.
    """
    owner: dict[str, Any] = {direction_of(server): server}
    old, new = (before or {}).get("auth", {}), after["auth"]
    if refresh_token and refresh_token != (before or {}).get("auth.refresh_token"):
        OAuthGrant.objects.filter(**owner).delete()
        OAuthGrant.objects.create(
            **owner, refresh_token=refresh_token, given=digest(refresh_token), consented_at=timezone.now()
        )
    elif (left and server.oauth_grant != "client_credentials") or any(
        old.get(name) != new.get(name) for name in ("type", "grant", "client_id", "token_url", "scope")
    ):
        OAuthGrant.objects.filter(**owner).delete()
    else:
        if before is not None and before.get("protocol") != after["protocol"]:  # one token serves one protocol (OA-01)
            OAuthGrant.objects.filter(**owner).update(access_token="", expires_at=None)
        forgive(Q(**owner))


def check_deletable(server: Server) -> None:
    """The primary server is not deleted while another one could take its place (LST-05). Raises Invalid."""
    if server.primary and type(server)._default_manager.exclude(pk=server.pk).exists():
        raise Invalid([("", f"{server.name} is the primary server. Make another server the primary one first.")])


def delete(actor: Actor, server: Server) -> None:
    record_delete(actor, server, show(server))
    server.delete()
