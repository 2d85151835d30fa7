"""Cut sanitised HTML into what is new and what is history, by the containers that mail programs put around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postroom.mail.html.readable import node_to_text
from postroom.mail.quotes.labels import FORWARD_LINE
from postroom.mail.quotes.text import is_header_block

# Everything inside is history.
_CONTAINERS = (
    ".gmail_quote, .yahoo_quoted, .protonmail_quote, .zmail_extra, .tutanota_quote, .moz-forward-container, "
    "blockquote, #mail-editor-reference-message-container, #OLK_SRC_BODY_SECTION"
)
# Everything after it is history, too.
_DIVIDERS = "#divRplyFwdMsg, #x_divRplyFwdMsg, #appendonsend, #x_appendonsend, .OutlookMessageHeader"
_OUTLOOK_RULE = 'div[style*="border-top"]'
_SELECTOR = f"{_CONTAINERS}, {_DIVIDERS}, {_OUTLOOK_RULE}"
_HINT = re.compile(
    r'class="[^"]*(?:gmail_quote|yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote|moz-forward|OutlookMessageH)'
    r'|id="|<blockquote|border-top'
)
# Stands in the text where a container was; no mail that is shown uses this private character.
MARK = "\ue0f0"
_MAX_CONTAINERS = 500
_MAX_LEVELS = 1_000


@dataclass(slots=True)
class HtmlSplit:
    """``text`` of the whole body, ``marked`` with a quoted line for each folded container; both parts as HTML."""

    text: str
    marked: str
    reply_html: str
    quoted_html: str | None


def split_html(html: str, *, want_text: bool) -> HtmlSplit | None:
    """Split sanitised HTML, or None if it holds no history and no text is wanted."""
    hinted = _HINT.search(html) is not None
    if not hinted and not want_text:
        return None
    body = LexborHTMLParser(html).body
    if body is None:
        return HtmlSplit("", "", html, None)
    text = node_to_text(body) if want_text else ""
    if not hinted:
        return HtmlSplit(text, text, html, None)
    folded = _fold(body)
    if not folded:
        return HtmlSplit(text, text or node_to_text(body), html, None)
    marked = node_to_text(body).replace(MARK, "\n> \n")
    return HtmlSplit(text, marked, _inner(body).replace(MARK, ""), "".join(folded))


def _inner(body: LexborNode) -> str:
    return (body.inner_html or "").strip()


def _fold(body: LexborNode) -> list[str]:
    """Take the history out of the tree; its HTML in document order."""
    folded: list[str] = []
    for node in body.css(_SELECTOR)[:_MAX_CONTAINERS]:
        if not _is_attached(node, body):
            continue
        if _is_divider(node):
            folded.append(_take_rest(node, body))
            break
        if node.tag == "div" and _is_rule_only(node):
            continue
        if not _is_interleaved(node):
            folded.append(node.html or "")
            node.replace_with(MARK)
    return folded


def _is_attached(node: LexborNode, body: LexborNode) -> bool:
    """False for a node inside a container that was already taken out, or deeper than any mail program writes."""
    parent = node.parent
    for _level in range(_MAX_LEVELS):
        if parent is None:
            return False
        if parent.mem_id == body.mem_id:
            return True
        parent = parent.parent
    return False


def _classes(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _is_divider(node: LexborNode) -> bool:
    name = node.attributes.get("id") or ""
    if name.endswith(("divRplyFwdMsg", "appendonsend")) or "OutlookMessageHeader" in _classes(node):
        return True
    if node.tag == "div" and "border-top" in (node.attributes.get("style") or ""):
        lines = node_to_text(node).strip().split("\n")[:12]
        return is_header_block(["", *lines], 1) if lines and ":" in lines[0] else False
    return False


def _is_rule_only(node: LexborNode) -> bool:
    return not (_classes(node) or node.attributes.get("id"))


def _is_interleaved(node: LexborNode) -> bool:
    """A Gmail container whose quotations have answers between them: its inner quotations are folded instead."""
    if node.tag != "div" or "gmail_quote" not in _classes(node):
        return False
    opening = (node.text(deep=True) or "").strip()[:200].split("\n")[0]
    if FORWARD_LINE.match(opening) or opening.startswith("-----"):
        return False
    quoted = False
    child = node.first_child
    while child is not None:
        if child.tag == "blockquote":
            quoted = True
        elif quoted and (child.text(deep=True) or "").strip():
            return True
        child = child.next
    return False


def _take_rest(node: LexborNode, body: LexborNode) -> str:
    """Take out a divider and all that follows it in the document."""
    pieces: list[str] = []
    current: LexborNode | None = node
    first = True
    above = node.prev
    if above is not None and above.tag == "hr":
        above.decompose()
    while current is not None and current.mem_id != body.mem_id:
        parent = current.parent
        sibling = current.next
        while sibling is not None:
            following = sibling.next
            pieces.append(sibling.html or "")
            sibling.decompose()
            sibling = following
        if first:
            pieces.insert(0, current.html or "")
            current.replace_with(MARK)
            first = False
        current = parent
    return "".join(pieces)
