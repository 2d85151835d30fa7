"""Parameters of structured MIME fields (RFC 2045, 5.1; RFC 2231), with the broken forms that are really sent."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from postroom.mail.charsets import decode, one_line
from postroom.mail.limits import MAX_HEADER_VALUE
from postroom.mail.words import decode_words

_PARAMETER = re.compile(r'(?:;|(?<="))\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)
# Where the next parameter begins in an unquoted value whose semicolon is missing.
_NEXT = re.compile(
    r"(?<=\s)(charset|name|filename|boundary|format|delsp|type|size|protocol|report-type)\s?=\s?", re.IGNORECASE
)
# A parameter after the value without the semicolon that belongs between them.
_NO_SEMICOLON = re.compile(r'^\s*([^\s;,"]{1,100})[\s,]+(?=[A-Za-z-]{3,20}\*?\s*=)')
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PATH = re.compile(r"\\[^\"\\]")
_SECTION = re.compile(r"^(.*?)(?:\*(\d{1,3}))?(\*)?$", re.DOTALL)
_EXTENDED = re.compile(r"^([A-Za-z0-9_-]{3,30})'[A-Za-z-]{0,20}'(.*%[0-9A-Fa-f]{2}.*)$", re.DOTALL)
_NAMES = ("filename", "name")

_Sections = dict[str, dict[int, tuple[bool, str]]]


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """The main value (lower case) and the parameters of a Content-Type or Content-Disposition."""
    value = value[:MAX_HEADER_VALUE]
    missing = _NO_SEMICOLON.match(value) if "=" in value else None
    if missing is not None:
        value = f"{missing[1]};{value[missing.end() :]}"
    head, semicolon, _rest = value.partition(";")
    found: dict[str, str] = {}
    sections: _Sections = {}
    if semicolon:
        for match in _PARAMETER.finditer(value, len(head)):
            if match[2] is not None:
                _add(match[1].lower(), _unescaped(match[2]), found, sections)
            else:
                _add_bare(match[1].lower(), match[3], found, sections)
    for name, pieces in sections.items():
        found[name] = _join(pieces)
    return head.strip().lower(), found


def _unescaped(text: str) -> str:
    """A quoted string without its escapes; ``C:\\temp\\a.txt`` with single backslashes was never escaped."""
    if "\\" not in text:
        return text
    return _QUOTED_PAIR.sub(r"\1", text) if _PATH.search(text) else _ESCAPED.sub(r"\1", text)


def _add_bare(name: str, text: str, found: dict[str, str], sections: _Sections) -> None:
    """An unquoted value, and the parameters that follow it without a semicolon."""
    start = 0
    if "=" in text:
        for following in _NEXT.finditer(text):
            _add(name, text[start : following.start()].strip().strip('"'), found, sections)
            name, start = following[1].lower(), following.end()
    _add(name, text[start:].strip().strip('"'), found, sections)


def _add(name: str, text: str, found: dict[str, str], sections: _Sections) -> None:
    if "*" not in name:
        extended = _EXTENDED.match(text) if name in _NAMES and "'" in text else None
        if extended is not None:
            # The form of RFC 2231 under a name without its star.
            text = decode(unquote_to_bytes(extended[2]), extended[1])[0]
        found.setdefault(name, decode_words(text))
        return
    parts = _SECTION.match(name)
    if parts is not None:
        sections.setdefault(parts[1], {}).setdefault(int(parts[2] or 0), (parts[3] is not None, text))


def _join(pieces: dict[int, tuple[bool, str]]) -> str:
    """The sections of one RFC 2231 parameter in order; the first one names the charset."""
    charset: str | None = None
    content = b""
    for number in sorted(pieces):
        encoded, text = pieces[number]
        if encoded and number == min(pieces) and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        content += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    text = decode(content, charset or None)[0]
    return decode_words(text) if "=?" in text else one_line(text)
