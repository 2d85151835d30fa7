"""Letters arrive as they were meant, whatever the mail says or does not say about them."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.charsets import codec_of, decode
from postroom.mail.words import decode_words

from .build import a_mail

RUSSIAN = "Добрый день, принтер снова не печатает документы."
CHINESE = "您好，打印机又坏了，请尽快派人来处理这个问题，谢谢。"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("GB2312", "gb18030"),
        ("gb_2312-80", "gb18030"),
        ("windows-936", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("ISO8859-1", "cp1252"),
        ("iso_8859-15", "iso8859-15"),
        ("iso 8859 15", "iso8859-15"),
        ('"utf-8"', "utf-8"),
        ("utf8;", "utf-8"),
        ("charset=utf-8", "utf-8"),
        ("us-ascii (Plain text)", "cp1252"),
        ("windows-1252http-equiv", "cp1252"),
        ("x-cp1251", "cp1251"),
        ("iso-2022-jp", "iso2022_jp_ext"),
        ("cp-850", "cp850"),
        ("unknown-8bit", None),
        ("idna", None),
        ("base64", None),
    ],
)
def test_a_charset_is_known_by_every_name_it_is_given(declared: str, codec: str | None):
    assert codec_of(declared) == codec


@pytest.mark.parametrize(
    ("content", "charset", "text", "defect"),
    [
        pytest.param(RUSSIAN.encode("koi8-r"), None, RUSSIAN, "charset_guessed", id="nothing declared"),
        pytest.param(RUSSIAN.encode("cp1251"), "us-ascii", RUSSIAN, "charset_guessed", id="cannot be ASCII"),
        pytest.param(CHINESE.encode("gb18030"), "iso-8859-1", CHINESE, "charset_guessed", id="cannot be Western"),
        pytest.param("Grüße aus Köln".encode("cp1252"), None, "Grüße aus Köln", "charset_guessed", id="a few umlauts"),
        pytest.param("Grüße aus Köln".encode("cp1252"), "utf-8", "Grüße aus Köln", "charset_guessed", id="not UTF-8"),
        pytest.param("日本語".encode("iso2022_jp"), "us-ascii", "日本語", "charset_guessed", id="escape sequences"),
        pytest.param("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語", None, id="Japanese"),
        pytest.param("Hi €".encode("utf-16-le"), "utf-16", "Hi €", None, id="UTF-16 without a mark"),
        pytest.param("Grüße".encode(), "utf-16", "Grüße", "charset_guessed", id="UTF-16 that is none"),
        pytest.param(b"a\x00b\x00\n", "utf-16le", "ab", None, id="half a character at the end"),
        pytest.param(b"Gr+APwA3w-e", "utf-7", "Grüße", None, id="UTF-7"),
        pytest.param("Grüße".encode() + b"\xff", "utf-8", "Grüße\ufffd", "charset_replaced", id="one bad byte"),
        pytest.param(b"smile \x81", "iso-8859-1", "smile \x81", None, id="undefined in windows-1252"),
    ],
)
def test_bytes_become_the_letters_that_were_meant(content: bytes, charset: str | None, text: str, defect: str | None):
    assert decode(content, charset) == (text, defect)


def test_html_says_itself_what_it_is_written_in():
    body = b'<html><head><meta charset="koi8-r"></head><body>' + RUSSIAN.encode("koi8-r") + b"</body></html>"
    assert RUSSIAN in parse(a_mail("", content_type="text/html") + body).text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?=", "Grüße"),
        ("=?utf-8?Q?Gr=C3?=\t=?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=b=?utf-8?Q?c?=", "abc"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOf ZQ==?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ==", "Grüße"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe", "Grüße"),
        ("=?utf-8?Q?What?_Why=3F?=", "What? Why?"),
        ("=?utf-8?Q?=C3=BC?=C3=BC?=", "ü?ü"),
        ("=?utf-8?Q?a b c?= d", "a b c d"),
        ("=? utf-8 ?Q?a?=", "a"),
        ("=?utf-8*de?Q?=C3=BC?=", "ü"),
        ("=??Q?a?=", "a"),
        ("=?unknown?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        ('"=?utf-8?Q?a?="', '"a"'),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "a"),
        ("1 =?= 2", "1 =?= 2"),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
    ],
)
def test_an_encoded_word_is_read_in_every_form_that_is_sent(value: str, text: str):
    assert decode_words(value) == text


def test_a_raw_header_is_read_in_the_charset_of_the_body():
    raw = a_mail("x", content_type="text/plain; charset=koi8-r")
    assert parse(raw.replace(b"Subject: Printer", b"Subject: " + RUSSIAN.encode("koi8-r"))).subject == RUSSIAN


def test_a_raw_header_without_any_hint_is_guessed():
    raw = a_mail("x", content_type="text/plain")
    assert parse(raw.replace(b"Printer", "Grüße".encode("latin-1"))).subject == "Grüße"
