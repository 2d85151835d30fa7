"""Subjects: the prefixes that mail programs pile up, and the tag that names a request."""

from __future__ import annotations

import re

_REPLY = "re|aw|antw|antwort|sv|vs|res|rif|r|ynt|odp|ad|vá|ref|bls|hl|απ|σχετ|ответ|回复|回覆|答复|返信|답장|回信|تعقيب"
_FORWARD = "fwd?|wg|tr|rv|i|enc|doorst|vb|vl|vs|pd|ilt|fs|转发|轉寄|転送|전달|пересылка"
REPLY_SUBJECT = re.compile(rf"^\s*\[?(?:{_REPLY})(?:\s?[\[(]\d{{1,4}}[\])]|\s?\^?\d{{1,3}})?\s?[:：]", re.IGNORECASE)
_PREFIX = re.compile(
    rf"\s*(?:\[(?:external|extern|ext)\]\s*)?\[?(?:{_REPLY}|{_FORWARD})(?:\s?[\[(]\d{{1,4}}[\])]|"
    rf"\s?\^?\d{{1,3}})?\s?[:：]",
    re.IGNORECASE,
)
_FORWARDED = re.compile(rf"\s*(?:\[(?:external|extern|ext)\]\s*)?\[?(?:{_FORWARD})\s?[:：]", re.IGNORECASE)
_TAG = re.compile(r"\[#(\d{1,12})\]")
_SPACES = re.compile(r"\s{2,}")
_MAX_PREFIXES = 50


def subject_tag(number: int) -> str:
    """The tag of a request number: ``[#46]``."""
    return f"[#{number}]"


def tag_in_subject(subject: str) -> int | None:
    """The number of the first tag in a subject, or None. A hint only: anybody can type it."""
    found = _TAG.search(subject)
    return int(found[1]) if found is not None else None


def strip_tag(subject: str) -> str:
    """The subject without tags."""
    return _SPACES.sub(" ", _TAG.sub("", subject)).strip()


def base_subject(subject: str) -> str:
    """The subject without reply and forward prefixes and without tags."""
    text = strip_tag(subject)
    for _ in range(_MAX_PREFIXES):
        found = _PREFIX.match(text)
        if found is None:
            break
        text = text[found.end() :]
    return text.strip()


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail was forwarded: ``Fwd:``, ``WG:``, ``TR:``."""
    return _FORWARDED.match(subject) is not None
