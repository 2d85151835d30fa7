"""The incoming ledger and where each mailbox was read to (SPEC A13, INC-09)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class InboundEmail(models.Model):
    """One mail as it arrived. ``key`` is the server's identity of it; (mailbox, key) is unique, so nothing comes twice.

    ``raw_sha256`` names its bytes in the blob store (empty once retention took them). ``acknowledged_at`` is when the
    mail server was told. ``content_hash`` recognises the same mail again, ``fingerprint`` the same words again. A row
    is due when ``state`` is not done and ``due_at`` has come; a lease that ran out frees it.
    """

    class State(models.TextChoices):
        KEPT = "kept", "Kept"
        PROCESSING = "processing", "Processing"
        DONE = "done", "Done"

    mailbox = models.ForeignKey(
        "channels.IncomingServer", null=True, on_delete=models.SET_NULL, related_name="inbound", db_index=False
    )
    mailbox_email = models.CharField(max_length=320)
    key = models.CharField(max_length=255)
    raw_sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    too_large = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    kept_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.KEPT)
    outcome = models.CharField(max_length=24, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    trace = models.JSONField(default=list)
    message_id = models.CharField(max_length=998, blank=True)
    from_email = models.CharField(max_length=320, blank=True)
    from_name = models.CharField(max_length=320, blank=True)
    to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=32, blank=True)
    authserv_ids = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    ticket = models.ForeignKey("tickets.Ticket", null=True, on_delete=models.SET_NULL, related_name="inbound")
    entry = models.ForeignKey("tickets.Entry", null=True, on_delete=models.SET_NULL, related_name="inbound")
    duplicate_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="duplicates", db_index=False
    )
    released_as = models.CharField(max_length=8, blank=True)
    released_to = models.ForeignKey(
        "tickets.Ticket", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "key"], name="inbound_key_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=~models.Q(state="done"), name="inbound_due"),
            models.Index(fields=["mailbox"], condition=models.Q(acknowledged_at=None), name="inbound_unacknowledged"),
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="inbound_message_id"),
            models.Index(fields=["from_email", "received_at"], name="inbound_sender"),
            models.Index(fields=["outcome", "-id"], name="inbound_outcome"),
            models.Index(fields=["mailbox", "-received_at"], name="inbound_of_mailbox"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_email} {self.key}: {self.outcome or self.state}"


class MailboxCursor(models.Model):
    """How far a mailbox was read, and which intake process holds it now (one lease a mailbox over all hosts).

    ``uidvalidity`` and ``last_uid`` are of ``folder`` (RFC 9051, 2.3.1.1): every UID up to ``last_uid`` is in the
    ledger or was there before ``start: now``. ``rebuilt``: the folder was made anew, so known mail has new UIDs. With
    POP3, which has neither, ``last_uid`` is 1 once the mailbox was looked at. ``delta_link`` is Microsoft Graph's own
    memory of what it has told of ``delta_of``, the folder and where it is; ``owed`` are the keys of mails that it told
    of and did not give out yet.
    """

    server = models.OneToOneField("channels.IncomingServer", on_delete=models.CASCADE, related_name="cursor")
    folder = models.CharField(max_length=255, blank=True)
    uidvalidity = models.PositiveBigIntegerField(null=True)
    last_uid = models.PositiveBigIntegerField(default=0)
    rebuilt = models.BooleanField(default=False)
    delta_link = models.TextField(blank=True, default="")
    delta_of = models.TextField(blank=True, default="")
    owed = ArrayField(models.TextField(), default=list, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.server}: {self.uidvalidity}/{self.last_uid}"


class PassedOver(models.Model):
    """A mail on a server without order (POP3) that is not fetched: it was there before ``start: now``, or is known."""

    server = models.ForeignKey(
        "channels.IncomingServer", on_delete=models.CASCADE, related_name="passed_over", db_index=False
    )
    key = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "key"], name="passed_over_once")]

    def __str__(self) -> str:
        return f"{self.server}: {self.key}"
