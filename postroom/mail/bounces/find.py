"""Is this mail a bounce, and of what?

What is a bounce: a delivery status notification, and every notice that a mail was not, or not yet, delivered. So a
notice of a virus or spam filter is one where it says that it kept our mail from somebody: an administrator wants to
see it on the entry that was sent. One that only tells of a filter's finding is automatic mail.
What is none: a receipt of either kind, a feedback report (RFC 5965), and what a person writes about a bounce.
"""

from __future__ import annotations

from postroom.mail.bounces.dsn import STATUS_TYPES, StatusBlock, parts_below, read_status, status_blocks
from postroom.mail.bounces.freetext import read_notice, words_about
from postroom.mail.bounces.json_events import read_event
from postroom.mail.bounces.notices import is_by_a_person, looks_like_notice, names_a_failure
from postroom.mail.bounces.returned import RETURNED_TYPES, Notice, read_notice_text
from postroom.mail.mime import Part, read_tree
from postroom.mail.model import Bounce, BounceRecipient, ParsedMail

_NO_BOUNCE = ("disposition-notification", "feedback-report", "tlsrpt")
_MAX_INNER = 5_000_000


def find_bounce(mail: ParsedMail, root: Part) -> Bounce | None:
    """The delivery status a mail reports, or None. A receipt or a feedback report is none."""
    kind = root.parameters.get("report-type", "").lower()
    if kind in _NO_BOUNCE and not _is_rejection(mail, kind):
        return None
    leaves = parts_below(root)
    if any(part.content_type == "message/feedback-report" for part in leaves):
        return None
    status = any(part.content_type in STATUS_TYPES for part in leaves)
    report = root.content_type == "multipart/report" and kind in ("delivery-status", "")
    declared = status or report or kind == "delivery-status"
    if declared and is_by_a_person(mail) and not report:
        return None
    if not declared and kind not in _NO_BOUNCE and not looks_like_notice(mail):
        return read_event(mail.text)
    return _read(mail, leaves, root)


def is_failure(bounce: Bounce) -> bool:
    """False where every recipient is reported as delivered or passed on."""
    return not bounce.recipients or any(recipient.kind != "delivered" for recipient in bounce.recipients)


def _is_rejection(mail: ParsedMail, kind: str) -> bool:
    """A filter's refusal that is dressed as a disposition notification (RFC 5429, 2.2)."""
    if kind != "disposition-notification":
        return False
    told = (mail.header("auto-submitted") or "").lower()
    words = (mail.subject[:200] + " " + mail.text[:1000]).lower()
    return "rejected" in told or "automatically rejected" in words


def _read(mail: ParsedMail, leaves: list[Part], root: Part) -> Bounce:
    notice = read_notice_text(mail, leaves)
    blocks = status_blocks(leaves) or read_status("\n".join([*notice.lines, "", notice.below])[:200_000])
    recipients = _of_blocks(blocks, notice)
    if not recipients:
        inner = _inner(leaves, notice)
        if inner is not None:
            return inner
        recipients = _of_text(mail, notice, blocks)
    return Bounce(recipients, notice.returned.message_id or None)


def _of_blocks(blocks: list[StatusBlock], notice: Notice) -> list[BounceRecipient]:
    """The recipients of a delivery status, each once; one that failed outweighs its other reports."""
    found: dict[str, BounceRecipient] = {}
    named = [block for block in blocks if block.address]
    silent = [block.address for block in named if not block.diagnostic]
    words = words_about([block.address for block in named], notice) if silent else {}
    for block in named:
        address = block.address.lower()
        known = found.get(address)
        if known is None or known.kind == "delivered":
            found[address] = block.complete(block.address, words.get(address, ""))
    return list(found.values())


def _of_text(mail: ParsedMail, notice: Notice, blocks: list[StatusBlock]) -> list[BounceRecipient]:
    """Free text, helped by a delivery status that tells everything but a usable address."""
    named = read_notice(mail, notice)
    if len(blocks) == 1:
        return [blocks[0].complete(each.address, each.diagnostic) for each in named]
    return named


def _inner(leaves: list[Part], notice: Notice) -> Bounce | None:
    """A notice that a filter on the way has wrapped whole into another mail, without words of its own."""
    if any("@" in line for line in notice.lines):
        return None
    for part in leaves:
        if part.content_type in RETURNED_TYPES[:1]:
            tree = read_tree(part.content[:_MAX_INNER])
            below = parts_below(tree.root)
            blocks = status_blocks(below)
            subject = next((value for name, value in tree.fields if name == "subject"), "")
            if blocks and names_a_failure(subject):
                found = read_notice_text(ParsedMail(), below)
                return Bounce(_of_blocks(blocks, found), found.returned.message_id or None)
    return None
