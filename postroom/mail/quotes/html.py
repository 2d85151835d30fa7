"""Cut sanitised HTML into what is new and what is history, by the containers that mail programs put around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postroom.mail.html.readable import node_to_text
from postroom.mail.quotes.attribution import attribution_at, possible_ends
from postroom.mail.quotes.blocks import read_block
from postroom.mail.quotes.labels import MARK, SIGNATURE_MARK, forward_line, is_original_line, peel, visible

# Everything inside is history.
_CONTAINERS = (
    ".gmail_quote, .yahoo_quoted, .protonmail_quote, .zmail_extra, .tutanota_quote, .moz-forward-container, "
    ".sh-quoted-content, .front-blockquote, .missive_quote, .ntes_mailquote, .history_container, .hs_reply, "
    "blockquote, #mail-editor-reference-message-container, #OLK_SRC_BODY_SECTION, #isReplyContent, #isForwardContent"
)
# Everything after it is history, too.
_DIVIDERS = (
    "#divRplyFwdMsg, #x_divRplyFwdMsg, #appendonsend, #x_appendonsend, .OutlookMessageHeader, #stopSpelling, #zwchr, "
    "#ms-outlook-mobile-body-separator-line"
)
_DIVIDING = ("divRplyFwdMsg", "appendonsend", "stopSpelling", "zwchr", "body-separator-line")
# Lines drawn above or beside a header block.
_RULED = 'div[style*="border-top"], div[style*="border-left"]'
_SELECTOR = f"{_CONTAINERS}, {_DIVIDERS}, {_RULED}"
_SIGNATURES = (
    ".gmail_signature, .moz-signature, .protonmail_signature_block, .zmail_signature, #Signature, #x_Signature, "
    "#ms-outlook-mobile-signature, #AppleMailSignature"
)
_HINT = re.compile(
    r'class="[^"]*(?:quote|yahoo_quoted|zmail_extra|moz-forward|OutlookMessageH|sh-quoted|history_con|hs_reply)'
    r'|id="|<blockquote|border-(?:top|left)'
)
_INDENT = re.compile(r"border:\s?none|margin(?:-left)?:\s?(?:0(?:px)? 0(?:px)? 0(?:px)? )?40px")
_MAX_CONTAINERS = 500
_MAX_RULED = 20
_MAX_LEVELS = 1_000
_OPENING = 4_000


@dataclass(slots=True)
class HtmlSplit:
    """``text`` of the whole body, ``marked`` with a private line for each folded container; both parts as HTML."""

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
    folded = _Folder(body).run()
    if not folded:
        return HtmlSplit(text, text or node_to_text(body), html, None)
    reply_html = (body.inner_html or "").strip().replace(MARK, "")
    for node in body.css(_SIGNATURES)[:_MAX_CONTAINERS]:
        node.insert_before(SIGNATURE_MARK)
        node.insert_after(SIGNATURE_MARK)
    marked = node_to_text(body).replace(MARK, f"\n{MARK}\n").replace(SIGNATURE_MARK, f"\n{SIGNATURE_MARK}\n")
    return HtmlSplit(text, marked, reply_html, "".join(folded))


class _Folder:
    """Takes the history out of a tree."""

    def __init__(self, body: LexborNode) -> None:
        self.body = body
        self.folded: list[str] = []
        self.ruled = 0

    def run(self) -> list[str]:
        """The HTML of what was taken out, in document order."""
        for node in self.body.css(_SELECTOR)[:_MAX_CONTAINERS]:
            if not self._is_attached(node):
                continue
            if self._is_divider(node):
                self.folded.append(_take_rest(node, self.body))
                break
            if self._is_history(node):
                self.folded.append(node.html or "")
                node.replace_with(MARK)
        return self.folded

    def _is_attached(self, node: LexborNode) -> bool:
        """False for a node inside a container that was already taken out, or deeper than any mail program writes."""
        parent = node.parent
        for _level in range(_MAX_LEVELS):
            if parent is None:
                return False
            if parent.mem_id == self.body.mem_id:
                return True
            parent = parent.parent
        return False

    def _is_divider(self, node: LexborNode) -> bool:
        if (node.attributes.get("id") or "").endswith(_DIVIDING) or "OutlookMessageHeader" in _classes(node):
            return True
        return node.tag == "div" and "border-top" in _style(node) and self._has_headers(node)

    def _has_headers(self, node: LexborNode) -> bool:
        """Whether a ruled element opens with a header block."""
        self.ruled += 1
        if self.ruled > _MAX_RULED:
            return False
        lines = _opening(node)
        return bool(lines) and read_block(lines, 0) is not None

    def _is_history(self, node: LexborNode) -> bool:
        if node.tag == "blockquote":
            return self._is_quotation(node)
        if _classes(node) or node.attributes.get("id"):
            return not _is_interleaved(node)
        return "border-left" in _style(node) and self._has_headers(node)

    def _is_quotation(self, node: LexborNode) -> bool:
        """A quoted mail, not a passage that its writer indented."""
        style = _style(node)
        attributes = node.attributes
        if "cite" in (attributes.get("type") or "").lower() or attributes.get("cite") or "border-left" in style:
            return True
        if _INDENT.search(style) is not None and not _introduced(node):
            return False
        return bool(_classes(node) or attributes.get("id") or self.folded) or _introduced(node)


def _classes(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _style(node: LexborNode) -> str:
    return (node.attributes.get("style") or "").lower()


def _opening(node: LexborNode) -> list[str]:
    """The first lines of a node that hold text."""
    text = visible(node_to_text(node)[:_OPENING])
    return [line for line in text.split("\n") if line.strip()][:14]


def _introduced(node: LexborNode) -> bool:
    """Whether the text right above a quotation says whose it is."""
    current: LexborNode | None = node
    for _level in range(3):
        above = current.prev if current is not None else None
        for _sibling in range(4):
            if above is None:
                break
            text = (above.text_content or "") if above.tag == "-text" else node_to_text(above)
            lines = [line for line in visible(text[-1_000:]).split("\n") if line.strip()][-4:]
            if lines:
                return _introduces([*lines, MARK])
            above = above.prev
        current = current.parent if current is not None else None
    return False


def _introduces(lines: list[str]) -> bool:
    ends = possible_ends(lines)
    last = peel(lines[-2])
    if is_original_line(last.strip()) or forward_line(last.strip()) is not None:
        return True
    return any(attribution_at(lines, at, ends) == len(lines) - 1 - at for at in range(len(lines) - 1))


def _is_interleaved(node: LexborNode) -> bool:
    """A container whose quotations have answers between them: its inner quotations are folded instead."""
    if node.tag != "div" or (lines := _opening(node)[:1]) == []:
        return False
    if forward_line(lines[0].strip()) is not None or lines[0].startswith("-----"):
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
