"""Test Connection of an application that signs in itself: does it open mailboxes that are not the desk's (MAPI-06)?"""

from __future__ import annotations

from dataclasses import replace

from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer
from postroom.channels.oauth.application import direction_of, of_server
from postroom.channels.oauth.consent import limiting_commands, reach_warning
from postroom.transports.base import Endpoint, TestResult
from postroom.transports.graph import opens

Server = IncomingServer | OutgoingServer


def with_reach(server: Server, endpoint: Endpoint, result: TestResult) -> TestResult:
    """The result with a warning, and the two commands that limit the application, where it opens every mailbox.

    A second mailbox is tried, where the desk knows one of the same domain. That an application may not read it says
    nothing of one that may only send.
    """
    if not result.ok or server.protocol != "mapi" or server.oauth_grant != "client_credentials":
        return result
    other = _second_mailbox(server)
    reaches = opens(endpoint, other) if other else None
    if reaches is False and isinstance(server, OutgoingServer):
        reaches = None
    grants = OAuthGrant.objects.filter(**{direction_of(server): server}) if server.pk else OAuthGrant.objects.none()
    if reaches is not None:
        grants.update(reaches_others=reaches)
    grant = grants.first() or OAuthGrant(reaches_others=reaches)
    warning = reach_warning(server, grant.roles, grant.reaches_others)
    if not warning:
        return result
    commands = limiting_commands(server, of_server(server).client_id)
    return replace(result, warnings=(*result.warnings, warning, *commands))


def _second_mailbox(server: Server) -> str:
    domain = f"@{server.email.rpartition('@')[2]}"
    found = {
        address
        for model in (IncomingServer, OutgoingServer)
        for address in model._default_manager.filter(email__iendswith=domain).values_list("email", flat=True)
    }
    return min(found - {server.email}, default="")
