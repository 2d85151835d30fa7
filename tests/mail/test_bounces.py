"""A bounce says which address failed, why, and which of our mails it was."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.bounces import REASONS, reason_of

from .build import a_mail, a_multipart, a_part

RETURNED = "Content-Type: text/rfc822-headers\n\nMessage-ID: <ours@desk.test>\nSubject: Re: Printer\n"


def report(status: str) -> bytes:
    """A standard notification."""
    part = a_part(status, "message/delivery-status")
    return a_multipart("report", a_part("It failed."), part, RETURNED, more="; report-type=delivery-status")


def test_a_standard_notification_names_each_recipient_and_the_original():
    mail = parse(
        report(
            "Reporting-MTA: dns; mx.example.test\n\n"
            "Original-Recipient: rfc822;sam@example.test\nFinal-Recipient: rfc822;sam2@example.test\nAction: failed\n"
            "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <sam2@example.test>:\n user unknown\n\n"
            "Final-Recipient: rfc822; gita@example.test\nAction: delayed\nStatus: 4.2.2\n"
            "Diagnostic-Code: smtp; 452 4.2.2 mailbox full\n"
        )
    )
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.original_message_id == "ours@desk.test"
    first, second = mail.bounce.recipients
    expected = ("sam@example.test", "failed", "5.1.1", "mailbox_unknown")
    assert (first.address, first.action, first.status, first.kind) == expected
    assert first.diagnostic == "550 5.1.1 <sam2@example.test>: user unknown"
    assert (second.address, second.action, second.kind) == ("gita@example.test", "delayed", "mailbox_full")


def test_a_notification_of_success_is_no_failure():
    mail = parse(
        report("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\nAction: delivered\nStatus: 2.0.0\n")
    )
    assert mail.auto == "auto-generated"
    assert mail.bounce is not None
    assert mail.bounce.recipients[0].kind == "delivered"


NOTICES = {
    "qmail": (
        "failure notice",
        "Hi. This is the qmail-send program at x.test.\nI'm afraid I wasn't able to deliver your message to the "
        "following addresses.\n\n<sam@example.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\nMessage-ID: <ours@desk.test>\n",
        "mailbox_unknown",
    ),
    "Exim": (
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. "
        "The following address(es) failed:\n\n  sam@example.test\n    host mx.example.test [192.0.2.1]\n    SMTP error "
        "from remote mail server after RCPT TO:<sam@example.test>:\n    550 Mailbox quota exceeded\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: <ours@desk.test>\n",
        "mailbox_full",
    ),
    "Postfix": (
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.test.\n\n"
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients.\n\n"
        "<sam@example.test>: Host or domain name not found. Name service error\n\n"
        "Message-ID: <ours@desk.test>\n",
        "domain_unknown",
    ),
    "Exchange": (
        "Undeliverable: Printer",
        "Your message\n\n  To:      Sam\n  Subject: Printer\n\ndid not reach the following recipient(s):\n\n"
        "sam@example.test on Tue, 24 Nov 2026 10:00:00 +0100\n    The e-mail account does not exist\n\n"
        "Message-ID: <ours@desk.test>\n",
        "mailbox_unknown",
    ),
    "Gmail": (
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n\n     sam@example.test\n\nTechnical details of "
        "permanent failure:\nThe error that the other server returned was: 552 5.3.4 Message too large\n\n"
        "----- Original message -----\nMessage-ID: <ours@desk.test>\n",
        "size",
    ),
}


@pytest.mark.parametrize(("subject", "body", "kind"), NOTICES.values(), ids=NOTICES)
def test_a_notice_in_the_servers_own_words_is_read(subject: str, body: str, kind: str):
    raw = a_mail(body, f"Subject: {subject}", "Return-Path: <>").replace(
        b"sam@example.test", b"MAILER-DAEMON@mx.test", 1
    )
    mail = parse(raw)
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert [(each.address, each.kind) for each in mail.bounce.recipients] == [("sam@example.test", kind)]
    assert mail.bounce.original_message_id == "ours@desk.test"


def test_a_persons_complaint_about_a_bounce_is_no_bounce():
    body = "My mail to gita@example.test could not be delivered: 550 user unknown. Please help."
    assert parse(a_mail(body, "Subject: Undeliverable mail", "Return-Path: <sam@example.test>")).bounce is None


def test_an_absence_notice_with_an_empty_envelope_sender_is_no_bounce():
    mail = parse(a_mail("I am away.", "Subject: Automatic reply: Delivery failed", "Return-Path: <>"))
    assert (mail.bounce, mail.auto) == (None, "auto-replied")


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        ("5.1.1", "", "mailbox_unknown"),
        ("5.2.2", "", "mailbox_full"),
        ("5.7.1", "Message rejected as spam by Content Filtering", "spam"),
        ("5.7.26", "unauthenticated email", "authentication"),
        ("4.4.1", "connection timed out", "temporary"),
        ("5.4.6", "too many hops", "loop"),
        ("", "gibberish", "unknown"),
    ],
)
def test_a_reason_is_one_documented_word(status: str, text: str, kind: str):
    assert reason_of("failed", status, text) == kind
    assert kind in REASONS
