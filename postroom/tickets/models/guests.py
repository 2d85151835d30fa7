"""Who reported something without signing in within the last hour: what the guest form's limits count."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class GuestReport(models.Model):
    """One use of the guest form. ``network`` is an IPv4 address or an IPv6 /64; ``address`` is lower-cased."""

    network = models.CharField(max_length=64)
    address = models.CharField(max_length=320)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.address} from {self.network}"
