"""Signatures: the ``-- `` line of Usenet (RFC 3676, 4.3) and what telephones add."""

from __future__ import annotations

import re

_MAX_LINES = 40
_DEVICE = (
    r"iphone|ipad|ipod|android|smartphone|samsung|galaxy|huawei|xiaomi|blackberry|windows phone|windows mail|"
    r"mail for|"
    r"mail app|outlook|gmail|yahoo|aol|proton ?mail|mobile|mobil|handy|telefon|phone|tablet|apple|nokia|sony|htc|lg|"
    r"verizon|t-mobile|at&t|o2|nine|k-9|k9|fairemail|spark|thunderbird|bluemail|blue mail|boxer|web\.de|gmx|tutanota"
)
_SENT_FROM = re.compile(
    rf"^\W{{0,3}}(?:sent (?:from|via|using|with)|get outlook for|outlook für|holen sie sich|obtenir outlook|"
    rf"obtener outlook|envoyé (?:de|depuis|à partir)|télécharger outlook|enviado (?:desde|do|a partir|de)|"
    rf"inviato (?:da|dal)|"
    rf"scarica outlook|verzonden (?:vanaf|vanuit|met)|wysłan[eo] z|skickat från|sendt fra|lähetetty|"
    rf"odesláno z|отправлено (?:с|из)|"
    rf"von mein|gesendet (?:von|mit)|diese nachricht wurde von mein|von (?:unterwegs )?\w+ gesendet)"
    rf"(?=.{{0,80}}(?:{_DEVICE})).{{0,100}}$|^\W{{0,3}}(?:iphone|ipad).{{0,4}}から送信.{{0,10}}$|^发自我的.{{1,40}}$|"
    r"^傳送自.{1,40}$|^.{1,30}에서 보냄$|^iPhone'?umdan gönderildi$|^envoyé de mon \w+$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"^(?:(?:kind|kindest|best|warm|warmest|with (?:kind|best)|many)? ?(?:regards|wishes)|yours (?:sincerely|"
    r"faithfully|truly)|"
    r"sincerely(?: yours)?|cheers|mit (?:freundlichen|besten|lieben|herzlichen) gr(?:ü|ue)(?:ß|ss)en|"
    r"freundliche gr(?:ü|ue)(?:ß|ss)e|"
    r"(?:viele|beste|liebe|schöne|herzliche) gr(?:ü|ue)(?:ß|ss)e|mfg|lg|vg|cordialement|bien (?:cordialement|à vous)|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|cordiali saluti|distinti saluti|saluti|atenciosamente|"
    r"(?:com os )?(?:melhores )?cumprimentos|met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|mvg|pozdrawiam|"
    r"z (?:poważaniem|powazaniem|wyrazami szacunku)|med (?:vänlig|venlig|vennlig) h(?:älsning|ilsen)(?:ar)?|"
    r"(?:vänliga|bästa) hälsningar|mvh|"
    r"(?:venlig|vennlig) hilsen|ystävällisin terveisin|s pozdravem|с уважением|saygılarımla|üdvözlettel)\W{0,3}$",
    re.IGNORECASE,
)
_FAREWELL_LINES = 8
_NOT_A_SENTENCE = re.compile(r"[,;!?]|\.\s*$")


def cut_signature(lines: list[str]) -> tuple[list[str], str | None]:
    """The lines above the signature, and the signature or None."""
    start = _separator(lines)
    if start is None:
        start = _sent_from(lines)
    farewell = _farewell(lines if start is None else lines[:start])
    start = farewell if farewell is not None else start
    if start is None:
        return lines, None
    signature = "\n".join(lines[start:]).strip()
    if signature.startswith("--"):
        signature = signature.lstrip("-").strip()
    return lines[:start], signature or None


def _separator(lines: list[str]) -> int | None:
    """The last ``-- `` line near the end; without its space it counts only above a few lines."""
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    for at in range(last - 1, max(-1, last - _MAX_LINES - 1), -1):
        line = lines[at]
        if line == "-- " or (line.rstrip() in ("--", "—", "–-") and last - at <= 15 and at > 0):
            return at
    return None


def _sent_from(lines: list[str]) -> int | None:
    """A device line among the last three that hold text."""
    seen = 0
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip()
        if not line:
            continue
        seen += 1
        if is_device_line(line):
            return at
        if seen == 3:
            return None
    return None


def _farewell(lines: list[str]) -> int | None:
    """ "Kind regards" and a few short lines at the end, below something that was said."""
    seen = 0
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at].strip()
        if not line:
            continue
        seen += 1
        if seen > _FAREWELL_LINES or len(line) > 80:
            return None
        if _FAREWELL.match(line):
            return at if any(above.strip() for above in lines[:at]) else None
    return None


def is_device_line(line: str) -> bool:
    """Whether a line is an advertisement of the telephone, not a sentence of its owner."""
    line = line.strip().strip("*_[]").strip()
    if len(line) > 140:
        return False
    bare = line.partition("<http")[0].strip()
    return _SENT_FROM.match(bare) is not None and _NOT_A_SENTENCE.search(bare[:-1]) is None
