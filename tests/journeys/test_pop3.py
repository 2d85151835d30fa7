"""The main job over POP3: what lies in the mailbox becomes a request, and is left or deleted as it is configured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.channels.models import IncomingServer
from postroom.inbox.models import InboundEmail
from postroom.tickets.models import Ticket
from tests.mails import a_mail
from tests.servers.dovecot import PASSWORD, Dovecot

pytestmark = pytest.mark.dovecot
Eventually = Callable[..., Any]


def a_mailbox(dovecot: Dovecot, email: str, **fields: object) -> IncomingServer:
    return IncomingServer.objects.create(
        name=email,
        email=email,
        protocol="pop3",
        host="localhost",
        port=dovecot.pop3_tls_port,
        security="ssl",
        ca_file=str(dovecot.ca.ca_file),
        username=email,
        password=PASSWORD,
        start="all",
        poll_seconds=1,
        **fields,
    )


def there(dovecot: Dovecot, email: str) -> int:
    return len(dovecot.flags(email))


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_a_mail_in_a_pop3_mailbox_becomes_a_request_and_is_left_or_deleted(
    transactional_db: None, dovecot: Dovecot, roles: None, eventually: Eventually, after: str
) -> None:
    email = f"pop3-{after}@desk.test"
    dovecot.deliver(email, a_mail(to=email, subject="Already there"))
    a_mailbox(dovecot, email, after=after)

    assert eventually(lambda: Ticket.objects.first()).subject == "Already there"
    dovecot.deliver(email, a_mail(to=email, subject="Arrived later"))
    eventually(lambda: Ticket.objects.filter(subject="Arrived later").exists())

    eventually(lambda: not InboundEmail.objects.filter(acknowledged_at=None).exists())
    assert eventually(lambda: there(dovecot, email) == (0 if after == "delete" else 2))
    assert Ticket.objects.count() == 2


def test_a_mail_is_deleted_when_its_days_are_over(
    transactional_db: None, dovecot: Dovecot, roles: None, eventually: Eventually
) -> None:
    email = "pop3-later@desk.test"
    dovecot.deliver(email, a_mail(to=email))
    a_mailbox(dovecot, email, after="delete_after_days", after_days=7)
    eventually(lambda: InboundEmail.objects.exclude(acknowledged_at=None).exists())
    assert there(dovecot, email) == 1

    InboundEmail.objects.update(kept_at=timezone.now() - timedelta(days=8))

    assert eventually(lambda: there(dovecot, email) == 0)
    assert Ticket.objects.count() == 1
