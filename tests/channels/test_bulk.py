"""Rows that go in together come out as they are, in order, whatever their values."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from postroom.channels.bulk import insert_many
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry
from tests import build

pytestmark = pytest.mark.django_db


def test_every_value_arrives_as_it_is_and_every_row_knows_its_key() -> None:
    ticket = build.a_ticket()
    texts = ["plain", "ünï 中文 🙂", 'quote " back\\slash \n tab\t %s %% {}', "null", "'); DROP TABLE x; --", ""]
    rows = [
        Entry(ticket=ticket, kind="event", direction="in", text=text, to=[text, "a,b"], event={"said": [text, None]})
        for text in texts
    ]

    insert_many(rows)

    for row, text in zip(rows, texts, strict=True):
        stored = Entry.objects.get(pk=row.pk)
        assert (stored.text, stored.to, stored.cc) == (text, [text, "a,b"], [])
        assert stored.event == {"said": [text, None]}
        assert stored.created_at == row.created_at
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)


def test_where_one_row_cannot_be_stored_none_is() -> None:
    rows = [OutboundEmail(message_id="same@desk.test", kind="reply") for _ in range(2)]

    with pytest.raises(IntegrityError):
        insert_many(rows)
