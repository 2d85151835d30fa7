"""Administrators hear once of a sender whose mail looks like a loop (LOP-01)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.run.upkeep.loops import tell_of_loops
from tests.build import ada

pytestmark = pytest.mark.django_db


def some_held(sender: str, count: int = 3, outcome: str = "loop") -> None:
    start = InboundEmail.objects.count()
    for number in range(start, start + count):
        InboundEmail.objects.create(
            mailbox_email="support@desk.test",
            key=f"1/{number}",
            size=2000,
            raw_sha256="0" * 64,
            received_at=timezone.now(),
            state="done",
            outcome=outcome,
            from_email=sender,
        )


def test_one_alert_names_the_senders_and_how_much_is_held() -> None:
    ada()
    some_held("robot@example.test", 3)
    some_held("other@example.test", 2)
    some_held("sam@example.test", 4, outcome="created")

    assert [tell_of_loops(timezone.now()), tell_of_loops(timezone.now())] == [2, 0]
    mail = OutboundEmail.objects.get()
    assert (mail.kind, mail.to) == ("alert", ["ada@desk.test"])
    assert mail.subject == "Alert: mail of other@example.test and 1 more looks like a loop"
    assert "robot@example.test: 3 held" in mail.text
    assert "sam@example.test" not in mail.text


def test_a_sender_who_goes_on_is_told_of_again_the_next_day_only() -> None:
    ada()
    some_held("robot@example.test")
    tell_of_loops(timezone.now())
    some_held("robot@example.test")
    assert tell_of_loops(timezone.now()) == 0

    InboundEmail.objects.update(received_at=timezone.now() + timedelta(hours=25))
    assert tell_of_loops(timezone.now() + timedelta(hours=25)) == 1


def test_old_loops_are_no_news() -> None:
    ada()
    some_held("robot@example.test")
    assert tell_of_loops(timezone.now() + timedelta(hours=2)) == 0
