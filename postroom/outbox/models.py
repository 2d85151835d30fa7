"""The outgoing ledger (SPEC A8, A19 WRK-07, A22)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone


class OutboundEmail(models.Model):
    """One mail to send. Its Message-ID is minted when it is queued and stays the same on every try.

    ``files`` is [{sha256, filename, content_type, content_id, inline}] in the blob store; ``recipients`` is
    [{address, state, code, enhanced, text}]; ``facts`` is the snapshot that server rules are judged by.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", "Reply"
        FORWARD = "forward", "Forward"
        NOTIFICATION = "notification", "Notification"
        ACKNOWLEDGEMENT = "acknowledgement", "Acknowledgement"
        ANNOUNCEMENT = "announcement", "Announcement"
        TEST = "test", "Test"
        ALERT = "alert", "Alert"

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        DEFERRED = "deferred", "Deferred"
        UNCERTAIN = "uncertain", "Uncertain"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        BOUNCED = "bounced", "Bounced"

    class Lane(models.IntegerChoices):
        """Priority lanes (NFR-02): a technician's reply never waits behind an announcement."""

        REPLY = 0, "Technician reply"
        APPROVAL = 1, "Approval"
        NOTIFICATION = 2, "Notification"
        ANNOUNCEMENT = 3, "Announcement"

    WAITING = (State.QUEUED, State.DEFERRED, State.UNCERTAIN)

    message_id = models.CharField(max_length=250)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.NOTIFICATION)
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, on_delete=models.SET_NULL, related_name="outbound", db_index=False
    )
    entry = models.ForeignKey("tickets.Entry", null=True, on_delete=models.SET_NULL, related_name="outbound")
    mailbox = models.ForeignKey(
        "channels.IncomingServer", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    picked_server = models.ForeignKey(
        "channels.OutgoingServer", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    server = models.ForeignKey(
        "channels.OutgoingServer", null=True, on_delete=models.SET_NULL, related_name="outbound", db_index=False
    )
    server_name = models.CharField(max_length=200, blank=True)
    server_reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    from_name = models.CharField(max_length=320, blank=True)
    from_email = models.CharField(max_length=320, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    cc = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = ArrayField(models.CharField(max_length=998), default=list, blank=True)
    headers = models.JSONField(default=list)
    files = models.JSONField(default=list)
    recipients = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    uncertain_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    first_failed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["message_id"], name="outbound_message_id_once")]
        # Each mail is updated three times on its way: an index that is not needed is paid for as often.
        indexes = [
            models.Index(
                fields=["lane", "due_at"],
                condition=models.Q(state__in=["queued", "deferred", "uncertain", "sending"]),
                name="outbound_due",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=models.Q(state__in=["deferred", "uncertain", "failed", "cancelled", "bounced"]),
                name="outbound_trouble",
            ),
            models.Index(fields=["server", "sent_at"], condition=~models.Q(sent_at=None), name="outbound_sent"),
            models.Index(fields=["ticket"], name="outbound_ticket"),
            # Rows are added in the order of time, so this one is tiny: for what was queued within the hour.
            BrinIndex(fields=["created_at"], name="outbound_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}: {self.state}"


class Suppression(models.Model):
    """An address that automatic mail no longer goes to, and why (BNC-01). Lower-cased."""

    address = models.CharField(max_length=320, unique=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.address
