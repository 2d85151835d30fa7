"""What Outlook hides in winmail.dat, in RTF and in .msg is read like any other mail."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mail import Address, parse
from postroom.mail.attached import attached_message
from postroom.mail.mime import read_tree
from postroom.mail.outlook_msg import read_msg
from postroom.mail.rtf import decompress_rtf, read_rtf
from postroom.mail.tnef import read_tnef

from .build import a_multipart, a_part
from .outlook import a_compound_file, a_msg, a_tnef, mapi_properties, unicode_property


def winmail(content: bytes, text: str = "") -> bytes:
    """A mail with a text and a winmail.dat."""
    return a_multipart("mixed", a_part(text), a_part(content, 'application/ms-tnef; name="winmail.dat"'))


def test_the_files_of_a_winmail_dat_are_attachments_and_it_is_not():
    mail = parse(winmail(a_tnef(files=[("Größe.pdf", b"%PDF"), ("b.txt", b"text")]), "see the files"))
    assert mail.text == "see the files"
    assert [(each.filename, each.content) for each in mail.attachments] == [("Größe.pdf", b"%PDF"), ("b.txt", b"text")]


def test_the_text_of_a_winmail_dat_counts_where_the_mail_has_none():
    content = a_tnef(mapi_properties((0x1000, 0x1F, "From Outlook\r\n".encode("utf-16-le"))))
    assert parse(winmail(content)).text == "From Outlook"
    assert parse(winmail(content, "From the mail")).text == "From the mail"


def test_the_html_of_a_winmail_dat_is_shown():
    content = a_tnef(mapi_properties((0x1013, 0x102, b"<p>Gr\xfc\xdfe</p>"), (0x3FDE, 0x03, struct.pack("<I", 1252))))
    mail = parse(winmail(content))
    assert (mail.html, mail.text) == ("<p>Grüße</p>", "Grüße")


def test_a_winmail_dat_that_was_cut_off_gives_what_is_there_and_stays():
    content = a_tnef(files=[("a.txt", b"whole"), ("b.txt", b"x" * 500)])[:-300]
    mail = parse(winmail(content, "text"))
    assert [each.filename for each in mail.attachments] == ["a.txt", "b.txt", "winmail.dat"]
    assert "damaged_tnef" in mail.defects


def test_a_mail_within_a_winmail_dat_is_an_attached_mail():
    inner = a_tnef(
        mapi_properties((0x0037, 0x1F, "Inner".encode("utf-16-le")), (0x1000, 0x1F, "Hi".encode("utf-16-le")))
    )
    properties = mapi_properties((0x3701, 0x0D, bytes(16) + inner))
    mail = parse(winmail(a_tnef(files=[("Inner", None)], attachment_properties=properties), "text"))
    (attachment,) = mail.attachments
    assert attachment.content_type == "message/rfc822"
    assert (parse(attachment.content).subject, parse(attachment.content).text) == ("Inner", "Hi\r\n".strip())


RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}{\*\hidden x}"
    rb"Gr\'fc\'dfe \u8364?\par \f1\'cf\'f0}"
)


def test_rich_text_is_read_as_text():
    assert read_rtf(RTF) == ("Grüße €\nПр", None)


def test_html_that_was_wrapped_in_rich_text_is_html_again():
    wrapped = (
        rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf \par\htmlrtf0 Hello {\*\htmltag84 <b>}"
        rb"\htmlrtf {\b \htmlrtf0 Tess\htmlrtf }\htmlrtf0{\*\htmltag92 </b>}{\*\mhtmltag x}{\*\htmltag72 </p>}}"
    )
    assert read_rtf(wrapped) == ("", "<p>Hello <b>Tess</b></p>")


def test_compressed_rich_text_is_unpacked():
    # The example of the specification.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress_rtf(struct.pack("<II4sI", 20, 5, b"MELA", 0) + b"{\\rtf1}") == b"{\\rtf1}"
    assert decompress_rtf(b"no rtf at all, but long enough") == b""


def test_a_msg_gives_the_facts_of_its_mail():
    message = read_msg(a_msg())
    assert message is not None
    assert message.sender == Address("Gita Guest", "gita@example.test")
    assert (message.to, message.cc) == ([Address("Desk", "desk@desk.test")], [Address("", "sam@example.test")])
    assert (message.subject, message.text) == ("Größe", "Hello\nTess")
    assert message.date == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert [(file.name, file.content) for file in message.files] == [("long name.txt", b"file")]


def test_an_attached_msg_is_read_like_an_attached_mail():
    raw = a_multipart("mixed", a_part("see"), a_part(a_msg(), 'application/vnd.ms-outlook; name="mail.msg"'))
    attached = attached_message(read_tree(raw).root.children[1])
    assert attached is not None
    mail = parse(attached)
    assert (mail.sender, mail.subject) == (Address("Gita Guest", "gita@example.test"), "Größe")
    assert (mail.text.split(), [each.filename for each in mail.attachments]) == (["Hello", "Tess"], ["long name.txt"])
    assert mail.date == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_person_of_exchange_without_an_address_keeps_the_name():
    content = a_compound_file({"__properties_version1.0": bytes(32), **unicode_property(0x0042, "Tess")})
    attached = attached_message(
        read_tree(a_multipart("mixed", a_part(content, 'application/vnd.ms-outlook; name="m.msg"'))).root.children[0]
    )
    mail = parse(attached or b"")
    assert (mail.sender, mail.written_sender) == (None, Address("Tess", ""))


def test_another_office_document_is_no_mail():
    assert read_msg(a_compound_file({"WordDocument": b"x"})) is None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 40), st.binary(max_size=8)), max_size=5), st.booleans()
)
def test_a_damaged_file_of_outlook_gives_something_or_nothing(damages: list[tuple[int, int, bytes]], msg: bool):
    data = a_msg() if msg else a_tnef(mapi_properties((0x1009, 0x102, b"x")), files=[("a", b"b")])
    for at, length, replacement in damages:
        at %= len(data)
        data = data[:at] + replacement + data[at + length :]
    started = perf_counter()
    read_msg(data) if msg else read_tnef(data)
    assert perf_counter() - started < 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(a_tnef(struct.pack("<I", 0xFFFFFFFF) + b"\x1f\x10\x01\x00" * 100_000), id="endless properties"),
        pytest.param(a_tnef(files=[("a", b"")] * 5_000), id="many files"),
        pytest.param(b"\x78\x9f\x3e\x22" + b"\x00" * 1_000_000, id="empty attributes"),
        pytest.param(
            a_tnef(
                mapi_properties((0x1009, 0x102, struct.pack("<II4sI", 9, 2**31, b"LZFu", 0) + b"\x00abcdefgh" * 99_999))
            ),
            id="rich text",
        ),
        pytest.param(
            a_tnef(mapi_properties((0x1009, 0x102, struct.pack("<II4sI", 9, 2**31, b"MELA", 0) + b"{\\u1 " * 99_999))),
            id="groups",
        ),
    ],
)
def test_no_winmail_dat_makes_reading_slow(content: bytes):
    raw = winmail(content)
    started = perf_counter()
    mail = parse(raw)
    assert perf_counter() - started < 2
    assert "unreadable" not in mail.defects
