"""A request: an incident or a service request that someone raised (ITIL)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class Category(models.Model):
    """What a request is about. ``name`` is the whole path, as in ``Hardware / Laptop``."""

    name = models.CharField(max_length=500)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(Lower("name"), name="category_name_once")]

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    """One request. Its number is its key: one count over incidents and service requests (R29)."""

    class Kind(models.TextChoices):
        INCIDENT = "incident", "Incident"
        SERVICE_REQUEST = "service_request", "Service Request"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        IN_PROGRESS = "in_progress", "In Progress"
        PENDING = "pending", "Pending"
        RESOLVED = "resolved", "Resolved"
        CLOSED = "closed", "Closed"

    class Priority(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        URGENT = "urgent", "Urgent"

    class Source(models.TextChoices):
        EMAIL = "email", "Email"
        PORTAL = "portal", "Support portal"
        TECHNICIAN = "technician", "Technician portal"
        API = "api", "API"

    number = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.INCIDENT)
    subject = models.CharField(max_length=998)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.MEDIUM)
    requester = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="tickets", db_index=False)
    cc_emails = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    technician = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="assigned_tickets", db_index=False
    )
    technician_group = models.ForeignKey(
        "accounts.TechnicianGroup", null=True, on_delete=models.SET_NULL, related_name="tickets", db_index=False
    )
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL, related_name="tickets", db_index=False)
    company = models.ForeignKey(
        "accounts.Company", null=True, on_delete=models.SET_NULL, related_name="tickets", db_index=False
    )
    department = models.CharField(max_length=200, blank=True)
    location = models.CharField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    follow_up_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="follow_ups", db_index=False
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged", db_index=False)
    source = models.CharField(max_length=12, choices=Source.choices)
    mailbox = models.ForeignKey("channels.IncomingServer", null=True, on_delete=models.SET_NULL, related_name="tickets")
    mailbox_email = models.CharField(max_length=320, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # Spam is deleted too; technicians may take it back, what was deleted only an administrator.
    spam = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["-number"]
        verbose_name = "request"
        # Each list is one of these read from its start, whoever reads it (tickets.listing).
        indexes = [
            models.Index(fields=["-updated_at", "-number"], name="ticket_activity"),
            models.Index(
                fields=["-updated_at", "-number"],
                include=["technician_group", "technician", "requester", "company", "status", "priority"],
                condition=models.Q(status__in=["open", "in_progress", "pending"], deleted_at=None),
                name="ticket_open",
            ),
            models.Index(fields=["requester", "-updated_at", "-number"], name="ticket_requester"),
            models.Index(fields=["technician_group", "-updated_at", "-number"], name="ticket_group"),
            models.Index(
                fields=["technician", "-updated_at", "-number"],
                condition=~models.Q(technician=None),
                name="ticket_technician",
            ),
            models.Index(
                fields=["company", "-updated_at", "-number"], condition=~models.Q(company=None), name="ticket_company"
            ),
            models.Index(
                fields=["category", "-updated_at", "-number"],
                condition=~models.Q(category=None),
                name="ticket_category",
            ),
            GinIndex(fields=["tags"], condition=~models.Q(tags=[]), name="ticket_tags"),
            models.Index(fields=["merged_into"], condition=~models.Q(merged_into=None), name="ticket_merged"),
            models.Index(fields=["follow_up_of"], condition=~models.Q(follow_up_of=None), name="ticket_follow_up"),
            models.Index(fields=["-deleted_at"], condition=~models.Q(deleted_at=None), name="ticket_hidden"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"
