"""The mail that is attached to another: as message/rfc822, as an .eml file, or as Outlook's .msg."""

from __future__ import annotations

import re

from postroom.mail.attachments import EMBEDDED
from postroom.mail.eml import as_eml
from postroom.mail.mime import Part
from postroom.mail.outlook_msg import is_msg, read_msg

_FIELD = re.compile(rb"\s{0,99}(?:>?From [^\n]{0,200}\n)?[!-9;-~]{1,100}[ \t]*:")
_GENERIC = ("application/octet-stream", "application/eml", "text/plain", "application/x-eml", "")


def attached_message(part: Part) -> bytes | None:
    """The mail a part holds, as the bytes of a mail, or None if it holds none.

    A .msg is written as the mail it was: same people, subject, date, text, HTML and files. Never raises.
    """
    content = part.content
    if not content or part.is_multipart:
        return None
    if part.content_type in EMBEDDED:
        return content
    name = part.filename.lower()
    if name.endswith(".eml") and part.content_type in _GENERIC and _FIELD.match(content):
        return content
    if is_msg(name, part.content_type, content):
        message = read_msg(content)
        return as_eml(message) if message is not None else None
    return None
