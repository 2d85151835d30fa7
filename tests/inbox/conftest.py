"""A small desk: Sam, Tess, Theo and Ada, one mailbox, one outgoing server; and mail that arrives there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest
from django.utils import timezone

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services.keep import NewInbound, keep
from postroom.tickets.models import Category

Arrive = Callable[..., InboundEmail]


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create(email="sam@example.test", name="Sam Sample")


@pytest.fixture
def tess(db: None) -> User:
    return User.objects.create(email="tess@desk.test", name="Tess Technician", role="technician")


@pytest.fixture
def theo(db: None) -> User:
    return User.objects.create(email="theo@desk.test", name="Theo Technician", role="technician")


@pytest.fixture
def support(db: None) -> IncomingServer:
    """The mailbox support@desk.test with a group and a category of its own, and the server its answers leave by."""
    outgoing = OutgoingServer.objects.create(
        name="Support", email="support@desk.test", host="smtp.desk.test", primary=True, sender_name="Support Desk"
    )
    return IncomingServer.objects.create(
        name="Support",
        email="support@desk.test",
        aliases=["help@desk.test"],
        host="imap.desk.test",
        primary=True,
        technician_group=TechnicianGroup.objects.create(name="Service Desk"),
        category=Category.objects.create(name="Hardware"),
        outgoing_server=outgoing,
    )


@pytest.fixture
def arrive(support: IncomingServer) -> Arrive:
    """Keep a raw mail at the mailbox and receive it; its row."""
    numbers = count(1)

    def arrive(raw: bytes, *, mailbox: IncomingServer | None = None, at: datetime | None = None) -> InboundEmail:
        key = f"1/{next(numbers)}"
        keep(mailbox or support, [NewInbound(key, raw, at or timezone.now(), len(raw))])
        while receive("worker"):
            pass
        return InboundEmail.objects.get(mailbox=mailbox or support, key=key)

    return arrive
