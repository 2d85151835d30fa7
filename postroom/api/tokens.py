"""Who calls: bearer tokens (RFC 6750), and what a token may do.

A token acts with its own role, and never with more than its person has now. A wrong, a revoked and a missing token get
the same answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from postroom.accounts.models import ApiToken, User
from postroom.api.errors import Refused
from postroom.audit.services import Actor

USE_WRITTEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or service account behind a token, and whether the token may administer."""

    user: User
    is_admin: bool
    ip: str | None

    @property
    def actor(self) -> Actor:
        """As the audit names whoever acts."""
        return Actor(self.user.name, self.user.pk, self.ip)


class ApiRequest(HttpRequest):
    """An HTTP request whose token was accepted."""

    auth: Caller


def caller_of(request: HttpRequest, token: str) -> Caller | None:
    """Who holds ``token``; None for a wrong or revoked one, and where its person may not work on requests any more."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
    row = ApiToken.objects.select_related("user").filter(digest=digest, revoked_at=None).first()
    if row is None or not _may_work(row.user):
        return None
    _note_use(row)
    admin = row.role == User.Role.ADMIN and (row.user.kind == User.Kind.SERVICE or row.user.is_admin)
    return Caller(row.user, admin, request.META.get("REMOTE_ADDR") or None)


def _may_work(user: User) -> bool:
    return user.is_active and user.is_technician and not user.blocked and not user.archived


def _note_use(row: ApiToken) -> None:
    """Write when the token was last used, at most once a minute, so that reading stays reading."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at >= USE_WRITTEN_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_WRITTEN_EVERY)
        ApiToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)


class TechnicianToken(HttpBearer):
    """Lets in every token: requests, conversations, and reading of people, companies, groups, categories."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        return caller_of(request, token)


class AdministratorToken(HttpBearer):
    """Lets in an administrator's token. A technician's gets 403 before anything is looked at (NAV-05)."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        caller = caller_of(request, token)
        if caller is not None and not caller.is_admin:
            raise Refused(403, "forbidden", "Only an administrator's token may do that.")
        return caller
