"""Mailboxes in header fields (RFC 5322, 3.4) and what makes an address usable (RFC 5321, 4.1.2)."""

from __future__ import annotations

import re

from postroom.mail.limits import MAX_ADDRESSES, MAX_HEADER_VALUE
from postroom.mail.model import Address
from postroom.mail.words import decode_words

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|\\.|[(),;:]|[^"<>(),;:\\]+|>|\\', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_BARE = re.compile(r"[^\s<>,;\"'()\[\]@]{1,128}@[^\s<>,;\"'()]+")
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
    value = value[:MAX_HEADER_VALUE]
    found = _read(value)
    if "=?" in value and not any("@" in address.email for address in found):
        # The whole field was encoded, brackets and commas too.
        found = _read(decode_words(value))
    return [address for address in found if "@" in address.email]


def parse_sender(value: str | None) -> Address | None:
    """The first mailbox of a From field as it is written, even if mail cannot go there: ``root (Cron)``, a name alone.

    None where nothing is written. An address may be without a domain, or empty.
    """
    found = parse_addresses(value)
    if found or not value:
        return found[0] if found else None
    loose = [address for address in _read(value[:MAX_HEADER_VALUE]) if address.name or address.email]
    return loose[0] if loose else None


def _read(value: str) -> list[Address]:
    reader = _List()
    position = 0
    opened = False
    while position < len(value) and len(reader.found) < MAX_ADDRESSES:
        match = _TOKEN.match(value, position)
        if match is None:
            break
        piece = match[0]
        position = match.end()
        if piece[0] == '"' and (len(piece) == 1 or piece[-1] != '"') and position == len(value) and not opened:
            # A quotation mark that is never closed hides the address behind it.
            opened = True
            position = match.start() + 1
            continue
        reader.take(piece)
    reader.finish()
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
            self._comment.append(piece[1:] if first == "\\" else piece)
        elif first == "<":
            self._take_angle(piece)
        elif piece in (",", ";"):
            self.close()
        elif piece == ":":
            # The name of a group ends here; a stray colon inside a mailbox does not.
            words = "".join(self._words[-20:])
            if self._angle is None and "@" not in words:
                self._words, self._carried = [], ""
            elif "@[" in words:
                # An IPv6 literal.
                self._words.append(piece)
        elif piece not in (">", ")"):
            self._words.append(piece)

    def _take_angle(self, token: str) -> None:
        if self._angle is not None and "@" in self._angle:
            self.close()
        self._angle = token.strip("<> \t")

    def close(self) -> None:
        """The mailbox read so far is complete."""
        words = "".join(self._words).strip()
        if self._angle is not None:
            self._close_angle(words)
        elif "@" in words or "=?" in words:
            self._bare(words)
        elif words and not self._comment:
            # "Doe, John <a@b>" without quotes: the comma belongs to the name.
            carried = _phrase(words)[:200]
            self._carried = f"{self._carried}, {carried}" if self._carried else carried
            self._start()
            return
        elif words:
            self.found.append(Address(decode_words("".join(self._comment)), _spec(words)))
        self._carried = ""
        self._start()

    def finish(self) -> None:
        """The field ends; what is left of it names somebody without an address."""
        self.close()
        if self._carried:
            self.found.append(Address(self._carried, ""))

    def _close_angle(self, words: str) -> None:
        name = _phrase(words) or decode_words("".join(self._comment))
        if self._carried:
            name = f"{self._carried}, {name}" if name else self._carried
        email = _spec(self._angle or "")
        if "@" not in email and "@" in name:
            # The brackets are empty or hold something else; the address stands before them.
            self._bare(words)
        else:
            self.found.append(Address(name, email))

    def _bare(self, words: str) -> None:
        """An address without brackets, or several with nothing but white space between them."""
        comment = decode_words("".join(self._comment))
        if words.startswith('"') and (at := words.rfind('"@')) > 0:
            self.found.append(Address(comment, words[: at + 2] + words[at + 2 :].split()[0]))
            return
        text = decode_words(words)
        before, bracket, after = text.partition("<")
        if bracket and "=?" in words and "@" in (spec := after.partition(">")[0]):
            self.found.append(Address(_phrase(before), _spec(spec)))
            return
        specs = [spec.rstrip(".") for spec in _BARE.findall(text)[:MAX_ADDRESSES]]
        if len(specs) == 1:
            name = _phrase(text.replace(specs[0], " ").strip(" .[]<>-"))
            self.found.append(Address(comment or name, specs[0]))
        elif specs:
            self.found.extend(Address("", spec) for spec in specs)
        elif text:
            self._carried = f"{self._carried}, {text}"[:200] if self._carried else _phrase(text)[:200]


def _phrase(words: str) -> str:
    """A display name: quotes and escapes taken off, encoded words read."""
    if '"' in words:
        words = _ESCAPED.sub(r"\1", words.replace('"', " ") if '\\"' not in words else words.strip('"'))
    name = " ".join(decode_words(words).split())
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name[:500]


def _spec(text: str) -> str:
    """The addr-spec inside angle brackets, without source route, ``mailto:`` and stray white space."""
    if "=?" in text:
        text = decode_words(text)
    if "(" in text:
        text = _COMMENT.sub("", text)
    text = text.strip().strip("'")
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text.startswith('"'):
        return text[:320]
    return "".join(text.split())[:320]
