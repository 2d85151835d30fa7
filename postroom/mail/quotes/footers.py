"""What servers, lists and lawyers put below a mail, and the warning above one from outside."""

from __future__ import annotations

import re

from postroom.mail.quotes.endings import BANNER_WORDS, BANNERS, FOOTER_PARTS, FOOTERS, LEGAL_IDEAS, NOTICE_HEADINGS
from postroom.mail.stems import Ideas, Stems

_BANNER = re.compile("|".join(re.escape(words) for words in BANNERS.split("|")))
_BANNER_MORE = re.compile(BANNER_WORDS)
_FOOTER = re.compile(
    rf"\W{{0,6}}(?:p )?(?:{'|'.join(map(re.escape, FOOTERS.split('|')))})|"
    rf".{{0,200}}(?:{'|'.join(map(re.escape, FOOTER_PARTS.split('|')))})"
)
_FOOTER_WORDS = Stems([*FOOTERS.split("|"), *FOOTER_PARTS.split("|")])
_HEADING_STARTS = frozenset(heading[:3] for heading in NOTICE_HEADINGS.split("|"))
_HEADING = re.compile(rf"\W{{0,5}}(?:{NOTICE_HEADINGS})(?:\W{{0,5}}$|\s?[:：]|\W{{1,3}}(?:this|diese|ce|este|questo))")
_IDEAS = Ideas([words.split("|") for words in LEGAL_IDEAS])
_ENOUGH_IDEAS = 3
_WIDE_SIGN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_LINK_ALONE = re.compile(r"\W{0,3}https?://\S{1,300}$")
_RULE = re.compile(r"[\s_=*#~\u2010-\u2015\u2014\u2500-]{2,200}$")
_MAX_PARAGRAPHS = 12
_MAX_NOTICE_LINES = 60
_MAX_FOOTER_LINES = 12
_READ = 3_000


def cut_banner(lines: list[str]) -> list[str]:
    """The lines below the warning of a mail server at the top; all of them if there is none or nothing below."""
    start, end = _paragraph_from(lines, 0)
    if start == end:
        return lines
    found = _BANNER.search(lines[start][:_READ].casefold(), 0, 160)
    if found is None or found.start() > 30:
        return lines
    end = next((at for at in range(start + 1, end) if not _BANNER_MORE.search(lines[at][:_READ].casefold())), end)
    below = lines[end:]
    while below and (not below[0].strip() or _RULE.match(below[0])):
        below = below[1:]
    return below or lines


def _paragraph_from(lines: list[str], at: int) -> tuple[int, int]:
    while at < len(lines) and (not lines[at].strip() or _RULE.match(lines[at])):
        at += 1
    end = at
    while end < min(len(lines), at + _MAX_NOTICE_LINES) and lines[end].strip():
        end += 1
    return at, end


def footer_start(lines: list[str]) -> int | None:
    """Where the notices at the end begin, or None."""
    start: int | None = None
    end = len(lines)
    for _number in range(_MAX_PARAGRAPHS):
        while end and not lines[end - 1].strip():
            end -= 1
        at = end
        while at and end - at <= _MAX_NOTICE_LINES and lines[at - 1].strip():
            at -= 1
        if at == end or end - at > _MAX_NOTICE_LINES:
            break
        begins = _notice_in(lines[at:end])
        if begins is None:
            break
        start = at + begins
        if begins:
            break
        end = at
    headed = _headed_notice(lines if start is None else lines[:start])
    return headed if headed is not None else start


def _notice_in(paragraph: list[str]) -> int | None:
    """The line of a paragraph from which on it is a notice: 0 where it is one as a whole."""
    if all(_RULE.match(line) for line in paragraph):
        return 0
    text = " ".join(paragraph)[:_READ].casefold()
    if is_legal(text):
        # A name and a telephone number may stand right above it.
        return next((at for at in range(len(paragraph)) if not is_legal(" ".join(paragraph[at + 1 :]).casefold())), 0)
    first = max(0, len(paragraph) - _MAX_FOOTER_LINES)
    last_lines = [line[:300].casefold().strip() for line in paragraph[first:]]
    if not _FOOTER_WORDS.are_in("\n".join(last_lines)):
        return None
    for at, line in enumerate(last_lines, start=first):
        if _FOOTER.match(line):
            start = at - 1 if at and (_RULE.match(paragraph[at - 1]) or _is_link_of(paragraph, at)) else at
            return 0 if _RULE.match(paragraph[0]) else start
    return None


def _is_link_of(paragraph: list[str], at: int) -> bool:
    """Whether the line above is nothing but the address behind the picture of a scanner's footer."""
    return at == 1 and _LINK_ALONE.match(paragraph[0].strip()) is not None


def _headed_notice(lines: list[str]) -> int | None:
    """A line like "Confidentiality notice" with nothing but a notice below it."""
    for at in range(max(0, len(lines) - _MAX_NOTICE_LINES), len(lines)):
        line = lines[at]
        if not line or (line[0].isalnum() and line[:3].casefold() not in _HEADING_STARTS):
            continue
        if len(line) < 2_000 and _HEADING.match(line[:80].casefold()):
            below = " ".join(lines[at:])[:_READ].casefold()
            if len(_IDEAS.found_in(below)) >= 2:
                return at
    return None


def is_legal(text: str) -> bool:
    """Whether a case-folded paragraph speaks of three things that only legal notices speak of together."""
    # One sign of Chinese or Japanese says as much as two or three letters.
    shortest = 60 if text.isascii() or _WIDE_SIGN.search(text) is None else 30
    return len(text) >= shortest and len(_IDEAS.found_in(text)) >= _ENOUGH_IDEAS
