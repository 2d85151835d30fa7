"""What people write in the portals: new requests, and replies to what is resolved or closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.channels.models import EmailPreferences
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Composed, Invalid, NewTicket, add_reply, open_ticket, update_ticket
from tests import build

pytestmark = pytest.mark.django_db

WORDS = Composed(text="It is still smoking.", cc=())


def prefer(action: str, days: int = 7) -> None:
    preferences = EmailPreferences.load()
    preferences.closed_reply_action, preferences.closed_reply_grace_days = action, days
    preferences.save()


def closed(days_ago: float = 1) -> Ticket:
    return build.a_ticket(status="closed", closed_at=timezone.now() - timedelta(days=days_ago))


def events(ticket: Ticket) -> list[Any]:
    return [entry.event for entry in ticket.entries.filter(kind=Entry.Kind.EVENT)]


def raised(**fields: Any) -> Ticket:
    """Sam's request, raised in the support portal."""
    sam = build.sam()
    new = NewTicket(**{"requester": sam, "subject": "New laptop", "source": "portal", "author": sam, **fields})
    return open_ticket(new, Composed(text="Mine is old."))


def wrong(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [name for name, _ in error.value.errors]


def test_a_requesters_reply_within_grace_reopens_a_closed_request_and_an_event_says_so() -> None:
    prefer("reopen")
    ticket = closed(days_ago=6.9)
    add_reply(ticket, build.sam(), WORDS)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at) == ("open", None)
    assert events(ticket) == [
        {
            "changes": [{"field": "status", "old": "closed", "new": "open"}],
            "because": "The requester replied to a closed request.",
        }
    ]
    assert ticket.entries.get(kind="reply").direction == "in"


@pytest.mark.parametrize(("action", "days_ago"), [("reopen", 7.1), ("new", 0.1)])
def test_a_reply_past_grace_or_where_a_new_request_is_wanted_is_refused_and_nothing_is_stored(
    action: str, days_ago: float
) -> None:
    prefer(action)
    ticket = closed(days_ago)
    with pytest.raises(Invalid) as error:
        add_reply(ticket, build.sam(), WORDS)

    assert error.value.errors == [("text", "This request is closed. Please open a new one.")]
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert not ticket.entries.exists()


def test_a_reply_may_be_added_to_a_request_that_stays_closed() -> None:
    prefer("add")
    ticket = closed(days_ago=400)
    closed_at = ticket.closed_at
    add_reply(ticket, build.sam(), WORDS)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at) == ("closed", closed_at)
    assert [entry.kind for entry in ticket.entries.all()] == ["reply"]


@pytest.mark.parametrize("action", ["add", "reopen", "new"])
def test_a_reply_to_a_resolved_request_always_reopens_it(action: str) -> None:
    prefer(action)
    ticket = build.a_ticket(status="resolved")
    add_reply(ticket, build.sam(), WORDS)

    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert events(ticket)[0]["because"] == "The requester replied to a resolved request."


def test_a_request_that_was_closed_while_the_requester_wrote_counts_as_closed() -> None:
    prefer("new")
    ticket = build.a_ticket()
    update_ticket(ticket, build.tess(), {"status": "closed"})
    with pytest.raises(Invalid):
        add_reply(ticket, build.sam(), WORDS)


def test_a_technician_may_answer_on_a_closed_request_whatever_is_preferred() -> None:
    prefer("new")
    ticket = closed()
    build.an_outgoing_server(primary=True)
    add_reply(ticket, build.tess(), WORDS)

    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert OutboundEmail.objects.get().to == ["sam@example.test"]


def test_a_technicians_answer_does_not_undo_what_a_colleague_set_meanwhile() -> None:
    ticket = build.a_ticket()
    update_ticket(ticket, build.theo(), {"status": "pending"})
    add_reply(ticket, build.tess(), WORDS)
    ticket.refresh_from_db()
    assert ticket.status == "pending"


def test_a_request_is_raised_with_all_its_attributes_and_without_an_event() -> None:
    ticket = raised(
        status="closed",
        department="Sales",
        location="Berlin",
        technician=build.tess(),
        cc_emails=("Gita@example.test", "gita@example.test"),
    )
    ticket.refresh_from_db()
    assert (ticket.department, ticket.location, ticket.technician) == ("Sales", "Berlin", build.tess())
    assert (ticket.status, ticket.closed_at) == ("closed", ticket.created_at)
    assert ticket.cc_emails == ["gita@example.test"]
    assert [entry.kind for entry in ticket.entries.all()] == ["description"]


def test_a_request_that_is_raised_is_open() -> None:
    ticket = raised()
    assert (ticket.status, ticket.closed_at) == ("open", None)


def test_every_fault_of_a_new_request_is_named_and_nothing_is_stored() -> None:
    with pytest.raises(Invalid) as error:
        raised(subject=" ", status="gone", technician=build.sam(), cc_emails=("nobody",))
    assert wrong(error) == ["subject", "status", "technician", "cc_emails"]
    assert not Ticket.objects.exists()
    assert not OutboundEmail.objects.exists()


def test_nothing_is_assigned_to_a_service_account() -> None:
    account = build.a_service_account()
    with pytest.raises(Invalid) as error:
        raised(technician=account)
    assert wrong(error) == ["technician"]
    with pytest.raises(Invalid) as error:
        update_ticket(build.a_ticket(), build.tess(), {"technician": account})
    assert wrong(error) == ["technician"]


def test_addresses_to_copy_are_kept_lower_cased_and_once() -> None:
    ticket = update_ticket(build.a_ticket(), build.tess(), {"cc_emails": ["Gita@Example.test", "gita@example.test "]})
    assert ticket.cc_emails == ["gita@example.test"]
    update_ticket(ticket, build.tess(), {"cc_emails": ["GITA@example.test"]})
    assert len(events(ticket)) == 1


def test_what_is_no_address_is_not_copied() -> None:
    ticket = build.a_ticket(cc_emails=["gita@example.test"])
    with pytest.raises(Invalid) as error:
        update_ticket(ticket, build.tess(), {"cc_emails": ["gita@example.test", "not an address"]})
    assert wrong(error) == ["cc_emails"]
    ticket.refresh_from_db()
    assert ticket.cc_emails == ["gita@example.test"]


def test_an_odd_address_that_a_mail_brought_does_not_stop_other_changes() -> None:
    ticket = build.a_ticket(cc_emails=["odd address"])
    assert update_ticket(ticket, build.tess(), {"priority": "high"}).priority == "high"
