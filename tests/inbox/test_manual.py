"""What a person does with an incoming mail: release it, or block its sender; and what cannot be done."""

from __future__ import annotations

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import SYSTEM
from postroom.channels.models import IncomingServer
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services import NotPossible, block_sender, release
from postroom.inbox.services.keep import NewInbound, keep
from postroom.tickets.models import Ticket
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

pytestmark = pytest.mark.django_db


def test_a_mail_that_was_ingested_whole_can_be_released_although_it_is_over_the_limit(
    arrive: Arrive, support: IncomingServer, sam: User
) -> None:
    raw = a_mail(subject="Large")
    keep(support, [NewInbound("1/1", raw, timezone.now(), len(raw), too_large=True)])
    receive("worker")
    row = InboundEmail.objects.get()
    assert row.outcome == "held"

    release(row, SYSTEM)
    receive("worker")

    row.refresh_from_db()
    assert (row.outcome, Ticket.objects.get().subject) == ("created", "Large")


def test_a_mail_of_which_only_the_header_is_here_cannot_be_released(support: IncomingServer, sam: User) -> None:
    header = a_mail().split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    keep(support, [NewInbound("1/1", header, timezone.now(), 40_000_000, too_large=True)])
    receive("worker")

    with pytest.raises(NotPossible, match="only the header"):
        release(InboundEmail.objects.get(), SYSTEM)


def test_the_desk_cannot_block_itself(arrive: Arrive, support: IncomingServer) -> None:
    row = arrive(a_mail(sender="support@desk.test"))

    with pytest.raises(NotPossible):
        block_sender(row, SYSTEM)
