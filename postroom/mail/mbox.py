"""The messages of an mbox file (RFC 4155, and the mboxrd quoting of ``From `` lines)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_START = re.compile(rb"(?:\A|\n\r?\n)(From [^\r\n]{1,998}\r?\n)(?=[!-9;-~]+:)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def is_mbox(content: bytes) -> bool:
    """Whether the bytes begin as an mbox does. A single mail with a ``From `` line on top is an mbox of one."""
    return content.startswith(b"From ") and _START.match(content) is not None


def messages(content: bytes) -> Iterator[bytes]:
    """The raw mails of an mbox, in order, without their ``From `` lines. Never raises."""
    starts = [(match.start(1), match.end(1)) for match in _START.finditer(content)]
    ends = [*(start for start, _body in starts[1:]), len(content)]
    for (_start, body), end in zip(starts, ends, strict=False):
        raw = content[body:end]
        # The empty line before the next "From " belongs to the mbox, not to the mail.
        if end != len(content):
            raw = raw[:-2] if raw.endswith(b"\r\n\r\n") else raw[:-1]
        yield _QUOTED.sub(rb"\1", raw) if b"\n>From " in raw or b"\n>>" in raw else raw
