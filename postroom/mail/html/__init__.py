"""HTML bodies: made harmless for a browser, and readable as text."""

from postroom.mail.html.readable import html_to_text
from postroom.mail.html.sanitise import sanitise

__all__ = ["html_to_text", "sanitise"]
