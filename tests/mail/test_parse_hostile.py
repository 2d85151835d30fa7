"""Nothing that arrives stops the desk: broken, hostile and huge mails become facts, quickly."""

from __future__ import annotations

import json
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mail import parse
from postroom.mail.contract import as_contract

from .build import a_mail, a_multipart, a_part

HEAD = b"From: sam@example.test\nDate: Tue, 24 Nov 2026 10:00:00 +0100\nMessage-ID: <a@b>\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n"


def nest(levels: int) -> bytes:
    """Multiparts within multiparts."""
    return HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(levels)
    )


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(bytes(range(256)) * 200, "no_headers", id="binary garbage"),
        pytest.param(MIXED + b"--x\n\nhi\n" * 20_000 + b"--x--", "too_many_parts", id="20,000 parts"),
        pytest.param(nest(600) + b"\nhi", "nested_too_deep", id="600 levels"),
        pytest.param(HEAD + b"Content-Type: message/rfc822\n\n" * 600, None, id="600 embedded mails"),
        pytest.param(HEAD + b"X-A: b\n" * 20_000 + b"\nhi", "too_many_headers", id="20,000 headers"),
        pytest.param(HEAD + b"Subject: " + b"a" * 3_000_000 + b"\n\nhi", "headers_too_long", id="3 MB subject"),
        pytest.param((HEAD + b"\nhello\n").replace(b"\n", b"\r"), "cr_line_ends", id="CR only"),
        pytest.param(b"From sam@x Tue Nov 24\n" + HEAD + b"\nhello", "mbox_line", id="mbox line"),
        pytest.param(b"Subject: x\n\nhello", "no_from", id="no From"),
        pytest.param(b"From: sam@x.test\n\nhello", "no_message_id", id="no Message-ID"),
        pytest.param(HEAD + b"Content-Transfer-Encoding: base64\n\naGVsbG8", "invalid_base64", id="cut base64"),
        pytest.param(MIXED + b"--x\n\nhello", "no_closing_boundary", id="cut multipart"),
        pytest.param(HEAD + b"Content-Type: multipart/mixed\n\nhello", "no_boundary", id="no boundary"),
    ],
)
def test_a_damaged_mail_is_read_and_its_defect_named(raw: bytes, defect: str | None):
    started = perf_counter()
    mail = parse(raw)
    assert perf_counter() - started < 2
    assert defect is None or defect in mail.defects
    assert "unreadable" not in mail.defects
    json.dumps(as_contract(mail, "x")).encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(HTML + b"<div>" * 500_000, id="open elements"),
        pytest.param(HTML + b"<ul><li>" * 200_000, id="nested lists"),
        pytest.param(HTML + b"<p><b><i><u>x" * 60_000, id="misnested formatting"),
        pytest.param(HTML + b"<" * 2_000_000, id="angle brackets"),
        pytest.param(HTML + b"<p style='margin:1px'>margin:" * 60_000, id="margins"),
        pytest.param(HTML + b"<blockquote>x</blockquote>" * 80_000, id="quotations"),
        pytest.param(HEAD + b"\n" + b":\n" * 1_000_000, id="colons"),
        pytest.param(HEAD + b"\n" + b"On 1 a@b.c wrote:\n" * 100_000, id="attributions"),
        pytest.param(HEAD + b"\nOn 1 " + b"wrote " * 300_000 + b":", id="one long attribution"),
        pytest.param(HEAD + b"\n" + b"From: a@b.c\nTo: d\n\n" * 60_000, id="header blocks"),
        pytest.param(HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"abc \n" * 500_000, id="flowed"),
        pytest.param(HEAD + b"To: " + b"(" * 900_000 + b"\n\nx", id="comments"),
        pytest.param(HEAD + b"To: " + b'"a\\"' * 200_000 + b"\n\nx", id="quotes"),
        pytest.param(HEAD + b"Subject: " + b"=?utf-8?q?" * 90_000 + b"\n\nx", id="encoded words"),
        pytest.param(HEAD + b"Content-Type: text/plain" + b';a*1*="' * 9_000 + b"\n\nx", id="parameters"),
        pytest.param(
            HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"\n--xy" * 900_000, id="false boundaries"
        ),
        pytest.param(HEAD + b"X: =?utf-8?q?\n" * 900, id="openings"),
        pytest.param(HEAD + (b"X: " + b"=?utf-8?q?" * 6_000 + b"\n") * 15 + b"\nx", id="many encoded words"),
        pytest.param(HEAD + b"To: " + b"a" * 60_000 + b"\nCc: " + b"@" * 60_000 + b"\n\nx", id="no address"),
        pytest.param(HEAD + b"To: " + b"a@[:" * 15_000 + b"\n\nx", id="colons in an address"),
        pytest.param(HEAD + b"Content-Type: text/plain; a=" + b" b=c" * 15_000 + b"\n\nx", id="no semicolons"),
        pytest.param(HEAD + b"Content-Type: text/plain; a=" + b" " * 60_000 + b"\n\nx", id="blanks in a parameter"),
        pytest.param(HEAD + b"\n" + b"begin 644 a\n" * 150_000 + b"!\nend\n", id="files that begin"),
        pytest.param(HEAD + b"\n" + b"begin 644 a\n!\nend\n" * 90_000, id="files that are none"),
        pytest.param(
            HEAD + b"Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + b"ATTENDEE;CN=" + b'";"' * 600_000,
            id="invitation",
        ),
        pytest.param(
            HEAD + b"Content-Type: text/calendar\n\n" + b"BEGIN:VEVENT\nATTENDEE:a\n" * 90_000, id="invitations"
        ),
        pytest.param(HEAD + b"Content-Type: text/rtf\n\n" + b"{\\a" * 600_000, id="rich text"),
        pytest.param(HEAD + b"Content-Type: text/enriched\n\n" + b"<param>" * 300_000, id="enriched text"),
        pytest.param(HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"ab=" * 700_000, id="padding"),
        pytest.param(MIXED + b"--x\n\nhello there\n" * 990 + b"--x--", id="many texts"),
        pytest.param(
            MIXED.replace(b"mixed", b"alternative") + (b"--x\n\n" + b"word " * 400 + b"\n") * 990,
            id="many alternatives",
        ),
        pytest.param(MIXED + (b"--x\nContent-Type: text/html\n\n<p>hi</p>\n") * 990, id="many documents"),
        pytest.param(b"From: mailer-daemon@x.y\nSubject: failure notice\n\n" + b"user " * 300_000, id="notice"),
    ],
)
def test_no_input_makes_reading_slow(raw: bytes):
    started = perf_counter()
    mail = parse(raw)
    assert perf_counter() - started < 4
    assert "unreadable" not in mail.defects


@pytest.mark.slow
@pytest.mark.parametrize("inner", [b"line of text\n" * 3_000_000, b"\n--b" * 10_000_000], ids=["text", "boundaries"])
@pytest.mark.parametrize("levels", [0, 45, 200])
def test_forty_megabytes_are_read_in_seconds(levels: int, inner: bytes):
    started = perf_counter()
    parse(nest(levels) + b"\n" + inner)
    assert perf_counter() - started < 10


@given(st.binary(max_size=2_000))
def test_any_bytes_give_facts(raw: bytes):
    mail = parse(raw)
    assert "unreadable" not in mail.defects
    json.dumps(as_contract(mail, "x")).encode()


SEEDS = [
    a_mail("Hello\n\nOn Tue, 24 Nov 2026, Tess <tess@desk.test> wrote:\n> hi\n-- \nSam"),
    a_multipart(
        "mixed",
        a_part("<p>Grüße</p><blockquote type=cite>x</blockquote>", "text/html; charset=utf-8"),
        a_part(b"\x00\x01", "image/png; name*0*=utf-8''a%20; name*1=b.png", "Content-ID: <c@x>"),
        "Content-Type: message/rfc822\n\nFrom: a@b\nSubject: inner\n\ntext",
    ),
    a_multipart(
        "report",
        a_part("It failed."),
        a_part(
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\nStatus: 5.1.1\n", "message/delivery-status"
        ),
        more="; report-type=delivery-status",
    ),
]


@settings(max_examples=200)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 20), st.binary(max_size=6)), max_size=6),
)
def test_a_damaged_copy_of_a_good_mail_gives_facts(seed: bytes, damages: list[tuple[int, int, bytes]]):
    raw = seed
    for at, length, replacement in damages:
        at %= len(raw) + 1
        raw = raw[:at] + replacement + raw[at + length :]
    mail = parse(raw)
    assert "unreadable" not in mail.defects
    row = json.dumps(as_contract(mail, "x"), ensure_ascii=False)
    row.encode()
    assert "\\u0000" not in row
