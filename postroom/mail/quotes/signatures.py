"""Signatures: the ``-- `` line of Usenet (RFC 3676, 4.3), what telephones add, and how letters end."""

from __future__ import annotations

import re

from postroom.mail.quotes.endings import CLOSINGS, DEVICE_LINES, DEVICES, THANKS
from postroom.mail.quotes.footers import footer_start
from postroom.mail.quotes.labels import SIGNATURE_MARK
from postroom.mail.stems import Stems

_MAX_LINES = 40
_FEW_LINES = 15
_CLOSING_LINES = 14
_MAX_CUTS = 8
_WORDY = re.compile(r"[\w\u2190-\u2bff\U0001f000-\U0001faff]|[:;]-?[)(DP]")
_SHORT_SEPARATOR = re.compile(r"(?:--|—|––|–-|—-|__)$")
_LONG_SEPARATOR = re.compile(r"(?:[-\u2010-\u2015\u2014\u2500]{3,80}|[_=*~]{3,80}|(?:[-_*=] ){3,40}[-_*=]?)$")
_CONTACT = re.compile(
    r"(?:\+|\(0|00)\d[\d\s()./–-]{5,}|(?<!\w)\(?\d{2,5}\)?[\s./-]\d{2,5}[\s./-]?\d{2,}|https?://|www\.|"
    r"[\w.+-]{1,64}@[\w-]{1,63}\.|(?<!\w)(?:tel|phone|mobile|mobil|cell|fax|fon|telefon|handy|tél|teléfono|тел|skype|"
    r"電話|电话|전화)\.?\s?[:：]|\w\.(?:com|org|net|de|test)(?:/|$)",
    re.IGNORECASE,
)
# Without one of these no line is that of a device.
_DEVICE_WORDS = Stems(
    word.casefold()
    for row in (*DEVICE_LINES.values(), ("gesendet|verschickt|verzonden|lähetetty", "sent |outlook for|aka.ms/"))
    for words in row
    for word in words.split("|")
    if word
)
_DOTTED_I = "i\u0307"  # how the Turkish capital is folded
_START, _END = (
    "|".join(re.escape(words) for words in sorted(filter(None, "|".join(rows).split("|")), key=len, reverse=True))
    for rows in zip(*DEVICE_LINES.values(), strict=True)
)
_DEVICE_LINE = re.compile(
    rf"(?:(?:{_START})(?:\W|(?<=[^\x00-\u024f])).{{0,90}}|"
    rf".{{1,60}}(?:{_END}|gesendet|verschickt|verzonden|lähetetty))\W{{0,3}}$",
    re.IGNORECASE,
)
_DEVICE = re.compile(rf"(?<![^\W_])(?:{DEVICES})|outlook|iphone|android", re.IGNORECASE)
_SENT_FROM = re.compile(r"sent (?:from|via|with|by|using) (?:\S{1,20}\s?){1,7}$", re.IGNORECASE)
_AUTOMATIC = re.compile(r"get outlook for|outlook for (?:ios|android)|aka\.ms/\w+ios", re.IGNORECASE)
_SENTENCE = re.compile(r"[,;!?]\s|\.\s+[A-Z]|[!?]$")
_LINK = re.compile(r"\s?[<\[(]https?://[^<>\[\]()]{0,500}[>\])]|\]\(https?://[^()]{0,500}\)")
_POSTSCRIPT = re.compile(r"p\.?\s?s\.?\s?[:.-]|p\.?s\.?\s", re.IGNORECASE)
_PICTURE = re.compile(r"\[(?:cid|image|logo|inline)[^\[\]]{0,100}\]$|<[^<>]{1,60}\.(?:png|jpe?g|gif)>$", re.IGNORECASE)
_AND = re.compile(r"\s?[/&,+]\s?|\s(?:and|und|et|y|e|en|och|og|i|a|ja|и|и с)\s")
_SIGN_OFF = re.compile(r"(?:[-–—~]\s?|/\s?)[^\W\d_a-z][\w.'’-]{0,20}(?: [^\W\d_][\w.'’-]{0,20}){0,2}$")
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "bin",
        "al",
        "el",
        "und",
        "zu",
        "and",
        "y",
        "i",
    ]
)
_CLOSINGS = frozenset(word for row in CLOSINGS.values() for word in row.split("|"))
_THANKS = frozenset(word for row in THANKS.values() for word in row.split("|"))


def cut_signature(lines: list[str], *, last: bool, alone: bool = True) -> tuple[list[str], str | None]:
    """The lines above the signature, and the signature or None. What is above always says something.

    ``last``: nothing else that the sender wrote follows; above folded history a letter is not ended by a greeting.
    """
    start = len(lines)
    finders = (_marked, footer_start, _separator, _device_line, *((_closing, _sign_off, _contacts) if last else ()))
    for _number in range(_MAX_CUTS):
        found = next(
            (at for find in finders if (at := find(lines[:start])) is not None and _says(lines, at, alone)), None
        )
        if found is None:
            break
        start = found
    if start == len(lines):
        return lines, None
    signature = "\n".join(lines[start:]).replace(SIGNATURE_MARK, "").strip()
    if signature.startswith(("--", "—", "__")):
        signature = signature.lstrip("-—_ ").strip()
    return lines[:start], signature or None


def _says(lines: list[str], end: int, alone: bool) -> bool:
    """Whether anything is said above; where there are other segments, this one may be a signature only."""
    return not alone or any(_WORDY.search(line) for line in lines[:end])


def _last_filled(lines: list[str]) -> int:
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    return last


def _marked(lines: list[str]) -> int | None:
    """Where HTML says that a signature begins."""
    return next((at for at, line in enumerate(lines) if line[:1] == SIGNATURE_MARK), None)


def _separator(lines: list[str]) -> int | None:
    """The first ``-- `` line near the end; other lines of dashes count only above a few lines that look like it."""
    end = _last_filled(lines)
    for at in range(max(0, end - _MAX_LINES - 1), end):
        line = lines[at]
        bare = line.strip()
        if line == "-- ":
            return at
        if end - at > _FEW_LINES or not bare:
            continue
        if _SHORT_SEPARATOR.match(bare) and all(len(below) <= 100 for below in lines[at + 1 : end]):
            return at
        if _LONG_SEPARATOR.match(bare) and _is_card(lines[at + 1 : end]):
            return at
    return None


def _is_card(lines: list[str]) -> bool:
    """Whether lines are a visiting card: short, and one says how to reach somebody. Also: nothing at all."""
    filled = [line.strip() for line in lines if line.strip()]
    if not filled:
        return True
    return all(_is_short(line) for line in filled) and any(_CONTACT.search(line[:300]) for line in filled)


def _device_line(lines: list[str]) -> int | None:
    """A device line among the last three that hold text."""
    seen = 0
    for at in range(len(lines) - 1, -1, -1):
        if not lines[at].strip():
            continue
        seen += 1
        if is_device_line(lines[at]):
            return at
        if seen == 3:
            return None
    return None


def is_device_line(line: str) -> bool:
    """Whether a line is an advertisement of the telephone, not a sentence of its owner."""
    if not _DEVICE_WORDS.are_in(line[:700].casefold().replace(_DOTTED_I, "i")):
        return False
    bare = _LINK.sub("", line[:700]).strip().strip("*_[](){}<>|.…").strip()
    if not bare or len(bare) > 110:
        return False
    if _AUTOMATIC.search(line[:700]) and len(bare) <= 60:
        return True
    # "Sent from my Verizon, Samsung Galaxy smartphone", but not "Sent from my desk, it is easier".
    head, comma, _tail = bare.partition(",")
    if _SENTENCE.search(bare) and not (comma and _DEVICE.search(head) and bare[-1] not in "!?"):
        return False
    if _SENT_FROM.match(bare):
        return True
    return _DEVICE_LINE.match(bare) is not None and _DEVICE.search(bare) is not None


def _closing(lines: list[str]) -> int | None:
    """ "Kind regards" and a few short lines at the end, below something that was said."""
    seen: list[str] = []
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at].strip()
        if not line:
            continue
        if _POSTSCRIPT.match(line):
            return None
        if len(line) <= 80 and _closes(line, seen):
            return at
        if len(seen) >= _CLOSING_LINES or not _is_short(line):
            return None
        seen.insert(0, line)
    return None


def _closes(line: str, below: list[str]) -> bool:
    """Whether a line ends the letter, given the lines with text below it."""
    folded = line.casefold().strip(" \t*_-–—")
    bare = folded.rstrip(" ,.!;:…)\u3001\u3002\uff0c\uff01")
    parts = [part.strip(" ,.") for part in _AND.split(bare)]
    ends = all(part in _CLOSINGS or part in _THANKS for part in parts) and any(part in _CLOSINGS for part in parts)
    if bare in _CLOSINGS or ends:
        return not below or _is_name(below[0]) or any(_CONTACT.search(each[:300]) for each in below)
    if bare in _THANKS:
        return bool(below) and len(below) <= 10 and _is_name(below[0])
    head, comma, _name = folded.partition(",")
    return bool(comma) and head.strip() in _CLOSINGS and _is_name(line.partition(",")[2].strip())


def _is_short(line: str) -> bool:
    """Whether a line may stand in a signature: no sentence of more than a few words."""
    if len(line) > 120:
        return False
    if _CONTACT.search(line):
        return True
    words = len(line.split())
    return words <= 12 and not (line[-1] in "?" or (line[-1] in ".!。" and words > 5))


def _is_name(line: str) -> bool:
    """Whether a line is somebody's name, maybe with a title or a firm."""
    bare = line.strip(" \t*_-–—,.()\"'|/")
    words = bare.replace(".", ". ").split()
    if not words or len(words) > 6 or len(bare) > 60 or line.rstrip()[-1:] in "?!:":
        return False
    if not bare[0].isascii() and not bare[0].isupper() and not bare[0].islower():
        return len(bare) <= 24
    if len(words) == 1:
        return len(bare) <= 20
    return all(
        word[0].isupper() or not word[0].isalpha() or word in _PARTICLES or (word[-1] == "." and len(word) <= 4)
        for word in words
    )


def _sign_off(lines: list[str]) -> int | None:
    """ "-Sam" or "/Sam" on the last line, where the mail is no list."""
    end = _last_filled(lines)
    if end < 2 or len(lines[end - 1]) > 60 or not _SIGN_OFF.match(lines[end - 1].strip()):
        return None
    mark = lines[end - 1].strip()[0]
    return None if any(line.strip()[:1] == mark for line in lines[: end - 1]) else end - 1


def _contacts(lines: list[str]) -> int | None:
    """A name and at least two ways to reach its owner as the last paragraph of a longer mail."""
    end = _last_filled(lines)
    start = end
    while start and end - start <= _CLOSING_LINES and lines[start - 1].strip():
        start -= 1
    card = [line.strip() for line in lines[start:end] if not _PICTURE.match(line.strip())]
    if not 3 <= len(card) <= 12 or not _is_name(card[0]) or not all(len(line) <= 80 for line in card):
        return None
    above = next((line.rstrip() for line in reversed(lines[:start]) if line.strip()), ":")
    if above[-1] in ":：" or sum(len(_CONTACT.findall(line)) for line in card) < 2:
        return None
    return start
