"""A delivery status notification came back: write it at the mail it is about, and remember dead addresses (BNC-01)."""

from __future__ import annotations

from postroom.mail.model import Bounce
from postroom.outbox.models import OutboundEmail, Suppression


def record_bounce(bounce: Bounce) -> OutboundEmail | None:
    """Mark the recipients that failed; a permanent failure (5.y.z, RFC 3463) puts the address on the suppression list.

    Returns the mail, or None where the notification is about none of ours. In the caller's transaction.
    """
    mail = (
        OutboundEmail.objects.select_for_update().filter(message_id=bounce.original_message_id or "").first()
        if bounce.original_message_id
        else None
    )
    if mail is None:
        return None
    by_address = {recipient["address"].lower(): recipient for recipient in mail.recipients}
    for failed in bounce.recipients:
        recipient = by_address.get(failed.address.lower())
        if recipient is None or failed.action not in ("failed", ""):
            continue
        recipient.update(state="bounced", enhanced=failed.status, text=failed.diagnostic)
        mail.state = OutboundEmail.State.BOUNCED
        mail.reason = f"Not delivered to {failed.address}: {failed.diagnostic or failed.kind or failed.status}"
        if failed.status.startswith("5"):
            Suppression.objects.get_or_create(address=failed.address.lower(), defaults={"reason": mail.reason})
    mail.save(update_fields=["recipients", "state", "reason"])
    return mail
