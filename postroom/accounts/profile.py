"""What people change about themselves. Each verb is one transaction and is audited."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import ApiToken, BrowserSession, MailedLink, User
from postroom.accounts.sessions import end_sessions
from postroom.audit.changes import record_save
from postroom.audit.services import Actor, record

_PREFERENCES = ("name", "language", "time_zone", "theme")


@transaction.atomic
def save_preferences(actor: Actor, user: User, *, name: str, language: str, time_zone: str, theme: str) -> None:
    """Store what was checked by the form: ``language`` is one that is offered, ``time_zone`` an IANA name or empty."""
    before = {field: getattr(user, field) for field in _PREFERENCES}
    after = {"name": name, "language": language, "time_zone": time_zone, "theme": theme}
    for field, value in after.items():
        setattr(user, field, value)
    user.save(update_fields=_PREFERENCES)
    record_save(actor, user, before, after)


@transaction.atomic
def change_password(actor: Actor, user: User, password: str, keep: str | None) -> None:
    """Set a new password and sign out of every browser but the one with the session key ``keep``."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(actor, user, keep=keep)
    _changed(actor, user, "password")


@transaction.atomic
def note_two_step(actor: Actor, user: User, *, on: bool) -> None:
    """Write into the audit that the second step was turned on or off."""
    change = {"field": "two_step_sign_in", "old": not on, "new": on}
    record(actor=actor, action="updated", object_=user, name=str(user), changes=[change])


@transaction.atomic
def take_two_step_off(actor: Actor, user: User) -> bool:
    """For somebody who lost phone and recovery codes: the password alone lets in, and all browsers are signed out.

    False where it was not on.
    """
    count, _ = Authenticator.objects.filter(user=user).delete()
    if not count:
        return False
    note_two_step(actor, user, on=False)
    end_sessions(actor, user)
    return True


@transaction.atomic
def forget_sign_in(user: User) -> None:
    """Delete whatever sign-in knows of a person: browsers, links, the second step, the provider's word, failures."""
    Session.objects.filter(session_key__in=user.browser_sessions.values("session_key")).delete()
    for model in (BrowserSession, MailedLink, Authenticator, SocialAccount):
        model.objects.filter(user=user).delete()
    if user.email:
        AccessAttempt.objects.filter(username=user.email).delete()


@transaction.atomic
def revoke_token(actor: Actor, row: ApiToken) -> None:
    """End a token for good."""
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    change = {"field": "revoked_at", "old": None, "new": row.revoked_at.isoformat()}
    record(actor=actor, action="revoked", object_=row, name=str(row), changes=[change])


def _changed(actor: Actor, user: User, field: str) -> None:
    change = {"field": field, "old": None, "new": "changed"}
    record(actor=actor, action="updated", object_=user, name=str(user), changes=[change])
