"""The message/delivery-status part (RFC 3464, 2) and the headers of the mail that came back."""

from __future__ import annotations

import re

from postroom.mail.bounces.reasons import reason_of, status_in
from postroom.mail.charsets import decode, one_line
from postroom.mail.limits import MAX_RECIPIENTS
from postroom.mail.mime import Part
from postroom.mail.mime.tree import header_fields
from postroom.mail.model import BounceRecipient
from postroom.mail.threads import message_ids

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_FIELD = re.compile(r"^([A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
_MESSAGE_ID = re.compile(r"^[>\s]{0,10}Message-ID\s*:\s*(<[^<>\s]{3,500}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MAX_STATUS = 300_000


def parts_below(root: Part) -> list[Part]:
    """All leaves of a tree, in order."""
    found: list[Part] = []
    stack = [root]
    while stack:
        part = stack.pop()
        if part.is_multipart:
            stack.extend(reversed(part.children))
        else:
            found.append(part)
    return found


def status_recipients(leaves: list[Part]) -> list[BounceRecipient]:
    """The recipients of all delivery status parts, in order, each once."""
    found: dict[str, BounceRecipient] = {}
    for part in leaves:
        if part.content_type in _STATUS_TYPES:
            for recipient in read_status(decode(part.content[:_MAX_STATUS], None)[0]):
                found.setdefault(recipient.address.lower(), recipient)
                if len(found) >= MAX_RECIPIENTS:
                    break
    return list(found.values())


def read_status(text: str) -> list[BounceRecipient]:
    """The recipient blocks of one delivery status text; the first block is about the mail, but may lack."""
    recipients: list[BounceRecipient] = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        fields = _fields(block)
        address = _address(fields)
        if address and len(recipients) < MAX_RECIPIENTS:
            recipients.append(_recipient(address, fields))
    return recipients


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in block.split("\n"):
        match = _FIELD.match(line)
        if match is not None:
            last = match[1].lower()
            if last in fields:
                last = ""
            else:
                fields[last] = match[2]
        elif last and line[:1] in (" ", "\t") and len(fields[last]) < 4000:
            fields[last] += " " + line.strip()
    return fields


def _address(fields: dict[str, str]) -> str:
    """What we wrote to (Original-Recipient, RFC 3464, 2.3.1) is what the ledger knows; else the final one."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = fields.get(name, "")
        address = value.rpartition(";")[2].strip().strip("<>").strip()
        if "@" in address:
            return one_line(address)[:320]
    return ""


def _recipient(address: str, fields: dict[str, str]) -> BounceRecipient:
    action = fields.get("action", "").split("(")[0].strip().lower() or "failed"
    diagnostic = one_line(fields.get("diagnostic-code", ""))[:2000]
    kind, separator, rest = diagnostic.partition(";")
    if separator and kind.strip().isascii() and len(kind) < 30:
        diagnostic = rest.strip()
    found = _STATUS.search(fields.get("status", ""))
    status = found[0] if found is not None else status_in(diagnostic)
    if status.endswith(".0.0") and (better := status_in(diagnostic)) and better[0] == status[0]:
        status = better if not better.endswith(".0.0") else status
    return BounceRecipient(address, action[:40], status, diagnostic, reason_of(action, status, diagnostic))


def returned_message_id(leaves: list[Part], text: str) -> str | None:
    """The Message-ID of the mail that came back: from the returned part, else from the text."""
    for part in leaves:
        if part.content_type in _RETURNED_TYPES:
            for name, value in header_fields(part.content[:1_000_000]).values:
                if name == "message-id":
                    ids = message_ids(value)
                    if ids:
                        return ids[0]
    found = _MESSAGE_ID.search(text[:1_000_000])
    return found[1].strip("<>") if found is not None else None
