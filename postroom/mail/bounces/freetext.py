"""Failure notices that are no multipart/report: qmail, Exim, Postfix, sendmail, Exchange, Gmail and their kin."""

from __future__ import annotations

import re

from postroom.mail.bounces.reasons import reason_of, status_in
from postroom.mail.limits import MAX_RECIPIENTS
from postroom.mail.model import BounceRecipient, ParsedMail

_DAEMON = re.compile(
    r"^(?:mailer[-_]?daemon|postmaster|mail[-_]?delivery|mdaemon|root|bounce|smtpd?|mail|mailadm\w*|nobody|"
    r"mail-?router|"
    r"microsoftexchange\w*|system|mmdf|uucp|delivery|mailsystem)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|deliver\w* (?:status|fail|error|problem|report|notification|has failed|incomplete)|"
    r"delivery to|returned (?:mail|to sender)|"
    r"failure notice|mail (?:delivery )?(?:fail|system error|could not)|message (?:delivery|not delivered|"
    r"status)|non[- ]?deliver|"
    r"could ?n[o']t be delivered|not delivered|unzustellbar|nicht zugestellt|zustellung fehlgeschlagen|"
    r"non remis|no entregado|"
    r"mancato recapito|niet bezorgd|nie dostarczono|bounced?|warning: (?:message|could not|mail)|delayed|"
    r"user unknown|传输失败|投递失败|退信",
    re.IGNORECASE,
)
_INTRO = re.compile(
    r"could ?n[o']t be (?:delivered|reached|sent)|not be able to deliver|(?:un|wasn'?t |not )able to (?:be )?deliver|"
    r"delivery (?:to|of|for|has|status|attempt|fail)|undeliver|(?:did|does|was|were|been|"
    r"is) not (?:be )?(?:reach|deliver|receive|sent)|"
    r"permanent (?:fatal )?(?:error|failure)|fatal errors|failed (?:to|addresses|recipient|for)|"
    r"following (?:address|recipient)|"
    r"returned (?:to|mail|message)|bounc|unknown (?:user|address|recipient)|user unknown|no such (?:user|"
    r"mailbox)|rejected|"
    r"recipient|can(?:no|')t (?:be )?deliver|not delivered|invalid (?:address|recipient)|unzustellbar|"
    r"nicht (?:zugestellt|erreicht)|"
    r"addresses? (?:had|failed|could)|mailbox|transcript of session|failure notice|your (?:message|mail|"
    r"e-?mail)|non recapitat|error",
    re.IGNORECASE,
)
_END = re.compile(
    r"^\W{0,40}(?:this is a copy of the message|below this line is a copy|(?:the )?(?:header|body|text|copy|"
    r"begin(?:ning)?|start|"
    r"contents?|original|full)[\w ']{0,40}(?:message|mail|header|text|follows)|original (?:message|mail)|"
    r"message (?:header|text|from|follow|contents|begins)|(?:returned|unsent|your|included|"
    r"undelivered) (?:message|mail)[\w ]{0,20}(?:follows|below|:|text)|"
    r"received: (?:from|by)|return-path:|message-id:|reporting-mta:)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9_+%&!#$/=?^`{|}~.'-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}[A-Za-z0-9]")
_MENTIONS = re.compile(r"^(?:from|sender|contact|to unsubscribe|reply-to|for help|helo|ehlo)\b|mail from:|"
     r"postmaster@|mailer-daemon@|"
                       r"(?:contact|assistance|help|questions)\b.{0,60}@", re.IGNORECASE)  # fmt: skip
_MAX_LINES = 400


def looks_like_notice(mail: ParsedMail) -> bool:
    """Whether a mail comes from a mail system: by its sender, its empty envelope sender, or both name and subject."""
    if mail.header("x-failed-recipients"):
        return True
    subject = _SUBJECT.search(mail.subject[:300]) is not None
    sender = mail.sender.email if mail.sender else ""
    daemon = _DAEMON.match(sender) is not None or "mail delivery" in (mail.sender.name if mail.sender else "").lower()
    if daemon:
        return subject or _INTRO.search(mail.text[:1000]) is not None
    # An absence notice has an empty envelope sender, too.
    return subject and (mail.header("return-path") or "-").strip() == "<>" and status_in(mail.text[:5000]) != ""


def read_notice(mail: ParsedMail) -> list[BounceRecipient]:
    """The recipients that a free-text notice names, with the server's words near each."""
    named = list(_ADDRESS.findall((mail.header("x-failed-recipients") or "")[:20_000]))
    lines = _notice_lines(mail.text)
    own = {address.email.lower() for address in mail.to} | ({mail.sender.email.lower()} if mail.sender else set())
    places: dict[str, int] = {}
    started = _SUBJECT.search(mail.subject[:300]) is not None
    for at, line in enumerate(lines):
        started = started or _INTRO.search(line) is not None
        if not started or _MENTIONS.search(line.strip()):
            continue
        for address in _ADDRESS.findall(line)[:20]:
            plain = address.strip("'.").removeprefix("smtp=").removeprefix("SMTP=")
            if plain.lower() not in own:
                places.setdefault(plain.lower(), at)
    wanted = [a.lower() for a in named] or list(places)
    return [_recipient(address, lines, places.get(address, 0)) for address in wanted[:MAX_RECIPIENTS]]


def _notice_lines(text: str) -> list[str]:
    """The notice itself: what stands above the returned mail."""
    lines: list[str] = []
    for line in text.split("\n")[:_MAX_LINES]:
        if _END.match(line.strip()[:200]) and any(_ADDRESS.search(seen) for seen in lines):
            break
        lines.append(line[:1000])
    return lines


def _recipient(address: str, lines: list[str], at: int) -> BounceRecipient:
    near = [line.strip() for line in lines[at : at + 8]]
    diagnostic = " ".join(line for line in near if line)[:1000]
    status = status_in(diagnostic) or status_in(" ".join(lines)[:5000])
    everything = " ".join(lines)[:4000]
    delayed = re.search(r"warning: message|delayed|will (?:be retried|continue|keep)|no action is required|"
         r"still trying",
                        everything, re.IGNORECASE) is not None  # fmt: skip
    action = "delayed" if delayed and not status.startswith("5") else "failed"
    kind = reason_of(action, status, diagnostic)
    if kind == "unknown":
        kind = reason_of(action, status, everything)
    return BounceRecipient(address, action, status, diagnostic, kind)
