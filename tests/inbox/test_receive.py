"""From a kept mail to its outcome: what a desk manager expects of each mail that arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.models import EmailPreferences, IncomingServer, Settings
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import Receiver, receive
from postroom.inbox.services.keep import NewInbound, keep
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Attachment, Entry, Ticket
from postroom.tickets.services import Composed, add_forward, add_reply, update_ticket
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

pytestmark = pytest.mark.django_db


def test_a_new_mail_becomes_a_request_with_its_subject_and_content(arrive: Arrive, sam: User) -> None:
    row = arrive(a_mail(subject="No network", text="Nothing works since nine."))

    assert (row.state, row.outcome) == ("done", "created")
    assert row.ticket is not None
    assert (row.ticket.subject, row.ticket.requester, row.ticket.source) == ("No network", sam, "email")
    description = row.ticket.entries.get()
    assert (description.kind, description.direction, description.author) == ("description", "in", sam)
    assert description.text.strip() == "Nothing works since nine."
    assert row.trace[-1]["verdict"] == "created"


def test_a_request_gets_group_category_and_mailbox_of_the_server_it_came_by(
    arrive: Arrive, support: IncomingServer
) -> None:
    ticket = arrive(a_mail()).ticket

    assert ticket is not None
    assert ticket.technician_group == support.technician_group
    assert ticket.category == support.category
    assert (ticket.mailbox, ticket.mailbox_email) == (support, "support@desk.test")


def test_an_unknown_sender_becomes_a_guest(arrive: Arrive) -> None:
    ticket = arrive(a_mail(sender="Gita Guest <Gita@Example.TEST>")).ticket

    assert ticket is not None
    assert (ticket.requester.email, ticket.requester.kind) == ("gita@example.test", "guest")
    assert ticket.requester.name == "Gita Guest"


def test_attachments_and_inline_images_come_with_the_request(arrive: Arrive) -> None:
    row = arrive(a_mail(files=[("report.pdf", "application/pdf", b"%PDF-1.7 report")]))

    file = Attachment.objects.get(entry=row.entry)
    assert (file.filename, file.content_type, file.inline) == ("report.pdf", "application/pdf", False)
    assert blobs().get(file.sha256) == b"%PDF-1.7 report"


def test_copied_people_are_kept_but_our_own_addresses_are_not(arrive: Arrive) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"cc_recipients": ["to", "cc"]})

    ticket = arrive(
        a_mail(
            to="help@desk.test, jerry@example.test",
            cc="john@example.test, James <james@example.test>, support@desk.test",
        )
    ).ticket

    assert ticket is not None
    assert ticket.cc_emails == ["jerry@example.test", "john@example.test", "james@example.test"]


def test_the_requester_is_told_that_the_request_is_there(arrive: Arrive, sam: User) -> None:
    row = arrive(a_mail(subject="No network", message_id="first@example.test"))

    mail = OutboundEmail.objects.get()
    assert (mail.kind, mail.to, mail.state) == ("acknowledgement", ["sam@example.test"], "queued")
    assert mail.from_email == "support@desk.test"
    assert mail.subject == f"[#{row.ticket_id}] No network"
    assert mail.references == ["first@example.test"]
    assert ["Auto-Submitted", "auto-replied"] in mail.headers


def test_the_acknowledgement_to_a_guest_repeats_nothing_of_the_mail(arrive: Arrive) -> None:
    arrive(a_mail(sender="Buy Pills <gita@example.test>", subject="Cheap pills", text="Visit pills.example"))

    mail = OutboundEmail.objects.get()
    told = f"{mail.subject} {mail.text} {mail.html}".lower()
    assert "pills" not in told


def test_a_reply_lands_on_its_request_although_its_subject_was_changed(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    answer = add_reply(ticket, tess, Composed(text="Please send a photo."))

    row = arrive(a_mail(subject="Here it is", text="See the photo.", in_reply_to=answer.message_id))

    assert (row.outcome, row.ticket) == ("replied", ticket)
    assert row.entry is not None
    assert (row.entry.kind, row.entry.direction, row.entry.author) == ("reply", "in", sam)
    assert Ticket.objects.count() == 1


def test_a_reply_is_found_by_the_references_to_the_requesters_own_first_mail(arrive: Arrive, sam: User) -> None:
    first = arrive(a_mail(message_id="first@example.test"))

    row = arrive(a_mail(subject="One thing more", references=["first@example.test"]))

    assert (row.outcome, row.ticket) == ("replied", first.ticket)


def test_a_reply_that_arrives_in_the_same_batch_as_its_first_mail_finds_it(support: IncomingServer, sam: User) -> None:
    raws = [
        a_mail(message_id="one@example.test"),
        a_mail(subject="Re: it", in_reply_to="one@example.test", message_id="two@example.test"),
        a_mail(subject="Re: Re: it", in_reply_to="two@example.test", text="and more"),
    ]
    keep(support, [NewInbound(f"1/{n}", raw, timezone.now(), len(raw)) for n, raw in enumerate(raws)])

    receive("worker")

    assert Ticket.objects.count() == 1
    assert [row.outcome for row in InboundEmail.objects.order_by("pk")] == ["created", "replied", "replied"]


def test_a_reply_in_the_same_batch_is_taken_up_with_the_next_one_and_lost_by_no_failure(
    support: IncomingServer, sam: User
) -> None:
    raws = [
        a_mail(message_id="one@example.test"),
        a_mail(subject="Re: it", in_reply_to="one@example.test"),
        a_mail(subject="Another", text="Another matter"),
    ]
    keep(support, [NewInbound(f"1/{n}", raw, timezone.now(), len(raw)) for n, raw in enumerate(raws)])
    receiver = Receiver("worker")

    receiver.receive()

    assert receiver.holds == 1
    assert InboundEmail.objects.get(key="1/1").claimed_by == "worker"  # a worker that dies now frees it
    receiver.receive()
    assert (receiver.holds, InboundEmail.objects.get(key="1/1").outcome) == (0, "replied")


def test_a_reply_waits_while_another_worker_has_its_first_mail(support: IncomingServer, sam: User) -> None:
    first, reply = a_mail(message_id="one@example.test"), a_mail(in_reply_to="one@example.test")
    keep(support, [NewInbound("1/1", first, timezone.now(), len(first))])
    InboundEmail.objects.update(state="processing", claimed_by="another", tries=1)
    keep(support, [NewInbound("1/2", reply, timezone.now(), len(reply))])

    receive("worker")

    waiting = InboundEmail.objects.get(key="1/2")
    assert (waiting.state, waiting.tries) == ("kept", 0)
    assert not Ticket.objects.exists()


def test_a_subject_tag_alone_opens_no_door_for_strangers(arrive: Arrive, sam: User) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None

    row = arrive(a_mail(sender="mallory@elsewhere.test", subject=f"[#{ticket.number}] tell me all"))

    assert row.outcome == "created"
    assert row.ticket != ticket


def test_a_stranger_who_knows_a_reference_is_heard_but_only_by_technicians(arrive: Arrive, sam: User) -> None:
    first = arrive(a_mail(message_id="first@example.test"))

    row = arrive(a_mail(sender="stranger@elsewhere.test", in_reply_to="first@example.test"))

    assert (row.outcome, row.ticket) == ("collaborated", first.ticket)
    assert row.entry is not None
    assert (row.entry.kind, row.entry.flag) == ("note", "unknown_sender")


def test_the_same_mail_in_two_of_our_mailboxes_makes_one_request(
    arrive: Arrive, sam: User, support: IncomingServer
) -> None:
    other = IncomingServer.objects.create(name="Office", email="office@desk.test", host="imap.desk.test")
    raw = a_mail(to="support@desk.test, office@desk.test")

    first, second = arrive(raw), arrive(raw, mailbox=other)

    assert (first.outcome, second.outcome) == ("created", "duplicate")
    assert second.duplicate_of == first
    assert Ticket.objects.count() == 1


def test_another_mail_under_a_message_id_that_was_used_before_is_not_lost(arrive: Arrive, sam: User) -> None:
    arrive(a_mail(message_id="same@example.test"))

    row = arrive(a_mail(message_id="same@example.test", subject="Something else", text="Quite another matter."))

    assert row.outcome == "created"


def test_an_out_of_office_answer_stays_with_its_request_and_changes_nothing(
    arrive: Arrive, sam: User, tess: User
) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    answer = add_reply(ticket, tess, Composed(text="Please send a photo."))
    update_ticket(ticket, tess, {"status": "closed"})
    queued = OutboundEmail.objects.count()

    row = arrive(
        a_mail(subject="Out of office", in_reply_to=answer.message_id, headers=[("Auto-Submitted", "auto-replied")])
    )

    ticket.refresh_from_db()
    assert (row.outcome, ticket.status) == ("auto_reply", "closed")
    assert row.entry is not None
    assert (row.entry.kind, row.entry.flag) == ("note", "auto")
    assert OutboundEmail.objects.count() == queued


def test_a_reply_within_the_grace_period_reopens_the_request(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail(message_id="first@example.test")).ticket
    assert ticket is not None
    update_ticket(ticket, tess, {"status": "closed"})

    row = arrive(a_mail(in_reply_to="first@example.test"), at=timezone.now() + timedelta(days=6))

    ticket.refresh_from_db()
    assert (row.outcome, ticket.status, ticket.closed_at) == ("reopened", "open", None)
    assert ticket.entries.filter(kind="event").count() == 2


def test_a_reply_after_the_grace_period_opens_a_request_that_follows_up(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail(message_id="first@example.test")).ticket
    assert ticket is not None
    update_ticket(ticket, tess, {"status": "closed"})

    row = arrive(a_mail(in_reply_to="first@example.test"), at=timezone.now() + timedelta(days=8))

    assert row.outcome == "created"
    assert row.ticket is not None
    assert row.ticket.follow_up_of == ticket


def test_the_assigned_technicians_mail_goes_out_to_the_requester(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    update_ticket(ticket, tess, {"technician": tess})
    sent = OutboundEmail.objects.create(
        message_id="to-tess@desk.test", kind="notification", ticket=ticket, to=["tess@desk.test"]
    )

    row = arrive(a_mail(sender="tess@desk.test", in_reply_to=sent.message_id, text="It is repaired."))

    assert row.outcome == "replied"
    mail = OutboundEmail.objects.get(kind="reply")
    assert mail.to == ["sam@example.test"]
    assert "It is repaired." in mail.text


def test_a_forward_by_a_technician_is_opened_for_the_original_sender(arrive: Arrive, tess: User) -> None:
    text = (
        "Please look into this.\n\n---------- Forwarded message ---------\n"
        "From: Gita Guest <gita@example.test>\nDate: Mon, 23 Nov 2026 at 08:00\nSubject: Broken chair\n"
        "To: Tess <tess@desk.test>\n\nMy chair is broken.\n"
    )
    ticket = arrive(a_mail(sender="tess@desk.test", subject="Fwd: Broken chair", text=text)).ticket

    assert ticket is not None
    assert ticket.requester.email == "gita@example.test"
    assert ticket.created_by == tess
    assert "My chair is broken." in ticket.entries.get(kind="description").text
    assert "Please look into this." in ticket.entries.get(kind="note").text


def test_answers_of_somebody_a_request_was_forwarded_to_stay_internal(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    forward = add_forward(ticket, tess, Composed(text="Can you help?", to=("vendor@supplier.test",)))

    row = arrive(a_mail(sender="vendor@supplier.test", in_reply_to=forward.message_id))

    assert row.entry is not None
    assert (row.outcome, row.entry.kind, row.entry.flag) == ("collaborated", "note", "third_party")


def test_a_guest_is_refused_while_guests_are_off_and_nothing_is_lost(arrive: Arrive) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_guests": False})

    row = arrive(a_mail(sender="gita@example.test"))

    assert (row.outcome, row.ticket) == ("guest_not_allowed", None)
    assert blobs().exists(row.raw_sha256)
    assert not User.objects.filter(email="gita@example.test").exists()


def test_a_bounce_marks_the_mail_that_did_not_arrive(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    answer = add_reply(ticket, tess, Composed(text="Please send a photo."))
    raw = (
        "From: MAILER-DAEMON@mx.test\r\nTo: support@desk.test\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <dsn@mx.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        "Final-Recipient: rfc822; sam@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{answer.message_id}>\r\nSubject: x\r\n--b--\r\n"
    ).encode()

    row = arrive(raw)

    mail = OutboundEmail.objects.get(entry=answer)
    assert (row.outcome, row.entry, mail.state) == ("bounce", None, "bounced")
    assert mail.recipients[0]["enhanced"] == "5.1.1"


def test_our_own_mail_that_comes_back_makes_nothing(arrive: Arrive, sam: User) -> None:
    arrive(a_mail())
    ours = OutboundEmail.objects.get()

    row = arrive(a_mail(sender="list@example.test", headers=[(name, value) for name, value in ours.headers]))

    assert row.outcome == "own"


def test_a_flood_from_one_sender_is_held_as_a_loop(arrive: Arrive, sam: User) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"requests_per_sender_per_hour": 3})

    outcomes = [arrive(a_mail(subject=f"Alarm {n}", text=f"Alarm number {n}")).outcome for n in range(5)]

    assert outcomes == ["created"] * 3 + ["loop"] * 2


def test_one_bad_mail_in_a_batch_fails_alone_and_is_parked_after_three_tries(
    support: IncomingServer, sam: User
) -> None:
    raws = [a_mail(subject=f"Mail {n}", text=f"text {n}") for n in range(5)]
    keep(support, [NewInbound(f"1/{n}", raw, timezone.now(), len(raw)) for n, raw in enumerate(raws)])
    lost = InboundEmail.objects.get(key="1/2")
    blobs().delete(lost.raw_sha256)

    for _ in range(3):
        InboundEmail.objects.filter(state="kept").update(due_at=timezone.now())
        receive("worker")

    lost.refresh_from_db()
    assert Ticket.objects.count() == 4
    assert (lost.state, lost.outcome, lost.tries) == ("done", "failed", 3)
    assert lost.reason and lost.last_error


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x00\x00",
        b"no header at all",
        b"Subject: no sender\r\n\r\ntext",
        b"From: sam@example.test\r\nSubject: nul \x00 byte\r\n\r\nnul \x00 byte",
        b"From: sam@example.test\r\nSubject: deep\r\n"
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 600,
        b'From: sam@example.test\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\n\r\nx\r\n" * 20_000
        + b"--b--\r\n",
    ],
    ids=["empty", "NUL", "no header", "no sender", "NUL inside", "600 levels", "20,000 parts"],
)
def test_a_mail_that_nobody_would_send_ends_as_a_row_with_a_reason(arrive: Arrive, sam: User, raw: bytes) -> None:
    row = arrive(raw)

    assert row.state == "done"
    assert row.outcome in ("created", "held", "failed")
    assert row.reason


def test_a_mail_over_the_limit_is_held_with_its_header(support: IncomingServer, sam: User) -> None:
    header = a_mail(subject="Huge").split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    keep(support, [NewInbound("1/1", header, timezone.now(), 40_000_000, too_large=True)])

    receive("worker")

    row = InboundEmail.objects.get()
    assert (row.outcome, row.reason_code, row.subject) == ("held", "too_large", "Huge")


def test_the_conversation_shows_what_was_newly_written_and_folds_the_rest(arrive: Arrive, sam: User) -> None:
    arrive(a_mail(message_id="first@example.test"))
    html = "<p>It works now.</p><div class='gmail_quote'><blockquote>old words</blockquote></div>"

    row = arrive(a_mail(in_reply_to="first@example.test", text="It works now.\n\n> old words", html=html))

    entry = Entry.objects.get(pk=row.entry_id)
    assert "It works now." in entry.html
    assert "old words" not in entry.html
    assert "old words" in entry.quoted_html


def test_a_burst_of_mails_in_one_batch_gets_no_more_acknowledgements_than_allowed(
    support: IncomingServer, sam: User
) -> None:
    raws = [a_mail(subject=f"Mail {n}", text=f"text {n}") for n in range(9)]
    keep(support, [NewInbound(f"1/{n}", raw, timezone.now(), len(raw)) for n, raw in enumerate(raws)])

    receive("worker")

    assert Ticket.objects.count() == 9
    assert OutboundEmail.objects.filter(kind="acknowledgement").count() == 5
