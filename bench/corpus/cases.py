"""The mails with known results, and how one answer is compared with what is expected.

Texts are compared by their letters and digits (NFKC, without case), addresses without case.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postroom.mail.html import html_to_text

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
# Snapshots of another library's fuzzing cases: they tell what it does, not what is right.
NO_TRUTH = ("stalwart/resources/eml/malformed/",)


@dataclass(frozen=True)
class Case:
    """One mail: ``raw`` is a whole message, also where the set holds a bare body. ``expect`` by key of the corpus."""

    set: str
    file: str
    raw: bytes
    body_only: bool
    expect: dict[str, Any]


def cases() -> Iterator[Case]:
    """Every mail of the corpus with known results."""
    for expected in sorted((CORPUS / "expect").glob("*.jsonl")):
        for line in expected.read_text().splitlines():
            row = json.loads(line)
            if row["file"].startswith(NO_TRUTH):
                continue
            raw = (CORPUS / row["file"]).read_bytes()
            body_only = row["input"] != "eml"
            if body_only:
                raw = _as_mail(raw, row["input"], row.get("subject", ""))
            subject = {"subject": row["subject"]} if "subject" in row and not body_only else {}
            yield Case(expected.stem, row["file"], raw, body_only, {**subject, **row["expect"]})


def _as_mail(body: bytes, input_: str, subject: str) -> bytes:
    kind = "html" if input_ == "html" else "plain"
    head = f"From: sam@example.test\nSubject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n"
    return head.encode() + b"Content-Transfer-Encoding: 8bit\n\n" + body


def letters(text: str | None) -> str:
    """What counts of a text."""
    return "".join(char for char in unicodedata.normalize("NFKC", text or "").casefold() if char.isalnum())


def same_text(got: Any, want: Any) -> bool:
    return letters(got) == letters(want)


def same_page(got: Any, want: Any) -> bool:
    """HTML by what a reader sees of it: ours is sanitised."""
    return letters(html_to_text(got or "")) == letters(html_to_text(want))


def same_word(got: Any, want: Any) -> bool:
    return str(got or "").strip().casefold() == str(want).strip().casefold()


def same_set(got: Any, want: Any) -> bool:
    return {letters(one) for one in got or []} == {letters(one) for one in want}


def same_addresses(got: Any, want: Any) -> bool:
    return {one.casefold() for one in got or []} == {one.casefold() for one in want}


def same_codes(got: Any, want: Any) -> bool:
    return set(got or []) == set(want)


def holds_all(got: Any, want: Any) -> bool:
    if isinstance(got, list):
        return {letters(one) for one in want} <= {letters(one) for one in got}
    return all(letters(one) in letters(got) for one in want)


def holds_none(got: Any, want: Any) -> bool:
    return not any(letters(one) in letters(got) for one in want)


def equal(got: Any, want: Any) -> bool:
    return bool(got == want)


# Key of the corpus: (what it is called in the table, the fact of a reader, how it is compared).
CHECKS: dict[str, tuple[str, str, Callable[[Any, Any], bool] | None]] = {
    "subject": ("header", "subject", same_text),
    "message_id": ("header", "message_id", same_word),
    "from_addr": ("address", "from_addr", same_word),
    "from_name": ("address", "from_name", same_text),
    "to": ("address", "to", same_addresses),
    "cc": ("address", "cc", same_addresses),
    "text_part_exact": ("body", "text", same_text),
    "html_part_exact": ("body", "html_part", same_page),
    "attachment_names": ("attachments", "attachment_names", same_set),
    "attachment_names_some": ("attachments", "attachment_names", holds_all),
    "is_bounce": ("bounce seen", "is_bounce", equal),
    "bounce_recipient": ("bounce recipient", "bounce_recipient", same_addresses),
    "bounce_status": ("bounce status", "bounce_status", same_codes),
    "reply_text": ("reply text", "reply_text", same_text),
    "reply_contains": ("reply keeps", "reply_text", holds_all),
    "reply_not_contains": ("reply leaves out", "reply_text", holds_none),
    "message_above": ("reply text", "reply_text", same_text),
    "signature": ("signature", "signature", same_text),
    "is_forwarded": ("forward seen", "is_forwarded", equal),
    "forwarded_original_from": ("forward sender", "forwarded_from", same_word),
    "forwarded_subject": ("forward subject", "forwarded_subject", same_text),
    "forwarded_body_contains": ("forward text", "forwarded_text", holds_all),
}
