"""One node of the MIME tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.charsets import decode
from postroom.mail.parameters import parameters
from postroom.mail.words import decode_words

_META_CHARSET = re.compile(rb"<meta[^>]{1,200}charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+*-]{1,60}/[a-z0-9!#$&^_.+*-]{1,100}")
_MARKUP = ("text/html", "application/xhtml+xml")


@dataclass(slots=True)
class Part:
    """A leaf with transfer-decoded ``content``, or a multipart with ``children``.

    ``headers`` are (lower-cased name, value) with encoded words read. A message/rfc822 is a leaf whose content is
    the embedded mail.
    """

    headers: list[tuple[str, str]]
    content_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    content: bytes = b""
    children: list[Part] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """The first value of a header field, or None. ``name`` is lower case."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def is_multipart(self) -> bool:
        """Whether this is a container."""
        return self.content_type.startswith("multipart/")

    @property
    def content_id(self) -> str | None:
        """Content-ID without angle brackets, or None."""
        value = self.header("content-id")
        return value.strip().strip("<>").strip() or None if value else None

    def text(self, defects: list[str]) -> str:
        """The content as text with LF line ends; what had to be guessed is added to ``defects``."""
        charset = self.parameters.get("charset")
        if not charset and self.content_type in _MARKUP and not self.content.isascii():
            found = _META_CHARSET.search(self.content, 0, 4096)
            charset = found[1].decode("ascii") if found is not None else None
        text, defect = decode(self.content, charset)
        if defect and defect not in defects:
            defects.append(defect)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# Encoded words have no place in these (RFC 8601, 2.2): read as such, they could forge a verdict.
_STRUCTURED = {"authentication-results", "arc-authentication-results", "received-spf", "dkim-signature"}


def make_part(fields: list[tuple[str, str]], default_type: str = "text/plain") -> Part:
    """A part from its header fields with encoded words unread: type, parameters, disposition and file name."""
    decoded = [(name, value if name in _STRUCTURED else decode_words(value)) for name, value in fields]
    part = Part(decoded, default_type)
    typed = False
    for name, value in fields:
        if name == "content-type" and not typed:
            main, part.parameters = parameters(value)
            part.content_type = _media_type(main, default_type)
            typed = True
        elif name == "content-disposition" and not part.disposition:
            disposition, found = parameters(value)
            part.disposition = disposition.partition(" ")[0]
            part.filename = found.get("filename", "") or found.get("name", "")
    part.filename = part.filename or part.parameters.get("name", "") or part.parameters.get("filename", "")
    return part


def _media_type(value: str, default_type: str) -> str:
    """``type/subtype`` without stray characters; what is no media type is the default (RFC 2045, 5.2)."""
    main = value.split(None, 1)[0].split(",", 1)[0].strip("\"'<>") if value else ""
    if main in ("text", "plain", "text/"):
        return "text/plain"
    if main in ("html", "htm"):
        return "text/html"
    found = _TYPE.match(main)
    return found[0] if found is not None else default_type
