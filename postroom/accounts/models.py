"""People, groups, companies, tokens. Addresses are stored lower-cased: one user an address (USR-01)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils import timezone

from postroom.accounts.sign_in_models import BrowserSession, MailedLink

__all__ = [
    "ApiToken",
    "BrowserSession",
    "Company",
    "CompanyDomain",
    "MailedLink",
    "RequesterGroup",
    "SecondaryEmail",
    "TechnicianGroup",
    "User",
    "UserManager",
]


class Company(models.Model):
    """A customer organisation of a managed services provider; ``domains`` map senders to it (USR-01)."""

    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="company_name_once")]

    def __str__(self) -> str:
        return self.name


class CompanyDomain(models.Model):
    """A mail domain that belongs to one company. Lower-cased."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=255, unique=True)

    def __str__(self) -> str:
        return self.domain


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Whoever writes or answers. A guest is a requester without an account; a service account has no address.

    ``company_contact``: this requester sees all requests of their company in the support portal, not only their own.
    """

    class Role(models.TextChoices):
        ADMIN = "admin", "Administrator"
        TECHNICIAN = "technician", "Technician"
        REQUESTER = "requester", "Requester"

    class Kind(models.TextChoices):
        REGISTERED = "registered", "Registered"
        GUEST = "guest", "Guest"
        SERVICE = "service", "Service account"

    class Theme(models.TextChoices):
        AUTO = "auto", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.CharField(max_length=320, unique=True, null=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.REQUESTER)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REGISTERED)
    is_active = models.BooleanField(default=True)
    blocked = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    verified = models.BooleanField(default=False)
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    company_contact = models.BooleanField(default=False, db_default=False)
    department = models.CharField(max_length=200, blank=True)
    location = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO, db_default="auto")
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "email"]
        indexes = [
            models.Index(fields=["name", "id"], name="person_by_name"),
            models.Index(fields=["role", "kind", "name", "id"], name="person_by_type"),
            models.Index(fields=["name", "id"], name="person_blocked", condition=models.Q(blocked=True)),
            models.Index(fields=["name", "id"], name="person_archived", condition=models.Q(archived=True)),
            # A part of a name or address among hundreds of thousands of people.
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass("email", name="gin_trgm_ops"),
                OpClass(Upper("department"), name="gin_trgm_ops"),
                OpClass(Upper("location"), name="gin_trgm_ops"),
                name="person_words",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"#{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower() if self.email else None
        super().save(*args, **kwargs)

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    @property
    def is_technician(self) -> bool:
        """True for technicians and administrators: whoever may work on requests."""
        return self.role in (self.Role.ADMIN, self.Role.TECHNICIAN)


class SecondaryEmail(models.Model):
    """A further address of a user: mail from it is theirs. Lower-cased."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="secondary_emails")
    email = models.CharField(max_length=320, unique=True)

    class Meta:
        indexes = [GinIndex(OpClass("email", name="gin_trgm_ops"), name="secondary_email_parts")]

    def __str__(self) -> str:
        return self.email


class TechnicianGroup(models.Model):
    """A support team. ``companies`` are those that it serves; none means all of them (USR-03)."""

    name = models.CharField(max_length=200)
    members = models.ManyToManyField(User, related_name="technician_groups", blank=True)
    companies = models.ManyToManyField(Company, related_name="technician_groups", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="technician_group_name_once")]

    def __str__(self) -> str:
        return self.name


class RequesterGroup(models.Model):
    """Whom an announcement goes to."""

    name = models.CharField(max_length=200)
    members = models.ManyToManyField(User, related_name="requester_groups", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="requester_group_name_once")]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A bearer token of a person or of a service account. Only its SHA-256 is stored; it is shown once."""

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=12, choices=User.Role.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
