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
    "x-euc-cn": "gb18030",
    "euc-cn": "gb18030",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "usascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "x-ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "visual": "iso8859-8",
    "logical": "iso8859-8",
    "ks_c_5601-1987": "cp949",
    "ks-c-5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ks_c_5601": "cp949",
    "ks-c-5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "korean": "cp949",
    "ms949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cswindows31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-euc": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso2022-jp": "iso2022_jp_ext",
    "iso2022_jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "big5": "cp950",
    "x-big5": "cp950",
    "cn-big5": "cp950",
    "big-5": "cp950",
    "big5-hkscs": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-unicode-2-0-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "koi8": "koi8_r",
    "koi8-ru": "koi8_u",
    "koi": "koi8_r",
}
_NOT_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape", "mbcs", "oem"}
_NUMBERED = re.compile(r"(?:windows|win|cp|ibm|ms|dos)[-_ ]{0,2}(\d{3,5})(?!\d)|8859[-_ ]?(\d{1,2})(?!\d)|(utf)[-_ ]?8")
# ASCII bytes that are not ASCII text: here the declaration decides.
_SHIFTED = re.compile(r"^(?:utf-?7|iso-?2022|iso2022|hz|csiso2022)", re.IGNORECASE)
_WIDE = ("utf-16", "utf-32")
# Text in these may be valid UTF-8 by accident, so a true declaration is tried first.
_MULTIBYTE = {"gb18030", "cp949", "cp932", "euc_jp", "cp950", "big5hkscs", "johab"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SURROGATES = re.compile("[\ud800-\udfff\x00]")
_CONTROLS = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ASCII = bytes(range(128))
# What the languages of Western Europe write in windows-1252. Czech, Polish or Turkish soon use another byte.
_WESTERN = "ÄÖÜäöüßÀÁÂÃÅÆÇÈÉÊËÍÎÏÑÓÔÕØÚÛàáâãåæçèéêëíîïñóôõøùúûÿ¿¡°§£€«»“”‘’‚„–—…·´²®™©•½ºª\xa0\xad"
_WESTERN_BYTES = _WESTERN.encode("cp1252")
_GUESSES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp874",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp850",
]


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
    written = charset.strip().strip("\"'").split(";")[0].split("*")[0].strip().lower()[:40]
    name = written.removeprefix("charset=").strip("\"' ").partition(" ")[0].rstrip(".,")
    name = _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")) or name
    if not name or not name.isascii() or name in _NOT_TEXT:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return _numbered(written)
    if info.name in _NOT_TEXT or not getattr(info, "_is_text_encoding", True):
        return None
    return _ALIASES.get(info.name, info.name)


def _numbered(name: str) -> str | None:
    """A charset written in the manner of ``windows-1252http`` or ``iso 8859 15``: the number decides."""
    found = _NUMBERED.search(name)
    if found is None:
        return None
    known = "utf-8" if found[3] else f"iso8859-{found[2]}" if found[2] else f"cp{found[1]}"
    try:
        codec = codecs.lookup(known).name
    except LookupError:
        return None
    return _ALIASES.get(codec, codec)


def decode(content: bytes, charset: str | None) -> tuple[str, str | None]:
    """Text of ``content`` and the defect that was needed to get it, or None. Never raises.

    UTF-8 that is valid wins over a one-byte declaration, because those are wrong more often; then the declaration,
    then a guess on a bounded sample, then replacement characters.
    """
    shifted = charset is not None and _SHIFTED.match(charset) is not None
    if content.isascii() and not shifted and b"\x00" not in content and b"\x1b$" not in content:
        return content.decode("ascii"), None
    for bom, name in _BOMS:
        if content.startswith(bom):
            return clean(content[len(bom) :].decode(name, "replace")), None
    codec = codec_of(charset) if charset else None
    if codec == "cp1252" and _is_foreign(content):
        codec = None
    if codec is not None and codec.startswith(_WIDE):
        return _wide(content, codec)
    order = [codec, "utf-8"] if shifted or codec in _MULTIBYTE else ["utf-8", codec]
    for name_or_none in order:
        text = _strictly(content, name_or_none)
        if text is not None and (b"\x1b$" not in content or shifted):
            return clean(text), None
    if codec == "cp1252" and b"\x1b$" not in content:
        # The five bytes that windows-1252 leaves open are C1 controls in ISO 8859-1.
        return clean(content.decode("latin-1")), None
    return _guess(content, codec)


def _is_foreign(content: bytes) -> bool:
    """Whether a text cannot be in the Western charset that many programs write over any text."""
    sample = content[:_SAMPLE]
    high = sample.translate(None, _ASCII)
    if len(high) * 2 > len(sample) >= 12:
        return True
    return len(high) * 3 > len(sample) and len(high.translate(None, _WESTERN_BYTES)) * 4 > len(high)


def _wide(content: bytes, codec: str) -> tuple[str, str | None]:
    """UTF-16 or UTF-32 that is none: programs write the name over text of another charset."""
    if b"\x00" not in content and _strictly(content, "utf-8") is not None:
        return content.decode("utf-8"), "charset_guessed"
    if codec == "utf-16":
        # Without a byte order mark it is big-endian (RFC 2781, 4.3) unless the zero bytes say otherwise.
        even, odd = content[:_SAMPLE:2].count(0), content[1:_SAMPLE:2].count(0)
        codec = "utf-16-le" if odd > even else "utf-16-be"
    # A line end that was cut off by the boundary leaves half a character.
    whole = content[: len(content) - len(content) % 2] if codec.startswith("utf-16") else content
    text = _strictly(whole, codec)
    if text is not None:
        return clean(text), None
    return clean(whole.decode(codec, "replace")), "charset_replaced"


def _strictly(content: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(content: bytes, codec: str | None) -> tuple[str, str | None]:
    """A declared codec with a few bad bytes is kept; what cannot be what it says, or says nothing, is measured."""
    if b"\x1b$" in content[:_SAMPLE]:
        text = _strictly(content, "iso2022_jp_ext")
        if text is not None:
            return clean(text), "charset_guessed"
    impossible = codec == "utf-8" and _UTF8_PAIR.search(content) is None
    if codec is not None and not impossible:
        return clean(content.decode(codec, "replace")), "charset_replaced"
    text = _strictly(content, measure(content))
    if text is not None:
        return clean(text), "charset_guessed"
    return clean(content.decode(codec or "cp1252", "replace")), "charset_replaced"


def measure(content: bytes) -> str:
    """The codec that a text without a believable declaration is most likely written in."""
    sample = content[:_SAMPLE]
    high = sample.translate(None, _ASCII)
    # A few bytes between ASCII letters, all of them Western: no statistics are needed, and they would often be wrong.
    if len(high) * 3 < len(sample) and not high.translate(None, _WESTERN_BYTES):
        return "cp1252"
    best = from_bytes(sample, steps=3, chunk_size=1024, cp_isolation=_GUESSES).best()
    return best.encoding if best is not None else "cp1252"
