"""Graph has no envelope (RFC 5321, 2.3.1): it delivers to whom the header names. So the header says who is meant.

Usually all of To and Cc are. Where only some are (the others have the mail already, or must not get it) the others go
from the header of this copy, and whoever is in no field goes into Bcc, which Exchange takes off.
"""

from __future__ import annotations

import re
from email.utils import formataddr, getaddresses

_FIELD = re.compile(rb"^(?:to|cc|bcc):(?:[^\r\n]|\r?\n[ \t])*\r?\n", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]+")


def addressed(raw: bytes, rcpt_to: list[str]) -> bytes:
    """The mail, addressed to ``rcpt_to`` and to nobody else."""
    meant = {address.lower() for address in rcpt_to}
    header, blank, body = _split(raw)
    named: set[str] = set()

    def kept(field: re.Match[bytes]) -> bytes:
        name, _, value = field[0].decode("utf-8", "surrogateescape").partition(":")
        people = [pair for pair in getaddresses([_FOLD.sub(" ", value.strip())]) if pair[1]]
        named.update(address.lower() for _, address in people)
        staying = [pair for pair in people if pair[1].lower() in meant]
        if len(staying) == len(people):
            return field[0]
        if not staying:
            return b""
        return _field(name, [formataddr(pair) for pair in staying])

    header = _FIELD.sub(kept, header)
    hidden = [address for address in rcpt_to if address.lower() not in named]
    if hidden:
        header += _field("Bcc", hidden)
    return header + blank + body


def _field(name: str, addresses: list[str]) -> bytes:
    """One address a line, so that no line grows too long (RFC 5322, 2.2.3)."""
    folded = ",\r\n ".join(addresses)
    return f"{name}: {folded}\r\n".encode("utf-8", "surrogateescape")


def _split(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """The header with the end of its last line, the blank line, the rest."""
    found = re.search(rb"\r?\n(\r?\n)", raw)
    if found is None:
        return raw, b"", b""
    return raw[: found.start(1)], found[1], raw[found.end() :]
