"""Test Connection, discovery and counts that pages and REST ask for: a worker runs them and writes here (R26)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from postroom.channels.models.servers import IncomingServer, OutgoingServer
from postroom.channels.secret import EncryptedTextField


class Probe(models.Model):
    """One question to a mail server or to the name service, and how far its answer has come.

    ``stages`` is [{name, ok, ms, detail}] and grows while it runs; ``ok``, ``code``, ``message`` and ``result`` hold
    once ``state`` is done. ``values`` are unsaved values as JSON; they are dropped with the end. A running probe
    belongs to the worker ``claimed_by`` until ``lease_until``.
    """

    class Kind(models.TextChoices):
        TEST_OUTGOING = "test_outgoing", "Test Connection of an outgoing server"
        TEST_INCOMING = "test_incoming", "Test Connection of an incoming server"
        DISCOVER = "discover", "Discovery of servers by address"
        COUNT = "count", "Count of the mails in a mailbox"
        SIGN_IN = "sign_in", "Sign-in at an identity provider"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    incoming = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="+")
    outgoing = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="+")
    values = EncryptedTextField(blank=True, default="")
    to = models.CharField(max_length=320, blank=True)
    stages = models.JSONField(default=list)
    ok = models.BooleanField(null=True)
    code = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=320)
    requester_id = models.BigIntegerField(null=True)
    requester_ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.requested_by}: {self.state}"
