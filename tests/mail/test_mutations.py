"""Mails that were damaged on the way, by the thousand: each gives facts, in time, that can be written down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import process_time

import pytest

from postroom.mail import parse
from postroom.mail.contract import as_contract

from .build import a_mail, a_multipart, a_nested, a_part
from .outlook import a_msg, a_tnef

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
WANTED = int(os.environ.get("POSTROOM_FUZZ_MAILS", "100000"))
SECONDS = 180.0
# A mail of up to this size is read in a fifth of a second; a larger one in as much longer as it is larger.
ORDINARY = 200_000

OWN = [
    a_mail(
        "Hello\n\nOn Tue, 24 Nov 2026, Tess <tess@desk.test> wrote:\n> hi\n-- \nSam", "Cc: Gita <gita@example.test>"
    ),
    a_mail("One \npara\n> quoted \n> text", content_type="text/plain; format=flowed; delsp=yes"),
    a_mail("x", "Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_und_mehr?=", 'Reply-To: "Doe, J" <j@x.test>, a@b.test'),
    a_mail("<p>Hi <b>Tess</b><table><tr><td style='display:none'>x</table>", content_type="text/html"),
    a_mail("begin 644 a.txt\n%:&5L;&\\ \n`\nend\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT"),
    a_mail("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART:20261124T100000Z\n", content_type="text/calendar"),
    a_multipart(
        "mixed",
        a_nested("alternative", a_part("plain"), a_part("<p>Grüße</p><img src='cid:c@x'>", "text/html; charset=utf-8")),
        a_part(b"\x00\x01", "image/png; name*0*=utf-8''a%20; name*1=b.png", "Content-ID: <c@x>"),
        "Content-Type: message/rfc822\n\nFrom: a@b.test\nSubject: inner\n\ntext",
        a_part(a_tnef(files=[("a.txt", b"b")]), 'application/ms-tnef; name="winmail.dat"'),
        a_part(a_msg(), 'application/vnd.ms-outlook; name="a.msg"'),
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


def seeds() -> list[bytes]:
    """Our own mails, and the public ones where they lie beside the project."""
    if not CORPUS.is_dir():
        return OWN
    rows = [json.loads(line) for line in (CORPUS / "MANIFEST.jsonl").read_text().splitlines()]
    return OWN + [(CORPUS / row["file"]).read_bytes() for row in rows if row["input"] == "eml"]


def damaged(mails: list[bytes], chance: Random, count: int) -> Iterator[bytes]:
    """Copies with bits flipped, bytes lost, pieces doubled, and one mail running on into another."""
    for _ in range(count):
        raw = bytearray(chance.choice(mails))
        for _ in range(chance.randint(1, 6)):
            at, length = chance.randrange(len(raw) + 1), chance.choice((1, 2, 5, 40, 400))
            kind = chance.randrange(5)
            if kind == 0 and at < len(raw):
                raw[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                del raw[at : at + length]
            elif kind == 2:
                raw[at:at] = raw[at : at + length] * chance.randint(1, 3)
            elif kind == 3:
                raw[at:at] = chance.choice(
                    (b"\r\n\r\n", b"\n--", b'"', b"=?", b"\x00", b";", b"<", b"(", b"\xff", b"\t")
                )
            else:
                other = chance.choice(mails)
                raw[at:] = other[chance.randrange(len(other) + 1) :]
        yield bytes(raw)


def check(raw: bytes) -> None:
    """One mail gives facts that can be written as JSON, soon enough."""
    started = process_time()
    mail = parse(raw)
    taken = process_time() - started
    assert "unreadable" not in mail.defects, (mail.defects, raw)
    row = json.dumps(as_contract(mail, "x"), ensure_ascii=False)
    row.encode()
    assert "\\u0000" not in row
    allowed = 0.2 * max(1.0, len(raw) / ORDINARY)
    if taken >= allowed:  # the garbage collector, or the machine: what is slow by itself is slow again
        taken = min(_seconds(raw) for _ in range(3))
    assert taken < allowed, (taken, raw)


def _seconds(raw: bytes) -> float:
    started = process_time()
    parse(raw)
    return process_time() - started


def test_damaged_mails_give_facts_in_time():
    for raw in damaged(seeds(), Random(24), 400):
        check(raw)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_hundred_thousand_damaged_mails_give_facts_in_time():
    started = process_time()
    done = 0
    for raw in damaged(seeds(), Random(WANTED), WANTED):
        check(raw)
        done += 1
        if process_time() - started > SECONDS:
            break
    assert done == WANTED or done > 20_000
