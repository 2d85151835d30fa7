"""Postroom and the libraries one would use instead: each turns a case into the facts it can tell.

A fact that a reader leaves out is one that it does not offer; a library that is not installed is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from importlib.util import find_spec
from typing import Any

from bench.corpus.cases import Case
from postroom.mail import parse

Facts = dict[str, Any]
Reader = Callable[[Case], Facts]


def postroom(case: Case) -> Facts:
    mail = parse(case.raw)
    sender = mail.sender or mail.written_sender
    failed = mail.bounce.recipients if mail.bounce else []
    forwarded = mail.forwarded
    return {
        "subject": mail.subject,
        "message_id": mail.message_id,
        "from_addr": sender.email if sender else "",
        "from_name": sender.name if sender else "",
        "to": [one.email for one in mail.to],
        "cc": [one.email for one in mail.cc],
        "text": mail.text,
        "html_part": mail.html,
        "attachment_names": [one.filename for one in mail.attachments if one.named],
        "is_bounce": mail.bounce is not None,
        "bounce_recipient": [one.address for one in failed],
        "bounce_status": [one.status for one in failed],
        "reply_text": mail.reply_text,
        "signature": mail.signature,
        "is_forwarded": forwarded is not None,
        "forwarded_from": forwarded.sender.email if forwarded else "",
        "forwarded_subject": forwarded.subject if forwarded else "",
        "forwarded_text": forwarded.text if forwarded else "",
    }


def standard_library(case: Case) -> Facts:
    """``email`` with ``policy.default``."""
    mail = message_from_bytes(case.raw, policy=default)
    sender = mail["from"].addresses if mail["from"] else ()
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "subject": mail["subject"] or "",
        "message_id": (mail["message-id"] or "").strip("<> "),
        "from_addr": sender[0].addr_spec if sender else "",
        "from_name": sender[0].display_name if sender else "",
        "to": [one.addr_spec for one in mail["to"].addresses] if mail["to"] else [],
        "cc": [one.addr_spec for one in mail["cc"].addresses] if mail["cc"] else [],
        "text": plain.get_content() if plain else "",
        "html_part": html.get_content() if html else None,
        "attachment_names": [name for part in mail.walk() if (name := part.get_filename())],
    }


def fast_mail_parser(case: Case) -> Facts:
    from fast_mail_parser import parse_email

    mail = parse_email(case.raw)
    return {
        "subject": mail.subject,
        "text": "\n".join(mail.text_plain),
        "html_part": "".join(mail.text_html) or None,
        "attachment_names": [one.filename for one in mail.attachments if one.filename],
    }


def flufl_bounce(case: Case) -> Facts:
    from flufl.bounce import scan_message

    failed = [one.decode("ascii", "replace") for one in scan_message(message_from_bytes(case.raw))]
    return {"is_bounce": bool(failed), "bounce_recipient": failed}


def mail_parser_reply(case: Case) -> Facts:
    from mailparser_reply import EmailReplyParser

    languages = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "cs", "ja", "ko", "he", "zh"]
    read = EmailReplyParser(languages=languages).read(_text(case))
    return {"reply_text": read.latest_reply}


def email_reply_parser(case: Case) -> Facts:
    from email_reply_parser import EmailReplyParser

    return {"reply_text": EmailReplyParser.parse_reply(_text(case))}


def quotequail(case: Case) -> Facts:
    import quotequail

    unwrapped = quotequail.unwrap(_text(case)) or {}
    _, sender = _name_and_address(unwrapped.get("from") or "")
    return {
        "is_forwarded": unwrapped.get("type") == "forward",
        "forwarded_from": sender,
        "forwarded_subject": unwrapped.get("subject") or "",
        "forwarded_text": unwrapped.get("text") or "",
        "reply_text": unwrapped.get("text_top") or _text(case),
    }


def _name_and_address(text: str) -> tuple[str, str]:
    from email.utils import parseaddr

    return parseaddr(text)


def _text(case: Case) -> str:
    return parse(case.raw).text


_ALL: dict[str, tuple[str, Reader]] = {
    "Postroom": ("postroom", postroom),
    "email": ("email", standard_library),
    "fast-mail-parser": ("fast_mail_parser", fast_mail_parser),
    "flufl.bounce": ("flufl", flufl_bounce),
    "mail-parser-reply": ("mailparser_reply", mail_parser_reply),
    "email-reply-parser": ("email_reply_parser", email_reply_parser),
    "quotequail": ("quotequail", quotequail),
}


def readers() -> dict[str, Reader]:
    """Those that are installed, Postroom first."""
    return {name: reader for name, (module, reader) in _ALL.items() if find_spec(module)}
