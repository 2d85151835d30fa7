"""A parsed mail as the JSON object of ``postroom parse --jsonl``: the public names, exactly."""

from __future__ import annotations

from datetime import datetime

from postroom.mail.model import Address, Attachment, Bounce, Forwarded, ParsedMail


def as_contract(mail: ParsedMail, file: str) -> dict[str, object]:
    """The object for one mail, ready for ``json.dumps``."""
    sender = mail.sender or mail.written_sender
    return {
        "file": file,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "subject": mail.subject,
        "date": _date(mail.date),
        "from": _address(sender) if sender else None,
        "reply_to": [_address(address) for address in mail.reply_to],
        "to": [_address(address) for address in mail.to],
        "cc": [_address(address) for address in mail.cc],
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "signature": mail.signature,
        "attachments": [_attachment(attachment) for attachment in mail.attachments],
        "auto": mail.auto,
        "auto_reason": mail.auto_reason,
        "bounce": _bounce(mail.bounce) if mail.bounce else None,
        "forwarded": _forwarded(mail.forwarded) if mail.forwarded else None,
        "encrypted": mail.encrypted,
        "signed": mail.signed,
        "defects": mail.defects,
    }


def _date(date: datetime | None) -> str | None:
    return date.isoformat() if date else None


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "email": address.email}


def _attachment(attachment: Attachment) -> dict[str, object]:
    return {
        "filename": attachment.filename if attachment.named else "",
        "content_type": attachment.content_type,
        "size": attachment.size,
        "content_id": attachment.content_id,
        "inline": attachment.inline,
        "sha256": attachment.sha256,
        "shown_as": attachment.filename,
    }


def _bounce(bounce: Bounce) -> dict[str, object]:
    recipients = [
        {
            "address": recipient.address,
            "action": recipient.action,
            "status": recipient.status,
            "diagnostic": recipient.diagnostic,
            "kind": recipient.kind,
        }
        for recipient in bounce.recipients
    ]
    return {"recipients": recipients, "original_message_id": bounce.original_message_id}


def _forwarded(forwarded: Forwarded) -> dict[str, object]:
    return {
        "from": _address(forwarded.sender),
        "to": [_address(address) for address in forwarded.to],
        "cc": [_address(address) for address in forwarded.cc],
        "subject": forwarded.subject,
        "date": _date(forwarded.date),
        "text": forwarded.text,
    }
