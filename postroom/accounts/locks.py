"""Lock-out after failed sign-ins, by address and IP together (django-axes), and its release by an administrator.

Somebody who guesses from elsewhere cannot lock out the owner of an address, and an unknown address locks like a known
one, so that a lock tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import SYSTEM, Actor, record


@dataclass(frozen=True, slots=True)
class Lock:
    """An address that may not sign in from ``ip`` before ``until``; ``person`` is whose it is, if anybody's."""

    email: str
    ip: str | None
    failures: int
    until: datetime
    person: User | None


def user_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """What failures are counted by: the address as the person table writes it, as long as axes can store."""
    given = (credentials or {}).get("email") or request.POST.get("email", "")
    return str(given).strip().lower()[:255]


def locks() -> list[Lock]:
    """Everything that is locked now, the latest first."""
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    rows = (
        AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - cool_off)
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .order_by("-last")
    )
    people = {person.email: person for person in User.objects.filter(email__in=[row["username"] for row in rows])}
    return [
        Lock(row["username"], row["ip_address"], row["failures"], row["last"] + cool_off, people.get(row["username"]))
        for row in rows
    ]


@transaction.atomic
def release(actor: Actor, email: str, ip: str | None) -> bool:
    """End a lock at once. False where there is none any more."""
    attempts = AccessAttempt.objects.filter(username=email, ip_address=ip)
    first = attempts.first()
    if first is None:
        return False
    record(actor=actor, action="released", object_=_object(email) or first, name=email, changes=[_from(ip)])
    attempts.delete()
    return True


@receiver(user_locked_out)
def note_lock(sender: Any, request: Any, username: str, ip_address: str | None, **more: Any) -> None:
    """Write the beginning of a lock into the audit; tries while it lasts are not written."""
    object_ = _object(username)
    if object_ is not None and request.axes_failures_since_start:
        who = Actor(SYSTEM.name, ip=ip_address)
        record(actor=who, action="locked", object_=object_, name=str(object_), changes=[_from(ip_address)])


def _object(email: str) -> User | None:
    return User.objects.filter(email=email).first()


def _from(ip: str | None) -> dict[str, Any]:
    return {"field": "sign_in_from", "old": None, "new": ip}
