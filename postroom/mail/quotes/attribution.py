"""The line above a quotation, "On Tuesday, Tess wrote:", also wrapped over lines, in any language and order."""

from __future__ import annotations

import re

from postroom.mail.quotes.labels import MARK, MAX_LINE, alternatives, is_quoted, peel
from postroom.mail.quotes.phrases import FIRST_PERSON, OPENERS, WROTE, WROTE_UNSPACED

MAX_LINES = 5  # that one attribution is wrapped over
_VERB = re.compile(
    rf"(?<!\w)(?:{alternatives(WROTE)})(?!\w)|(?:{alternatives(WROTE_UNSPACED)})|wrote(?!\w)", re.IGNORECASE
)
_VERB_ENDS = tuple({word.casefold() for row in (*WROTE.values(), *WROTE_UNSPACED.values()) for word in row.split("|")})
_VERB_TAILS = {word[-2:] for word in _VERB_ENDS}
_TAIL = 40
_SHORTEST = 8
_OPENER = re.compile(rf"(?:{alternatives(OPENERS)})(?=[\s\d،,])", re.IGNORECASE)
_UNSPACED_OPENER = re.compile(r"[在于於ב]|ใน|เมื่อ")
ADDRESS = re.compile(r"[\w.+'=/&-]{1,100}@[\w-]{1,100}(?:\.[\w-]{1,100}){1,8}")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h時时시]\s?\d{2}(?!\d)")
_NUMERIC_DATE = re.compile(r"(?<!\d)\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_FIRST_PERSON = re.compile(rf"(?<!\w)(?:{FIRST_PERSON})(?:\s\w+)?\s(?:{alternatives(WROTE)})", re.IGNORECASE)
# Between dashes no date is needed: "---- Tess wrote ----".
_DASHED = re.compile(rf"-{{2,20}}\s?[^\W\d_].{{0,100}}(?:{alternatives(WROTE)})\s?:?\s?-{{2,20}}$", re.IGNORECASE)
# GroupWise: ">>> Tess <tess@example.test> 24.11.2026 10:00 >>>".
_GROUPWISE = re.compile(r">>> .{3,150}\d[\d:. apmAPM]{0,12}>>>$")
# Some telephones write the older mail behind the colon, on the same line.
_GLUED = re.compile(rf"(?:{alternatives(WROTE)}):\s{{2,}}\S", re.IGNORECASE)
_ISO_START = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)?[+-]\d\d:\d\d \S.{0,80}$")
_POSTED_BY = re.compile(r"Posted by .{1,60} on \d{1,2}/\d{1,2}/\d{4}$", re.IGNORECASE)
_AFTER_END = " \t-*_~>)"
_LAST = frozenset(":：" + _AFTER_END)
# In lines with these, an attribution may end without a colon or a verb.
_UNUSUAL = ("20", "Posted by", ">>> ", ":  ")
_STOPS = tuple(".!?…。！？")
_WRAPPING = " \t-–—_*~<>[]()|\"'"


def attribution_at(lines: list[str], at: int, ends: list[bool]) -> int:
    """How many lines the attribution that begins at line ``at`` takes, or 0. ``ends`` is of ``possible_ends``."""
    found = _matches(lines, at, ends)
    if found > 1 and at + 1 < len(lines) and _begins(peel(lines[at + 1])) and _matches(lines, at + 1, ends):
        # The first line is a sentence of its own: "On your host:" above "On 9 January, Tess wrote:".
        return 0
    for later in range(at + 2, at + found):
        # Sentences of the answer right above it, as in HTML without empty lines.
        if lines[later - 1].rstrip()[-1:] in _STOPS and _begins(peel(lines[later])) and _matches(lines, later, ends):
            return 0
    return found


def possible_ends(lines: list[str]) -> list[bool]:
    """For each line whether an attribution may end with it: with a colon, a verb or an address."""
    whole = "\n".join(lines)
    unusual = [words for words in _UNUSUAL if words in whole]
    # Nearly all lines of nearly all mails are told by their last characters.
    return [
        bool(line)
        and bool(
            (last := line[-1]) in _LAST
            or last.isspace()
            or line[-2:].casefold() in _VERB_TAILS
            or (unusual and any(words in line for words in unusual))
        )
        and _may_end(line)
        for line in lines
    ]


def _may_end(line: str) -> bool:
    tail = line[-_TAIL:].rstrip(_AFTER_END)
    if tail[-1:] in (":", "："):
        return True
    # Asked of every line of every mail: the last two letters, and the first ones, rule most of them out.
    if tail[-2:].casefold() in _VERB_TAILS and tail.casefold().endswith(_VERB_ENDS):
        return True
    if (("20" in line or "Posted" in line) and _is_whole(peel(line))) or (
        line[:4] == ">>> " and _GROUPWISE.match(line.rstrip()[:200])
    ):
        return True
    return (line.rstrip()[-1:] == ">" and "@" in line) or (
        ":  " in line[:MAX_LINE] and _GLUED.search(line, 0, MAX_LINE) is not None
    )


def _is_whole(bare: str) -> bool:
    """Lines without a colon that some programs write."""
    return (bare[:2] == "20" and _ISO_START.match(bare) is not None) or (
        bare[:9] == "Posted by" and _POSTED_BY.match(bare) is not None
    )


def _matches(lines: list[str], at: int, ends: list[bool]) -> int:
    first = lines[at]
    if first[:4] == ">>> " and _GROUPWISE.match(first.rstrip()[:200]):
        return 1
    if ":  " in first[:MAX_LINE] and (glued := _GLUED.search(first, 0, MAX_LINE)) is not None:
        return int(_is_attribution(peel(first[: glued.end() - 1]).rstrip(), quoted=False))
    whole = ""
    for number in range(at, min(at + MAX_LINES, len(lines))):
        bare = peel(lines[number])
        if not bare or len(whole) + len(bare) > MAX_LINE or (number > at and lines[number][:1] == ">" != lines[at][:1]):
            return 0
        # A soft line break of quoted-printable that nobody read.
        whole = whole[:-1] + bare if whole.endswith("=") else f"{whole} {bare}".strip()
        if ends[number] and _is_attribution(whole, quoted=quoted_below(lines, number + 1)):
            return number - at + 1
    return 0


def quoted_below(lines: list[str], at: int) -> bool:
    """Whether the next line with text is quoted or a folded container: then answers may stand between."""
    for line in lines[at : at + 5]:
        if line.strip():
            return is_quoted(line) or line[0] == MARK
    return False


def _begins(bare: str) -> bool:
    return _OPENER.match(bare.lstrip(_WRAPPING)) is not None or bare[:1].isdigit()


def _is_attribution(whole: str, *, quoted: bool) -> bool:
    if _DASHED.match(whole):
        return True
    core = whole.strip(_WRAPPING)
    if len(core) < _SHORTEST:
        return False
    colon = core[-1:] in ":："
    verb = next(reversed(list(_VERB.finditer(core))), None)
    address = ADDRESS.search(core)
    if verb is None:
        return _without_verb(core, whole, colon=colon, quoted=quoted, address=address is not None)
    if not colon and len(core) - verb.end() > 12:
        return False
    if not _starts_well(core, address, verb):
        return False
    if quoted:
        return address is not None or _is_dated(core) or len(core) <= 100
    return (address is not None or _is_dated(core)) and _FIRST_PERSON.search(core) is None


def _starts_well(core: str, address: re.Match[str] | None, verb: re.Match[str]) -> bool:
    """With an opening word, a day, a date, or the name of somebody; not in the middle of a sentence."""
    if _OPENER.match(core) or _UNSPACED_OPENER.match(core) or any(char.isdigit() for char in core[:24]):
        return True
    first = address.start() if address is not None else verb.start()
    return first <= 80 and not re.search(r"[.!?;] ", core[:first])


def _is_dated(core: str) -> bool:
    """Whether a whole date stands in it: a numeric one, or a day with a year, or a year with a time."""
    if _NUMERIC_DATE.search(core) is not None:
        return True
    return _YEAR.search(core) is not None and (_TIME.search(core) is not None or _DAY.search(core) is not None)


def _without_verb(core: str, whole: str, *, colon: bool, quoted: bool, address: bool) -> bool:
    """Programs that write only a date and an address, and languages that are not known here."""
    if _is_whole(core):
        return True
    if colon and (address or _is_dated(core)) and quoted:
        return True
    dated = _is_dated(core)
    if not (dated and address):
        return False
    return (colon and "@" in core[-60:]) or (core[:1].isdigit() and whole.rstrip().endswith(">") and len(core) <= 120)
