"""The configuration as OpenAPI describes it, in the words of the configuration file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from postroom.api.shapes import FieldProblem, Page, Shape


class AuthOut(Shape):
    """How the server is signed in to. Secrets are written and never read; one that is left out is kept."""

    type: Literal["none", "basic", "oauth"]
    username: str = ""
    grant: Literal["authorization_code", "client_credentials"] | None = None
    client_id: str = ""
    tenant_id: str = ""
    authorization_url: str = ""
    token_url: str = ""
    scope: str = ""
    secret_expires_on: str = ""


class HealthOut(Shape):
    state: Literal["connected", "degraded", "unreachable", "needs_sign_in", "never_tested", "disabled"]
    code: str
    message: str
    since: str
    last_success: str | None


class ServerStatusOut(Shape):
    """One server as in ``health``: ``backlog`` mails not decided yet, ``queue`` mails not sent yet."""

    direction: Literal["incoming", "outgoing"]
    name: str
    email: str
    health: HealthOut
    backlog: int
    queue: int


class StatusOut(Shape):
    """As ``postroom status --json``. ``unassigned`` mails wait for want of a server; ``roles`` counts processes."""

    ok: bool
    servers: list[ServerStatusOut]
    database: str
    workers: int
    roles: dict[str, int]
    unassigned: int


class ServerOut(Shape):
    """What both directions have. ``warnings`` stand where one server is answered."""

    id: int
    name: str
    email: str
    provider: Literal["microsoft", "other"]
    host: str = ""
    port: int | None = None
    security: Literal["none", "ssl", "tls"] | None = None
    ca_file: str = ""
    verify_tls: bool = True
    auth: AuthOut
    proxy: str | None
    enabled: bool
    primary: bool
    health: HealthOut
    warnings: list[FieldProblem] = []


class SendingLimits(Shape):
    per_minute: int | None
    per_day: int | None
    recipients: int | None
    connections: int | None


class OutgoingServerOut(ServerOut):
    protocol: Literal["smtp", "mapi"]
    sender_name: str = ""
    save_to_sent_items: bool = Field(True, description="Of MAPI, whose server keeps what it sends.")
    reply_to: str
    limits: SendingLimits


class OutgoingServerPage(Page):
    results: list[OutgoingServerOut]


class FilterOut(Shape):
    type: Literal["allow", "ignore"]
    emails: list[str]
    domains: list[str]
    keywords: list[str]


class AliasRouteOut(Shape):
    """What requests get that come to one alias, in place of the mailbox's own group and category."""

    alias: str
    technician_group: str | None
    category: str | None


class IncomingServerOut(ServerOut):
    protocol: Literal["imap", "pop3", "mapi"]
    aliases: list[str]
    alias_routes: list[AliasRouteOut] = []
    folder: str
    start: Literal["now", "all"]
    after: Literal["mark_seen", "keep", "delete"] | dict[str, Any] = Field(
        description="Or {move: FOLDER}; of POP3 also {delete_after_days: DAYS}."
    )
    poll_seconds: int
    plus_addressing: bool
    accept_automated: bool
    technician_group: str | None
    category: str | None
    company: str | None
    outgoing_server: str | None
    filter: FilterOut


class IncomingServerPage(Page):
    results: list[IncomingServerOut]


class ProxyOut(Shape):
    id: int
    name: str
    type: Literal["http", "socks5"]
    host: str
    port: int
    username: str


class ProxyPage(Page):
    results: list[ProxyOut]


class RuleOut(Shape):
    """An outgoing rule; ``position`` counts from 1, and the first rule that matches wins."""

    id: int
    position: int
    name: str
    enabled: bool
    server: str
    match: Literal["all", "any"]
    conditions: list[dict[str, Any]] = Field(description="{field, operator, value}, or nested {match, conditions}.")


class RulePage(Page):
    results: list[RuleOut]


class TemplateOut(Shape):
    id: int
    event: str
    audience: str
    language: str
    enabled: bool
    notify_cc: bool
    subject: str
    text: str
    html: str


class TemplatePage(Page):
    results: list[TemplateOut]


class SuppressionOut(Shape):
    id: int
    address: str
    reason: str
    created_at: str


class SuppressionPage(Page):
    results: list[SuppressionOut]


class ClosedReplyOut(Shape):
    action: Literal["add", "reopen", "new"]
    grace_days: int


class PreferencesOut(Shape):
    email_to_request: bool
    allow_guests: bool
    cc_recipients: list[Literal["to", "cc"]]
    requester_from_reply_to: bool
    technician_forward_uses_original_sender: bool
    allow_choosing_outgoing_server: bool
    closed_reply: ClosedReplyOut
    other_technician_reply: Literal["collaboration", "reply"]


class SupportPortalOut(Shape):
    allow_requester_incidents: bool
    allow_guest_requests: bool
    guest_form: bool


class SecurityOut(Shape):
    trusted_authserv_ids: list[str]
    technicians_need_authentication: bool
    check_senders: bool
    allow_senders: list[str]
    block_senders: list[str]


class LimitsOut(Shape):
    message_size: str
    requests_per_sender_per_hour: int
    acknowledgements_per_sender_per_hour: int
    acknowledgements_per_hour: int
    cc_per_request: int
    mail_log_days: int
    hold_days: int
    undo_seconds: int
    acknowledge_within_hours: int


class AlertsOut(Shape):
    emails: list[str]
    webhook: str | None


class SettingsOut(Shape):
    managed_services_provider: bool
    support_portal: SupportPortalOut
    security: SecurityOut
    limits: LimitsOut
    alerts: AlertsOut


class MicrosoftAppOut(Shape):
    """Written too: ``client_secret``, or ``certificate`` (private key and certificate as PEM) in its place."""

    client_id: str
    tenant: str
    secret_expires_on: str = ""


class SingleSignOnOut(Shape):
    """Written too: ``client_secret``."""

    enabled: bool
    name: str
    issuer: str
    client_id: str
    domains: list[str]
    creates_requesters: bool
    trusts_addresses: bool


class StageOut(Shape):
    name: str
    ok: bool
    ms: int
    detail: str


class TrialOut(Shape):
    """What Test Connection found; ``result`` is what is known of certificate, capabilities and warnings."""

    ok: bool
    stages: list[StageOut]
    code: str
    message: str
    result: dict[str, Any]


class SuggestionOut(Shape):
    direction: Literal["incoming", "outgoing"]
    protocol: str
    host: str
    port: int
    security: str
    username: str
    source: str
    note: str


class DiscoveryOut(Shape):
    ok: bool
    stages: list[StageOut]
    code: str
    message: str
    suggestions: list[SuggestionOut]


class ChangeOut(Shape):
    field: str
    old: Any
    new: Any


class ObjectOut(Shape):
    type: str
    id: str
    name: str


class AuditOut(Shape):
    """``actor`` is a person's address, or the name of whoever has none; ``actor_name`` the name at that time."""

    id: int
    at: str
    actor: str
    actor_name: str
    ip: str | None
    action: str
    object: ObjectOut
    changes: list[ChangeOut]


class AuditPage(Page):
    results: list[AuditOut]
