"""Authentication-Results (RFC 8601, 2.2), read so that nothing a sender has put into it can pass for a result.

Addresses of the sender stand in this field, in comments and in quoted strings. So the value is read token by token:
a ``;`` or a ``dmarc=pass`` inside either of them means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from postroom.mail.model import ParsedMail

# The name under which the field of Exchange Online is trusted: it carries none. Exchange Online takes away or renames
# what it receives under this field name, so its own is the topmost.
UNNAMED = "(unnamed)"

_MAX_VALUE = 8_000
_MAX_RESULTS = 60
_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*"?|\(|;|=|\s+|[^\s"(;=]+', re.DOTALL)
_INSIDE = re.compile(r"[^()\\]+|\\.|[()]|\\", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_METHOD = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One result: ``dkim``, ``pass`` and properties such as ``{"header.d": "example.test"}``, all lower case."""

    method: str
    result: str
    properties: dict[str, str]

    def domain(self, *names: str) -> str:
        """The domain of the first of the named properties that is given, or ''."""
        value = next((self.properties[name] for name in names if self.properties.get(name)), "")
        return value.rpartition("@")[2].strip("<>.").lower()


def authserv_id(value: str) -> str:
    """The lower-cased name of the server that wrote an Authentication-Results value, or ``UNNAMED``, or ''."""
    first = next(_segments(value), [])
    if "=" in first:
        return UNNAMED
    words = [token for token in first if token.strip()]
    return _unquote(words[0]).lower() if words else ""


def method_results(mail: ParsedMail, trusted: Sequence[str]) -> list[MethodResult]:
    """The results in the topmost field of a trusted server; [] without one.

    Only the topmost counts: anything below may have been written by the sender.
    """
    names = {name.strip().lower() for name in trusted}
    for name, value in mail.headers:
        if name == "authentication-results" and authserv_id(value) in names:
            return parse_results(value)
    return []


def parse_results(value: str) -> list[MethodResult]:
    """The results of one value, in order. What is not of the form ``method=result`` is left out."""
    found: list[MethodResult] = []
    for number, segment in enumerate(_segments(value)):
        if number == 0 and "=" not in segment:
            continue
        pairs = _pairs(segment)
        if not pairs:
            continue
        method = pairs[0][0].partition("/")[0].strip()
        if _METHOD.fullmatch(method) is not None and pairs[0][1]:
            found.append(MethodResult(method, pairs[0][1], dict(reversed(pairs[1:]))))
        if len(found) >= _MAX_RESULTS:
            break
    return found


def _segments(value: str) -> Iterator[list[str]]:
    """The tokens between semicolons, with comments taken out (they nest and may hold quotes and semicolons)."""
    segment: list[str] = []
    value = value[:_MAX_VALUE]
    at = 0
    while at < len(value):
        match = _OUTSIDE.match(value, at)
        if match is None:
            break
        at = match.end()
        if match[0] == "(":
            at = _end_of_comment(value, at)
            segment.append(" ")
        elif match[0] == ";":
            yield segment
            segment = []
        else:
            segment.append(match[0])
    yield segment


def _end_of_comment(value: str, at: int) -> int:
    depth = 1
    while depth and at < len(value):
        match = _INSIDE.match(value, at)
        if match is None:
            break
        at = match.end()
        depth += {"(": 1, ")": -1}.get(match[0], 0)
    return at


def _pairs(segment: list[str]) -> list[tuple[str, str]]:
    """The ``name=value`` pairs of a segment; white space may stand around the sign, and a value ends at it."""
    tokens = [token if token.strip() else " " for token in segment]
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(tokens):
        if tokens[at] != "=":
            at += 1
            continue
        before = at - 1
        while before >= 0 and tokens[before] == " ":
            before -= 1
        name = tokens[before].lower() if before >= 0 else ""
        at += 1
        while at < len(tokens) and tokens[at] == " ":
            at += 1
        value: list[str] = []
        while at < len(tokens) and tokens[at] != " ":
            value.append(_unquote(tokens[at]))
            at += 1
        pairs.append((name, "".join(value).lower()))
    return pairs


def _unquote(token: str) -> str:
    return _ESCAPED.sub(r"\1", token.strip('"')) if token.startswith('"') else token
