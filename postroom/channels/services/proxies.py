"""The only writer of proxies and of the instance's Microsoft application (SPEC A23, MS-05)."""

from __future__ import annotations

from django.utils import timezone

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, MicrosoftApp, OutgoingServer, ProxyServer
from postroom.channels.services.changing import changing
from postroom.channels.services.reading import check_host, check_name
from postroom.channels.shapes import show_microsoft_app, show_proxy
from postroom.rules.fields import Fields, Invalid

PROXY_FIELDS = ("name", "type", "host", "port", "username", "password")
MICROSOFT_APP_FIELDS = ("client_id", "client_secret", "tenant")


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
        values = {
            "name": name,
            "type": fields.choice("type", base.type, ["http", "socks5"]),
            "host": host,
            "port": fields.integer("port", base.port, low=1, high=65535),
            "username": fields.text("username", base.username, longest=320),
            "password": fields.secret("password", stored.password if stored else ""),
        }
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


def delete_proxy(actor: Actor, proxy: ProxyServer) -> None:
    """Delete a proxy that no server uses. Raises Invalid naming those that do."""
    with changing():
        used = [
            server.name
            for model in (OutgoingServer, IncomingServer)
            for server in model._default_manager.filter(proxy=proxy)
        ]
        if used:
            raise Invalid([("", f"{proxy.name} is used by {', '.join(used)}.")])
        record_delete(actor, proxy, show_proxy(proxy))
        proxy.delete()


def save_microsoft_app(actor: Actor, data: object) -> MicrosoftApp:
    """Change the instance's Microsoft application; a secret that is left out stays. Raises Invalid."""
    with changing():
        app = MicrosoftApp.objects.get_or_create(pk=1)[0]
        before = {**show_microsoft_app(app), "client_secret": app.client_secret}
        fields = Fields(data, MICROSOFT_APP_FIELDS)
        app.client_id = fields.text("client_id", app.client_id)
        app.client_secret = fields.secret("client_secret", app.client_secret)
        app.tenant = fields.text("tenant", app.tenant) or "organizations"
        fields.done()
        after = {**show_microsoft_app(app), "client_secret": app.client_secret}
        if before != after:
            app.save()
            _reconnect(provider="microsoft")
            record_save(actor, app, before, after, {"client_secret"})
        return app


def _reconnect(**which: object) -> None:
    """Mark the servers that connect by what was changed, so that the roles take them up anew."""
    for model in (OutgoingServer, IncomingServer):
        model._default_manager.filter(**which).update(updated_at=timezone.now())
