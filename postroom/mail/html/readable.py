"""HTML as text that a person can read: paragraphs, lists, tables, links, quotations with ``> ``."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postroom.mail.charsets import clean
from postroom.mail.html.nesting import flatten
from postroom.mail.limits import MAX_HTML, MAX_TEXT

_BLOCKS = {
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "tr",
    "ul",
}
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "dl", "blockquote"}
# Elements that change how the text around them is laid out; all others only hold text.
_SHAPING = _BLOCKS | {"td", "th", "a", "img"}
_SKIPPED = {"script", "style", "head", "title", "template", "noscript", "-comment", "object", "svg"}
_SPACES = re.compile(r"[ \t\r\n\f\xa0\u200b]+")
_BLANK = " \t\r\n\f\v\xa0\u200b"
# Letters without a width, with which newsletters push the text behind their preview out of sight.
_FILLER = re.compile("(?:[\u034f\u200b-\u200d\u2007\u2060\ufeff\xad][\\s\xa0]?){3,}")
_HIDDEN = (
    '[style*="display:none" i], [style*="display: none" i], [style*="visibility:hidden" i], '
    '[style*="visibility: hidden" i], [style*="mso-hide:all" i], [style*="mso-hide: all" i], '
    '[style*="max-height:0" i], [style*="max-height: 0" i], [hidden]'
)
_MAX_NODES = 200_000
_MAX_QUOTES = 20


def html_to_text(html: str) -> str:
    """The text of an HTML document with LF line ends. Never raises; linear in the size of the document."""
    root = LexborHTMLParser(flatten(html[:MAX_HTML])).body
    return node_to_text(root) if root is not None else ""


def node_to_text(root: LexborNode) -> str:
    """The text below one node. What a browser does not show is left out, unless there is nothing else."""
    hidden = {node.mem_id for node in root.css(_HIDDEN)}
    hidden.discard(root.mem_id)
    writer = _Writer()
    _walk(root, writer, hidden)
    text = writer.result()
    if hidden and not text:
        writer = _Writer()
        _walk(root, writer, set())
        text = writer.result()
    return clean(text)


def _walk(root: LexborNode, writer: _Writer, hidden: set[int]) -> None:
    """Depth first without recursion: a mail may nest elements deeper than Python's stack."""
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    count = 0
    while stack:
        node, leaving = stack.pop()
        tag = node.tag or ""
        if leaving:
            writer.leave(tag, node)
            continue
        count += 1
        if count > _MAX_NODES or writer.size > MAX_TEXT:
            continue
        if tag == "-text":
            writer.text(node.text_content or "")
        elif tag == "br":
            writer.line_break()
        elif tag not in _SKIPPED and not (hidden and node.mem_id in hidden):
            if tag in _SHAPING:
                writer.enter(tag, node)
                stack.append((node, True))
            child = node.last_child
            while child is not None:
                stack.append((child, False))
                child = child.prev


class _Writer:
    """Lines of text, each with the quotation depth it stands in."""

    def __init__(self) -> None:
        self.size = 0
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._pre = 0
        self._lists: list[int | None] = []
        self._space = False
        self._gap: int | None = None
        self._links: list[int] = []

    def text(self, text: str) -> None:
        """Add text; white space counts only inside ``pre``."""
        if self._pre:
            first, *others = text.split("\n")
            self._put(first)
            for line in others:
                self.line_break()
                self._put(line)
            return
        if text.isascii():
            words = " ".join(text.split())
        else:
            words = _SPACES.sub(" ", _FILLER.sub(" ", text)).strip(" ")
        if not words:
            self._space = self._space or bool(text)
            return
        self._space = self._space or text[0] in _BLANK
        self._put(words)
        self._space = text[-1] in _BLANK

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._gap is not None:
            quotes, self._gap = min(self._gap, self._quotes), None
            if self._lines and self._lines[-1].strip("> "):
                self._lines.append(("> " * min(quotes, _MAX_QUOTES)).rstrip())
        if self._space and self._line and not self._pre:
            self._line.append(" ")
        self._space = False
        self._line.append(text)
        self.size += len(text)

    def _prefix(self) -> str:
        return "> " * min(self._quotes, _MAX_QUOTES)

    def line_break(self) -> None:
        """End the line, even an empty one."""
        self._lines.append((self._prefix() + "".join(self._line)).rstrip())
        self._line = []
        self._space = False

    def _end_line(self) -> None:
        if self._line:
            self.line_break()
        self._space = False

    def enter(self, tag: str, node: LexborNode) -> None:
        """An element opens."""
        if tag in ("td", "th"):
            if self._line:
                self._line.append(" | ")
            self._space = False
        elif tag == "a":
            self._links.append(len(self._line))
        elif tag == "img":
            self.text((node.attributes.get("alt") or "").strip()[:200])
        if tag not in _BLOCKS:
            return
        self._end_line()
        self._leave_gap(tag)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._bullet()
        elif tag == "hr":
            self._put("-" * 20)
            self._end_line()

    def _bullet(self) -> None:
        mark = "- "
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            mark = f"{number + 1}. "
        self._put("  " * min(max(len(self._lists) - 1, 0), 10) + mark)

    def leave(self, tag: str, node: LexborNode) -> None:
        """An element closes."""
        if tag == "a":
            self._link(node)
        if tag not in _BLOCKS:
            return
        self._end_line()
        if tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "pre":
            self._pre = max(self._pre - 1, 0)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        self._leave_gap(tag)

    def _leave_gap(self, tag: str) -> None:
        """An empty line before the next text, in the shallower of the quotations around it."""
        if tag in _SPACED and not (tag in ("ul", "ol") and self._lists):
            self._gap = self._quotes if self._gap is None else min(self._gap, self._quotes)

    def _link(self, node: LexborNode) -> None:
        """A link whose text is not its address shows the address behind it."""
        start = self._links.pop() if self._links else 0
        href = (node.attributes.get("href") or "").strip()
        shown = "".join(self._line[start:]).strip()
        if not href.startswith(("http://", "https://")) or not shown:
            return
        bare = href.partition("://")[2].rstrip("/")
        if shown.rstrip("/") not in (href.rstrip("/"), bare) and len(href) <= 2000:
            self._put(f" <{href}>" if not self._pre else f"<{href}>")

    def result(self) -> str:
        """All lines, without more than one empty line in a row."""
        self._end_line()
        text = "\n".join(self._lines).strip("\n")
        return re.sub(r"\n{3,}", "\n\n", text)
