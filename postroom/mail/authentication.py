"""What our own mail server found out about the sender: Authentication-Results (RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from postroom.mail.model import ParsedMail

Verdict = Literal["pass", "fail", "none"]

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*([a-z0-9-]{1,40})(?:/\d+)?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)
_MAX_VALUE = 8_000


def authserv_id(value: str) -> str:
    """The lower-cased name of the server that wrote an Authentication-Results value."""
    head = _COMMENT.sub(" ", value[:_MAX_VALUE]).partition(";")[0].split()
    return head[0].strip('"').lower() if head else ""


def verdict(mail: ParsedMail, trusted: Sequence[str]) -> Verdict:
    """The sender's authentication, by the topmost Authentication-Results of a trusted server.

    Only the topmost counts: anything below may have been written by the sender. DMARC decides where it was
    evaluated; else a pass of DKIM or SPF, then a failure of either.
    """
    names = {name.strip().lower() for name in trusted}
    for name, value in mail.headers:
        if name == "authentication-results" and authserv_id(value) in names:
            return _judge(value)
    return "none"


def _judge(value: str) -> Verdict:
    found: dict[str, set[str]] = {}
    for piece in _COMMENT.sub(" ", value[:_MAX_VALUE]).split(";")[1:]:
        match = _RESULT.match(piece)
        if match is not None:
            found.setdefault(match[1].lower(), set()).add(match[2].lower())
    dmarc = found.get("dmarc", set())
    if "fail" in dmarc:
        return "fail"
    if dmarc & {"pass", "bestguesspass"}:
        return "pass"
    results = found.get("dkim", set()) | found.get("spf", set())
    if "pass" in results:
        return "pass"
    return "fail" if results & {"fail", "hardfail", "softfail", "policy", "permerror"} else "none"
