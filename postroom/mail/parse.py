"""Bytes to facts: the one door through which an incoming mail comes (RFC 5322, 2045 to 2049). Never raises."""

from __future__ import annotations

import re
from urllib.parse import unquote

from postroom.mail.addresses import parse_addresses, parse_sender
from postroom.mail.attachments import make_attachment
from postroom.mail.body import select_body
from postroom.mail.bounces import find_bounce
from postroom.mail.bounces.find import is_failure
from postroom.mail.charsets import clean, decode
from postroom.mail.dates import parse_date
from postroom.mail.forwards import find_forwarded
from postroom.mail.html import sanitise
from postroom.mail.kinds import classify
from postroom.mail.limits import MAX_HTML, MAX_TEXT
from postroom.mail.mime import Part, Tree, read_tree
from postroom.mail.model import ParsedMail
from postroom.mail.protection import note_protection
from postroom.mail.quotes import split_html, split_text
from postroom.mail.subjects import REPLY_SUBJECT
from postroom.mail.threads import message_ids
from postroom.mail.unpack import unpack
from postroom.mail.words import decode_words

_CID = re.compile(r'src="cid:([^"]{1,500})"', re.IGNORECASE)


def parse(raw: bytes) -> ParsedMail:
    """Everything the product knows about one mail.

    Never raises and takes time linear in the size of ``raw``; what had to be salvaged is named in ``defects``.
    """
    try:
        return _parse(raw)
    except Exception as error:
        # One mail that we cannot read must not stop those behind it: it is kept, named and shown.
        return ParsedMail(text=decode(raw[:MAX_TEXT], None)[0], defects=["unreadable", type(error).__name__])


def _parse(raw: bytes) -> ParsedMail:
    tree = read_tree(raw)
    mail = ParsedMail(defects=tree.defects)
    _read_headers(mail, tree)
    unpack(tree.root, mail.defects)
    body = select_body(tree.root, mail.defects)
    _read_bodies(mail, body.text, body.html)
    mail.attachments = [make_attachment(part, number) for number, part in enumerate(body.rest, start=1)]
    _mark_inline(mail)
    note_protection(mail, tree.root)
    _read_kind(mail, tree.root)
    return mail


def _read_headers(mail: ParsedMail, tree: Tree) -> None:
    first: dict[str, str] = {}
    for name, value in tree.fields:
        if not first.get(name):
            first[name] = value
    mail.headers = tree.root.headers
    ids = message_ids(first.get("message-id"))
    mail.message_id = ids[0] if ids else _bare_id(first.get("message-id", ""))
    parents = message_ids(first.get("in-reply-to"))
    mail.in_reply_to = parents[0] if parents else None
    mail.references = message_ids(first.get("references"))
    mail.subject = decode_words(first.get("subject", ""))
    mail.date = parse_date(first.get("date"))
    senders = parse_addresses(first.get("from")) or parse_addresses(first.get("sender"))
    mail.sender = senders[0] if senders else None
    mail.written_sender = mail.sender or parse_sender(first.get("from"))
    mail.reply_to = parse_addresses(first.get("reply-to"))
    # Some programs write a field for each recipient.
    mail.to = parse_addresses(", ".join(value for name, value in tree.fields if name == "to"))
    mail.cc = parse_addresses(", ".join(value for name, value in tree.fields if name == "cc"))
    for missing, defect in (
        (mail.message_id is None, "no_message_id"),
        (mail.sender is None, "invalid_from" if "from" in first else "no_from"),
        (mail.date is None, "invalid_date" if "date" in first else "no_date"),
    ):
        if missing:
            mail.defects.append(defect)
    if any("\ufffd" in value for _name, value in mail.headers):
        mail.defects.append("header_charset_replaced")


def _bare_id(value: str) -> str | None:
    """A Message-ID of a program that knows neither brackets nor domains, if it is one word."""
    words = value.strip(" <>").split()
    return words[0][:900] if len(words) == 1 else None


def _read_bodies(mail: ParsedMail, text: str | None, html: str | None) -> None:
    """Text, sanitised HTML, and the new part of both."""
    if text is not None and len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
        mail.defects.append("text_too_long")
    if html is not None:
        if len(html) > MAX_HTML:
            mail.defects.append("html_too_long")
        mail.html = sanitise(html)
    blank = text is None or not text.strip()
    split = split_html(mail.html, want_text=blank) if mail.html is not None else None
    mail.text = clean(split.text if blank and split is not None else text or "")
    if split is not None and split.quoted_html is not None:
        new = split_text(split.marked)
        # Nothing above the history: a bare forward, say. Then all of it is the text, and nothing is folded.
        if new.cut:
            mail.reply_text, mail.signature = new.reply, new.signature
            mail.quoted_html, mail.reply_html = split.quoted_html, split.reply_html
            return
    plain = split_text(mail.text)
    mail.reply_text, mail.signature = plain.reply, plain.signature


def _mark_inline(mail: ParsedMail) -> None:
    """A part is inline where the HTML shows it; an orphan with a Content-ID is a normal attachment."""
    if mail.html is None or "cid:" not in mail.html:
        return
    shown = {unquote(found.replace("&amp;", "&")).lower() for found in _CID.findall(mail.html)}
    for attachment in mail.attachments:
        attachment.inline = attachment.content_id is not None and attachment.content_id.lower() in shown


def _read_kind(mail: ParsedMail, root: Part) -> None:
    mail.bounce = find_bounce(mail, root)
    if mail.bounce is not None and is_failure(mail.bounce):
        mail.auto, mail.auto_reason = "bounce", "delivery status notification"
        return
    mail.auto, mail.auto_reason = classify(mail, root)
    if mail.bounce is not None:
        mail.auto, mail.auto_reason = "auto-generated", "delivery status notification without a failure"
    elif root.content_type != "multipart/report":
        replying = mail.in_reply_to is not None or REPLY_SUBJECT.match(mail.subject) is not None
        mail.forwarded = find_forwarded(root, mail.text, mail.subject, replying=replying)
