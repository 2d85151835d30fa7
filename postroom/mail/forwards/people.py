"""Mailboxes as people see them in a body: ``Ann [mailto:ann@example.test]``, ``ann@example.test <mailto:...>``."""

from __future__ import annotations

import re

from postroom.mail.addresses import parse_addresses
from postroom.mail.limits import MAX_ADDRESSES
from postroom.mail.model import Address
from postroom.mail.quotes.attribution import ADDRESS
from postroom.mail.quotes.phrases import OPENERS, WROTE

_MAX = 8_000
_MAILTO = re.compile(r"(?i:mailto:)\s?")
_TWICE = re.compile(r"<\s?([^\s<>]{1,254})\s?<\s?([^\s<>]{1,254})\s?>\s?>")
_BEHALF = re.compile(
    r"\s\*?(?:on behalf of|im auftrag von|de la part de|en nombre de|per conto di|em nome de|namens|w imieniu|"
    r"på vegne af|på vegne av|от имени)\s",
    re.IGNORECASE,
)
_QUOTED = "\"'“”„‟«»‘’*_ \t"
_GLUED = re.compile(r"(?<=[\w>])(?=<)")
_BETWEEN = (
    "uhr um am pm klo kl heeft het følgende följande пользователь користувач odesílatel používateľ uživatel uživateľ "
    "χρήστης ο время godz o v в у о la las le à at στις г г. р р. időpontban kello tarihinde om alle ore el de"
)
# What stands between the date and the name in "On Tuesday, at 10:00, Ann wrote".
_NOT_A_NAME = {word.casefold() for row in (*OPENERS.values(), *WROTE.values()) for word in row.split("|")}
_NOT_A_NAME.update(_BETWEEN.split(" "))


def mailboxes(value: str) -> list[Address]:
    """The mailboxes of one field of a header block in a body, each address once."""
    value = _without_principal(value)
    value = _MAILTO.sub("", value[:_MAX].replace("＜", "<").replace("＞", ">"))
    value = value.replace("[", "<").replace("]", ">").replace("*", " ").replace("|", " ")
    value = _GLUED.sub(" ", _TWICE.sub(r"<\2>", value))
    found: list[Address] = []
    seen: set[str] = set()
    for address in parse_addresses(value) or _bare(value):
        email = address.email.strip("<>'\"()[].,;:")
        if "@" in email and email.lower() not in seen and len(found) < MAX_ADDRESSES:
            seen.add(email.lower())
            found.append(Address(name=_name(address.name, email), email=email))
    return found


def _without_principal(value: str) -> str:
    """``Ann <ann@example.test> On Behalf Of Bob``: Ann wrote it."""
    found = _BEHALF.search(value, 0, 1_000)
    return value[: found.start()] if found is not None and "@" in value[: found.start()] else value


def _bare(value: str) -> list[Address]:
    """An address in parentheses, or stuck to something else."""
    found = ADDRESS.search(value)
    return [Address(name=value[: found.start()].strip(" (<"), email=found[0])] if found is not None else []


def _name(name: str, email: str) -> str:
    """A name without the quotation marks of its language; none where it repeats the address."""
    bare = name.strip(_QUOTED)
    return "" if bare.lower().strip("<>() ") == email.lower() else bare


def author_of(attribution: str) -> Address | None:
    """Who wrote, by a line such as ``On Tuesday, "Ann" <ann@example.test> wrote:``; None if no address stands in it."""
    text = _MAILTO.sub("", attribution)
    found = ADDRESS.search(text)
    if found is None:
        return None
    before = text[: found.start()].rstrip(" <[(\t")
    if before[-1:] in "\"'”»“’" and before:
        start = max((before.rfind(mark, 0, -1) for mark in "\"'„“«»‘”"), default=-1)
        if start >= 0:
            return Address(name=_name(before[start + 1 : -1], found[0]), email=found[0])
    words: list[str] = []
    for word in reversed(before.split()):
        bare = word.strip(",:;-–()")
        if any(char.isdigit() for char in word) or bare.casefold() in _NOT_A_NAME or (words and word[-1] in ",:;"):
            break
        words.insert(0, bare)
        if len(words) > 6:
            break
    return Address(name=_name(" ".join(word for word in words if word), found[0]), email=found[0])
