"""The message/delivery-status part (RFC 3464, 2; RFC 6533, 3), also as broken as servers write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postroom.mail.bounces.reasons import reason_of
from postroom.mail.bounces.status import complete_status, status_in
from postroom.mail.charsets import decode, one_line
from postroom.mail.limits import MAX_RECIPIENTS
from postroom.mail.mime import Part
from postroom.mail.model import BounceRecipient

STATUS_TYPES = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/delivery_status",
    "text/delivery-status",
)
_FIELD = re.compile(r"^([A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
_RECIPIENT_FIELDS = ("final-recipient", "original-recipient")
_OUTCOME_FIELDS = ("action", "status", "diagnostic-code")
_ADDRESS_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
_BLANK = re.compile(r"\n[ \t]*\n")
_UNICODE = re.compile(r"\\x\{(?:0{0,4}([0-9A-Fa-f]{1,6}))\}")
_XTEXT = re.compile(r"\+(2B|3D|40)")
_WRAPPED = re.compile(r"<([^<>]{3,320})>")
_SCHEMES = ("rfc822", "utf-8", "smtp", "x400", "local", "unknown", "dns", "internet", "system")
_SUCCESS = re.compile(r"\s{0,10}(2\.\d{1,3}\.\d{1,3})")
_ENDS = " \t\"'<>()[],;:"
_MAX_STATUS = 300_000
_MAX_BLOCKS = 2_000


@dataclass(frozen=True, slots=True)
class StatusBlock:
    """One recipient block: ``address`` and ``status`` are '' where the block names none that can be used."""

    address: str
    action: str
    status: str
    diagnostic: str

    def complete(self, address: str, notice: str = "") -> BounceRecipient:
        """The recipient; ``notice`` is what the human-readable part says about it, for what the block leaves out."""
        words = self.diagnostic or notice
        status = complete_status(self.status, self.action, words)
        kind = reason_of(self.action, status, words)
        if kind == "unknown" and notice:
            kind = reason_of(self.action, status, notice)
        return BounceRecipient(address, self.action, status, words, kind)


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


def status_blocks(leaves: list[Part]) -> list[StatusBlock]:
    """The recipient blocks of all delivery status parts, in order."""
    found: list[StatusBlock] = []
    for part in leaves:
        if part.content_type in STATUS_TYPES and len(found) < MAX_RECIPIENTS:
            found += read_status(decode(part.content[:_MAX_STATUS], None)[0])
    return found[:MAX_RECIPIENTS]


def read_status(text: str) -> list[StatusBlock]:
    """The recipient blocks of one delivery status text.

    The first block is about the mail, but some servers leave it out, or write both without a blank line between.
    """
    found: list[dict[str, str]] = []
    pieces = _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n"), maxsplit=_MAX_BLOCKS)
    for piece in pieces[:_MAX_BLOCKS]:
        for fields in _recipients(piece):
            if any(name in fields for name in _RECIPIENT_FIELDS):
                cut = found and not any(name in found[-1] for name in _RECIPIENT_FIELDS) and "status" not in fields
                found.append({**found.pop(), **fields} if cut else fields)
            elif found and not any(name in found[-1] for name in fields):
                # A blank line that does not belong there cut the block in two.
                found[-1] = {**found[-1], **{name: fields[name] for name in _OUTCOME_FIELDS if name in fields}}
            elif "action" in fields and ("status" in fields or "diagnostic-code" in fields):
                found.append(fields)
        if len(found) > MAX_RECIPIENTS:
            break
    return [_block(fields) for fields in found[:MAX_RECIPIENTS]]


def _recipients(piece: str) -> list[dict[str, str]]:
    """The fields of a block; a second Final-Recipient or Original-Recipient starts another recipient."""
    all_fields: list[dict[str, str]] = [{}]
    last = ""
    for line in piece.split("\n"):
        fields = all_fields[-1]
        match = _FIELD.match(line)
        if match is not None:
            last = match[1].lower()
            if last == "final-recipient" and last in fields:
                all_fields.append({})
                fields = all_fields[-1]
            if last in fields:
                last = ""
            else:
                fields[last] = match[2]
        elif last and line[:1] in (" ", "\t") and len(fields[last]) < 4000:
            fields[last] += " " + line.strip()
    return all_fields


def _block(fields: dict[str, str]) -> StatusBlock:
    action = fields.get("action", "").split("(")[0].strip(" \t;.").lower() or "failed"
    diagnostic = one_line(fields.get("diagnostic-code", ""))[:2000]
    kind, separator, rest = diagnostic.partition(";")
    if separator and kind.strip().isascii() and len(kind) < 30 and " " not in kind.strip():
        diagnostic = rest.strip()
    stated = fields.get("status", "")[:200]
    success = _SUCCESS.match(stated)
    status = success[1] if success is not None else status_in(stated)
    if status.startswith("2.") and action == "failed":
        status = ""
    return StatusBlock(_address(fields), action[:40], status, diagnostic)


def _address(fields: dict[str, str]) -> str:
    """What we wrote to (Original-Recipient, RFC 3464, 2.3.1) is what the ledger knows; else the final one."""
    for name in _ADDRESS_FIELDS:
        address = plain_address(fields.get(name, ""))
        if address:
            return address
    return ""


def plain_address(value: str) -> str:
    """The address of an ``address-type; address`` value, or '' where it holds none that mail can be sent to."""
    scheme, separator, rest = value[:1000].partition(";")
    if separator and (scheme.strip().lower() in _SCHEMES or "@" not in scheme):
        value = rest
    wrapped = _WRAPPED.search(value[:1000])
    address = one_line((wrapped[1] if wrapped is not None and "@" in wrapped[1] else value)[:1000]).strip(_ENDS)
    if "@" in address:
        address = next((word for word in address.split() if "@" in word), "").strip(_ENDS)
    if "\\x{" in address:
        address = _UNICODE.sub(lambda found: _character(found[1]), address)
    # Bell and others leave an ORCPT as it came: in xtext (RFC 3461, 4).
    if "+" in address:
        address = _XTEXT.sub(lambda found: chr(int(found[1], 16)), address)
    local, at, domain = address.rpartition("@")
    usable = (
        at
        and local
        and domain
        and ".." not in address
        and len(address) <= 320
        and domain[0].isalnum() | (domain[0] == "[")
    )
    return address if usable else ""


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
