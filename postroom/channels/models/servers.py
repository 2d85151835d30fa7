"""Mail servers, their proxies and sign-ins, and the rules that choose an outgoing one (SPEC A2, A3, A10, A11, A23)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from postroom.channels.secret import EncryptedTextField


class ProxyServer(models.Model):
    """A proxy that single connections may use (PRX-01, PRX-02)."""

    class Type(models.TextChoices):
        HTTP = "http", "HTTP CONNECT"
        SOCKS5 = "socks5", "SOCKS5"

    name = models.CharField(max_length=200)
    type = models.CharField(max_length=8, choices=Type.choices)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    username = models.CharField(max_length=320, blank=True)
    password = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="proxy_name_once")]

    def __str__(self) -> str:
        return self.name


class MicrosoftApp(models.Model):
    """The instance's one Microsoft application (MS-05). A single row, id 1.

    ``certificate`` is a private key and its certificate as PEM, in place of a secret. ``secret_expires_on`` is what the
    administrator read at Microsoft (OA-07). ``consented_*`` tell of the last admin consent that came back (CON-03).
    """

    client_id = models.CharField(max_length=200, blank=True)
    client_secret = EncryptedTextField(blank=True, default="")
    certificate = EncryptedTextField(blank=True, default="")
    tenant = models.CharField(max_length=200, blank=True, default="organizations")
    secret_expires_on = models.DateField(null=True, blank=True)
    consented_by = models.CharField(max_length=320, blank=True)
    consented_at = models.DateTimeField(null=True)
    consented_tenant = models.CharField(max_length=200, blank=True)
    consented_scopes = models.CharField(max_length=2000, blank=True)

    def __str__(self) -> str:
        return self.client_id or "Microsoft application"


class MailServer(models.Model):
    """What incoming and outgoing servers have in common: an address, where to connect, how to sign in."""

    class Provider(models.TextChoices):
        MICROSOFT = "microsoft", "Sign in with Microsoft"
        OTHER = "other", "Other"

    class Security(models.TextChoices):
        NONE = "none", "None"
        SSL = "ssl", "SSL"
        TLS = "tls", "TLS"

    class AuthType(models.TextChoices):
        NONE = "none", "None"
        BASIC = "basic", "Basic Auth"
        OAUTH = "oauth", "OAuth"

    class Grant(models.TextChoices):
        AUTHORIZATION_CODE = "authorization_code", "Authorization code"
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials"

    name = models.CharField(max_length=200)
    email = models.CharField(max_length=320)
    provider = models.CharField(max_length=12, choices=Provider.choices, default=Provider.OTHER)
    host = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(null=True, blank=True)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    ca_file = models.CharField(max_length=1000, blank=True)
    verify_tls = models.BooleanField(default=True)
    auth_type = models.CharField(max_length=8, choices=AuthType.choices, default=AuthType.BASIC)
    username = models.CharField(max_length=320, blank=True)
    password = EncryptedTextField(blank=True, default="")
    oauth_grant = models.CharField(max_length=24, choices=Grant.choices, blank=True)
    client_id = models.CharField(max_length=200, blank=True)
    client_secret = EncryptedTextField(blank=True, default="")
    secret_expires_on = models.DateField(null=True, blank=True)
    tenant_id = models.CharField(max_length=200, blank=True)
    authorization_url = models.CharField(max_length=1000, blank=True)
    token_url = models.CharField(max_length=1000, blank=True)
    scope = models.CharField(max_length=1000, blank=True)
    proxy = models.ForeignKey(ProxyServer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    enabled = models.BooleanField(default=True)
    primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class OutgoingServer(MailServer):
    """A way to send. ``email`` is the From address; limits are None where there is none.

    ``save_to_sent_items`` counts for MAPI, whose server keeps what it sends.
    """

    class Protocol(models.TextChoices):
        SMTP = "smtp", "SMTP"
        MAPI = "mapi", "MAPI (Microsoft 365 / Exchange)"

    protocol = models.CharField(max_length=8, choices=Protocol.choices, default=Protocol.SMTP)
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    limit_per_minute = models.PositiveIntegerField(null=True, blank=True)
    limit_per_day = models.PositiveIntegerField(null=True, blank=True)
    limit_recipients = models.PositiveIntegerField(null=True, blank=True)
    limit_connections = models.PositiveIntegerField(null=True, blank=True)
    save_to_sent_items = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="outgoing_server_name_once"),
            models.UniqueConstraint(
                fields=["primary"], condition=models.Q(primary=True), name="one_primary_outgoing_server"
            ),
        ]


class IncomingServer(MailServer):
    """A mailbox that is read. ``aliases`` are its further addresses; ``after`` is what the server is told (INC-07)."""

    class Protocol(models.TextChoices):
        IMAP = "imap", "IMAP"
        POP3 = "pop3", "POP3"
        MAPI = "mapi", "MAPI (Microsoft 365 / Exchange)"

    class Start(models.TextChoices):
        NOW = "now", "From now on"
        ALL = "all", "All mail that is already there"

    class After(models.TextChoices):
        MARK_SEEN = "mark_seen", "Mark as seen"
        KEEP = "keep", "Leave as it is"
        DELETE = "delete", "Delete"
        MOVE = "move", "Move to a folder"
        DELETE_LATER = "delete_after_days", "Delete after some days"

    class FilterType(models.TextChoices):
        ALLOW = "allow", "Allow"
        IGNORE = "ignore", "Ignore"

    protocol = models.CharField(max_length=8, choices=Protocol.choices, default=Protocol.IMAP)
    aliases = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    folder = models.CharField(max_length=255, default="INBOX")
    start = models.CharField(max_length=4, choices=Start.choices, default=Start.NOW)
    after = models.CharField(max_length=20, choices=After.choices, default=After.MARK_SEEN)
    after_folder = models.CharField(max_length=255, blank=True)
    after_days = models.PositiveIntegerField(null=True, blank=True)
    poll_seconds = models.PositiveIntegerField(default=60)
    plus_addressing = models.BooleanField(default=False)
    accept_automated = models.BooleanField(default=False)
    technician_group = models.ForeignKey(
        "accounts.TechnicianGroup", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    category = models.ForeignKey("tickets.Category", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("accounts.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outgoing_server = models.ForeignKey(
        OutgoingServer, null=True, blank=True, on_delete=models.PROTECT, related_name="linked_mailboxes"
    )
    filter_type = models.CharField(max_length=8, choices=FilterType.choices, default=FilterType.IGNORE)
    filter_emails = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    filter_domains = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    filter_keywords = ArrayField(models.CharField(max_length=255), default=list, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="incoming_server_name_once"),
            models.UniqueConstraint(
                fields=["primary"], condition=models.Q(primary=True), name="one_primary_incoming_server"
            ),
        ]

    @cached_property
    def routes(self) -> list[AliasRoute]:
        """The alias routes; a save sets those that are to be."""
        return list(self.alias_routes.all()) if self.pk else []


class AliasRoute(models.Model):
    """What requests get that come to one alias of a mailbox, in place of the mailbox's own defaults (INC-08)."""

    mailbox = models.ForeignKey(IncomingServer, on_delete=models.CASCADE, related_name="alias_routes")
    alias = models.CharField(max_length=320)
    technician_group = models.ForeignKey(
        "accounts.TechnicianGroup", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    category = models.ForeignKey("tickets.Category", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "alias"], name="alias_route_once")]

    def __str__(self) -> str:
        return f"{self.alias} of {self.mailbox.name}"


class OAuthGrant(models.Model):
    """A stored consent (RFC 6749): the refresh token of one server, and the access token it last gave.

    The access token serves until ``refresh_at``, which lies ahead of ``expires_at`` by a margin with jitter (OA-03).
    ``failed_at`` and ``failure_*`` tell of the last request that failed, and are empty after one that did not: the
    MAIL* code, the provider's own code, the words, and whether it is worth trying again by itself. ``given`` is the
    hash of the refresh token that was entered from outside, so that entering it again does not undo its rotation.
    ``reaches_others``: whether an application's token opened a mailbox that is not its own (MAPI-06).
    """

    incoming = models.OneToOneField(IncomingServer, null=True, on_delete=models.CASCADE, related_name="grant")
    outgoing = models.OneToOneField(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="grant")
    refresh_token = EncryptedTextField(blank=True, default="")
    access_token = EncryptedTextField(blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    scopes = models.CharField(max_length=1000, blank=True)
    account = models.CharField(max_length=320, blank=True)
    tenant = models.CharField(max_length=200, blank=True)
    roles = models.CharField(max_length=1000, blank=True)
    consented_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    refresh_at = models.DateTimeField(null=True, db_index=True)
    failed_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=20, blank=True)
    failure_error = models.CharField(max_length=60, blank=True)
    failure_message = models.TextField(blank=True)
    failure_temporary = models.BooleanField(default=False)
    given = models.CharField(max_length=64, blank=True)
    reaches_others = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(incoming__isnull=True) ^ models.Q(outgoing__isnull=True), name="grant_of_one_server"
            )
        ]

    def __str__(self) -> str:
        return f"grant of {self.server}"

    @property
    def server(self) -> IncomingServer | OutgoingServer:
        server = self.incoming or self.outgoing
        assert server is not None  # grant_of_one_server
        return server


class OutgoingRule(models.Model):
    """Conditions that route a mail to a server; tried by ``position``, the first match wins (ORL-06, R3)."""

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    server = models.ForeignKey(OutgoingServer, on_delete=models.PROTECT, related_name="rules")
    match = models.CharField(max_length=3, choices=[("all", "All"), ("any", "Any")], default="all")
    conditions = models.JSONField(default=list)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
