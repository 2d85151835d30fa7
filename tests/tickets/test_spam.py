"""Spam and deleted requests are out of sight, not gone."""

from __future__ import annotations

import pytest

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import Settings
from postroom.tickets.access import hidden_tickets, visible_tickets
from postroom.tickets.models import Ticket
from postroom.tickets.services import Invalid, delete_ticket, mark_as_spam, restore_ticket
from tests.build import a_group, a_ticket, ada, gita, sam, tess, theo

pytestmark = pytest.mark.django_db


def actor(user: User) -> Actor:
    return Actor(user.name, user.pk)


def blocked() -> list[str]:
    return list(Settings.load().block_senders)


def test_spam_is_out_of_sight_and_can_be_brought_back_with_its_sender() -> None:
    ticket = a_ticket(requester=gita())
    mark_as_spam(ticket, tess(), actor(tess()), block_sender=True)

    assert not visible_tickets(tess()).exists() and not visible_tickets(gita()).exists()
    assert blocked() == ["gita@example.test"]
    assert AuditEntry.objects.filter(object_name="Security", actor_name="Tess Technician").count() == 1

    restore_ticket(ticket.number, tess(), actor(tess()))
    assert visible_tickets(tess()).get() == ticket
    assert blocked() == []


def test_bringing_back_leaves_those_on_the_block_list_who_were_there_before() -> None:
    settings = Settings.load()
    settings.block_senders = ["gita@example.test"]
    settings.save()
    ticket = a_ticket(requester=gita())
    mark_as_spam(ticket, tess(), actor(tess()), block_sender=True)
    restore_ticket(ticket.number, tess(), actor(tess()))
    assert blocked() == ["gita@example.test"]


def test_who_is_registered_is_blocked_by_administrators_alone_and_technicians_by_nobody() -> None:
    with pytest.raises(Invalid, match="only an administrator"):
        mark_as_spam(a_ticket(), tess(), actor(tess()), block_sender=True)
    with pytest.raises(Invalid, match="is a technician"):
        mark_as_spam(a_ticket(requester=theo()), ada(), actor(ada()), block_sender=True)
    assert Ticket.objects.filter(spam=True).count() == 0
    mark_as_spam(a_ticket(), ada(), actor(ada()), block_sender=True)
    assert blocked() == [sam().email]


def test_only_administrators_delete_and_bring_back_what_was_deleted() -> None:
    ticket = a_ticket()
    with pytest.raises(Invalid):
        delete_ticket(ticket, tess())
    delete_ticket(ticket, ada())
    assert not hidden_tickets(tess()).exists() and not hidden_tickets(sam()).exists()
    with pytest.raises(Invalid):
        restore_ticket(ticket.number, tess(), actor(tess()))
    assert restore_ticket(ticket.number, ada(), actor(ada())).deleted_at is None


def test_spam_of_a_foreign_group_stays_with_that_group() -> None:
    ticket = a_ticket(technician_group=a_group("HR", [theo()]))
    with pytest.raises(Invalid):
        mark_as_spam(ticket, tess(), actor(tess()))
    mark_as_spam(ticket, theo(), actor(theo()))
    assert hidden_tickets(theo()).exists() and not hidden_tickets(tess()).exists()
