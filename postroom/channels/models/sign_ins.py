"""Sign-ins at an identity provider that are going on: from the button to the callback, and until Save (SPEC A3)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from postroom.channels.models.probes import Probe
from postroom.channels.models.servers import IncomingServer, OutgoingServer
from postroom.channels.secret import EncryptedTextField

VALID_FOR = timedelta(minutes=15)


def _until() -> datetime:
    return timezone.now() + VALID_FOR


class SignIn(models.Model):
    """One round to the provider and back (RFC 6749, 4.1; RFC 8628).

    ``state_digest`` is the hash of the state parameter, which comes back once; ``session`` that of the browser session
    which began ("" where a script did, whose state nobody else knows). Without ``incoming`` and ``outgoing`` it is for
    a server that is not saved yet; then ``tokens`` (JSON, encrypted) wait here for Save. ``probe`` tells how far the
    worker is that asks the provider (R26).
    """

    class Kind(models.TextChoices):
        CODE = "code", "Authorization code"
        DEVICE = "device", "Device code"
        CONSENT = "consent", "Admin consent"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for the provider"
        ASKING = "asking", "A worker asks the provider"
        OTHER_ACCOUNT = "other_account", "Another account signed in"
        DONE = "done", "Signed in"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CODE)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WAITING)
    incoming = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="+")
    outgoing = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(max_length=8, blank=True)
    protocol = models.CharField(max_length=8, blank=True)
    email = models.CharField(max_length=320, blank=True)
    state_digest = models.CharField(max_length=64, blank=True, db_index=True)
    session = models.CharField(max_length=64, blank=True)
    verifier = EncryptedTextField(blank=True, default="")
    device_code = EncryptedTextField(blank=True, default="")
    user_code = models.CharField(max_length=40, blank=True)
    verification_url = models.CharField(max_length=1000, blank=True)
    poll_seconds = models.PositiveIntegerField(default=5)
    poll_at = models.DateTimeField(null=True)
    probe = models.ForeignKey(Probe, null=True, on_delete=models.SET_NULL, related_name="+")
    tokens = EncryptedTextField(blank=True, default="")
    account = models.CharField(max_length=320, blank=True)
    scopes = models.CharField(max_length=1000, blank=True)
    error = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    actor_name = models.CharField(max_length=320, blank=True)
    actor_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_until)

    def __str__(self) -> str:
        return f"sign-in {self.pk}: {self.status}"

    @property
    def server(self) -> IncomingServer | OutgoingServer | None:
        return self.incoming or self.outgoing


class SecretWarning(models.Model):
    """A warning that was given: the client secret of ``whose`` ends on ``day``, ``step`` days ahead (OA-07)."""

    whose = models.CharField(max_length=320)
    day = models.DateField()
    step = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["whose", "day", "step"], name="one_warning_a_step")]

    def __str__(self) -> str:
        return f"{self.whose}: {self.day}, {self.step} days before"
