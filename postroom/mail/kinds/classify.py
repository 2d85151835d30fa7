"""The kind of an incoming mail. What a program is known for in its header comes first, what it says comes after."""

from __future__ import annotations

import re

from postroom.mail.kinds.absence import (
    absence,
    acknowledgement,
    declared_in_words,
    is_answer_subject,
    says_absent,
)
from postroom.mail.kinds.declared import Fields, bulk, declaration
from postroom.mail.kinds.receipts import receipt
from postroom.mail.mime import Part
from postroom.mail.model import AutoKind, ParsedMail
from postroom.mail.quotes.labels import FORWARD_SUBJECT

_ROBOTS = re.compile(
    r"(?:mailer-daemon|[\w.+-]{0,40}no[-_.]?reply|[\w.+-]{0,40}do[-_.]?not[-_.]?reply|noresponder|"
    r"no[-_.]responder|nepasrepondre|ne[-_.]pas[-_.]repondre|nicht[-_.]?antworten|keine[-_.]?antwort|autoreply|"
    r"auto-reply|auto-?responder|autoresponse|"
    r"notifications?|bounces?|automailer|robot|daemon|unattended|unmonitored)(?:[-_.+][\w.+-]{0,60})?@",
    re.IGNORECASE,
)
_MARKS = ("x-auto-response-suppress", "x-loop", "x-autoresponse-suppress", "x-ms-exchange-inbox-rules-loop")


def classify(mail: ParsedMail, root: Part) -> tuple[AutoKind, str]:
    """The kind of an incoming mail and what says so. A bounce is recognised before, by ``bounces``."""
    found = receipt(mail, root)
    if found is not None:
        return found
    fields: Fields = {}
    for name, value in mail.headers:
        # A mail may pass several programs: the first that says more than "no" counts.
        if name not in fields or (name == "auto-submitted" and fields[name].strip().lower() in ("", "no")):
            fields[name] = value
    declared = declaration(fields)
    if declared is not None and declared[0] == "auto-replied":
        return declared
    return _by_words(mail, fields, declared) or declared or _by_habit(mail, fields) or ("no", "")


def _by_words(mail: ParsedMail, fields: Fields, declared: tuple[AutoKind, str] | None) -> tuple[AutoKind, str] | None:
    """An automatic answer that the header does not call one, or calls only automatic, as Exchange does."""
    robot = _robot(mail, fields)
    by_machine = declared is not None or bool(robot) or _is_marked(mail, fields)
    reason = absence(mail, by_machine=by_machine)
    if not reason and not _is_list(fields):
        reason = acknowledgement(mail, by_machine=declared is not None or bool(robot))
    if (
        not reason
        and (declared is not None or robot.startswith("empty"))
        and not _is_list(fields)
        and _answers(mail)
        and says_absent(mail)
    ):
        reason = "words of an absence notice"
    if not reason and not _is_list(fields) and FORWARD_SUBJECT.match(mail.subject) is None:
        reason = declared_in_words(mail)
    return ("auto-replied", reason) if reason else None


def _is_marked(mail: ParsedMail, fields: Fields) -> bool:
    """Signs that support the words of an absence notice and say nothing without them."""
    precedence = fields.get("precedence", "").strip().lower()
    answers = _answers(mail) and not is_answer_subject(mail.subject)
    return answers or precedence in ("bulk", "junk", "list") or any(name in fields for name in _MARKS)


def _answers(mail: ParsedMail) -> bool:
    return mail.in_reply_to is not None or bool(mail.references)


def _is_list(fields: Fields) -> bool:
    return any(name in fields for name in ("list-id", "list-unsubscribe", "list-post"))


def _by_habit(mail: ParsedMail, fields: Fields) -> tuple[AutoKind, str] | None:
    """Signs that are not a declaration of the mail itself."""
    reason = bulk(fields)
    if reason:
        return "bulk", reason
    robot = _robot(mail, fields)
    return ("auto-generated", robot) if robot else None


def _robot(mail: ParsedMail, fields: Fields) -> str:
    """The sender that nobody reads, or ''."""
    if fields.get("return-path", "-").strip() in ("<>", ""):
        return "empty Return-Path"
    if mail.sender is not None and _ROBOTS.match(mail.sender.email[:200]):
        return f"sender {mail.sender.email.partition('@')[0].lower()[:80]}"
    return ""
