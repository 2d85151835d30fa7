"""Is this mail a bounce, and of what?"""

from __future__ import annotations

from postroom.mail.bounces.dsn import parts_below, read_status, returned_message_id, status_recipients
from postroom.mail.bounces.freetext import looks_like_notice, read_notice
from postroom.mail.mime import Part
from postroom.mail.model import Bounce, ParsedMail


def find_bounce(mail: ParsedMail, root: Part) -> Bounce | None:
    """The delivery status a mail reports, or None. A read receipt is none."""
    report = root.content_type == "multipart/report"
    if report and root.parameters.get("report-type", "").lower() == "disposition-notification":
        return None
    leaves = parts_below(root)
    recipients = status_recipients(leaves)
    declared = report and root.parameters.get("report-type", "").lower() in ("delivery-status", "")
    if not recipients and not declared and not looks_like_notice(mail):
        return None
    if not recipients:
        recipients = read_status(mail.text[:200_000]) or read_notice(mail)
    return Bounce(recipients, returned_message_id(leaves, mail.text))


def is_failure(bounce: Bounce) -> bool:
    """False where every recipient is reported as delivered or passed on."""
    return not bounce.recipients or any(recipient.kind != "delivered" for recipient in bounce.recipients)
