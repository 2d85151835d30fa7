"""What tests are set up from: the fixed cast and small builders that write rows of one desk."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from postroom.accounts.models import ApiToken, TechnicianGroup, User
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.tickets.models import Entry, Ticket


def a_user(email: str | None, name: str = "", role: str = "requester", **fields: Any) -> User:
    """A person, the same one whenever asked for again; ``password`` is what they sign in with."""
    password = fields.pop("password", "correct horse")
    user, fresh = User.objects.get_or_create(
        email=email.lower() if email else None,
        defaults={"name": name or (email or "").partition("@")[0], "role": role, **fields},
    )
    if fresh:
        if user.kind == User.Kind.REGISTERED:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save()
    return user


def sam() -> User:
    """Sam, a requester."""
    return a_user("sam@example.test", "Sam Requester")


def gita() -> User:
    """Gita, a guest."""
    return a_user("gita@example.test", "Gita Guest", kind=User.Kind.GUEST)


def tess() -> User:
    """Tess, the technician whom requests are assigned to."""
    return a_user("tess@desk.test", "Tess Technician", "technician")


def theo() -> User:
    """Theo, another technician."""
    return a_user("theo@desk.test", "Theo Technician", "technician")


def ada() -> User:
    """Ada, the administrator."""
    return a_user("ada@desk.test", "Ada Administrator", "admin")


def a_group(name: str = "Service Desk", members: Iterable[User] = ()) -> TechnicianGroup:
    """A technician group with at least these members."""
    group, _ = TechnicianGroup.objects.get_or_create(name=name)
    group.members.add(*members)
    return group


def a_ticket(subject: str = "The printer is on fire", **fields: Any) -> Ticket:
    """A request of Sam's that came by mail; attributes as the model names them."""
    fields.setdefault("requester", None)
    fields["requester"] = fields["requester"] or sam()
    return Ticket.objects.create(subject=subject, **{"source": Ticket.Source.EMAIL, **fields})


def an_entry(ticket: Ticket, kind: str = "reply", text: str = "Have you tried water?", **fields: Any) -> Entry:
    """An entry of ``ticket``, by its requester unless ``author`` is given; ``direction`` follows the kind."""
    author: User = fields.pop("author", None) or ticket.requester
    internal = kind in ("note", "collaboration", "event")
    default = "internal" if internal else "out" if author.is_technician else "in"
    return Entry.objects.create(
        ticket=ticket,
        kind=kind,
        direction=fields.pop("direction", default),
        author=author,
        author_name=author.name,
        author_email=author.email or "",
        text=text,
        **fields,
    )


def a_token(user: User, *, role: str = "", name: str = "script", **fields: Any) -> str:
    """A bearer token of ``user``, in clear; it has the user's own role unless ``role`` is given."""
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    ApiToken.objects.create(name=name, digest=digest, role=role or user.role, user=user, **fields)
    return token


def a_service_account(name: str = "monitoring", role: str = "technician") -> User:
    """An account without an address that only tokens use."""
    user = User(name=name, role=role, kind=User.Kind.SERVICE)
    user.set_unusable_password()
    user.save()
    return user


def an_incoming_server(name: str = "Support", email: str = "support@desk.test", **fields: Any) -> IncomingServer:
    """A mailbox on loopback."""
    fields = {"host": "127.0.0.1", "port": 1143, "security": "none", "auth_type": "basic", **fields}
    return IncomingServer.objects.create(name=name, email=email, **fields)


def an_outgoing_server(name: str = "Support", email: str = "support@desk.test", **fields: Any) -> OutgoingServer:
    """A way to send, on loopback, without sign-in."""
    fields = {"host": "127.0.0.1", "port": 1025, "security": "none", "auth_type": "none", **fields}
    return OutgoingServer.objects.create(name=name, email=email, **fields)
