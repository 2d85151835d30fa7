"""API tokens: made and shown once, taken back. Only their SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import ApiToken, User
from postroom.audit.changes import record_save
from postroom.audit.services import Actor, record
from postroom.rules.fields import Fields, unknown_name

TOKEN_FIELDS = ("name", "role", "person")
TOKEN_PREFIX = "pr_"  # noqa: S105  marks our tokens for secret scanners


@transaction.atomic
def create_token(actor: Actor, name: str, role: str, person: User | None = None) -> str:
    """Make an API token and return it: this once, since only its SHA-256 is stored.

    Without a person it belongs to the service account of this name and role. Raises Invalid for a role that the person
    does not have.
    """
    fields = Fields({"name": name, "role": role}, ["name", "role"])
    name = fields.text("name", required="Enter a name.")
    role = fields.choice("role", "", [User.Role.ADMIN, User.Role.TECHNICIAN])
    _check_owner(fields, role, person)
    fields.done()
    return _issue(actor, name, role, person)[1]


@transaction.atomic
def issue_token(actor: Actor, data: object) -> tuple[ApiToken, str]:
    """The same of ``data`` {name, role, person: address or null}: the row, and the token this once. Raises Invalid."""
    fields = Fields(data, TOKEN_FIELDS)
    name = fields.text("name", required="Enter a name.")
    role = fields.choice("role", "", [User.Role.ADMIN, User.Role.TECHNICIAN])
    address = fields.email("person")
    person = User.objects.filter(email=address).exclude(email=None).first() if address else None
    if address and person is None:
        fields.fail("person", unknown_name("technician", address))
    _check_owner(fields, role, person)
    fields.done()
    return _issue(actor, name, role, person)


def _check_owner(fields: Fields, role: str, person: User | None) -> None:
    if person is None:
        return
    if not person.is_technician:
        fields.fail("person", "There are no tokens for requesters.")
    elif not person.is_active:
        fields.fail("person", f"{person} is blocked or archived.")
    elif role == User.Role.ADMIN and not person.is_admin:
        fields.fail("role", f"{person} is not an administrator.")


def _issue(actor: Actor, name: str, role: str, person: User | None) -> tuple[ApiToken, str]:
    owner = person or _service_account(name, role)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(name=name, digest=digest_of(token), role=role, user=owner)
    record_save(actor, row, None, {"name": name, "role": role, "user": str(owner)})
    return row, token


@transaction.atomic
def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token now and for ever; its row stays, so that one can see when it was last used. Twice does no harm."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(actor=actor, action="revoked", object_=token, name=token.name, changes=[])
    token.refresh_from_db()


def digest_of(token: str) -> str:
    """What is stored of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _service_account(name: str, role: str) -> User:
    account, fresh = User.objects.get_or_create(kind=User.Kind.SERVICE, name=name, role=role, email=None)
    if fresh:
        account.set_unusable_password()
        account.save()
    return account
