"""What administrators have to be told about mail servers, and the addresses that used to be ours (SPEC A9, LST-05)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from postroom.channels.models.servers import IncomingServer, OutgoingServer


class Incident(models.Model):
    """One trouble with one server, from the moment it is worth an alert until it is over (HLT-03).

    ``told_at`` and ``cleared_told_at`` are when the alert and the all-clear were queued: each happens once.
    """

    class Kind(models.TextChoices):
        DOWN = "down", "Unreachable"
        NEEDS_SIGN_IN = "needs_sign_in", "Needs sign-in"
        SILENT = "silent", "Unusually quiet"

    incoming = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="incidents")
    outgoing = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    code = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    since = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incoming", "kind"], condition=models.Q(cleared_at=None), name="one_incident_of_incoming"
            ),
            models.UniqueConstraint(
                fields=["outgoing", "kind"], condition=models.Q(cleared_at=None), name="one_incident_of_outgoing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server}: {self.kind}"

    @property
    def server(self) -> IncomingServer | OutgoingServer:
        server = self.incoming or self.outgoing
        assert server is not None  # what deletes a server deletes its incidents
        return server


class WebhookCall(models.Model):
    """A JSON body that is to be posted to the alert webhook; tried again until it was taken, for a day."""

    url = models.CharField(max_length=1000)
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"call {self.pk}: {'done' if self.done_at else self.error or 'waiting'}"


class RetiredAddress(models.Model):
    """An address of a mailbox that was deleted: ours until then, so that nothing loops through it (LST-05)."""

    email = models.CharField(max_length=320, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.email
