"""New entries are read for the search by a worker, after the mail that waits."""

from __future__ import annotations

import pytest
from django.utils import timezone

from postroom.inbox.models import InboundEmail
from postroom.run.upkeep.search import index_new
from postroom.tickets.models import Entry, SearchDocument
from postroom.tickets.search.index import BATCH
from tests.build import a_ticket

pytestmark = pytest.mark.django_db


def entries(count: int) -> None:
    ticket = a_ticket()
    Entry.objects.bulk_create([Entry(ticket=ticket, kind="reply", direction="in", text="Smoke!") for _ in range(count)])


def test_all_that_is_pending_is_read() -> None:
    entries(BATCH + 5)
    index_new()
    assert SearchDocument.objects.count() == BATCH + 5


def test_mail_that_waits_goes_first() -> None:
    entries(BATCH + 5)
    InboundEmail.objects.create(
        mailbox_email="support@desk.test", key="1/1", size=1, received_at=timezone.now(), raw_sha256="0" * 64
    )
    index_new()
    assert SearchDocument.objects.count() == BATCH
