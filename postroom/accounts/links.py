"""Single-use links to choose a password: an invitation by an administrator, or a reset that somebody asked for."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from postroom.accounts.models import User
from postroom.accounts.sessions import end_sessions
from postroom.accounts.sign_in_models import MailedLink
from postroom.audit.services import Actor, record

INVITATION_DAYS = 7
RESET_HOURS = 1
RESETS_PER_PERSON = 3  # an hour
RESETS_PER_IP = 20  # an hour
KEPT_DAYS = 30
_LIFETIMES = {
    MailedLink.Purpose.INVITATION: timedelta(days=INVITATION_DAYS),
    MailedLink.Purpose.RESET: timedelta(hours=RESET_HOURS),
}


def issue(purpose: MailedLink.Purpose, user: User | None, ip: str | None) -> str:
    """Make a link and return its token, which only the mail knows. Older links of the same purpose end."""
    now = timezone.now()
    MailedLink.objects.filter(created_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    if user is not None:
        _open(purpose).filter(user=user).update(used_at=now)
    token = secrets.token_urlsafe(32)
    expires = now + _LIFETIMES[purpose]
    MailedLink.objects.create(purpose=purpose, user=user, digest=_digest(token), ip=ip, expires_at=expires)
    return token


def find(purpose: str, token: str) -> MailedLink | None:
    """The link with this token while it is good: unused, in time, and its person may come in."""
    return _open(purpose).select_related("user").filter(digest=_digest(token)).first()


@transaction.atomic
def redeem(purpose: str, token: str, password: str, ip: str | None) -> User | None:
    """Set the password that a link was mailed for, once. None where the link is not good any more.

    Whoever has the link reads the address: it is verified, and a guest is registered. All browsers are signed out.
    """
    link = _open(purpose).select_for_update(of=("self",)).filter(digest=_digest(token)).first()
    if link is None or link.user is None:
        return None
    person = User.objects.select_for_update().get(pk=link.user.pk)
    person.set_password(password)
    person.verified, person.kind = True, User.Kind.REGISTERED
    person.save(update_fields=["password", "verified", "kind"])
    MailedLink.objects.filter(user=person, used_at=None).update(used_at=timezone.now())
    actor = Actor(str(person), person.pk, ip)
    end_sessions(actor, person)
    change = {"field": "password", "old": None, "new": "changed"}
    record(actor=actor, action=f"{purpose}_used", object_=person, name=str(person), changes=[change])
    return person


def is_throttled(user: User | None, ip: str | None) -> bool:
    """True where so many resets were asked for within the hour that no further one is mailed."""
    recent = MailedLink.objects.filter(
        purpose=MailedLink.Purpose.RESET, created_at__gt=timezone.now() - timedelta(hours=1)
    )
    of_person = recent.filter(user=user).count() if user is not None else 0
    return of_person >= RESETS_PER_PERSON or recent.filter(ip=ip).count() >= RESETS_PER_IP


def may_reset(email: str) -> User | None:
    """The person who may set a password by mail; a guest, who has no account, may not."""
    return User.objects.filter(
        email=email.strip().lower(), kind=User.Kind.REGISTERED, is_active=True, blocked=False, archived=False
    ).first()


def _open(purpose: str) -> QuerySet[MailedLink]:
    good = Q(user__is_active=True, user__blocked=False, user__archived=False)
    return MailedLink.objects.filter(good, purpose=purpose, used_at=None, expires_at__gt=timezone.now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
