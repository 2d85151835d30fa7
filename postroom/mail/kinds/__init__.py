"""Whether a person or a program wrote a mail (RFC 3834, 2; RFC 8098; RFC 5965; RFC 2919; and what is used besides)."""

from postroom.mail.kinds.classify import classify

__all__ = ["classify"]
