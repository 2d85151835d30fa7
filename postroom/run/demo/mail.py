"""The sample mail of ``postroom demo-mail``."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from postroom.run.demo.company import MAILBOX
from postroom.run.sandbox import HOST

SUBJECT = "The coffee machine speaks Latin"
TEXT = "Hello,\n\nsince this morning the coffee machine only answers “Quo vadis?” and gives no coffee.\n\nThank you!\n"


def send(smtp_port: int, sender: str, subject: str, text: str) -> None:
    """Send one mail to the demo's desk. Raises OSError where the sandbox does not answer."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, MAILBOX, subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="sandbox.test")
    mail.set_content(text)
    with smtplib.SMTP(HOST, smtp_port, timeout=10) as server:
        server.send_message(mail)
