"""Who failed and why, out of a notice in a server's own words: qmail, Exim, sendmail, Exchange, Gmail and their kin.

Every mention of an address is ranked by the shape of its line. The best rank wins: an address alone on its line
names a recipient, one in the middle of a sentence may be anybody's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from postroom.mail.bounces.phrases import DELAYED, FINAL, OPENINGS
from postroom.mail.bounces.reasons import reason_of
from postroom.mail.bounces.returned import Notice
from postroom.mail.bounces.status import complete_status, enhanced_status, reply_code
from postroom.mail.limits import MAX_RECIPIENTS
from postroom.mail.model import BounceRecipient, ParsedMail

_ASCII = re.compile(
    r"[A-Za-z0-9_+%&!#$/=?^`{|}~.'*-]{1,128}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,10}|"
    r"\[[0-9.]{7,15}\])"
)
_ANY = re.compile(r"[^\s<>()\[\]{},;:\"@\\]{1,64}@[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,10}")
_LABELLED = re.compile(r"^(?:smtp|email|to|rcpt|addr(?:ess)?|recipient|user|mail)=", re.IGNORECASE)
_SENDER_LINE = re.compile(
    r"\W{0,6}(?:from|sender|(?:sender|from) address|original sender|return-path|contact|to unsubscribe|reply-to|"
    r"for help|"
    r"helo|ehlo|x-[\w-]{1,40}|envelope-from|list-[\w-]{1,20}|message[- ]?id|queue[- ]?id|"
    r"absender|expéditeur|remitente|mittente|remetente|afzender|отправитель|von|de|差出人|发件人)\s{0,4}:|"
    r"[^@]{0,40}\b(?:mail from\s?:|message[- ]?id)",
    re.IGNORECASE,
)
_NOT_ABOUT = re.compile(
    r"(?:mails?|messages?) from <?|(?:contact|assistance|help|questions|support|administrator|details|visit|"
    r"forward this|e-?mail us|send mail to|reply to|wenden|from|by|sender)\b[^@.!]{0,60}|"
    r"https?://\S{0,200}",
    re.IGNORECASE,
)
_NOBODY = ("postmaster@", "mailer-daemon@")
_COPY = re.compile(
    r"^\W{0,6}(?:cc|bcc|copy|kopie|to|an|para|à|aan|subject|betreff|objet|asunto)\s{0,4}:", re.IGNORECASE
)
_ABOUT_MESSAGE = re.compile(
    r"^\W{0,6}(?:subject|sent|date|from|message-id|return-path|betreff|gesendet|objet|envoyé|date|asunto|enviado|"
    r"oggetto|inviato|onderwerp|"
    r"verzonden|assunto|тема|件名|主题|送信日時|发送时间)\s{0,4}:",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:^|deliver(?:ed|y)?(?: (?:to|for|of))?(?: the)?(?: following)?(?: recipient)?|(?:message|mail|e-?mail|"
    r"delivery|sent|addressed) (?:to|for)|rcpt to|"
    r"recipients?|failed(?: to)?|reach(?:ed)?(?: the)?|address(?:es)?|mailbox(?: of)?|"
    r"user|unknown|account|remis à|delivre a|entregado a|entregue (?:a|para)|zugestellt an|"
    r"recapitato a|bezorgd (?:aan|bij)|addressee|to|an|à|a|para|per|aan|для|user name|recipient name|destinatario|"
    r"destinataire|destinatário|empfänger|"
    r"geadresseerde|получатель|収件者|宛先|收件人)$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"^(?:$|[:;,.]{1,3}|\.\.\.|on \w|\(|--|-|=>|\||さん|様|宛|\d{3}[ -])", re.IGNORECASE)
_STRIP_BEFORE = " \t<\"'([*-•·>:#=|«“‘`"
_STRIP_AFTER = " \t>\"')]»”’`*"
_FAILED = re.compile(
    r"unknown|n[o']t (?:be )?(?:exist|deliver|found|reach|exactly|accept|listed)|fail|reject|invalid|no such|full|"
    r"quota|disabled|"
    r"inactive|undeliver|unrout|error|refus|\b[45]\d\d\b|unbekannt|inconnu|no existe|не ",
    re.IGNORECASE,
)
# "david...@" and "sam@exam..." are addresses that somebody has made unreadable.
_CUT = re.compile(r"@|\.{2,3}(?:\W|$)")
_TOKEN = re.compile(r"[\w.+-]{2,64}")
_ALONE, _OBJECT, _NAMED, _MENTIONED = 4, 3, 2, 1
_BLOCK = 10


@dataclass(slots=True)
class _Mention:
    address: str
    line: int
    rank: int


def read_notice(mail: ParsedMail, notice: Notice) -> list[BounceRecipient]:
    """The recipients that a free-text notice names, with the server's words near each."""
    text = _Text(notice.lines, _own(mail, notice))
    addresses = _ASCII.findall((mail.header("x-failed-recipients") or "")[:20_000]) or text.best()
    if text.highest <= _MENTIONED and notice.returned.to:
        wanted = [address for address in addresses if address.lower() in notice.returned.to]
        addresses = wanted or (notice.returned.to if len(notice.returned.to) <= 5 else addresses)
    if not addresses:
        addresses = _local_name(mail, notice.lines) or _verp(mail)
    unique = dict.fromkeys(address.lower() for address in addresses)
    return [text.recipient(address, alone=len(unique) == 1) for address in list(unique)[:MAX_RECIPIENTS]]


def words_about(addresses: Sequence[str], notice: Notice) -> dict[str, str]:
    """What a notice says about each recipient of its delivery status, by lower-cased address."""
    text = _Text(notice.lines, set())
    unique = {address.lower() for address in addresses}
    return {address: text.diagnostic(address, alone=len(unique) == 1) for address in unique}


def _own(mail: ParsedMail, notice: Notice) -> set[str]:
    """Who took part otherwise: the notice's own sender and recipients, and who wrote the mail that came back."""
    own = {address.email.lower() for address in mail.to}
    if mail.sender:
        own.add(mail.sender.email.lower())
    if notice.returned.sender and notice.returned.sender not in notice.returned.to:
        own.add(notice.returned.sender)
    return own


class _Text:
    """The lines of a notice and the addresses in them."""

    def __init__(self, lines: list[str], own: set[str]) -> None:
        self._lines = [line.strip() for line in lines]
        self._all = " ".join(line for line in self._lines if line)[:5000]
        self._mentions = self._read(own)
        self._of: dict[str, list[_Mention]] = {}
        for mention in sorted(self._mentions, key=lambda each: -each.rank):
            self._of.setdefault(mention.address, []).append(mention)
        self._coded = next((n for n, line in enumerate(self._lines) if enhanced_status(line) or reply_code(line)), None)
        self.highest = max((mention.rank for mention in self._mentions), default=0)
        self._starts = sorted({mention.line for mention in self._mentions if mention.rank == self.highest})

    def best(self) -> list[str]:
        """The addresses of the best rank, in order, each once."""
        return list(dict.fromkeys(mention.address for mention in self._mentions if mention.rank == self.highest))

    def _read(self, own: set[str]) -> list[_Mention]:
        found: list[_Mention] = []
        about_message = self._header_lines()
        for number, line in enumerate(self._lines):
            if "@" not in line:
                continue
            if _SENDER_LINE.match(line[:300]) is not None:
                continue
            for address, before, after in _addresses(line):
                if address in own or _is_about_others(address, before) or len(found) > 4 * MAX_RECIPIENTS:
                    continue
                rank = _MENTIONED if number in about_message else _rank(before, after, line)
                found.append(_Mention(address, number, rank))
        return found

    def _header_lines(self) -> set[int]:
        """The lines of a block that repeats To, Subject and Date of the mail: its To need not be who failed."""
        found: set[int] = set()
        for number, line in enumerate(self._lines):
            if _COPY.match(line) is None:
                continue
            near = self._lines[max(0, number - 6) : number + 7]
            if any(_ABOUT_MESSAGE.match(other) for other in near):
                found.add(number)
        return found

    def diagnostic(self, address: str, *, alone: bool) -> str:
        """The server's words about an address: where a code stands near a mention, there; else near the first."""
        first = ""
        for mention in self._of.get(address, ()):
            words = self._words_from(mention)
            if enhanced_status(words) or reply_code(words):
                return words
            first = first or words
        if self._coded is not None and (alone or not first):
            coded = " ".join(self._lines[self._coded : self._coded + 4])
            return f"{first} {coded}".strip()[:1000]
        return first

    def _words_from(self, mention: _Mention) -> str:
        """A mention's line and those below it, up to the next recipient."""
        at = bisect_right(self._starts, mention.line)
        end = self._starts[at] if at < len(self._starts) else mention.line + _BLOCK
        lines = self._lines[mention.line : min(end, mention.line + _BLOCK)]
        return " ".join(line for line in lines if line)[:1000]

    def recipient(self, address: str, *, alone: bool) -> BounceRecipient:
        """One recipient with action, status and reason worked out."""
        diagnostic = self.diagnostic(address, alone=alone)
        action = self.action()
        status = complete_status("", action, diagnostic)
        if status[1:] in ("", ".0.0"):
            better = complete_status("", action, self._all)
            status = better if status == "" or better[:1] == status[:1] or not reply_code(diagnostic) else status
        if status.startswith("5"):
            action = "failed"
        kind = reason_of(action, status, diagnostic)
        if kind in ("unknown", "temporary"):
            better_kind = reason_of(action, status, self._all)
            kind = better_kind if better_kind != "unknown" else kind
        return BounceRecipient(address, action, status, diagnostic, kind)

    def action(self) -> str:
        """``delayed`` where the notice says that it goes on trying."""
        text = self._all.casefold()
        delayed = any(phrase in text for phrase in DELAYED) and not any(phrase in text for phrase in FINAL)
        return "delayed" if delayed else "failed"


def _addresses(line: str) -> list[tuple[str, str, str]]:
    """Each address of a line, lower-cased, with the text before and after it."""
    matches = list(_ASCII.finditer(line))[:20] or list(_ANY.finditer(line))[:20]
    found: list[tuple[str, str, str]] = []
    for match in matches:
        address = _LABELLED.sub("", match[0].strip("'.*`|=/").lower())
        local, _at, _domain = address.partition("@")
        cut = line[match.end() :]
        if local and "." in address.rpartition("@")[2] and ".." not in address and not _CUT.match(cut):
            found.append((address, line[: match.start()], cut))
    return found


def _is_about_others(address: str, before: str) -> bool:
    """Whether an address is one to write to, or that of a sender."""
    if address.startswith(_NOBODY):
        return True
    # An alias that led to the address that failed: where that one is kept secret, it is all there is.
    if before.rstrip(" <").endswith("generated from"):
        return False
    found = list(_NOT_ABOUT.finditer(before[-120:]))
    return bool(found) and found[-1].end() == len(before[-120:])


def _rank(before: str, after: str, line: str) -> int:
    start = before.strip(_STRIP_BEFORE).rstrip(": ").casefold()[-60:]
    end = after.lstrip(_STRIP_AFTER)
    if _BEFORE.search(start) is not None and (start == "" or _is_label(start)) and _AFTER.match(end) is not None:
        return _ALONE
    if _BEFORE.search(start) is not None and start:
        return _OBJECT if _FAILED.search(line) or any(p in line.casefold() for p in OPENINGS) else _NAMED
    if start == "" or _FAILED.search(line) is not None:
        return _NAMED
    return _MENTIONED


def _is_label(start: str) -> bool:
    return len(start.split()) <= 6


def _local_name(mail: ParsedMail, lines: list[str]) -> list[str]:
    """A bare user name below an introduction: AOL and its like leave their own domain out."""
    domain = mail.sender.email.rpartition("@")[2].lower() if mail.sender else ""
    introduced = False
    for line in (each.strip() for each in lines[:60]):
        if introduced and _TOKEN.fullmatch(line) is not None and domain:
            return [f"{line}@{domain}"]
        introduced = line.endswith(":") or (introduced and not line)
    return []


def _verp(mail: ParsedMail) -> list[str]:
    """The recipient written into the return address: ``bounces+sam=example.test@lists.test``."""
    for address in mail.to:
        local = address.email.partition("@")[0]
        name, equals, domain = local.rpartition("=")
        user = re.split(r"[+]|--", name)[-1] if equals else ""
        if user and "." in domain and ".." not in domain:
            return [f"{user}@{domain}"]
    return []
