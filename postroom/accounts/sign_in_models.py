"""What sign-in leaves behind: the browsers in which somebody is signed in, and the links that were mailed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class BrowserSession(models.Model):
    """One browser in which a person is signed in: the row beside Django's own session, for the list on Profile."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user} from {self.ip}"


class MailedLink(models.Model):
    """A link to choose a password, good for one use. Only the SHA-256 of its token is stored.

    A reset that was asked for an unknown address is counted too (``user`` None): it is what throttling goes by.
    """

    class Purpose(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        RESET = "reset", "Password reset"

    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="mailed_links")
    digest = models.CharField(max_length=64, unique=True)
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["ip", "created_at"], name="mailed_link_by_ip")]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"
