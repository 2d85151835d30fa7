"""The mail that came back: as a part of its own, or written below the notice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from postroom.mail.addresses import parse_addresses
from postroom.mail.bounces.dsn import STATUS_TYPES
from postroom.mail.html import html_to_text
from postroom.mail.mime import Part
from postroom.mail.mime.tree import header_fields
from postroom.mail.model import ParsedMail
from postroom.mail.threads import message_ids

RETURNED_TYPES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822-header",
    "text/rfc822",
)
_RULES = " \t-=*_>~#.+|"
_RULED_END = re.compile(
    r"(?:this is a copy|below this line|(?:the |your |beginning of |start of |begin |included |copy of |body of |"
    r"contents of |header of |headers of |header and |headers and |first part of |text of ){0,4}"
    r"(?:original|returned|unsent|undelivered|failed|old|bounced|source) (?:message|mail|e-?mail)(?!s? was)|"
    r"(?:message|mail) (?:header|text|body|follows|contents|begins|copy)|(?:the )?header (?:and|of|follows)|"
    r"(?:the )?(?:body|text|contents?|start|beginning|copy) of (?:the |your )?(?:original |returned )?(?:message|mail)|"
    r"included is|forwarded message|no message was collected|original mail info|元のメッセージ|原始邮件|原文)",
    re.IGNORECASE,
)
_TRACE = re.compile(
    r"(?:received: (?:from|by|\()|dkim-signature:|mime-version: ?1|"
    r"content-type: ?(?:message/rfc822|text/rfc822))",
    re.IGNORECASE,
)
_SOFT_END = re.compile(
    r"\W{0,40}(?!original message details)(?:this is a copy of the message|below this line is a copy|"
    r"(?:the )?(?:header|body|text|copy|"
    r"begin(?:ning)?|start|contents?|original|full|first \d{1,4} lines|attached)[\w ']{0,40}(?:message|mail|"
    r"header|text|follows)|original (?:message|mail)(?! details)|"
    r"message (?:header|text|from|follow|contents|begins)|(?:returned|unsent|your|included|"
    r"undelivered|old) (?:message|mail)[\w ]{0,20}(?:follows|below|:|text)|"
    r"reporting-mta:|"
    r"ursprüngliche (?:nachricht|kopfzeilen)|(?:kopfzeilen|header) der|en-t.tes d|encabezados d|intestazioni d|"
    r"cabeçalhos d|oorspronkelijke (?:bericht|kop)|исходн|заголов|message original|mensaje original|"
    r"mensagem original|messaggio originale)",
    re.IGNORECASE,
)
# Fields of the mail that came back start a line; a notice that repeats some of them indents them.
_FIELD_END = re.compile(r"(?:message-id: ?<|return-path: ?<|from: .{0,200}@)", re.IGNORECASE)
_MESSAGE_ID = re.compile(
    r"^[>\s]{0,10}(?:Original-|X-)?Message[- ]?ID\s{0,4}[:=]\s{0,20}(<[^<>\s]{3,500}>|[^<>\s@]{1,250}@[^<>\s@]{1,250})",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[^\s@]@[^\s@]")
_MAX_HEADERS = 1_000_000
_MAX_TEXT = 200_000
_MAX_LINES = 400


@dataclass(slots=True)
class Returned:
    """What is known of the mail that came back."""

    message_id: str = ""
    to: list[str] = field(default_factory=list)
    sender: str = ""


@dataclass(slots=True)
class Notice:
    """A notice taken apart: its own lines, the text below them, and the mail that came back."""

    lines: list[str]
    below: str
    returned: Returned


def read_notice_text(mail: ParsedMail, leaves: list[Part]) -> Notice:
    """Take a notice apart."""
    lines, below = split_notice(notice_text(mail, leaves))
    returned = Returned()
    for part in leaves:
        if part.content_type in RETURNED_TYPES:
            returned = _of_fields(header_fields(part.content[:_MAX_HEADERS].lstrip(b"\r\n")).values)
            if returned.message_id or returned.to:
                break
    if not (returned.message_id and returned.to) and below:
        inline = _of_fields(header_fields(_from_first_field(below).encode("utf-8", "replace")).values)
        returned = Returned(
            returned.message_id or inline.message_id, returned.to or inline.to, returned.sender or inline.sender
        )
    if returned.message_id == mail.message_id:
        # Domino gives its notice the name of what it returns, after it has renamed that.
        returned.message_id = ""
    if not returned.message_id:
        returned.message_id = _named_id(mail, below, lines)
    return Notice(lines, below, returned)


def notice_text(mail: ParsedMail, leaves: list[Part]) -> str:
    """What the notice says: the visible text, or that of parts which are marked as attachments."""
    if mail.text.strip():
        return mail.text[:_MAX_TEXT]
    texts: list[str] = []
    for part in leaves:
        if part.content_type == "text/html":
            texts.append(html_to_text(part.text([])[:_MAX_TEXT]))
        elif part.content_type.startswith("text/") and part.content_type not in (*RETURNED_TYPES, *STATUS_TYPES):
            texts.append(part.text([])[:_MAX_TEXT])
    return "\n".join(texts)[:_MAX_TEXT]


def split_notice(text: str) -> tuple[list[str], str]:
    """The lines above the returned mail, and the text from there on.

    A heading without rules around it ends the notice only below an address: notices speak of "the message", too.
    """
    lines: list[str] = []
    seen = False
    rows = text.split("\n")
    for number, row in enumerate(rows[:_MAX_LINES]):
        line = row.strip()
        soft = seen and (_SOFT_END.match(line[:200]) is not None or _FIELD_END.match(row.lstrip(">")[:300]) is not None)
        if soft or _ends(line[:200]):
            return lines, "\n".join(rows[number:])[:_MAX_TEXT]
        seen = seen or _ADDRESS.search(line[:1000]) is not None
        lines.append(row[:1000])
    return lines, "\n".join(rows[_MAX_LINES:])[:_MAX_TEXT]


def _ends(line: str) -> bool:
    """Whether a line is a ruled heading of the returned mail, or its first trace field."""
    words = line.lstrip(_RULES)
    return (len(line) - len(words) >= 2 and _RULED_END.match(words) is not None) or _TRACE.match(line) is not None


def _from_first_field(below: str) -> str:
    """The header block that follows a separator: its first line that looks like a field, and on."""
    rows = below.split("\n")
    for number, row in enumerate(rows[:40]):
        name, colon, _rest = row.strip().partition(":")
        if colon and name and " " not in name and name.replace("-", "").isalpha():
            indent = len(row) - len(row.lstrip(" >|\t"))
            return "\n".join(each[indent:] if not each[:indent].strip(" >|\t") else each for each in rows[number:])
    return ""


def _of_fields(fields: Iterable[tuple[str, str]]) -> Returned:
    found = Returned()
    for name, value in fields:
        if name == "message-id" and not found.message_id:
            ids = message_ids(value)
            found.message_id = ids[0] if ids else ""
        elif name in ("to", "cc") and len(found.to) < 50:
            found.to += [address.email.lower() for address in parse_addresses(value)]
        elif name == "from" and not found.sender:
            senders = parse_addresses(value)
            found.sender = senders[0].email.lower() if senders else ""
    return found


def _named_id(mail: ParsedMail, below: str, lines: list[str]) -> str:
    """A Message-ID in the text, else what the notice answers: Gmail and Exchange name it in In-Reply-To."""
    for text in (below, "\n".join(lines)):
        named = _MESSAGE_ID.search(text)
        if named is not None:
            return named[1].strip("<>")
    own = mail.message_id or ""
    given = message_ids(mail.header("x-original-message-id")) + message_ids(mail.header("original-message-id"))
    answered = [*given, mail.in_reply_to or "", *reversed(mail.references)]
    return next((each for each in answered if each and each != own), "")
