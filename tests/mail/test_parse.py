"""What the desk sees of a mail: text, HTML, attachments, people, dates."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from postroom.mail import Address, parse
from postroom.mail.contract import as_contract

from .build import a_mail, a_multipart, a_nested, a_part

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


def test_a_plain_mail_gives_its_people_subject_date_and_text():
    mail = parse(a_mail("Hello Grüße", "Cc: Gita <gita@example.test>, theo@desk.test", "References: <a@x> <b@x>"))
    assert mail.sender == Address("Sam Requester", "sam@example.test")
    assert [each.email for each in mail.to] == ["support@desk.test"]
    assert mail.cc == [Address("Gita", "gita@example.test"), Address("", "theo@desk.test")]
    assert (mail.subject, mail.text, mail.html, mail.defects) == ("Printer", "Hello Grüße", None, [])
    assert mail.date == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert (mail.message_id, mail.references) == ("one@example.test", ["a@x", "b@x"])


def test_the_text_and_the_html_of_an_alternative_are_both_kept():
    mail = parse(a_multipart("alternative", a_part("plain"), a_part("<p>rich</p>", "text/html; charset=utf-8")))
    assert (mail.text, mail.html, mail.attachments) == ("plain", "<p>rich</p>", [])


def test_an_html_mail_without_text_is_read_as_text():
    mail = parse(a_mail("<p>One<br>two</p><ul><li>three</ul>", content_type="text/html; charset=utf-8"))
    assert mail.text == "One\ntwo\n\n- three"


def test_a_picture_shown_in_the_html_is_inline_and_an_orphan_is_listed():
    shown = a_part(PNG, "image/png; name=logo.png", "Content-ID: <logo@x>")
    orphan = a_part(PNG, "image/png; name=orphan.png", "Content-ID: <orphan@x>", "Content-Disposition: inline")
    mail = parse(a_multipart("related", a_part('<img src="cid:logo@x">', "text/html"), shown, orphan))
    assert [(each.filename, each.inline, each.content) for each in mail.attachments] == [
        ("logo.png", True, PNG),
        ("orphan.png", False, PNG),
    ]
    assert 'src="cid:logo@x"' in (mail.html or "")


def test_a_picture_named_by_its_location_is_shown_in_its_place():
    picture = a_part(PNG, "image/png", "Content-Location: http://x.test/a.png")
    mail = parse(a_multipart("related", a_part('<img src="http://x.test/a.png">', "text/html"), picture))
    (attachment,) = mail.attachments
    assert attachment.inline
    assert f'src="cid:{attachment.content_id}"' in (mail.html or "")


def test_several_inline_texts_are_joined_around_an_attachment():
    mail = parse(a_multipart("mixed", a_part("above"), a_part(PNG, "image/png; name=a.png"), a_part("below")))
    assert mail.text == "above\n\nbelow"
    assert [each.filename for each in mail.attachments] == ["a.png"]


def test_a_text_that_is_an_attachment_is_not_the_body():
    log = a_part("log line", "text/plain; name=a.log", "Content-Disposition: attachment; filename=a.log")
    mail = parse(a_multipart("mixed", a_part("see the log"), log))
    assert mail.text == "see the log"
    assert [(each.filename, each.content) for each in mail.attachments] == [("a.log", b"log line")]


def test_an_attached_mail_is_named_after_its_subject():
    inner = "Content-Type: message/rfc822\n\nFrom: gita@example.test\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n\nHi"
    mail = parse(a_multipart("mixed", a_part("see below"), inner))
    assert [(each.filename, each.content_type) for each in mail.attachments] == [("Grüße.eml", "message/rfc822")]
    assert mail.text == "see below"


def test_the_html_of_a_nested_tree_is_found():
    related = a_nested("related", a_part("<b>hi</b>", "text/html"), a_part(PNG, "image/png", "Content-ID: <x>"))
    alternative = a_nested("alternative", a_part("hi"), related, boundary="A")
    mail = parse(a_multipart("mixed", alternative, a_part(PNG, "image/png; name=p.png")))
    assert (mail.text, mail.html) == ("hi", "<b>hi</b>")
    assert [each.filename for each in mail.attachments] == ["attachment-1.png", "p.png"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ("filename*0*=utf-8''Gr%C3%BC; filename*1=sse.txt", "Grüsse.txt"),
        ('filename="=?utf-8?B?R3LDvMOfZS50eHQ=?="', "Grüße.txt"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Users\\\\sam\\\\a.txt"', "a.txt"),
        ('filename="evil\u202etxt.exe"', "evil_txt.exe"),
        ('filename="..."', "attachment-1.bin"),
        ('filename="' + "x" * 400 + '.pdf"', "x" * 196 + ".pdf"),
    ],
)
def test_an_attachment_name_is_decoded_and_made_safe(header: str, name: str):
    part = a_part(b"content", "application/octet-stream", f"Content-Disposition: attachment; {header}")
    (attachment,) = parse(a_multipart("mixed", a_part("text"), part)).attachments
    assert attachment.filename == name


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?Q?Gr=FC=DFe?=  and =?utf-8?q?more?=", "Grüße  and more"),
        ("=?utf-8?Q?with spaces?=", "with spaces"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?no-such?Q?abc?=", "abc"),
        ("=?utf-8?Q?cut_off", "cut off"),
        ("Grüße raw", "Grüße raw"),
    ],
)
def test_a_subject_is_read_whatever_way_it_is_encoded(value: str, subject: str):
    assert parse(a_mail("x", f"Subject: {value}")).subject == subject


@pytest.mark.parametrize(
    ("content", "charset", "text", "defects"),
    [
        ("Grüße".encode(), "iso-8859-1", "Grüße", []),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße", []),
        ("“Grüße”".encode("cp1252"), "iso-8859-1", "“Grüße”", []),
        ("你好镕".encode("gb18030"), "gb2312", "你好镕", []),
        ("Привет, как дела сегодня".encode("koi8-r"), "koi8-r", "Привет, как дела сегодня", []),
        (b"caf\xe9 \xe4", "utf-8", "café ä", ["charset_guessed"]),
        ("Grüße ".encode() + b"\xff", "utf-8", "Grüße �", ["charset_replaced"]),
        (b"nul\x00 and text", "utf-8", "nul and text", []),
        (b"+2AA-", "utf-7", "", ["charset_replaced"]),
    ],
)
def test_text_is_decoded_whatever_the_mail_claims(content: bytes, charset: str, text: str, defects: list[str]):
    raw = a_mail("", content_type=f"text/plain; charset={charset}") + content
    mail = parse(raw)
    assert (mail.text.strip("�") if charset == "utf-7" else mail.text) == text
    assert charset == "utf-7" or mail.defects == defects


def test_soft_lines_are_joined_and_quotations_keep_their_depth():
    mail = parse(a_mail("One \nparagraph.\n> quoted \n> text\n-- \nSam", content_type="text/plain; format=flowed"))
    assert mail.text == "One paragraph.\n> quoted text\n-- \nSam"


@pytest.mark.parametrize(
    ("value", "offset"),
    [
        ("Tue, 24 Nov 2026 10:00:00 +0530", timedelta(hours=5, minutes=30)),
        ("24 Nov 26 10:00 GMT", timedelta(0)),
        ("Tue, 24 Nov 2026 10:00:60 -0000 (comment)", timedelta(0)),
        ("2026-11-24T10:00:00Z", timedelta(0)),
        ("Tue, 24 Nov 1966 10:00:00 GMT", timedelta(0)),
    ],
)
def test_a_date_is_aware_and_keeps_its_offset(value: str, offset: timedelta):
    raw = a_mail().replace(b"Tue, 24 Nov 2026 10:00:00 +0100", value.encode())
    date = parse(raw).date
    assert date is not None
    assert (date.hour, date.utcoffset()) == (10, offset)


def test_a_date_that_is_none_is_a_named_defect():
    mail = parse(a_mail().replace(b"Tue, 24 Nov 2026 10:00:00 +0100", b"Blursday"))
    assert (mail.date, mail.defects) == (None, ["invalid_date"])


def test_signed_and_encrypted_mails_are_recognised():
    signature = a_part(b"sig", "application/pkcs7-signature; name=smime.p7s")
    signed = parse(a_multipart("signed", a_part("text"), signature, more='; protocol="application/pkcs7-signature"'))
    assert (signed.signed, signed.encrypted, signed.text) == ("smime", "no", "text")
    control = a_part("Version: 1", "application/pgp-encrypted")
    encrypted = parse(a_multipart("encrypted", control, a_part("-----BEGIN", "application/octet-stream")))
    assert (encrypted.encrypted, len(encrypted.attachments)) == ("pgp", 2)


def test_the_object_of_the_contract_has_exactly_its_keys():
    row = as_contract(parse(a_mail()), "a.eml")
    assert json.loads(json.dumps(row)) == row
    assert list(row) == [
        "file",
        "message_id",
        "in_reply_to",
        "references",
        "subject",
        "date",
        "from",
        "reply_to",
        "to",
        "cc",
        "text",
        "html",
        "reply_text",
        "signature",
        "attachments",
        "auto",
        "auto_reason",
        "bounce",
        "forwarded",
        "encrypted",
        "signed",
        "defects",
    ]
    assert row["date"] == "2026-11-24T10:00:00+01:00"
    assert row["from"] == {"name": "Sam Requester", "email": "sam@example.test"}
