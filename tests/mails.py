"""Raw mails for tests, written as a client would: ``a_mail(subject=..., text=...)`` gives the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

_numbers = count(1)


def a_mail(
    *,
    sender: str = "Sam Sample <sam@example.test>",
    to: str = "support@desk.test",
    cc: str = "",
    subject: str = "The printer is on fire",
    text: str = "Smoke comes out of the printer on the second floor.",
    html: str = "",
    message_id: str | None = None,
    in_reply_to: str = "",
    references: Sequence[str] = (),
    headers: Sequence[tuple[str, str]] = (),
    files: Sequence[tuple[str, str, bytes]] = (),
) -> bytes:
    """One mail. Message-IDs have no angle brackets, ``message_id`` "" leaves it out; files are (name, type, bytes)."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    if cc:
        mail["Cc"] = cc
    mail["Subject"] = subject
    mail["Date"] = "Tue, 24 Nov 2026 09:00:00 +0000"
    if message_id != "":
        mail["Message-ID"] = f"<{message_id or f'mail-{next(_numbers)}@example.test'}>"
    if in_reply_to:
        mail["In-Reply-To"] = f"<{in_reply_to}>"
    if references:
        mail["References"] = " ".join(f"<{name}>" for name in references)
    for name, value in headers:
        mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for filename, content_type, content in files:
        main, _, sub = content_type.partition("/")
        mail.add_attachment(content, main, sub, filename=filename)
    return mail.as_bytes(policy=SMTP)
