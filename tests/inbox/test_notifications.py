"""What arrived mail is told of, and how automatic mail between desks ends (NTF-02, NTF-04, AUT-02, LOP-01, LOP-02)."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, IncomingServer, Settings
from postroom.inbox.receive import receive
from postroom.inbox.services.keep import NewInbound, keep
from postroom.outbox.build import Mailboxes, render, reply_to_of
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Notice, Ticket
from postroom.tickets.services.templates import switch_template
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

pytestmark = pytest.mark.django_db
ADA = Actor("Ada Administrator")


def mails_to(address: str) -> list[OutboundEmail]:
    return list(OutboundEmail.objects.filter(to=[address]).order_by("id"))


def test_the_group_of_the_mailbox_is_told_of_a_new_request(
    arrive: Arrive, support: IncomingServer, sam: User, tess: User
) -> None:
    assert support.technician_group is not None
    support.technician_group.members.add(tess)
    arrive(a_mail(subject="No network", text="Nothing works."))

    (mail,) = mails_to("tess@desk.test")
    assert mail.subject.endswith("New request: No network")
    assert "Nothing works." in mail.text


def test_the_assigned_technician_is_told_of_a_reply_by_mail_and_the_author_of_a_mail_is_not(
    arrive: Arrive, sam: User, tess: User
) -> None:
    ticket = arrive(a_mail(message_id="first@example.test")).ticket
    assert ticket is not None
    Ticket.objects.update(technician=tess)
    arrive(a_mail(text="It still burns.", in_reply_to="first@example.test"))

    (mail,) = mails_to("tess@desk.test")
    assert "It still burns." in mail.text
    assert [mail.kind for mail in mails_to("sam@example.test")] == ["acknowledgement"]


def test_a_reply_that_reopens_is_told_once(arrive: Arrive, sam: User, tess: User) -> None:
    arrive(a_mail(message_id="first@example.test"))
    Ticket.objects.update(technician=tess, status="resolved")
    arrive(a_mail(text="It still burns.", in_reply_to="first@example.test"))

    (mail,) = mails_to("tess@desk.test")
    assert "Open again" in mail.subject
    assert "It was Resolved." in mail.text
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_nobody_is_told_of_automatic_replies(arrive: Arrive, sam: User, tess: User) -> None:
    arrive(a_mail(message_id="first@example.test"))
    Ticket.objects.update(technician=tess)
    row = arrive(a_mail(in_reply_to="first@example.test", headers=[("Auto-Submitted", "auto-replied")]))

    assert row.outcome == "auto_reply"
    assert mails_to("tess@desk.test") == []


def test_nobody_is_told_of_mail_of_a_backlog(arrive: Arrive, support: IncomingServer, tess: User) -> None:
    assert support.technician_group is not None
    support.technician_group.members.add(tess)
    arrive(a_mail(), at=timezone.now() - timedelta(hours=30))

    assert not OutboundEmail.objects.exists()


def test_a_full_batch_tells_in_as_many_statements_as_a_small_one(
    support: IncomingServer, tess: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert support.technician_group is not None
    support.technician_group.members.add(tess)

    def statements(start: int, count: int) -> int:
        raws = [a_mail(sender=f"s{start + n}@example.test", subject=f"Matter {start + n}") for n in range(count)]
        keep(support, [NewInbound(f"1/{start + n}", raw, timezone.now(), len(raw)) for n, raw in enumerate(raws)])
        with django_assert_max_num_queries(100) as counted:
            assert receive("worker") == count
        return len(counted)

    statements(0, 1)
    assert statements(1, 40) <= statements(100, 2) + 1


def test_guests_altogether_are_answered_no_more_often_than_the_limit_says(arrive: Arrive, sam: User) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"acknowledgements_per_hour": 2})
    rows = [arrive(a_mail(sender=f"guest{n}@example.test", subject=f"Matter {n}")) for n in range(4)]
    arrive(a_mail())

    answered = sorted(mail.to[0] for mail in OutboundEmail.objects.all())
    assert answered == ["guest0@example.test", "guest1@example.test", "sam@example.test"]
    assert [row.outcome for row in rows] == ["created"] * 4
    assert rows[3].trace[-1]["detail"] == "too many guests were answered within the hour"


def test_a_sender_hears_that_their_mail_opened_no_request_only_where_that_is_switched_on(arrive: Arrive) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_guests": False})
    arrive(a_mail(sender="gita@example.test", subject="Pills"))
    assert not OutboundEmail.objects.exists()

    switch_template(ADA, "not_processed", "sender", enabled=True)
    for number in range(3):
        row = arrive(a_mail(sender="gita@example.test", subject=f"Pills {number}", text="Buy pills."))
    assert row.outcome == "guest_not_allowed"
    (mail,) = mails_to("gita@example.test")
    assert mail.subject == "Your mail to support@desk.test"
    assert "Only people with an account can write here." in mail.text
    assert "ills" not in mail.subject + mail.text
    assert ["Auto-Submitted", "auto-replied"] in mail.headers


def test_programs_are_not_told_that_their_mail_opened_no_request(arrive: Arrive) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_guests": False})
    switch_template(ADA, "not_processed", "sender", enabled=True)
    arrive(a_mail(sender="news@example.test", headers=[("List-Id", "<news.example.test>")]))
    arrive(a_mail(sender="no-reply@example.test", subject="Other"))

    assert not OutboundEmail.objects.exists()


# Two desks that answer each other -----------------------------------------------------------------------------------


def sent_by(mail: OutboundEmail, *, stripped: bool = False) -> bytes:
    """A mail of ours as the wire has it; ``stripped`` by a relay of everything that says a program wrote it."""
    assert mail.server is not None
    raw = render(mail, mail.server, reply_to_of(mail, mail.server, Mailboxes.load()))
    if not stripped:
        return raw
    message = message_from_bytes(raw, policy=default)
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Postroom-Loop", "Precedence"):
        del message[name]
    return message.as_bytes()


@pytest.mark.parametrize("stripped", [False, True], ids=["with its marks", "stripped of its marks"])
def test_two_desks_that_acknowledge_each_other_stop_at_two(
    arrive: Arrive, support: IncomingServer, monkeypatch: pytest.MonkeyPatch, stripped: bool
) -> None:
    """The acknowledgement of one desk arrives at another one, which has keys of its own, and so on back."""
    exchanged = 0
    raw = a_mail(sender="Other Desk <help@other.test>", subject="Ticket 77 was opened")
    for _ in range(6):
        before = set(OutboundEmail.objects.values_list("pk", flat=True))
        arrive(raw)
        fresh = OutboundEmail.objects.exclude(pk__in=before).first()
        if fresh is None:
            break
        exchanged += 1
        ours = message_from_bytes(sent_by(fresh, stripped=stripped), policy=default)
        # What the other desk makes of it: a request of its own, and its own words to acknowledge it with.
        headers = [] if stripped else [("Auto-Submitted", "auto-replied")]
        raw = a_mail(
            sender="Other Desk <help@other.test>",
            subject=f"Ticket 78: {ours['Subject']}",
            text=f"We have opened ticket 78.\n\n{ours.get_body().get_content()}",  # type: ignore[union-attr]
            in_reply_to=str(ours["Message-ID"]).strip("<>"),
            headers=headers,
        )
    assert exchanged <= 2
    assert OutboundEmail.objects.filter(to=["help@other.test"]).count() <= 2


def test_our_own_mail_that_comes_back_is_known_by_its_mark(arrive: Arrive, sam: User) -> None:
    arrive(a_mail())
    (mail,) = mails_to("sam@example.test")

    row = arrive(sent_by(mail).replace(b"From: Support Desk <support@desk.test>", b"From: sam@example.test"))
    assert row.outcome == "own"
    assert OutboundEmail.objects.count() == 1


def test_a_technician_who_answers_a_notification_writes_to_the_requester(arrive: Arrive, sam: User, tess: User) -> None:
    arrive(a_mail(message_id="first@example.test"))
    Ticket.objects.update(technician=tess)
    arrive(a_mail(text="It still burns.", in_reply_to="first@example.test"))
    (notification,) = mails_to("tess@desk.test")
    answer = a_mail(
        sender="Tess Technician <tess@desk.test>",
        text="Use water.",
        in_reply_to=notification.message_id,
        subject="Re: it",
    )

    assert arrive(answer).outcome == "replied"
    reply = OutboundEmail.objects.get(kind="reply")
    assert (reply.to, reply.text.startswith("Use water.")) == (["sam@example.test"], True)
