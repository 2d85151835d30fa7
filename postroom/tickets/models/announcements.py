"""Announcements: one mail to each member of requester groups, and how far it has come (ANN-01)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Announcement(models.Model):
    """What is announced, and to whom. ``per_minute`` is its own pace, below the limits of the server.

    Once it is sent, ``recipients`` are the truth of who gets it: a worker that ends loses and doubles nothing.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SENDING = "sending", "Sending"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"

    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    requester_groups = models.ManyToManyField("accounts.RequesterGroup", related_name="+", blank=True)
    outgoing_server = models.ForeignKey(
        "channels.OutgoingServer", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    per_minute = models.PositiveIntegerField(default=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    cancelled = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject


class AnnouncementRecipient(models.Model):
    """One person an announcement goes to. ``waiting`` becomes ``queued`` in the transaction that queues the mail."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        QUEUED = "queued", "Queued"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="recipients", db_index=False)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    mail = models.OneToOneField("outbox.OutboundEmail", null=True, on_delete=models.SET_NULL, related_name="+")
    queued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["announcement", "address"], name="announcement_recipient_once")]
        indexes = [models.Index(fields=["announcement", "state"], name="announcement_recipient_state")]

    def __str__(self) -> str:
        return self.address
