"""What DKIM and DMARC share: tag lists (RFC 6376, 3.2), the resolver that the caller brings, domains in ASCII."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Resolver = Callable[[str], Sequence[str]]
"""Ask for the TXT records of a name: each record as one string, [] where there is none, ``ResolverError`` where
nobody could say."""

_MAX_LIST = 10_000


class ResolverError(Exception):
    """The name could not be looked up for now: a time-out, or a failing server."""


def read_tags(text: str) -> dict[str, str]:
    """The tags of a list, values without outer white space. Of a tag given twice none counts (RFC 6376, 3.2)."""
    tags: dict[str, str] = {}
    twice: set[str] = set()
    for piece in text[:_MAX_LIST].split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip()
        if not equals or not name:
            continue
        if name in tags:
            twice.add(name)
        tags[name] = value.strip()
    return {name: value for name, value in tags.items() if name not in twice}


def ascii_domain(domain: str) -> str:
    """A domain as it stands in the DNS, lower case; one that has no such form as it is."""
    domain = domain.strip().strip(".").lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
