"""A bounce says which address failed, why, and which of our mails it was."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.bounces import REASONS, reason_of
from postroom.mail.bounces.status import status_in

from .build import a_mail, a_multipart, a_part

RETURNED = "Content-Type: text/rfc822-headers\n\nMessage-ID: <ours@desk.test>\nSubject: Re: Printer\n"

MDN = "message/disposition-notification"


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


def recipients(raw: bytes) -> list[tuple[str, str, str, str]]:
    """Address, action, status and kind of each recipient of a bounce."""
    bounce = parse(raw).bounce
    assert bounce is not None
    return [(r.address, r.action, r.status, r.kind) for r in bounce.recipients]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Final-Recipient: rfc822; a@b.test\nStatus: 5.1.1\n", ("a@b.test", "failed", "5.1.1", "mailbox_unknown")),
        ("Final-Recipient: a@b.test\nAction: failed\n", ("a@b.test", "failed", "5.0.0", "unknown")),
        (
            "Final-Recipient: rfc822;a@b.test\nAction: failed (bad)\nStatus: 5.2.2 (full)\n",
            ("a@b.test", "failed", "5.2.2", "mailbox_full"),
        ),
        (
            "Final-Recipient: RFC822; <a@b.test>\nAction: Failed\nStatus: 5.0.0\nDiagnostic-Code: "
            "SMTP; 550 5.1.1 no user",
            ("a@b.test", "failed", "5.1.1", "mailbox_unknown"),
        ),
        (
            "Original-Recipient: rfc822;a+2Bx@b.test\nFinal-Recipient: rfc822;c@d.test\nAction: "
            "failed\nStatus: 5.1.1\n",
            ("a+x@b.test", "failed", "5.1.1", "mailbox_unknown"),
        ),
        (
            "Original-Recipient: rfc822;\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n",
            ("a@b.test", "failed", "5.1.1", "mailbox_unknown"),
        ),
        (
            "Final-Recipient: utf-8; \\x{4F0A}@b.test\nAction: failed\nStatus: 5.1.1\n",
            ("\u4f0a@b.test", "failed", "5.1.1", "mailbox_unknown"),
        ),
        (
            "Final-Recipient: rfc822; a@b.test\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Wed",
            ("a@b.test", "delayed", "4.4.1", "temporary"),
        ),
        (
            "Final-Recipient: X400;/S=a/C=de; a@b.test\nAction: failed\nStatus: 5.1.1\n",
            ("a@b.test", "failed", "5.1.1", "mailbox_unknown"),
        ),
    ],
)
def test_a_delivery_status_is_read_however_broken(status: str, expected: tuple[str, str, str, str]):
    assert recipients(report("Reporting-MTA: dns; mx.example.test\n\n" + status)) == [expected]


def test_blocks_without_a_blank_line_between_them_are_told_apart():
    status = "Reporting-MTA: dns; x\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n"
    more = "Final-Recipient: rfc822;c@d.test\nAction: failed\nStatus: 5.2.2\n"
    assert [each[0] for each in recipients(report(status + more))] == ["a@b.test", "c@d.test"]


def test_a_stray_blank_line_does_not_cut_a_recipient_in_two():
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\n\nAction: delayed\nStatus: 4.2.2\n"
    assert recipients(report(status)) == [("a@b.test", "delayed", "4.2.2", "mailbox_full")]


def test_a_delivery_status_sent_as_base64_or_as_plain_text_counts_too():
    status = b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n"
    expected = [("a@b.test", "failed", "5.1.1", "mailbox_unknown")]
    parts = (a_part("It failed."), a_part(status, "message/delivery-status"))
    assert recipients(a_multipart("report", *parts, more="; report-type=delivery-status")) == expected
    assert recipients(a_multipart("report", a_part(status.decode()), more="; report-type=delivery-status")) == expected


def test_an_internationalised_delivery_status_is_read():
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: utf-8; 伊@b.test\nAction: failed\nStatus: 5.1.1\n"
    raw = a_multipart(
        "report", a_part("x"), a_part(status, "message/global-delivery-status"), more="; report-type=delivery-status"
    )
    assert recipients(raw)[0][0] == "伊@b.test"


def test_what_the_delivery_status_leaves_out_is_read_from_the_notice():
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\n"
    notice = "Your message could not be delivered:\n\n<a@b.test>: host mx said: 552 5.2.2 mailbox full\n"
    raw = a_multipart(
        "report", a_part(notice), a_part(status, "message/delivery-status"), more="; report-type=delivery-status"
    )
    assert recipients(raw) == [("a@b.test", "failed", "5.2.2", "mailbox_full")]


def test_a_local_user_name_in_the_delivery_status_is_completed_from_the_mail_that_came_back():
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: local; gita\nAction: failed\nStatus: 5.1.1\n"
    returned = "Content-Type: message/rfc822\n\nMessage-ID: <ours@desk.test>\nTo: gita@example.test\n\nHello\n"
    part = a_part(status, "message/delivery-status")
    raw = a_multipart("report", a_part("It failed."), part, returned, more="; report-type=delivery-status")
    assert recipients(raw) == [("gita@example.test", "failed", "5.1.1", "mailbox_unknown")]


def test_a_notice_that_a_filter_wrapped_into_another_mail_is_found():
    inner = report("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n")
    inner = inner.replace(b"Subject: Printer", b"Subject: Delivery Status Notification (Failure)", 1)
    wrapped = a_part("", "text/plain"), "Content-Type: message/rfc822\n\n" + inner.decode().replace("\r", "")
    mail = parse(a_multipart("mixed", *wrapped, boundary="W", more="; report-type=delivery-status"))
    assert mail.bounce is not None
    assert [r.address for r in mail.bounce.recipients] == ["a@b.test"]
    assert mail.bounce.original_message_id == "ours@desk.test"


def test_a_filters_refusal_dressed_as_a_receipt_is_a_bounce():
    receipt = a_part("Final-Recipient: rfc822; gita@example.test\nDisposition: automatic-action/MDN; deleted", MDN)
    notice = a_part("Your message to <gita@example.test> was automatically rejected:\nQuota exceeded")
    raw = a_multipart("report", notice, receipt, more="; report-type=disposition-notification")
    assert recipients(raw) == [("gita@example.test", "failed", "5.2.2", "mailbox_full")]


def test_a_bounce_event_of_amazon_ses_is_read():
    event = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
        '"gita@example.test","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},'
        '"mail":{"commonHeaders":{"messageId":"<ours@desk.test>"}}}\n\n--\nTo unsubscribe, visit the page.\n'
    )
    mail = parse(a_mail(event, "Subject: AWS Notification Message"))
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.recipients[0].kind == "mailbox_unknown"
    assert mail.bounce.original_message_id == "ours@desk.test"


@pytest.mark.parametrize(
    "text", ['{"bounce":' * 3000, '{"bounce": [1]}', '{"bounce": {"bouncedRecipients": [1]}}', "{}"]
)
def test_json_that_is_no_event_is_a_mail_like_any_other(text: str):
    mail = parse(a_mail(text))
    assert (mail.auto, mail.bounce, "unreadable" in mail.defects) == ("no", None, False)


def test_a_feedback_report_is_automatic_and_no_bounce():
    feedback = a_part("Feedback-Type: abuse\nUser-Agent: x", "message/feedback-report")
    mail = parse(a_multipart("report", a_part("spam"), feedback, RETURNED, more="; report-type=feedback-report"))
    assert (mail.auto, mail.bounce) == ("auto-generated", None)


def test_the_original_is_found_in_what_the_notice_answers():
    body = "Your message wasn't delivered to gita@example.test because the address couldn't be found."
    raw = a_mail(body, "Subject: Delivery Status Notification (Failure)", "In-Reply-To: <ours@desk.test>")
    bounce = parse(raw.replace(b"sam@example.test", b"mailer-daemon@googlemail.test", 1)).bounce
    assert bounce is not None
    assert bounce.original_message_id == "ours@desk.test"


def test_the_recipient_written_into_the_return_address_is_the_last_resort():
    raw = a_mail("Your message could not be delivered.", "Subject: failure notice")
    raw = raw.replace(b"sam@example.test", b"MAILER-DAEMON@mx.test", 1)
    raw = raw.replace(b"support@desk.test", b"bounces+gita=example.test@desk.test", 1)
    assert recipients(raw)[0][0] == "gita@example.test"


PEOPLES_MAILS = {
    "a forward of a bounce": (
        "Subject: Fwd: Undelivered Mail Returned to Sender",
        "What is this?\n\n---------- Forwarded message ----------\nFrom: "
        "MAILER-DAEMON@mx.test\n\nYour message could not "
        "be delivered to gita@example.test: 550 5.1.1 user unknown",
    ),
    "a reply to a bounce": (
        "Subject: Re: Mail delivery failed: returning message to sender",
        "Please look.\n\n> A message that you sent could not be delivered\n> gita@example.test\n> 550 user unknown",
    ),
    "a quotation on top": (
        "Subject: Delivery failure",
        "> Your message to gita@example.test could not be delivered\n\nWhy do I get this?",
    ),
    "a complaint": (
        "Subject: Undeliverable mail",
        "Since yesterday my mails to gita@example.test come back: 550 5.1.1 user unknown. Please help.",
    ),
    "a complaint in German": (
        "Subject: Mails nicht zustellbar",
        "Guten Tag, meine Mail an gita@example.test konnte nicht zugestellt werden. Können Sie helfen?",
    ),
    "a pasted notice from a mail program": (
        "X-Mailer: Microsoft Outlook 16.0\r\nSubject: Delivery Status Notification (Failure)",
        "Delivery has failed to these recipients or groups:\n\ngita@example.test\n#550 5.1.1 not found",
    ),
    "a parcel": (
        "Subject: Delivery failed: your parcel could not be delivered",
        "Your parcel could not be delivered to Main Street 1. Write to help@parcels.test to try again.",
    ),
    "a delivery date": ("Subject: Delivery status of our order 550", "When will the printers arrive? We ordered 550."),
}


@pytest.mark.parametrize(("header", "body"), PEOPLES_MAILS.values(), ids=PEOPLES_MAILS)
def test_what_people_write_about_bounces_is_none(header: str, body: str):
    mail = parse(a_mail(body, header, "Return-Path: <sam@example.test>"))
    assert (mail.bounce, mail.auto) == (None, "no")


def test_a_person_called_like_a_mail_system_is_one():
    raw = a_mail("Thanks, that helps.", "Subject: Re: Delivery problems", "In-Reply-To: <x@desk.test>")
    raw = raw.replace(b"Sam Requester <sam@example.test>", b"Mail Delivery Team <delivery@example.test>", 1)
    assert parse(raw).bounce is None


@pytest.mark.parametrize("sender", ["postmaster@example.test", "mailadmin@example.test", "systems@example.test"])
@pytest.mark.parametrize(
    "body",
    [
        "Hello,\n\nmails to sam@desk.test are rejected: 550 5.1.1 user unknown. The following error is shown.\n\nTheo",
        "Since yesterday our users get this when they write to you: 550 5.7.1 relay denied (sam@desk.test).",
        "550 5.1.1 user unknown is what we see for sam@desk.test. Could you check this?",
    ],
)
def test_a_postmaster_who_asks_for_help_is_a_person(sender: str, body: str):
    raw = a_mail(body, "Subject: Mail delivery problem").replace(b"sam@example.test", sender.encode(), 1)
    assert parse(raw).bounce is None


def test_a_bounce_attached_to_a_persons_mail_is_no_bounce():
    inner = report("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n")
    attached = "Content-Type: message/rfc822\n\n" + inner.decode().replace("\r", "")
    assert parse(a_multipart("mixed", a_part("Please look at this."), attached, boundary="W")).bounce is None


def test_the_parts_of_a_bounce_forwarded_inline_are_no_bounce():
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.1.1\n"
    parts = a_part("See below."), a_part(status, "message/delivery-status")
    assert parse(a_multipart("mixed", *parts, extra=("Subject: Fwd: Undeliverable",))).bounce is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("550-5.7.26 unauthenticated", "5.7.26"),
        ("sorry (#5.1.1 - chkusr)", "5.1.1"),
        ("host mx[5.1.1.9] said: 452 try later", "4.0.0"),
        ("Exim 4.92.3 at 2.0.12", ""),
        ("Call (480) 624-2500 or 480-624-2500", ""),
        ("552 MB in 450 messages", ""),
        ("5.0.0; 550 5.2.2 full", "5.2.2"),
    ],
)
def test_a_status_is_no_telephone_number_version_or_amount(text: str, status: str):
    assert status_in(text) == status


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
        ("5.4.300", "message expired -> 451 dns query failed", "expired"),
        ("5.0.0", "host mx.example.test: connection refused", "network"),
        ("", "gibberish", "unknown"),
    ],
)
def test_a_reason_is_one_documented_word(status: str, text: str, kind: str):
    assert reason_of("failed", status, text) == kind
    assert kind in REASONS
