"""How each mail server is doing: shared by all processes, so that one worker's failure is every worker's knowledge."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from postroom.channels.models.servers import IncomingServer, OutgoingServer


class HealthState(models.TextChoices):
    CONNECTED = "connected", "Connected"
    DEGRADED = "degraded", "Degraded"
    UNREACHABLE = "unreachable", "Unreachable"
    NEEDS_SIGN_IN = "needs_sign_in", "Needs sign-in"
    NEVER_TESTED = "never_tested", "Never tested"


class ServerHealth(models.Model):
    """State of one server. ``failures`` counts connection or sign-in failures in a row; the circuit opens at 3.

    ``throttled_until``: nothing is sent or fetched before, by the server's own wish or by the limits entered for it
    (HLT-04).
    """

    incoming = models.OneToOneField(IncomingServer, null=True, on_delete=models.CASCADE, related_name="health")
    outgoing = models.OneToOneField(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="health")
    state = models.CharField(max_length=16, choices=HealthState.choices, default=HealthState.NEVER_TESTED)
    code = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    since = models.DateTimeField(default=timezone.now)
    last_success = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    next_probe_at = models.DateTimeField(null=True)
    throttled_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(incoming__isnull=True) ^ models.Q(outgoing__isnull=True), name="health_of_one_server"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incoming or self.outgoing}: {self.state}"


class WorkerHeartbeat(models.Model):
    """A process of a role that is at work: it says so every 5 seconds."""

    name = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=12)
    host = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
