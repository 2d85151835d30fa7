"""Mailboxes in header fields (RFC 5322, 3.4) and what makes an address usable (RFC 5321, 4.1.2)."""

from __future__ import annotations

import re

from postroom.mail.limits import MAX_ADDRESSES, MAX_HEADER_VALUE
from postroom.mail.model import Address
from postroom.mail.words import decode_words

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),;:]|[^"<>(),;:]+|>', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BARE = re.compile(r"[^\s<>,;\"'()\[\]]+@[^\s<>,;\"'()]+")
_LOCAL = re.compile(r"""[^\s"(),:;<>@\[\\\]\x00-\x20\x7f]{1,64}|"(?:[^"\\\r\n\x00]|\\[^\r\n\x00]){0,62}\"""")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]")


def normalise(address: str) -> str:
    """The form in which addresses are compared: trimmed and lower-cased."""
    return address.strip().lower()


def domain_of(address: str) -> str:
    """The lower-cased domain of an address, or ''."""
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


def is_valid(address: str) -> bool:
    """Whether this is an addr-spec that mail can be sent to: local part, ``@``, and a domain or address literal."""
    local, at, domain = address.rpartition("@")
    if not at or len(address) > 254 or _LOCAL.fullmatch(local) is None:
        return False
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    if domain.startswith("["):
        return _LITERAL.fullmatch(domain) is not None
    return len(domain) <= 253 and all(_LABEL.fullmatch(label) for label in domain.split("."))


def parse_addresses(value: str | None) -> list[Address]:
    """The mailboxes of an address field whose encoded words are unread, in order. Never raises.

    Groups give their members, comments become the name where there is none, and what has no ``@`` is left out.
    """
    if not value:
        return []
    reader = _List()
    for token in _TOKEN.findall(value[:MAX_HEADER_VALUE]):
        reader.take(token)
        if len(reader.found) >= MAX_ADDRESSES:
            return reader.found
    reader.close()
    return reader.found


class _List:
    """One pass over the tokens of an address list."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self._depth = 0
        self._start()
        self._carried = ""

    def _start(self) -> None:
        self._words: list[str] = []
        self._comment: list[str] = []
        self._angle: str | None = None

    def take(self, piece: str) -> None:
        """Read the next token."""
        first = piece[0]
        if piece == "(":
            self._depth += 1
        elif piece == ")" and self._depth:
            self._depth -= 1
        elif self._depth:
            self._comment.append(piece)
        elif first == "<":
            self._take_angle(piece)
        elif piece in (",", ";"):
            self.close()
        elif piece == ":":
            # The name of a group ends here; a stray colon inside a mailbox does not.
            if self._angle is None and "@" not in "".join(self._words):
                self._words, self._carried = [], ""
        elif piece not in (">", ")"):
            self._words.append(piece)

    def _take_angle(self, token: str) -> None:
        if self._angle is not None and "@" in self._angle:
            self.close()
        self._angle = token.strip("<> \t")

    def close(self) -> None:
        """The mailbox read so far is complete."""
        words = "".join(self._words).strip()
        if self._angle is not None and "@" in self._angle:
            name = _phrase(words) or decode_words("".join(self._comment))
            if self._carried:
                name = f"{self._carried}, {name}" if name else self._carried
            self._add(name, _spec(self._angle))
        elif "@" in words:
            self._bare(words)
        elif words and self._angle is None:
            # "Doe, John <a@b>" without quotes: the comma belongs to the name.
            self._carried = _phrase(words)[:200]
            self._start()
            return
        self._carried = ""
        self._start()

    def _bare(self, words: str) -> None:
        if words.startswith('"') and (at := words.rfind('"@')) > 0:
            self._add(decode_words("".join(self._comment)), words[: at + 2] + words[at + 2 :].split()[0])
            return
        specs = _BARE.findall(decode_words(words))
        comment = decode_words("".join(self._comment))
        for spec in specs[:MAX_ADDRESSES]:
            self._add(comment if len(specs) == 1 else "", spec)

    def _add(self, name: str, email: str) -> None:
        if email and "@" in email:
            self.found.append(Address(name, email))


def _phrase(words: str) -> str:
    """A display name: quotes and escapes taken off, encoded words read."""
    if '"' in words:
        words = _ESCAPED.sub(r"\1", words.replace('"', " ") if '\\"' not in words else words.strip('"'))
    name = " ".join(decode_words(words).split())
    if len(name) > 1 and name[0] == name[-1] == "'":
        name = name[1:-1].strip()
    return name[:500]


def _spec(text: str) -> str:
    """The addr-spec inside angle brackets, without source route, ``mailto:`` and stray white space."""
    if "=?" in text:
        text = decode_words(text)
    text = text.strip().strip("'")
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text.startswith('"'):
        return text[:320]
    return "".join(text.split())[:320]
