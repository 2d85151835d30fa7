"""The channel configuration as the contract names it: for export, REST and the audit. Never a secret."""

from __future__ import annotations

from typing import Any

from postroom.channels.models import (
    AliasRoute,
    EmailPreferences,
    IncomingServer,
    MicrosoftApp,
    OutgoingRule,
    OutgoingServer,
    ProxyServer,
    Settings,
)
from postroom.channels.sizes import format_size

Shape = dict[str, Any]


def show_proxy(proxy: ProxyServer) -> Shape:
    return {
        "name": proxy.name,
        "type": proxy.type,
        "host": proxy.host,
        "port": proxy.port,
        "username": proxy.username,
    }


def show_microsoft_app(app: MicrosoftApp) -> Shape:
    day = app.secret_expires_on
    return {"client_id": app.client_id, "tenant": app.tenant, **({"secret_expires_on": day.isoformat()} if day else {})}


def show_outgoing_server(server: OutgoingServer) -> Shape:
    return {
        "name": server.name,
        "email": server.email,
        "protocol": server.protocol,
        "provider": server.provider,
        **(
            {"save_to_sent_items": server.save_to_sent_items}
            if server.protocol == "mapi"
            else {"sender_name": server.sender_name}
        ),
        **_where(server),
        "auth": show_auth(server),
        "reply_to": server.reply_to,
        "proxy": server.proxy.name if server.proxy else None,
        "limits": {
            "per_minute": server.limit_per_minute,
            "per_day": server.limit_per_day,
            "recipients": server.limit_recipients,
            "connections": server.limit_connections,
        },
        "enabled": server.enabled,
        "primary": server.primary,
    }


def show_incoming_server(server: IncomingServer) -> Shape:
    return {
        "name": server.name,
        "email": server.email,
        "aliases": list(server.aliases),
        "alias_routes": [show_alias_route(route) for route in server.routes],
        "protocol": server.protocol,
        "provider": server.provider,
        **_where(server),
        "auth": show_auth(server),
        "folder": server.folder,
        "start": server.start,
        "after": _after(server),
        "poll_seconds": server.poll_seconds,
        "plus_addressing": server.plus_addressing,
        "accept_automated": server.accept_automated,
        "technician_group": server.technician_group.name if server.technician_group else None,
        "category": server.category.name if server.category else None,
        "company": server.company.name if server.company else None,
        "proxy": server.proxy.name if server.proxy else None,
        "outgoing_server": server.outgoing_server.name if server.outgoing_server else None,
        "filter": {
            "type": server.filter_type,
            "emails": list(server.filter_emails),
            "domains": list(server.filter_domains),
            "keywords": list(server.filter_keywords),
        },
        "enabled": server.enabled,
        "primary": server.primary,
    }


def show_alias_route(route: AliasRoute) -> Shape:
    return {
        "alias": route.alias,
        "technician_group": route.technician_group.name if route.technician_group else None,
        "category": route.category.name if route.category else None,
    }


def _where(server: IncomingServer | OutgoingServer) -> Shape:
    """Host, port and security, where the server has them: Microsoft 365 by MAPI needs none."""
    if server.protocol == "mapi" and server.provider == "microsoft":
        return {}
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "ca_file": server.ca_file,
        **({} if server.protocol == "mapi" else {"verify_tls": server.verify_tls}),
    }


def show_auth(server: IncomingServer | OutgoingServer) -> Shape:
    """How the server is signed in to, without passwords and tokens."""
    if server.auth_type == "none":
        return {"type": "none"}
    shown: Shape = {"type": server.auth_type}
    if server.auth_type == "oauth":
        shown |= {
            "grant": server.oauth_grant,
            "client_id": server.client_id,
            "authorization_url": server.authorization_url,
            "token_url": server.token_url,
            "scope": server.scope,
            "tenant_id": server.tenant_id,
            "secret_expires_on": server.secret_expires_on.isoformat() if server.secret_expires_on else "",
        }
        shown = {key: value for key, value in shown.items() if value}
    return {**shown, "username": server.username or server.email}


def _after(server: IncomingServer) -> str | Shape:
    if server.after == IncomingServer.After.MOVE:
        return {"move": server.after_folder}
    if server.after == IncomingServer.After.DELETE_LATER:
        return {"delete_after_days": server.after_days}
    return server.after


def show_rule(rule: OutgoingRule) -> Shape:
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "server": rule.server.name,
        "match": rule.match,
        "conditions": rule.conditions,
    }


def show_preferences(preferences: EmailPreferences) -> Shape:
    return {
        "email_to_request": preferences.email_to_request,
        "allow_guests": preferences.allow_guests,
        "cc_recipients": list(preferences.cc_recipients),
        "requester_from_reply_to": preferences.requester_from_reply_to,
        "technician_forward_uses_original_sender": preferences.technician_forward_uses_original_sender,
        "allow_choosing_outgoing_server": preferences.allow_choosing_outgoing_server,
        "closed_reply": {
            "action": preferences.closed_reply_action,
            "grace_days": preferences.closed_reply_grace_days,
        },
        "other_technician_reply": preferences.other_technician_reply,
    }


def show_settings(settings: Settings) -> Shape:
    """All of the settings; the sections are ``support_portal``, ``security``, ``limits`` and ``alerts``."""
    return {
        "managed_services_provider": settings.managed_services_provider,
        "support_portal": {
            "allow_requester_incidents": settings.allow_requester_incidents,
            "allow_guest_requests": settings.allow_guest_requests,
            "guest_form": settings.guest_form,
        },
        "security": {
            "trusted_authserv_ids": list(settings.trusted_authserv_ids),
            "technicians_need_authentication": settings.technicians_need_authentication,
            "check_senders": settings.check_senders,
            "allow_senders": list(settings.allow_senders),
            "block_senders": list(settings.block_senders),
        },
        "limits": {
            "message_size": format_size(settings.message_size),
            "requests_per_sender_per_hour": settings.requests_per_sender_per_hour,
            "acknowledgements_per_sender_per_hour": settings.acknowledgements_per_sender_per_hour,
            "acknowledgements_per_hour": settings.acknowledgements_per_hour,
            "cc_per_request": settings.cc_per_request,
            "mail_log_days": settings.mail_log_days,
            "hold_days": settings.hold_days,
            "undo_seconds": settings.undo_seconds,
            "acknowledge_within_hours": settings.acknowledge_within_hours,
        },
        "alerts": {"emails": list(settings.alert_emails), "webhook": settings.alert_webhook or None},
    }
