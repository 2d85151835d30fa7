"""Read receipts (RFC 8098 and what Exchange and Notes send instead), feedback reports (RFC 5965), calendar answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postroom.mail.mime import Part
from postroom.mail.model import AutoKind, ParsedMail

_READ_SUBJECT = re.compile(
    r"\s{0,3}(?:read(?: receipt| notification)?|not read|return receipt(?: \(displayed\))?|gelesen|ungelesen|"
    r"nicht gelesen|lesebestätigung(?: \(angezeigt\))?|lu|non lu|confirmation de lecture|accusé de lecture|leído|"
    r"no leído|acuse de lectura|"
    r"letto|non letto|conferma di lettura|ricevuta di ritorno|lida|lido|não lida|não lido|confirmação de leitura|"
    r"recibo de lectura|gelezen|niet gelezen|leesbevestiging|læst|ikke læst|lest|ikke lest|läst|har lästs|oläst|"
    r"inte läst|"
    r"luettu|ei luettu|lukukuittaus|przeczytano|nieprzeczytane|przeczytane|potwierdzenie przeczytania|přečteno|"
    r"nepřečteno|prečítané|olvasva|elolvasva|citit|necitit|прочитано|прочтено|не прочтено|не прочитано|"
    r"отчет о прочтении|уведомление о прочтении|"
    r"okundu|okunmadı|διαβάστηκε|開封済み|開封確認|未開封|已读|已讀|未读|未讀|읽음|읽지 않음|deleted|gelöscht|"
    r"displayed)\s{0,3}[:：]|"
    r"\s{0,3}(?:return receipt|read receipt|reading confirmation|lesebestätigung|message disposition notification|"
    r"disposition notification)\b",
    re.IGNORECASE,
)
_READ_WORDS = re.compile(
    r"(?:was|has been|were) (?:read|displayed|opened|viewed|deleted without)|(?:read|displayed|opened) on \w|"
    r"is no guarantee that the message|no guarantee that the message has been read|return receipt|"
    r"wurde (?:am|gelesen|angezeigt|ungelesen|ohne)|angezeigt|gelesen|a été (?:lu|affiché|supprimé)|se (?:leyó|"
    r"ha leído|eliminó|mostró)|fue leído|è stato (?:letto|visualizzato|eliminato)|foi (?:lida|lido|exibid|"
    r"excluíd)|is gelezen|werd gelezen|blev læst|ble lest|"
    r"lästes|har lästs|luettiin|przeczytan|přečten|прочтено|прочитано|было (?:прочитано|удалено)|tarihinde okundu|"
    r"開封|已于|已於|阅读|읽었",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(
    r"\s{0,3}(?:accepted|declined|tentative(?:ly accepted)?|new time proposed|cancell?ed|zugesagt|abgesagt|"
    r"abgelehnt|mit vorbehalt|unter vorbehalt|accepté|refusé|provisoire|aceptad[ao]|rechazad[ao]|provisional|"
    r"accettat[oa]|rifiutat[oa]|provvisori[oa]|aceit[ea]|aceito|recusad[ao]|geaccepteerd|"
    r"geweigerd|voorlopig|accepteret|afvist|godtatt|avslått|godkänd|accepterat|avböjd|hyväksytty|hylätty|"
    r"zaakceptowano|odrzucono|přijato|odmítnuto|принято|отклонено|承諾|辞退|已接受|已拒绝|수락됨|거절됨)\s{0,3}[:：]",
    re.IGNORECASE,
)
_DMARC = re.compile(r"report domain:.{1,300}submitter:", re.IGNORECASE)


def receipt(mail: ParsedMail, root: Part) -> tuple[AutoKind, str] | None:
    """A read receipt, a feedback or aggregate report, or a calendar program's answer; None for any other mail."""
    if root.content_type == "multipart/report":
        kind = root.parameters.get("report-type", "").lower()
        if kind == "disposition-notification" or _has(root, "message/disposition-notification"):
            return "read-receipt", "report-type=disposition-notification"
        if kind == "feedback-report" or _has(root, "message/feedback-report"):
            return "auto-generated", "report-type=feedback-report"
        if kind and kind != "delivery-status":
            return "auto-generated", f"report-type={kind[:60]}"
    elif root.is_multipart and _has(root, "message/disposition-notification"):
        return "read-receipt", "message/disposition-notification"
    elif root.is_multipart and _has(root, "message/feedback-report"):
        return "auto-generated", "message/feedback-report"
    return _worded(mail) or _calendar(mail, root)


def _worded(mail: ParsedMail) -> tuple[AutoKind, str] | None:
    if _READ_SUBJECT.match(mail.subject[:200]) is not None and _is_receipt_text(mail):
        return "read-receipt", "subject of a read receipt"
    if _DMARC.match(mail.subject[:500]) is not None:
        return "auto-generated", "subject of a DMARC report"
    return None


def _is_receipt_text(mail: ParsedMail) -> bool:
    text = mail.text[:1500]
    short = len(mail.text) < 1500 and len(mail.text.split("\n")) < 30
    return short and (_READ_WORDS.search(text) is not None or (not text.strip() and mail.html is None))


def _calendar(mail: ParsedMail, root: Part) -> tuple[AutoKind, str] | None:
    """An answer to an invitation that holds no word of a person's own."""
    for part in _leaves(root):
        if part.content_type == "text/calendar":
            answer = part.parameters.get("method", "").lower() == "reply" or b"METHOD:REPLY" in part.content[:2000]
            if answer and _is_wordless(mail, root):
                return "auto-generated", "calendar reply"
    return None


def _is_wordless(mail: ParsedMail, root: Part) -> bool:
    return (
        not mail.reply_text.strip()
        or root.content_type == "text/calendar"
        or (
            _ACCEPTED.match(mail.subject[:100]) is not None
            and len(mail.reply_text.split()) <= 12
            and "?" not in mail.reply_text
        )
    )


def _has(root: Part, content_type: str) -> bool:
    return any(part.content_type == content_type for part in _leaves(root))


def _leaves(root: Part) -> Iterator[Part]:
    stack = [root]
    while stack:
        part = stack.pop()
        if part.is_multipart:
            stack.extend(reversed(part.children))
        else:
            yield part
