"""One node of the MIME tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from postroom.mail.charsets import decode
from postroom.mail.words import parameters


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
        text, defect = decode(self.content, self.parameters.get("charset"))
        if defect and defect not in defects:
            defects.append(defect)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def make_part(headers: list[tuple[str, str]], default_type: str = "text/plain") -> Part:
    """A part from its header fields: type, parameters, disposition and file name read."""
    part = Part(headers, default_type)
    for name, value in headers:
        if name == "content-type" and not part.parameters:
            main, part.parameters = parameters(value)
            part.content_type = _media_type(main, default_type)
        elif name == "content-disposition" and not part.disposition:
            part.disposition, found = parameters(value)
            part.filename = found.get("filename", "")
    part.filename = part.filename or part.parameters.get("name", "")
    return part


def _media_type(value: str, default_type: str) -> str:
    """``type/subtype`` without stray characters; what is no media type is the default (RFC 2045, 5.2)."""
    main = value.split(None, 1)[0].split(",", 1)[0] if value else ""
    if main in ("text", "plain", "text/"):
        return "text/plain"
    if main in ("html", "htm"):
        return "text/html"
    kind, slash, subtype = main.partition("/")
    return main[:100] if slash and kind and subtype and main.isascii() and main.isprintable() else default_type
