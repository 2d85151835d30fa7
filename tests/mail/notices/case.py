"""One notice and what it says; the parts that many of them share."""

from __future__ import annotations

from dataclasses import dataclass

from tests.mail.build import a_mail


@dataclass(frozen=True)
class Case:
    """One system's notice that a mail to Gita came back."""

    sender: str
    subject: str
    body: str
    status: str
    kind: str
    action: str = "failed"
    headers: tuple[str, ...] = ()
    content_type: str = "text/plain; charset=utf-8"

    def raw(self) -> bytes:
        raw = a_mail(self.body, f"Subject: {self.subject}", *self.headers, content_type=self.content_type)
        return raw.replace(b"Sam Requester <sam@example.test>", self.sender.encode(), 1)


DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.test>"
POSTMASTER = "postmaster@mx.example.test"
ORIGINAL = (
    "Received: from desk.test by mx.example.test\nMessage-ID: <ours@desk.test>\nFrom: Desk <support@desk.test>\n"
    "To: Gita <gita@example.test>\nSubject: Re: Printer\n\nPlease ask helper@elsewhere.test\n"
)
