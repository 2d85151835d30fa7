"""Message-ID, In-Reply-To and References (RFC 5322, 3.6.4), as they are really written."""

from __future__ import annotations

import re

from postroom.mail.limits import MAX_REFERENCES
from postroom.mail.words import decode_words

_ID = re.compile(r"<([^<>]{1,900})>")
_SPACES = re.compile(r"\s+")


def message_ids(value: str | None) -> list[str]:
    """The message ids of a field without angle brackets, in order, each once; of a long list the first and the last."""
    if not value:
        return []
    if "=?" in value:
        value = decode_words(value)
    found = [_SPACES.sub("", each) for each in _ID.findall(value)]
    if not found and "@" in value:
        # Without brackets; a comment or a name may stand around it.
        found = [word.strip("<>,;\"'") for word in value.split() if "@" in word]
    unique = list(dict.fromkeys(each for each in found if each))
    if len(unique) > MAX_REFERENCES:
        return unique[:1] + unique[-(MAX_REFERENCES - 1) :]
    return unique
