"""Email Preference (SPEC A16) and the instance's other settings: one typed row each, id 1."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models


def _cc_default() -> list[str]:
    return ["cc"]


class SingleRow(models.Model):
    """A table of one row, which comes into being with its defaults when first read."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def load(cls) -> Self:
        row: Self = cls._default_manager.get_or_create(pk=1)[0]
        return row


class EmailPreferences(SingleRow):
    """The Email Preference tab. Defaults by ruling R9."""

    class ClosedReply(models.TextChoices):
        ADD = "add", "Add reply to request"
        REOPEN = "reopen", "Reopen request and add reply to request"
        NEW = "new", "Create new request"

    class OtherTechnician(models.TextChoices):
        COLLABORATION = "collaboration", "Add reply mail as collaboration"
        REPLY = "reply", "Add reply mail as reply"

    email_to_request = models.BooleanField(default=True)
    allow_guests = models.BooleanField(default=True)
    cc_recipients = ArrayField(models.CharField(max_length=2), default=_cc_default, blank=True)
    requester_from_reply_to = models.BooleanField(default=False)
    technician_forward_uses_original_sender = models.BooleanField(default=True)
    allow_choosing_outgoing_server = models.BooleanField(default=False)
    closed_reply_action = models.CharField(max_length=8, choices=ClosedReply.choices, default=ClosedReply.REOPEN)
    closed_reply_grace_days = models.PositiveIntegerField(default=7)
    other_technician_reply = models.CharField(
        max_length=16, choices=OtherTechnician.choices, default=OtherTechnician.COLLABORATION
    )

    def __str__(self) -> str:
        return "Email Preference"


class Settings(SingleRow):
    """Support portal, security, limits and alerts, as the configuration file names them. ``message_size`` in bytes."""

    managed_services_provider = models.BooleanField(default=False)
    allow_requester_incidents = models.BooleanField(default=True)
    allow_guest_requests = models.BooleanField(default=True)
    guest_form = models.BooleanField(default=True)
    trusted_authserv_ids = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    technicians_need_authentication = models.BooleanField(default=False)
    check_senders = models.BooleanField(default=False)
    allow_senders = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    block_senders = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    message_size = models.PositiveBigIntegerField(default=35_000_000)
    requests_per_sender_per_hour = models.PositiveIntegerField(default=20)
    acknowledgements_per_sender_per_hour = models.PositiveIntegerField(default=5)
    acknowledgements_per_hour = models.PositiveIntegerField(default=10_000)  # to unverified guests, altogether
    cc_per_request = models.PositiveIntegerField(default=50)
    mail_log_days = models.PositiveIntegerField(default=90)
    hold_days = models.PositiveIntegerField(default=30)
    undo_seconds = models.PositiveIntegerField(default=10)
    acknowledge_within_hours = models.PositiveIntegerField(default=24)
    alert_emails = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    alert_webhook = models.CharField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return "Settings"

    @property
    def guests_may_report(self) -> bool:
        """The two Support Portal switches together: what a requester may not, a guest may not either (USR-04)."""
        return self.allow_requester_incidents and self.allow_guest_requests

    @property
    def guest_form_is_open(self) -> bool:
        """The guest form has a switch of its own beside "Allow Guest Requester to report a Request" (R1)."""
        return self.allow_requester_incidents and self.guest_form


class Instance(SingleRow):
    """What ties a database to its secret key and its mail store, so that a role with another one refuses to start.

    ``swept_at``: when retention last went through the mail log.
    """

    key_fingerprint = models.CharField(max_length=32, blank=True)
    storage_id = models.CharField(max_length=64, blank=True)
    swept_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"key {self.key_fingerprint}, storage {self.storage_id}"
