"""What the sender newly wrote, apart from the quoted history and the signature. Folded, never deleted."""

from postroom.mail.quotes.html import HtmlSplit, split_html
from postroom.mail.quotes.text import TextSplit, split_text

__all__ = ["HtmlSplit", "TextSplit", "split_html", "split_text"]
