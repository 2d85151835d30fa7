"""From the ledger's row to the bytes handed over (RFC 5322), the same on every try but for the server's name."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.storage import blobs
from postroom.mail.build import MailDraft, build
from postroom.mail.model import Address, Attachment
from postroom.outbox.models import OutboundEmail
from postroom.rules.outgoing import choose_reply_to


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The addresses that answers can go to: every mailbox by its key, those that are read, the primary one."""

    emails: dict[int, str]
    enabled: frozenset[str]
    primary: str

    @classmethod
    def load(cls) -> Mailboxes:
        rows = list(IncomingServer.objects.values_list("pk", "email", "enabled", "primary"))
        return cls(
            emails={pk: email for pk, email, _, _ in rows},
            enabled=frozenset(email for _, email, enabled, _ in rows if enabled),
            primary=next((email for _, email, enabled, primary in rows if enabled and primary), ""),
        )


def reply_to_of(mail: OutboundEmail, server: OutgoingServer, mailboxes: Mailboxes) -> str:
    """Where answers go: to a mailbox that is read (THR-06, R21). After failover the row has the first server's."""
    mailbox = mailboxes.emails.get(mail.mailbox_id or 0, "")
    return choose_reply_to(mail.reply_to or server.reply_to, mailbox, mailboxes.enabled, mailboxes.primary)


def render(mail: OutboundEmail, server: OutgoingServer, reply_to: str) -> bytes:
    """The whole mail as it leaves through ``server``. Raises FileNotFoundError where an attachment is gone."""
    differs = reply_to and reply_to.lower() != server.email.lower()
    return build(
        MailDraft(
            from_=Address("" if server.protocol == "mapi" else server.sender_name, server.email),
            to=[_address(item) for item in mail.to],
            cc=[_address(item) for item in mail.cc],
            reply_to=Address("", reply_to) if differs else None,
            subject=mail.subject,
            text=mail.text,
            html=mail.html or None,
            message_id=mail.message_id,
            in_reply_to=mail.in_reply_to or None,
            references=list(mail.references),
            date=mail.created_at,
            headers=[(name, value) for name, value in mail.headers],
            attachments=[_attachment(file) for file in mail.files],
        )
    )


def _address(written: str) -> Address:
    name, email = parseaddr(written)
    return Address(name, email or written)


def _attachment(file: dict[str, str]) -> Attachment:
    content = blobs().get(file["sha256"])
    return Attachment(
        filename=file["filename"],
        content_type=file["content_type"],
        size=len(content),
        content_id=file.get("content_id") or None,
        inline=bool(file.get("inline")),
        sha256=file["sha256"],
        content=content,
    )
