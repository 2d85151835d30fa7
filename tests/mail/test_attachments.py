"""Every file of a mail is listed under the name it was given, or one that says what it is."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.attached import attached_message
from postroom.mail.mime import read_tree

from .build import a_mail, a_multipart, a_part


def name_of(*lines: str, content_type: str = "application/octet-stream") -> str:
    """The name under which a part with these fields is listed."""
    (attachment,) = parse(a_multipart("mixed", a_part("text"), a_part(b"x", content_type, *lines))).attachments
    return attachment.filename


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=plain.txt", "plain.txt"),
        ("attachment; filename=with space.txt", "with space.txt"),
        ('attachment; filename="a;b.txt"', "a;b.txt"),
        ('attachment filename="a.txt"', "a.txt"),
        ('attachment; size=3 filename="a.txt"', "a.txt"),
        ('attachment; filename="a.txt', "a.txt"),
        ('attachment; filename="a \\"b\\".txt"', "a _b_.txt"),
        ('attachment; filename="C:\\temp\\a.txt"', "a.txt"),
        ("attachment; filename*=utf-8''a%20%E2%82%AC.txt", "a €.txt"),
        ("attachment; filename*=\"utf-8''a%20b.txt\"", "a b.txt"),
        ("attachment; filename=\"utf-8''a%20%C3%BC.txt\"", "a ü.txt"),
        ("attachment; filename*=iso-8859-1'de'Gr%FC%DFe.txt", "Grüße.txt"),
        ("attachment; filename*1*=%C3%9Fe.txt; filename*0*=utf-8''Gr%C3%BC", "Grüße.txt"),
        ("attachment; filename=old.txt; filename*=utf-8''new.txt", "new.txt"),
        ('attachment; filename*0="=?utf-8?B?R3LDvMOf"; filename*1="ZS50eHQ=?="', "Grüße.txt"),
        ('attachment; filename="=?utf-8?Q?a=22=3B?= =?utf-8?Q?b.txt?="', "a_;b.txt"),
        ("attachment; filename==?utf-8?Q?a_b.txt?=", "a b.txt"),
        ('; filename="a.txt"', "a.txt"),
        ('attachment; name="a.txt"', "a.txt"),
        ("attachment; filename=Grüße.txt", "Grüße.txt"),
    ],
)
def test_a_file_name_is_read_in_every_form_that_is_sent(header: str, name: str):
    assert name_of(f"Content-Disposition: {header}") == name


def test_a_name_in_the_content_type_counts_where_there_is_no_other():
    assert name_of(content_type='image/png; name="=?utf-8?Q?B=C3=BCro.png?="') == "Büro.png"
    assert name_of(content_type="image/png; charset=utf-8 name=b.png") == "b.png"


@pytest.mark.parametrize(
    ("content", "content_type", "name"),
    [
        (b"x", "application/pdf", "attachment-1.pdf"),
        (b"%PDF-1.7", "application/octet-stream", "attachment-1.pdf"),
        (b"\x89PNG\r\n\x1a\n", "application/octet-stream", "attachment-1.png"),
        (b"BEGIN:VCARD", "text/vcard", "attachment-1.vcf"),
        (b"x", "application/x-whatever", "attachment-1.bin"),
    ],
)
def test_a_file_without_a_name_is_called_by_what_it_is(content: bytes, content_type: str, name: str):
    (attachment,) = parse(a_multipart("mixed", a_part("text"), a_part(content, content_type))).attachments
    assert (attachment.filename, attachment.named) == (name, False)


def test_an_external_file_is_listed_by_its_name():
    part = 'Content-Type: message/external-body; access-type=URL; name="big.iso"\n\nContent-Type: application/x-iso\n'
    assert [each.filename for each in parse(a_multipart("mixed", a_part("see"), part)).attachments] == ["big.iso"]


INNER = b"From: gita@example.test\r\nSubject: Inner\r\n\r\nHi"


@pytest.mark.parametrize(
    ("content", "content_type", "found"),
    [
        (INNER, "message/rfc822", True),
        (INNER, 'application/octet-stream; name="mail.eml"', True),
        (b"From gita Tue\n" + INNER, 'text/plain; name="mail.eml"', True),
        (b"no mail at all", 'application/octet-stream; name="mail.eml"', False),
        (INNER, 'application/octet-stream; name="mail.txt"', False),
        (b"no compound file", 'application/vnd.ms-outlook; name="mail.msg"', False),
        (b"", "message/rfc822", False),
    ],
)
def test_an_attached_mail_is_recognised(content: bytes, content_type: str, found: bool):
    part = read_tree(a_multipart("mixed", a_part("text"), a_part(content, content_type))).root.children[1]
    assert attached_message(part) == (content if found else None)


def test_an_invitation_is_readable_where_the_mail_says_nothing_else():
    event = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nDTSTART:19700101T000000\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nSUMMARY:Printer\\, again\nDTSTART;TZID=Europe/Berlin:20261124T100000\n"
        'DTEND;TZID=Europe/Berlin:20261124T110000\nLOCATION:Room 1\nORGANIZER;CN="Tess: T":mailto:tess@desk.test\n'
        "ATTENDEE;CN=Sam;PARTSTAT=NEEDS-ACTION:MAILTO:sam@example.test\nDESCRIPTION:Bring\n  paper\\nand ink\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    mail = parse(a_mail(event, content_type="text/calendar; method=REQUEST; charset=utf-8"))
    assert mail.text == (
        "Invitation: Printer, again\nWhen: 2026-11-24 10:00 - 11:00 (Europe/Berlin)\nWhere: Room 1\n"
        "Organiser: Tess: T <tess@desk.test>\nInvited: Sam <sam@example.test>\n\nBring paper\nand ink"
    )
    assert [each.filename for each in mail.attachments] == ["attachment-1.ics"]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            "METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:A\nDTSTART;VALUE=DATE:20261124\nEND:VEVENT",
            "Cancelled: A\nWhen: 2026-11-24",
        ),
        (
            "METHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:A\nDTSTART:20261124T100000Z\nATTENDEE;PARTSTAT=ACCEPTED:mailto:s@x.test\n"
            "END:VEVENT",
            "Answer to an invitation: A\nWhen: 2026-11-24 10:00 (UTC)\ns@x.test accepts",
        ),
        (
            "BEGIN:VEVENT\nDTSTART:20261124T100000Z\nDTEND:20261125T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT",
            "Event: (no title)\nWhen: 2026-11-24 10:00 - 2026-11-25 10:00 (UTC) (repeated)",
        ),
    ],
)
def test_what_a_calendar_mail_wants_is_told(lines: str, text: str):
    assert parse(a_mail(f"BEGIN:VCALENDAR\n{lines}\nEND:VCALENDAR", content_type="text/calendar")).text == text


def test_an_invitation_beside_a_text_is_a_file():
    mail = parse(a_multipart("alternative", a_part("Come!"), a_part("BEGIN:VCALENDAR", "text/calendar")))
    assert (mail.text, [each.filename for each in mail.attachments]) == ("Come!", ["attachment-1.ics"])
