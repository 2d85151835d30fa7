"""Rich text as Outlook sends it: the compression of [MS-OXRTFCP], and the text or the HTML inside ([MS-OXRTFEX])."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.charsets import clean, codec_of

# A loop of Python steps through it, so a longer document is cut: 300,000 letters are more than anybody reads.
_MAX_RTF = 300_000
_MAX_DEPTH = 200
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_EMPTY_LINES = re.compile(r"\n{3,}")
_HIDDEN = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"header", b"footer",
    b"xmlnstbl", b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"datastore", b"latentstyles",
    b"mmathPr", b"fldinst", b"colorschememapping", b"filetbl", b"revtbl", b"bkmkstart", b"bkmkend",
}  # fmt: skip
_WORDS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—", b"enspace": " ", b"emspace": " ", b"zwj": "", b"zwnj": "",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_CODE_PAGES = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip


def decompress_rtf(data: bytes) -> bytes:
    """The RTF inside a PR_RTF_COMPRESSED property, at most 300,000 bytes of it; b"" for what is none."""
    if len(data) < 16:
        return b""
    if data[8:12] == b"MELA":
        return data[16 : 16 + _MAX_RTF]
    if data[8:12] != b"LZFu":
        return b""
    size = min(int.from_bytes(data[4:8], "little"), _MAX_RTF)
    out = bytearray(_DICTIONARY)
    first = len(out)
    at = 16
    while at < len(data) and len(out) - first < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[first:])
            pointer = data[at] << 8 | data[at + 1]
            at += 2
            if not _copy(out, pointer >> 4, (pointer & 15) + 2, first):
                return bytes(out[first : first + size])
    return bytes(out[first : first + size])


def _copy(out: bytearray, offset: int, length: int, first: int) -> bool:
    """Copy from the window of 4,096 bytes; False at the end mark, where the offset is the writing position."""
    distance = (len(out) - offset) % 4096
    if distance == 0:
        return False
    start = len(out) - distance
    if start < 0:
        return False
    for step in range(length):
        out.append(out[start + step])
    return True


@dataclass(slots=True)
class _Group:
    """What counts between two braces."""

    hidden: bool = False
    skip_after_unicode: int = 1
    codec: str = "cp1252"
    plain: bool = True
    html_tag: bool = False


@dataclass(slots=True)
class _State:
    group: _Group = field(default_factory=_Group)
    stack: list[_Group] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    in_fonts: bool = False
    from_html: bool = False
    starred: bool = False
    skip: int = 0
    default: str = "cp1252"


def read_rtf(data: bytes) -> tuple[str, str | None]:
    """The text of an RTF document, and its HTML (or None) where it only wraps HTML. Never raises."""
    state = _State()
    state.from_html = b"\\fromhtml" in data[:500]
    for token in _TOKEN.finditer(data[:_MAX_RTF]):
        _take(state, token)
    _flush(state)
    text = clean("".join(state.out))
    if state.from_html:
        return "", text
    return _EMPTY_LINES.sub("\n\n", text).strip(), None


def _take(state: _State, token: re.Match[bytes]) -> None:
    word, number, byte, symbol, brace, text = token.groups()
    if text is not None or byte is not None:
        if state.skip:
            cut = min(state.skip, len(text) if text is not None else 1)
            state.skip -= cut
            text = text[cut:] if text is not None else None
            byte = None
        if not state.group.hidden and (state.group.plain or state.group.html_tag):
            state.pending += text if text is not None else bytes.fromhex(byte.decode()) if byte else b""
        state.starred = False
        return
    if brace is not None:
        _brace(state, brace)
    elif word is not None:
        _word(state, word, int(number) if number is not None else None)
    elif symbol == b"*":
        state.starred = True
    elif symbol is not None and symbol in _SYMBOLS:
        _put(state, _SYMBOLS[symbol])


def _brace(state: _State, brace: bytes) -> None:
    _flush(state)
    state.starred = False
    if brace == b"{":
        if len(state.stack) < _MAX_DEPTH:
            group = state.group
            state.stack.append(group)
            state.group = _Group(group.hidden, group.skip_after_unicode, group.codec, group.plain, group.html_tag)
    elif state.stack:
        state.group = state.stack.pop()
        state.in_fonts = state.in_fonts and state.group.hidden


def _put(state: _State, text: str) -> None:
    """Text that a control word stands for."""
    if state.group.hidden or not (state.group.plain or state.group.html_tag):
        return
    _flush(state)
    state.out.append(text)


def _flush(state: _State) -> None:
    if state.pending:
        state.out.append(bytes(state.pending).decode(state.group.codec, "replace"))
        state.pending.clear()


def _word(state: _State, word: bytes, number: int | None) -> None:
    starred, state.starred = state.starred, False
    group = state.group
    if word == b"htmltag" or word == b"mhtmltag":
        group.html_tag, group.hidden = word == b"htmltag", word == b"mhtmltag"
        group.codec = state.default
    elif word == b"htmlrtf":
        _flush(state)
        group.plain = number == 0
    elif word in _HIDDEN or starred:
        group.hidden = True
        state.in_fonts = state.in_fonts or word == b"fonttbl"
    elif word == b"ansicpg":
        state.default = group.codec = _codec(number)
    elif word == b"uc":
        group.skip_after_unicode = max(0, min(number or 0, 8))
    elif word == b"u" and number is not None:
        _put(state, _character(state, number))
        state.skip = group.skip_after_unicode
    elif word == b"f":
        state.font = number or 0
        if not state.in_fonts:
            _flush(state)
            group.codec = state.fonts.get(state.font, state.default)
    elif word == b"fcharset" and state.in_fonts:
        state.fonts[state.font] = _CODE_PAGES.get(number or 0, state.default) if number else state.default
    elif word in _WORDS and not (state.from_html and group.html_tag and word == b"tab"):
        _put(state, _WORDS[word])


def _character(state: _State, number: int) -> str:
    """A UTF-16 unit of ``\\u``; the second half of a pair completes the first, which stands at the end."""
    unit = number & 0xFFFF
    if 0xDC00 <= unit < 0xE000 and state.out and "\ud800" <= state.out[-1][-1:] < "\udc00":
        high = ord(state.out.pop())
        return chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00))
    return chr(unit)


def _codec(number: int | None) -> str:
    """The codec of a Windows code page number."""
    return codec_of(f"cp{number}") or "cp1252"
