"""What people are told, and when: the notices of the last day, by which bursts become one mail (NTF-05, R20)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Notice(models.Model):
    """One event that one person is told of. The first leaves at once; those that follow wait until ``due_at``.

    ``subject``, ``text`` and ``html`` are the rendered template, without header, footer and tag; they stay empty where
    the mail left at once. ``address`` is lower-cased.
    """

    address = models.CharField(max_length=320)
    event = models.CharField(max_length=40)
    language = models.CharField(max_length=12, default="en")
    ticket = models.ForeignKey("tickets.Ticket", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=998, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["address", "mailed_at"], name="notice_of_address"),
            models.Index(fields=["due_at"], condition=models.Q(mailed_at=None), name="notice_due"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.address}"


class GuestAnswers(models.Model):
    """How many guests were answered automatically by one batch of mail: the rows of an hour are held to the limit."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} at {self.at}"
