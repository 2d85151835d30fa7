"""What a person does with incoming mail: release, discard, block; singly and in bulk; and what cannot be done."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.audit.services import SYSTEM, Actor
from postroom.channels.models import EmailPreferences, IncomingServer, Settings
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services import (
    NotPossible,
    block_sender,
    block_senders,
    discard,
    make_requester_and_release,
    others_refused,
    release,
    release_many,
)
from postroom.inbox.services.keep import NewInbound, keep
from postroom.outbox.services import Bulk
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


def _outcomes(arrive: Arrive, support: IncomingServer) -> dict[str, InboundEmail]:
    """One mail of each kind that makes no entry and that an administrator may let in."""
    filtered = arrive(a_mail(sender="joe@spam.test"))
    EmailPreferences.objects.update(allow_guests=False)
    refused = arrive(a_mail(sender="gita@example.test"))
    EmailPreferences.objects.update(email_to_request=False)
    off = arrive(a_mail())
    EmailPreferences.objects.update(email_to_request=True, allow_guests=True)
    blocked = arrive(a_mail(sender="mallory@block.test"))
    automatic = arrive(a_mail(headers=[("Auto-Submitted", "auto-replied")], subject="Out of office"))
    blank = arrive(a_mail(subject="", text=""))
    loop = arrive(a_mail(sender="robot@example.test", message_id="again@robot.test"))
    InboundEmail.objects.filter(pk=loop.pk).update(outcome="loop", entry=None, ticket=None)
    loop.refresh_from_db()
    return {
        "filtered": filtered,
        "guest_not_allowed": refused,
        "email_to_request_off": off,
        "blocked": blocked,
        "auto_reply": automatic,
        "held": blank,
        "loop": loop,
    }


def test_each_kind_of_mail_that_made_no_request_can_be_released_into_one(
    arrive: Arrive, support: IncomingServer, sam: User
) -> None:
    IncomingServer.objects.update(filter_domains=["spam.test"])
    Settings.load()
    Settings.objects.update(block_senders=["block.test"])
    EmailPreferences.load()
    rows = _outcomes(arrive, support)
    assert {name: row.outcome for name, row in rows.items()} == {name: name for name in rows}

    assert release_many(list(rows.values()), SYSTEM) == Bulk(7)
    while receive("worker"):
        pass

    after = {name: InboundEmail.objects.get(pk=row.pk) for name, row in rows.items()}
    assert {name: row.outcome for name, row in after.items()} == dict.fromkeys(rows, "created")
    assert all(row.ticket_id for row in after.values())


def test_an_answer_to_a_deleted_request_is_released_as_a_new_one(arrive: Arrive, sam: User) -> None:
    first = arrive(a_mail(message_id="first@example.test"))
    Ticket.objects.update(deleted_at=timezone.now())
    held = arrive(a_mail(in_reply_to="first@example.test", text="Still burning."))
    assert (held.outcome, held.reason_code) == ("held", "deleted_request")

    release(held, SYSTEM)
    receive("worker")

    held.refresh_from_db()
    assert held.outcome == "created" and held.ticket_id != first.ticket_id


def test_a_duplicate_names_the_mail_to_release_instead(arrive: Arrive, sam: User) -> None:
    raw = a_mail(message_id="once@example.test")
    first = arrive(raw)
    again = arrive(raw)
    assert again.outcome == "duplicate"

    with pytest.raises(NotPossible, match=f"incoming mail {first.pk}"):
        release(again, SYSTEM)


def test_our_own_mail_cannot_be_released(arrive: Arrive, support: IncomingServer) -> None:
    own = arrive(a_mail(sender="help@desk.test"))
    assert own.outcome == "own"

    with pytest.raises(NotPossible, match="the desk itself"):
        release(own, SYSTEM)


def test_a_mail_without_sender_can_only_be_added_to_a_request(arrive: Arrive, sam: User) -> None:
    ticket = arrive(a_mail()).ticket
    nameless = arrive(b"Subject: Hello\r\n\r\nIt is me.\r\n")
    assert nameless.reason_code == "no_sender"

    with pytest.raises(NotPossible, match="Add it to a request"):
        release(nameless, SYSTEM)
    release(nameless, SYSTEM, "reply", ticket)
    receive("worker")

    nameless.refresh_from_db()
    assert (nameless.outcome, nameless.ticket) == ("replied", ticket)


def test_a_mail_whose_bytes_are_lost_says_so_instead_of_failing(arrive: Arrive) -> None:
    row = arrive(a_mail(subject="", text=""))
    InboundEmail.objects.update(too_large=True, size=40_000_000)
    blobs().path(row.raw_sha256).unlink()

    with pytest.raises(NotPossible):
        release(row, SYSTEM)


def test_of_many_mails_those_that_can_be_are_released_and_the_others_say_why(arrive: Arrive, sam: User) -> None:
    made, blank = arrive(a_mail()), arrive(a_mail(subject="", text=""))

    done = release_many([made, blank], SYSTEM, partly=True)

    assert done == Bulk(1, [f"Mail {made.pk} has become part of request {made.ticket_id} already."])
    with pytest.raises(NotPossible):
        release_many([made, blank], SYSTEM)


def test_what_two_administrators_discard_is_discarded_once(arrive: Arrive) -> None:
    row = arrive(a_mail(subject="", text=""))
    discard([row], Actor("Ada"))

    with pytest.raises(NotPossible, match="discarded already"):
        discard([row], Actor("Ann"))
    row.refresh_from_db()
    assert row.reason.startswith("Discarded by Ada. Before: The mail is blank")


def test_a_discarded_mail_can_still_be_released(arrive: Arrive, sam: User) -> None:
    row = arrive(a_mail(subject="", text="\n", files=[]))
    discard([row], SYSTEM)
    release(row, SYSTEM)
    receive("worker")
    row.refresh_from_db()
    assert row.outcome == "created"


def test_many_mails_take_as_many_queries_as_few(
    arrive: Arrive, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [arrive(a_mail(subject="", text="", sender=f"p{number}@example.test")) for number in range(30)]
    with django_assert_max_num_queries(5):  # begin, lock, update, audit, commit
        assert release_many(rows, SYSTEM).done == 30
    assert AuditEntry.objects.filter(action="released").count() == 30


def test_senders_are_blocked_together_in_one_change(arrive: Arrive, support: IncomingServer) -> None:
    rows = [arrive(a_mail(sender=f"{name}@spam.test")) for name in ("ann", "ben", "ann")]
    own = arrive(a_mail(sender="support@desk.test"))

    done = block_senders([*rows, own], SYSTEM, partly=True)

    assert done == Bulk(2, ["support@desk.test is an address of the desk itself."])
    assert Settings.load().block_senders == ["ann@spam.test", "ben@spam.test"]
    assert AuditEntry.objects.get().changes[0]["new"] == ["ann@spam.test", "ben@spam.test"]


def test_a_refused_guest_becomes_a_requester_and_all_their_mail_a_request(arrive: Arrive) -> None:
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_guests=False)
    first, _ = (arrive(a_mail(sender="Gita Guest <gita@example.test>", subject=name)) for name in ("One", "Two"))
    arrive(a_mail(sender="other@example.test"))
    assert (first.outcome, others_refused(first)) == ("guest_not_allowed", 1)

    assert make_requester_and_release(first, SYSTEM, with_others=True) == 2
    while receive("worker"):
        pass

    gita = User.objects.get(email="gita@example.test")
    assert (gita.name, gita.kind) == ("Gita Guest", "registered")
    assert sorted(ticket.subject for ticket in Ticket.objects.filter(requester=gita)) == ["One", "Two"]
    assert arrive(a_mail(sender="gita@example.test", subject="Three")).outcome == "created"


def test_a_known_guest_is_registered_by_the_same_step(arrive: Arrive) -> None:
    guest = User.objects.create(email="gita@example.test", name="Gita", kind="guest")
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_guests=False)

    make_requester_and_release(arrive(a_mail(sender="gita@example.test")), SYSTEM, name="Gita Guest")

    guest.refresh_from_db()
    assert (guest.kind, guest.name) == ("registered", "Gita Guest")


def test_the_person_of_a_forward_is_made_requester_not_the_technician(arrive: Arrive, tess: User) -> None:
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_guests=False)
    text = "---------- Forwarded message ----------\nFrom: Gita Guest <gita@example.test>\nSubject: Help\n\nIt burns."
    row = arrive(a_mail(sender="Tess <tess@desk.test>", subject="Fwd: Help", text=text))
    assert row.outcome == "guest_not_allowed"

    assert make_requester_and_release(row, SYSTEM) == 1
    receive("worker")

    assert Ticket.objects.get().requester.email == "gita@example.test"


def test_nobody_is_made_requester_where_the_mail_cannot_be_released(arrive: Arrive, sam: User) -> None:
    row = arrive(a_mail(sender="sam@example.test"))
    with pytest.raises(NotPossible):
        make_requester_and_release(row, SYSTEM, name="New name")
    sam.refresh_from_db()
    assert sam.name == "Sam Sample"
