"""The only writer of proxies and of the instance's Microsoft application (SPEC A23, MS-05)."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.db.models import Q
from django.utils import timezone

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, MicrosoftApp, OAuthGrant, OutgoingServer, ProxyServer
from postroom.channels.oauth.tokens import forgive
from postroom.channels.services.changing import changing
from postroom.channels.services.destination import host_of, is_readable_by_proxy
from postroom.channels.services.reading import check_host, check_name, check_tenant, read_date
from postroom.channels.shapes import show_microsoft_app, show_proxy
from postroom.rules.fields import Fields, Invalid
from postroom.transports.oauth import thumbprint

PROXY_FIELDS = ("name", "type", "host", "port", "username", "password")
MICROSOFT_APP_FIELDS = ("client_id", "client_secret", "certificate", "tenant", "secret_expires_on")
_APP_SECRETS = ("client_secret", "certificate")


def save_proxy(
    actor: Actor, data: object, instance: ProxyServer | None = None, *, replace: bool = False
) -> ProxyServer:
    """Make a proxy of ``data``, or change ``instance``; a password that is left out stays. Raises Invalid."""
    with changing():
        stored = ProxyServer.objects.get(pk=instance.pk) if instance is not None else None
        base = stored if stored is not None and not replace else ProxyServer()
        fields = Fields(data, PROXY_FIELDS)
        name = fields.text("name", base.name, required="Enter a name.")
        check_name(fields, name, ProxyServer.objects.all(), stored.pk if stored else None, "proxy")
        host = fields.text("host", base.host, required="Enter the proxy's host.", longest=255)
        check_host(fields, "host", host)
        _check_readers(fields, stored, host)
        values = {
            "name": name,
            "type": fields.choice("type", base.type, ["http", "socks5"]),
            "host": host,
            "port": fields.integer("port", base.port, low=1, high=65535),
            "username": fields.text("username", base.username, longest=320),
            "password": _read_password(fields, stored, host),
        }
        if ":" in str(values["username"]):  # Basic parts name and password there (RFC 7617, 2)
            fields.fail("username", "Must not hold a colon: the proxy would take what follows for the password.")
        fields.done()
        before = {**show_proxy(stored), "password": stored.password} if stored else None
        proxy = stored or ProxyServer()
        for field, value in values.items():
            setattr(proxy, field, value)
        after = {**show_proxy(proxy), "password": proxy.password}
        if before != after:
            proxy.save()
            _reconnect(proxy=proxy)
            record_save(actor, proxy, before, after, {"password"})
        return proxy


def _check_readers(fields: Fields, stored: ProxyServer | None, host: str) -> None:
    """What a proxy can read does not go to another host by a change of the proxy: each server is asked itself."""
    if stored is None or host_of(host) == host_of(stored.host):
        return
    if readers := [server.name for server in _servers(stored) if is_readable_by_proxy(server)]:
        names = ", ".join(readers)
        fields.fail("host", f"Another proxy could read the password of {names}. Add a proxy and choose it there.")


def _servers(proxy: ProxyServer) -> list[OutgoingServer | IncomingServer]:
    """Those that connect by ``proxy``."""
    return [*OutgoingServer.objects.filter(proxy=proxy), *IncomingServer.objects.filter(proxy=proxy)]


def _read_password(fields: Fields, stored: ProxyServer | None, host: str) -> str:
    """The password; a stored one stays with the host that it was entered for."""
    if stored is None or not stored.password or host_of(host) == host_of(stored.host):
        return fields.secret("password", stored.password if stored else "")
    return fields.secret("password", required="The proxy is another one now: type the password again.")


def delete_proxy(actor: Actor, proxy: ProxyServer) -> None:
    """Delete a proxy that no server uses. Raises Invalid naming those that do."""
    with changing():
        if used := [server.name for server in _servers(proxy)]:
            raise Invalid([("", f"{proxy.name} is used by {', '.join(used)}.")])
        record_delete(actor, proxy, show_proxy(proxy))
        proxy.delete()


def save_microsoft_app(actor: Actor, data: object) -> MicrosoftApp:
    """Change the instance's Microsoft application; a secret that is left out stays. Raises Invalid.

    A new secret takes the place of a certificate, and the other way round.
    """
    with changing():
        app = MicrosoftApp.objects.get_or_create(pk=1)[0]
        before = _app_with_secrets(app)
        fields = Fields(data, MICROSOFT_APP_FIELDS)
        app.client_id = fields.text("client_id", app.client_id)
        secret = fields.secret("client_secret", app.client_secret)
        certificate = fields.secret("certificate", app.certificate)
        if certificate != app.certificate:
            _check_certificate(fields, certificate)
            app.client_secret, app.certificate = "", certificate
        elif secret != app.client_secret:
            app.client_secret, app.certificate = secret, ""
        app.tenant = check_tenant(fields, "tenant", fields.text("tenant", app.tenant)) or "organizations"
        app.secret_expires_on = read_date(fields, "secret_expires_on", app.secret_expires_on)
        fields.done()
        after = _app_with_secrets(app)
        if before != after:
            app.save()
            of_microsoft = Q(incoming__provider="microsoft") | Q(outgoing__provider="microsoft")
            if before["client_id"] not in (
                "",
                app.client_id,
            ):  # another application's refresh tokens are no good (OTH-09)
                OAuthGrant.objects.filter(of_microsoft).delete()
            forgive(of_microsoft)
            _reconnect(provider="microsoft")
            record_save(actor, app, before, after, set(_APP_SECRETS))
        return app


def _app_with_secrets(app: MicrosoftApp) -> dict[str, object]:
    return {**show_microsoft_app(app), **{name: getattr(app, name) for name in _APP_SECRETS}}


def _check_certificate(fields: Fields, pem: str) -> None:
    try:
        load_pem_private_key(pem.encode(), None)
        thumbprint(pem)
    except (ValueError, TypeError):
        fields.fail("certificate", "Must be a private key without password and its certificate, both as PEM.")


def _reconnect(**which: object) -> None:
    """Mark the servers that connect by what was changed, so that the roles take them up anew."""
    for model in (OutgoingServer, IncomingServer):
        model._default_manager.filter(**which).update(updated_at=timezone.now())
