"""What the desk writes by itself: one template an event, audience and language; the shipped ones are in code."""

from __future__ import annotations

from django.db import models


class NotificationTemplate(models.Model):
    """An administrator's version of a notification; it stands in front of the shipped one."""

    event = models.CharField(max_length=40)
    audience = models.CharField(max_length=20)
    language = models.CharField(max_length=12, default="en")
    enabled = models.BooleanField(default=True)
    notify_cc = models.BooleanField(default=False)
    subject = models.CharField(max_length=998, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "audience", "language"], name="notification_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.audience} ({self.language})"
