"""The mails of the intake bench, a third of them replies.

60 % are plain, 25 % HTML with history, 10 % carry a file of 50 to 300 kB, 5 % inline images.
Made from a fixed seed, so that every run and every product gets the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

WORDS = [
    "printer",
    "network",
    "password",
    "laptop",
    "screen",
    "invoice",
    "meeting",
    "server",
    "access",
    "folder",
    "account",
    "screen",
    "update",
    "driver",
    "error",
    "window",
    "message",
    "keyboard",
    "cable",
    "office",
    "floor",
    "morning",
    "yesterday",
    "please",
    "thanks",
    "colleague",
    "department",
    "cannot",
    "open",
    "again",
    "since",
    "problem",
    "help",
    "restart",
    "works",
    "slow",
    "phone",
    "number",
    "address",
    "calendar",
    "room",
    "request",
    "answer",
    "question",
    "report",
    "system",
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc3300000000"
    "49454e44ae426082"
)
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
SENDERS = 300


def mails(count: int, mailbox: str, seed: int = 7) -> Iterator[bytes]:
    """``count`` mails to ``mailbox``; every third is a reply to an earlier one, by the same sender."""
    rng = random.Random(seed)
    opened: list[tuple[str, str, int]] = []
    for number in range(count):
        if number % 10 in (3, 6, 9) and opened:
            parent, subject, sender = opened[rng.randrange(len(opened))]
            subject = f"Re: {subject}"
        else:
            parent, subject, sender = "", f"{_sentence(rng, 5)} {number}", rng.randrange(SENDERS)
        message_id = f"<bench-{seed}-{number}@client.example>"
        mail = _mail(rng, number, sender, subject, message_id, parent, mailbox)
        if not parent:
            opened.append((message_id, subject, sender))
        yield mail.as_bytes(policy=SMTP)


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize()


def _text(rng: random.Random, size: int) -> str:
    lines: list[str] = []
    while sum(map(len, lines)) < size:
        lines.append(_sentence(rng, rng.randrange(6, 13)) + ".")
    return "\n".join(lines)


def _mail(
    rng: random.Random, number: int, sender: int, subject: str, message_id: str, parent: str, mailbox: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Person {sender} <person{sender}@client{sender % 40}.example>"
    mail["To"] = f"Service Desk <{mailbox}>"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(START + timedelta(seconds=37 * number))
    mail["Message-ID"] = message_id
    if parent:
        mail["In-Reply-To"] = parent
        mail["References"] = parent
    kind = number % 20
    if kind < 12:
        mail.set_content(_text(rng, 2300), charset="utf-8")
    elif kind < 17:
        mail.set_content(_text(rng, 4000))
        mail.add_alternative(_html(rng), subtype="html")
    elif kind < 19:
        mail.set_content(_text(rng, 1500))
        mail.add_attachment(
            rng.randbytes(rng.randrange(50_000, 300_000)), "application", "pdf", filename=f"scan {number}.pdf"
        )
    else:
        mail.set_content(_text(rng, 800))
        mail.add_alternative(f"<p>{_text(rng, 800)}</p><p><img src='cid:logo{number}'></p>", subtype="html")
        part = mail.get_payload()[1]  # type: ignore[index]
        part.add_related(PNG + rng.randbytes(4000), "image", "png", cid=f"<logo{number}>")  # type: ignore[union-attr]
    return mail


def _html(rng: random.Random) -> str:
    new = "".join(f"<p class='MsoNormal'>{_text(rng, 300)}</p>" for _ in range(3))
    head = "<blockquote type='cite'><div style='color:#1f497d'><b>From:</b> Somebody<br>"
    quote = "".join(f"{head}{_text(rng, 4500)}</div></blockquote>" for _ in range(3))
    body = f"{new}<p>On Monday, Somebody wrote:</p>{quote}"
    return f"<html><head><style>p{{margin:0}}</style></head><body>{body}</body></html>"
