"""The enhanced status code of a failure (RFC 3463, RFC 5248): as written, or worked out from the server's words."""

from __future__ import annotations

import re

from postroom.mail.bounces.reasons import read_reason

# Neither an IP address, nor the version of a mail server, nor a date.
_ENHANCED = re.compile(r"(?<![\w.])(?:[45]\d\d-)?([45]\.[0-7]\.\d{1,3})(?![\d.]*\d|[-/]\d)")
_REPLY = re.compile(
    r"(?:^|[\s:'\"(\[<>#;,=])([45][0-57]\d)(?=[ \-:;,.)\]'\"/]|$)"
    # A telephone number, an amount or a time.
    r"(?!\)? ?-?\d{3}-\d|-\d{3}-|[ -]?(?:[kmg]i?b\b|bytes|messages|seconds|minutes|hours|days|recipients))",
    re.IGNORECASE | re.MULTILINE,
)


def enhanced_status(text: str) -> str:
    """The first enhanced status code in a text that says more than its class, else the first one, else ''."""
    first = ""
    for number, found in enumerate(_ENHANCED.finditer(text)):
        if not found[1].endswith(".0.0"):
            return found[1]
        first = first or found[1]
        if number > 20:
            break
    return first


def reply_code(text: str) -> str:
    """The first three-digit SMTP reply of a failure in a text, or ''."""
    found = _REPLY.search(text)
    return found[1] if found is not None else ""


def status_in(text: str) -> str:
    """The first enhanced status code in a server's text, or the class of its three-digit reply, or ''."""
    found = enhanced_status(text)
    if found:
        return found
    reply = reply_code(text)
    return f"{reply[0]}.0.0" if reply else ""


def complete_status(stated: str, action: str, text: str) -> str:
    """The status to show: as stated where that says anything, else as written in the text, else worked out from it."""
    if stated and not stated.endswith(".0.0"):
        return stated
    written = enhanced_status(text)
    if stated:
        return written if written and written[0] == stated[0] else stated
    if written and not written.endswith(".0.0"):
        return written
    if action in ("delivered", "relayed", "expanded"):
        return "2.0.0"
    _kind, detail = read_reason(text)
    reply = reply_code(text)
    first = written[:1] or reply[:1] or ("4" if action == "delayed" else "5")
    return f"{first}.{detail or '0.0'}"
