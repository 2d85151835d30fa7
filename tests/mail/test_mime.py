"""The parts of a mail are found even where the program that sent it, or the way it took, broke it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from postroom.mail import parse
from postroom.mail.mime import read_tree
from postroom.mail.mime.transfer import decode_transfer

from .build import a_mail, a_multipart, a_part, joined

HEAD = b"From: sam@example.test\nSubject: Printer\nDate: Tue, 24 Nov 2026 10:00:00 +0100\nMessage-ID: <a@b>\n"
TWO = b"--B\nContent-Type: text/plain\n\nabove\n--B\nContent-Type: text/plain; name=a.txt\n\nfile\n--B--\n"


def read(raw: bytes) -> tuple[str, list[str], list[str]]:
    """Text, attachment names, defects."""
    mail = parse(raw)
    return mail.text.strip(), [each.filename for each in mail.attachments], mail.defects


@pytest.mark.parametrize(
    ("content_type", "body", "defect"),
    [
        pytest.param(b"multipart/mixed; boundary=B", TWO, None, id="sound"),
        pytest.param(b"multipart/mixed boundary=B", TWO, None, id="no semicolon"),
        pytest.param(b'multipart/mixed; boundary="B  "', TWO, None, id="white space in the boundary"),
        pytest.param(b"multipart/mixed; boundary=B", TWO.replace(b"--B\n", b"--B  \n"), None, id="white space behind"),
        pytest.param(b"multipart/mixed; boundary=B", TWO[:-6], "no_closing_boundary", id="no end"),
        pytest.param(b"multipart/mixed", TWO, "boundary_guessed", id="no boundary named"),
        pytest.param(b"multipart/mixed; boundary=C", TWO, "boundary_guessed", id="another boundary named"),
        pytest.param(b"text/plain", TWO, "no_content_type", id="not called a multipart"),
        pytest.param(
            b"multipart/mixed; boundary=B",
            TWO.replace(b"--B\n", b"--B and more\n"),
            None,
            id="words behind a delimiter",
        ),
        pytest.param(
            b"multipart/mixed; boundary=B",
            TWO.replace(b"--B\nContent-Type: text/plain;", b"--B--\n--B\nContent-Type: text/plain;"),
            "parts_after_end",
            id="ended too early",
        ),
        pytest.param(b"multipart/mixed; boundary=B\nContent-Transfer-Encoding: 8bit", TWO, None, id="8bit"),
    ],
)
def test_both_parts_are_found_whatever_happened_to_the_delimiters(content_type: bytes, body: bytes, defect: str | None):
    text, names, defects = read(HEAD + b"Content-Type: " + content_type + b"\n\n" + body)
    assert (text, names) == ("above", ["a.txt"])
    assert defect is None or defect in defects


def test_a_boundary_that_begins_like_another_is_told_apart():
    inner = "Content-Type: multipart/alternative; boundary=BB\n\n" + joined(
        (a_part("plain"), a_part("<p>rich</p>", "text/html")), "BB"
    )
    text, names, _ = read(a_multipart("mixed", inner, a_part("x", "text/plain; name=a.txt")))
    assert (text, names) == ("plain", ["a.txt"])


def test_an_inner_multipart_without_an_end_ends_with_the_outer_one():
    inner = "Content-Type: multipart/alternative; boundary=N\n\n--N\nContent-Type: text/plain\n\nplain"
    text, names, _ = read(a_multipart("mixed", inner, a_part("x", "text/plain; name=a.txt")))
    assert (text, names) == ("plain", ["a.txt"])


def test_a_multipart_without_parts_shows_its_text():
    assert read(HEAD + b"Content-Type: multipart/mixed; boundary=B\n\nall there is\n--B--\n")[0] == "all there is"


def test_a_multipart_that_was_encoded_as_a_whole_is_decoded_first():
    head = HEAD + b"Content-Type: multipart/mixed; boundary=B\nContent-Transfer-Encoding: base64\n\n"
    assert read(head + b64encode(TWO)) == ("above", ["a.txt"], ["no_closing_boundary", "encoded_multipart"])


def test_a_first_part_whose_delimiter_was_lost_is_kept():
    inner = "Content-Type: multipart/alternative; boundary=N\nContent-Type: text/plain\n\nplain\n--N\n"
    inner += "Content-Type: text/html\n\n<p>rich</p>\n--N--"
    mail = parse(a_multipart("related", inner))
    assert (mail.text, mail.html, mail.defects) == ("plain", "<p>rich</p>", ["no_opening_boundary"])


@pytest.mark.parametrize(
    ("head", "subject", "text", "defect"),
    [
        pytest.param(b"Subject: a\n folded\n\tline\n\nhi", "a folded line", "hi", None, id="folded"),
        pytest.param(b"Subject : a\n\nhi", "a", "hi", None, id="space before the colon"),
        pytest.param(
            b"Subject: a\nrest of it\nTo: x@y.test\n\nhi", "a rest of it", "hi", "malformed_header", id="unindented"
        ),
        pytest.param(
            b"Subject: a\nHello,\nthe body.\n\nBye",
            "a",
            "Hello,\nthe body.\n\nBye",
            "malformed_header",
            id="no empty line",
        ),
        pytest.param(b"%garbage%\nSubject: a\n\nhi", "a", "hi", "malformed_header", id="garbage on top"),
        pytest.param(b"From sam Tue Nov 24\n>From sam\nSubject: a\n\nhi", "a", "hi", "mbox_line", id="mbox lines"),
        pytest.param(b"\xef\xbb\xbfSubject: a\n\nhi", "a", "hi", None, id="byte order mark"),
        pytest.param(b"\n\nSubject: a\n\nhi", "a", "hi", "empty_lines_on_top", id="empty lines on top"),
        pytest.param(b"Subject: a\r\rhi", "a", "hi", "cr_line_ends", id="CR only"),
        pytest.param(b"Subject: a\r\r\n\r\r\nhi", "a", "hi", "cr_line_ends", id="CR CR LF"),
        pytest.param("Subject: a\n\nhi".encode("utf-16"), "a", "hi", "utf16_file", id="UTF-16 file"),
        pytest.param(b"Subject: a\x00b\n\nhi", "ab", "hi", None, id="NUL"),
        pytest.param(b"Just a text.\n\nNo header.", "", "Just a text.\n\nNo header.", "no_headers", id="no header"),
    ],
)
def test_a_header_is_read_as_far_as_there_is_one(head: bytes, subject: str, text: str, defect: str | None):
    mail = parse(head)
    assert (mail.subject, mail.text) == (subject, text)
    assert defect is None or defect in mail.defects


@pytest.mark.parametrize(
    ("encoding", "body", "content", "defect"),
    [
        ("base64", b"aGVsbG8gd29ybGQ=", b"hello world", None),
        ("BASE64 ", b"aGVs\r\nbG8g\r\nd29ybGQ=\r\n", b"hello world", None),
        ("base64", b" aGVsbG8g\td29ybGQ= ", b"hello world", None),
        ("base64", b"aGVsbG8gd29ybGQ", b"hello world", "invalid_base64"),
        ("base64", b"aGVs!bG8gd29ybGQ=", b"hello world", "invalid_base64"),
        ("base64", b"aGVsbG8=\nIHdvcmxk", b"hello world", "invalid_base64"),
        ("base64", b"aGVsbG8gd29ybGQ=\n____\nlist footer", b"hello world", "invalid_base64"),
        ("base64", b"aGVsbG8gd29ybGQ= ignored", b"hello world", "invalid_base64"),
        ("base64", b"-_-_", b"\xfb\xff\xbf", "invalid_base64"),
        ("base64", b"Dear desk, the printer is on fire.", b"Dear desk, the printer is on fire.", "not_base64"),
        ("quoted-printable", b"caf=C3=A9 =\r\nis =3D=zz", "café is ==zz".encode(), None),
        ("quoted-printable; x", b"a=20b", b"a b", None),
        ("x-unknown", b"as it is", b"as it is", None),
        ("x-uuencode", b"begin 644 a.txt\n%:&5L;&\\ \n`\nend\n", b"hello", None),
        ("uuencode", b"begin 644 a.txt\n%:&5L;&\\ \n", b"hello", None),
    ],
)
def test_a_transfer_encoding_is_undone_as_well_as_it_can_be(
    encoding: str, body: bytes, content: bytes, defect: str | None
):
    assert decode_transfer(body, encoding) == (content, defect)


def test_files_written_into_a_text_by_uuencode_are_attachments():
    mail = parse(a_mail("See this:\nbegin 644 a.txt\n%:&5L;&\\ \n`\nend\nRegards"))
    assert mail.text == "See this:\nRegards"
    assert [(each.filename, each.content) for each in mail.attachments] == [("a.txt", b"hello")]


def test_a_text_that_only_says_begin_and_end_is_left_alone():
    text = "Let us\nbegin 644 times\nthere is no file here!\nend"
    assert (parse(a_mail(text)).text, parse(a_mail(text)).attachments) == (text, [])


def test_several_plain_texts_called_alternatives_are_all_shown_but_not_twice():
    assert parse(a_multipart("alternative", a_part("one"), a_part("two"))).text == "one\n\ntwo"
    assert parse(a_multipart("alternative", a_part("one two"), a_part("two"))).text == "one two"
    assert parse(a_multipart("alternative", a_part("other"), a_part("he"))).text == "other\n\nhe"


def test_a_text_type_that_nobody_knows_is_shown_where_it_is_all_there_is():
    assert parse(a_mail("# Hello", content_type="text/markdown")).text == "# Hello"
    assert parse(a_mail("{\\rtf1 Hello\\par Tess}", content_type="text/rtf")).text == "Hello\nTess"
    assert parse(a_mail("<bold>Hello</bold> << Tess", content_type="text/enriched")).text == "Hello < Tess"


def test_a_picture_called_text_is_a_file():
    mail = parse(a_multipart("mixed", a_part(b"GIF89a\x00\x01\x00", "text/plain; name=a.gif")))
    assert (mail.text, [each.filename for each in mail.attachments]) == ("", ["a.gif"])


def test_an_embedded_mail_is_one_part_also_where_it_was_encoded():
    inner = "From: gita@example.test\nSubject: Inner\n\nHi"
    part = a_part(inner.encode(), "message/rfc822")
    root = read_tree(a_multipart("mixed", a_part("see below"), part)).root
    assert root.children[1].content == inner.encode()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text/plain (a comment); charset=utf-8", "text/plain"),
        ("TEXT/HTML;;;charset=utf-8", "text/html"),
        ("text", "text/plain"),
        ("", "text/plain"),
        ('"text/html"', "text/html"),
        ("text/html<br>", "text/html"),
    ],
)
def test_a_content_type_is_read_through_its_noise(value: str, kind: str):
    assert read_tree(a_mail("x", content_type=value)).root.content_type == kind


def test_the_parts_of_a_long_soft_text_are_joined_without_its_spaces():
    mail = parse(a_mail("One para \ngraph.\n  code\n", content_type="text/plain; format=flowed; delsp=yes"))
    assert mail.text == "One paragraph.\n code\n"
