"""Reads of the channel configuration, in the shapes that rules and transports take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from postroom.channels.models import (
    AliasRoute,
    EmailPreferences,
    HealthState,
    IncomingServer,
    MailServer,
    OutgoingRule,
    OutgoingServer,
    Probe,
    RetiredAddress,
    Settings,
)
from postroom.channels.oauth.application import graph_url, proxy_of
from postroom.channels.oauth.tokens import token_source
from postroom.rules.model import Filter, Mailbox, Preferences, RuleFacts, ServerFacts
from postroom.transports.base import Auth, Endpoint

DOWN = (HealthState.UNREACHABLE, HealthState.NEEDS_SIGN_IN)
PROBE_WAITS = timedelta(seconds=10)
NO_WORKER = "No worker is running. Start one (postroom up) and test again."
WORKER_GONE = "The worker ended before the test did. Test again."


def preferences() -> Preferences:
    """Email Preference and Settings as decisions read them."""
    mail, rest = EmailPreferences.load(), Settings.load()
    return Preferences(
        email_to_request=mail.email_to_request,
        allow_guests=mail.allow_guests,
        cc_recipients=tuple(mail.cc_recipients),
        requester_from_reply_to=mail.requester_from_reply_to,
        technician_forward_uses_original_sender=mail.technician_forward_uses_original_sender,
        closed_action=mail.closed_reply_action,  # type: ignore[arg-type]
        grace_days=mail.closed_reply_grace_days,
        other_technician_reply=mail.other_technician_reply,  # type: ignore[arg-type]
        allow_guest_requests=rest.guests_may_report,
        technicians_need_authentication=rest.technicians_need_authentication,
        allow_senders=tuple(rest.allow_senders),
        block_senders=tuple(rest.block_senders),
        message_size=rest.message_size,
        requests_per_sender_per_hour=rest.requests_per_sender_per_hour,
        acknowledgements_per_sender_per_hour=rest.acknowledgements_per_sender_per_hour,
        acknowledgements_per_hour=rest.acknowledgements_per_hour,
        cc_per_request=rest.cc_per_request,
        acknowledge_within_hours=rest.acknowledge_within_hours,
    )


def own_addresses(incoming: Iterable[IncomingServer], outgoing: Iterable[OutgoingServer]) -> frozenset[str]:
    """Every address that is ours, lower-cased: mailboxes, their aliases, senders, Reply-To (PRF-22).

    Those of deleted mailboxes count for 90 days more (LST-05).
    """
    addresses: set[str] = set()
    for mailbox in incoming:
        addresses |= mailbox_addresses(mailbox)
    for server in outgoing:
        addresses |= {server.email.lower(), server.reply_to.lower()}
    addresses |= set(RetiredAddress.objects.filter(until__gt=timezone.now()).values_list("email", flat=True))
    return frozenset(addresses - {""})


def mailbox_addresses(server: IncomingServer) -> frozenset[str]:
    return frozenset({server.email.lower(), *(alias.lower() for alias in server.aliases)})


def with_routes(rows: QuerySet[IncomingServer]) -> QuerySet[IncomingServer]:
    """The same mailboxes with their alias routes, in one query for all of them."""
    return rows.prefetch_related(
        Prefetch("alias_routes", AliasRoute.objects.select_related("technician_group", "category"))
    )


def route_of(server: IncomingServer, addresses: Iterable[str]) -> AliasRoute | None:
    """The route of the first address that is an alias with one (INC-08)."""
    by_alias = {route.alias: route for route in server.routes}
    return next((by_alias[address.lower()] for address in addresses if address.lower() in by_alias), None)


def mailbox_facts(server: IncomingServer) -> Mailbox:
    """A mailbox as decisions see it."""
    return Mailbox(
        id=server.pk,
        email=server.email,
        addresses=mailbox_addresses(server),
        accept_automated=server.accept_automated,
        plus_addressing=server.plus_addressing,
        filter=Filter(
            type=server.filter_type,  # type: ignore[arg-type]
            emails=tuple(server.filter_emails),
            domains=tuple(server.filter_domains),
            keywords=tuple(server.filter_keywords),
        ),
    )


def outgoing_servers() -> list[OutgoingServer]:
    """All outgoing servers with their health, without their secrets: those cost more to read than all the rest."""
    return list(OutgoingServer.objects.select_related("health").defer("password", "client_secret"))


def is_healthy(server: MailServer) -> bool:
    """False while the server's circuit is open."""
    health = getattr(server, "health", None)
    return health is None or health.state not in DOWN


def server_facts(servers: Iterable[OutgoingServer]) -> list[ServerFacts]:
    """Outgoing servers as the choice sees them."""
    return [
        ServerFacts(
            id=server.pk,
            name=server.name,
            email=server.email.lower(),
            enabled=server.enabled,
            primary=server.primary,
            healthy=is_healthy(server),
        )
        for server in servers
    ]


def rule_facts() -> list[RuleFacts]:
    """The outgoing rules in the order in which they are tried."""
    return [
        RuleFacts(
            name=rule.name,
            enabled=rule.enabled,
            server_id=rule.server_id,
            match="any" if rule.match == "any" else "all",
            conditions=tuple(rule.conditions),
        )
        for rule in OutgoingRule.objects.all()
    ]


DEFAULT_PORTS = {
    ("smtp", "none"): 25,
    ("smtp", "ssl"): 465,
    ("smtp", "tls"): 587,
    ("imap", "none"): 143,
    ("imap", "ssl"): 993,
    ("imap", "tls"): 143,
    ("pop3", "none"): 110,
    ("pop3", "ssl"): 995,
    ("pop3", "tls"): 110,
}


def endpoint(server: IncomingServer | OutgoingServer) -> Endpoint:
    """Where the server is and how to sign in, for a transport. Reads secrets: keep the result out of logs.

    Raises TransportError for OAuth without a sign-in, so that nobody connects (OTH-07).
    """
    security = server.security
    return Endpoint(
        host=server.host,
        port=server.port or DEFAULT_PORTS.get((server.protocol, security), 0),
        security=security,  # type: ignore[arg-type]
        auth=Auth(
            type=server.auth_type,  # type: ignore[arg-type]
            username=server.username or server.email,
            password=server.password,
            token=token_source(server) if server.auth_type == "oauth" else None,
        ),
        ca_file=server.ca_file,
        verify_tls=server.verify_tls,
        proxy=proxy_of(server.proxy),
        url=graph_url() if server.protocol == "mapi" else "",
        save_sent=not isinstance(server, OutgoingServer) or server.save_to_sent_items,
    )


def needing_attention() -> list[IncomingServer | OutgoingServer]:
    """Enabled servers on which a person has to act: down, or refusing the sign-in (HLT-03)."""
    trouble = Q(health__state__in=DOWN) | Q(health__code__startswith="MAILAUTH")
    found: list[IncomingServer | OutgoingServer] = []
    for model in (OutgoingServer, IncomingServer):
        rows = model._default_manager.filter(trouble, enabled=True).select_related("health")
        found += rows.defer("password", "client_secret")
    return found


def probe_of(pk: UUID | str) -> Probe | None:
    """A probe as it is now, or None. One that no worker took in time, or whose worker is gone, reads as done."""
    try:
        probe = Probe.objects.defer("values").filter(pk=UUID(str(pk))).first()
    except ValueError:
        return None
    if probe is None:
        return None
    now = timezone.now()
    if probe.state == Probe.State.WAITING and probe.created_at < now - PROBE_WAITS:
        return _ended(probe, NO_WORKER)
    if probe.state == Probe.State.RUNNING and probe.lease_until and probe.lease_until < now:
        return _ended(probe, WORKER_GONE)
    return probe


def _ended(probe: Probe, message: str) -> Probe:
    probe.state, probe.ok, probe.code, probe.message = Probe.State.DONE, False, "MAILGENERIC", message
    return probe
