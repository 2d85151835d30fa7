"""The one OpenID provider that people may sign in with (OpenID Connect Core 1.0)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from postroom.channels.secret import EncryptedTextField


class SingleSignOn(models.Model):
    """The provider and whom it lets in: one row. ``domains`` empty means nobody that is not linked already."""

    enabled = models.BooleanField(default=False)
    name = models.CharField(max_length=40, blank=True)
    issuer = models.CharField(max_length=500, blank=True)
    client_id = models.CharField(max_length=190, blank=True)
    client_secret = EncryptedTextField(blank=True, default="")
    domains = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    creates_requesters = models.BooleanField(default=False)
    trusts_addresses = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name or "Single sign-on"

    @classmethod
    def load(cls) -> SingleSignOn:
        return cls.objects.get_or_create(pk=1)[0]
