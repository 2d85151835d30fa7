"""The conversation of a request: entries, their attachments, and who takes part."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from postroom.tickets.models.ticket import Ticket


class Entry(models.Model):
    """One item of the conversation. Description, reply and forward are public; all else stays with technicians.

    ``html`` is sanitised and has no history, ``quoted_html`` is the folded history. ``message_id`` is the mail's own,
    without angle brackets: replies find the request by it. ``event`` holds the facts of an event entry.
    """

    class Kind(models.TextChoices):
        DESCRIPTION = "description", "Description"
        REPLY = "reply", "Reply"
        FORWARD = "forward", "Forward"
        COLLABORATION = "collaboration", "Collaborate"
        NOTE = "note", "Note"
        EVENT = "event", "Event"

    class Direction(models.TextChoices):
        IN = "in", "In"
        OUT = "out", "Out"
        INTERNAL = "internal", "Internal"

    GUEST_FORM = "guest_form"  # the flag of what somebody wrote who had not signed in
    PUBLIC = (Kind.DESCRIPTION, Kind.REPLY, Kind.FORWARD)

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    author = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    author_name = models.CharField(max_length=320, blank=True)
    author_email = models.CharField(max_length=320, blank=True)
    to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    cc = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    quoted_html = models.TextField(blank=True)
    message_id = models.CharField(max_length=998, blank=True)
    flag = models.CharField(max_length=24, blank=True)
    event = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["ticket", "created_at"]),
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="entry_message_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.ticket_id}"

    @property
    def is_public(self) -> bool:
        """True if the requester may see it."""
        return self.kind in self.PUBLIC


class Attachment(models.Model):
    """A file of an entry; its bytes are in the blob store under ``sha256``. ``removed`` says why they are not."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)
    removed = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.filename


class Participant(models.Model):
    """Who takes part besides requester and technician (THR-04, R24). The address is lower-cased."""

    class Role(models.TextChoices):
        WATCHER = "watcher", "Watcher"
        CC = "cc", "Cc"
        THIRD_PARTY = "third_party", "Third party"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants", db_index=False)
    email = models.CharField(max_length=320)
    role = models.CharField(max_length=12, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "email"], name="participant_once")]

    def __str__(self) -> str:
        return self.email
