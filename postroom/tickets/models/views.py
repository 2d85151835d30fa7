"""Views of the list of requests that people save."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class SavedView(models.Model):
    """A view of the list: of its ``owner`` alone, of a technician ``group``, or of all technicians where both are None.

    ``filters`` are those of the list's address, by name (``tickets.listing``); ``order`` is one of its orders.
    """

    name = models.CharField(max_length=80)
    filters = models.JSONField(default=dict)
    order = models.CharField(max_length=12)
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey("accounts.TechnicianGroup", null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = [Lower("name"), "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(group=None), name="saved_view_one_audience"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """What the list's address ends with when it shows this view."""
        return "?" + urlencode({"view": "all", **self.filters, "order": self.order, "saved": self.pk})
