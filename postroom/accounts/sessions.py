"""The browsers in which people are signed in: noted at sign-in, kept up to date, ended from Profile."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.accounts.sign_in_models import BrowserSession
from postroom.audit.services import Actor, record

SEEN_WRITTEN_EVERY = 60.0  # seconds
_SEEN = "seen"


def sessions_of(user: User) -> list[BrowserSession]:
    """The browsers in which this person is signed in now, the latest seen first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(BrowserSession.objects.filter(user=user, session_key__in=live))


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    """Write the row of a fresh session, and drop those whose sessions are over."""
    if not request.session.session_key:
        request.session.create()
    BrowserSession.objects.filter(user=user).exclude(session_key__in=Session.objects.values("session_key")).delete()
    _note(request, user)


def note_seen(request: HttpRequest, user: User) -> None:
    """Write when a browser was last seen, at most once a minute: the session itself knows when that was."""
    if time.time() - float(request.session.get(_SEEN, 0)) < SEEN_WRITTEN_EVERY:
        return
    request.session[_SEEN] = time.time()
    key = request.session.session_key
    if not BrowserSession.objects.filter(session_key=key).update(seen_at=timezone.now(), ip=_ip(request)):
        _note(request, user)


def _note(request: HttpRequest, user: User) -> None:
    request.session[_SEEN] = time.time()
    values = {"user": user, "ip": _ip(request), "user_agent": request.META.get("HTTP_USER_AGENT", "")[:400]}
    BrowserSession.objects.update_or_create(session_key=request.session.session_key, defaults=values)


def _ip(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def follow(old: str | None, new: str | None) -> None:
    """A session has a new key: after a change of the password Django gives it one."""
    BrowserSession.objects.filter(session_key=old).update(session_key=new)


@receiver(user_logged_out)
def forget(sender: Any, request: HttpRequest, **more: Any) -> None:
    """Signing out ends the row with the session."""
    if request.session.session_key:
        BrowserSession.objects.filter(session_key=request.session.session_key).delete()


@transaction.atomic
def end_sessions(actor: Actor, user: User, ids: Collection[int] | None = None, *, keep: str | None = None) -> int:
    """Sign a person out of the browsers with these ids (None: of all) but for the session key ``keep``.

    Returns how many ended.
    """
    rows = BrowserSession.objects.filter(user=user).exclude(session_key=keep)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    if keys:
        change = {"field": "sessions", "old": len(keys), "new": None}
        record(actor=actor, action="signed_out", object_=user, name=str(user), changes=[change])
    return len(keys)


def end_expired() -> int:
    """Delete sessions that ran out, and their rows. Returns how many sessions."""
    count, _ = Session.objects.filter(expire_date__lt=timezone.now() - timedelta(days=1)).delete()
    BrowserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return count
