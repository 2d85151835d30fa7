"""Bytes to text, whatever the mail claims about them (RFC 2046, 4.1.2), and text free of what PostgreSQL refuses."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

_SAMPLE = 8_192

# What mail programs write -> the codec that reads what they mean: mostly the superset that their users really type.
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "cp950",
    "x-big5": "cp950",
    "cn-big5": "cp950",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "cp-850": "cp850",
    "win-1251": "cp1251",
}
_NOT_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape", "mbcs", "oem"}
# ASCII bytes that are not ASCII text: here the declaration decides.
_SHIFTED = re.compile(r"^(?:utf-?7|iso-?2022|iso2022|hz|utf-?16|utf-?32)", re.IGNORECASE)
# Text in these may be valid UTF-8 by accident, so a true declaration is tried first.
_MULTIBYTE = {"gb18030", "cp949", "cp932", "euc_jp", "cp950", "johab"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SURROGATES = re.compile("[\ud800-\udfff\x00]")
_CONTROLS = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")


def clean(text: str) -> str:
    """Drop NUL and lone surrogates, which PostgreSQL and UTF-8 refuse."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return _SURROGATES.sub("", text)


def one_line(text: str) -> str:
    """A header value as one line: control characters become one space, the ends are trimmed."""
    return _CONTROLS.sub(" ", text).strip() if not text.isprintable() else text.strip()


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str | None:
    """The name of the Python text codec for a declared charset, or None when there is none."""
    name = charset.strip().strip("\"'").split(";")[0].split("*")[0].strip().lower()[:40]
    name = _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")) or name
    if not name or not name.isascii() or name in _NOT_TEXT:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return _numbered(name)
    if info.name in _NOT_TEXT or not getattr(info, "_is_text_encoding", True):
        return None
    return _ALIASES.get(info.name, info.name)


def _numbered(name: str) -> str | None:
    """A charset written in the manner of ``windows-1252http`` or ``x-cp1251``: the code page number decides."""
    found = re.search(r"(?:windows|cp|win|x-cp|ibm)[-_ ]?(\d{3,4})", name)
    if found is None:
        return None
    try:
        return codecs.lookup("cp" + found[1]).name
    except LookupError:
        return None


def decode(content: bytes, charset: str | None) -> tuple[str, str | None]:
    """Text of ``content`` and the defect that was needed to get it, or None. Never raises.

    UTF-8 that is valid wins over a one-byte declaration, because those are wrong more often; then the declaration,
    then a guess on a bounded sample, then replacement characters.
    """
    shifted = charset is not None and _SHIFTED.match(charset) is not None
    if content.isascii() and not shifted and b"\x1b$" not in content:
        return clean(content.decode("ascii")), None
    for bom, name in _BOMS:
        if content.startswith(bom):
            return clean(content[len(bom) :].decode(name, "replace")), None
    codec = codec_of(charset) if charset else None
    order = [codec, "utf-8"] if shifted or codec in _MULTIBYTE else ["utf-8", codec]
    for name_or_none in order:
        text = _strictly(content, name_or_none)
        if text is not None:
            return clean(text), None
    if codec == "cp1252":
        # The five bytes that windows-1252 leaves open are C1 controls in ISO 8859-1.
        return clean(content.decode("latin-1")), None
    return _guess(content, codec)


def _strictly(content: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(content: bytes, codec: str | None) -> tuple[str, str | None]:
    """A declared codec with a few bad bytes is kept; without one the sample is measured."""
    if b"\x1b$" in content[:_SAMPLE]:
        text = _strictly(content, "iso2022_jp_ext")
        if text is not None:
            return clean(text), "charset_guessed"
    if codec is not None:
        return clean(content.decode(codec, "replace")), "charset_replaced"
    best = from_bytes(content[:_SAMPLE], steps=3, chunk_size=1024).best()
    text = _strictly(content, best.encoding if best is not None else "cp1252")
    if text is not None:
        return clean(text), "charset_guessed"
    return clean(content.decode("cp1252", "replace")), "charset_replaced"
