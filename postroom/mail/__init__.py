"""What is known about mail (RFC 5322, 2045 to 2049, 2231, 3464, 3834): bytes to facts, and back. No Django, no I/O."""

from postroom.mail.model import Address, Attachment, Bounce, BounceRecipient, Forwarded, ParsedMail
from postroom.mail.parse import parse

__all__ = ["Address", "Attachment", "Bounce", "BounceRecipient", "Forwarded", "ParsedMail", "parse"]
