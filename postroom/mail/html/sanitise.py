"""Make the HTML of a stranger harmless: nothing runs, nothing loads, nothing leaves its box."""

from __future__ import annotations

import re

import nh3

from postroom.mail.charsets import clean
from postroom.mail.html.nesting import flatten
from postroom.mail.limits import MAX_HTML
from postroom.mail.stems import Stems

_TAGS = {
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
}
_DROPPED_WITH_CONTENT = {"script", "style", "title", "template", "noscript", "select", "textarea", "xmp", "object"}
_SIZED = {"width", "height", "align", "valign", "bgcolor"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "table": _SIZED | {"border", "cellpadding", "cellspacing", "summary"},
    "td": _SIZED | {"colspan", "rowspan", "nowrap"},
    "th": _SIZED | {"colspan", "rowspan", "nowrap", "scope"},
    "tr": _SIZED,
    "tbody": _SIZED,
    "thead": _SIZED,
    "col": _SIZED | {"span"},
    "colgroup": _SIZED | {"span"},
    "p": {"align"},
    "div": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"align", "width", "size", "color"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "blockquote": {"cite", "type"},
    "bdo": {"dir"},
}
# Only properties that stay inside their box and cannot name a URL: no position, z-index, float, content, background.
_STYLES = {
    "color",
    "background-color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "font-variant",
    "line-height",
    "letter-spacing",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "word-break",
    "direction",
    "width",
    "height",
    "max-width",
    "min-width",
    "max-height",
    "overflow",
    "visibility",
    "opacity",
    "padding",
    "padding-left",
    "padding-right",
    "padding-top",
    "padding-bottom",
    "border",
    "border-left",
    "border-right",
    "border-top",
    "border-bottom",
    "border-color",
    "border-style",
    "border-width",
    "border-collapse",
    "border-spacing",
    "margin",
    "margin-left",
    "margin-right",
    "margin-top",
    "margin-bottom",
    "display",
    "list-style-type",
}
# Old Internet Explorer editors write the names in capitals.
_STYLES |= {name.upper() for name in _STYLES}
# How mail programs mark the history and the signature; no other class or id survives (they would meet our own styles).
QUOTE_CLASSES = {
    "gmail_quote",
    "gmail_quote_container",
    "gmail_attr",
    "gmail_extra",
    "gmail_signature",
    "yahoo_quoted",
    "moz-cite-prefix",
    "moz-signature",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    "OutlookMessageHeader",
    "protonmail_signature_block",
    "zmail_signature",
    "sh-quoted-content",
    "front-blockquote",
    "missive_quote",
    "ntes_mailquote",
    "history_container",
    "hs_reply",
}
QUOTE_IDS = {
    "divRplyFwdMsg",
    "x_divRplyFwdMsg",
    "appendonsend",
    "x_appendonsend",
    "mail-editor-reference-message-container",
    "OLK_SRC_BODY_SECTION",
    "isForwardContent",
    "isReplyContent",
    "reply-intro",
    "Signature",
    "x_Signature",
    "ms-outlook-mobile-signature",
    "AppleMailSignature",
    "stopSpelling",
    "zwchr",
    "ms-outlook-mobile-body-separator-line",
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_IMG = re.compile(r'<img((?: [^\s="<>/]+(?:="[^"]*")?)*)>')
_SRC = re.compile(r' src="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
# What a value must not do: fetch, compute, escape. The property names above allow it nowhere; browsers differ.
_UNSAFE_VALUE = re.compile(
    r"url\(|expression\(|image\(|image-set\(|attr\(|javascript|behaviou?r|@import|\\\\", re.IGNORECASE
)
# What has none of these has no unsafe value: a quick look before the thorough one.
_SUSPICIOUS = Stems(["url(", "expression(", "image(", "image-set(", "attr(", "javascript", "behavi", "@import", "\\"])
_NEGATIVE_MARGIN = re.compile(r"(?i:margin)(?:-[A-Za-z]{1,20})?:[^;\"<>]{0,100}?-\s{0,5}[\d.][^;\"]{0,100};?")
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_ALLOWED_CLASSES = dict.fromkeys(("div", "blockquote", "span", "p", "table", "pre"), QUOTE_CLASSES)
_ALLOWED_IDS = {tag: {"id": QUOTE_IDS} for tag in ("div", "blockquote", "span", "table", "hr", "p")}


def _no_data_but_pictures(tag: str, attribute: str, value: str) -> str | None:
    """``data:`` is a document that runs, except where it is a picture shown as one."""
    if value[:16].lstrip().lower().startswith("data:") and not (
        tag == "img" and attribute == "src" and _PICTURE.fullmatch(value.strip())
    ):
        return None
    return value


_PLAIN = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    tag_attribute_values=_ALLOWED_IDS,
    url_schemes=_SCHEMES,
    allowed_classes=_ALLOWED_CLASSES,
    filter_style_properties=_STYLES,
    link_rel="noopener noreferrer nofollow",
)
_WITH_DATA = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    tag_attribute_values=_ALLOWED_IDS,
    url_schemes=_SCHEMES | {"data"},
    allowed_classes=_ALLOWED_CLASSES,
    filter_style_properties=_STYLES,
    link_rel="noopener noreferrer nofollow",
    attribute_filter=_no_data_but_pictures,
)


def sanitise(html: str) -> str:
    """Harmless HTML of any input. A remote image has its address in ``data-remote-src``; ``cid:`` stays."""
    html = flatten(clean(html)[:MAX_HTML])
    safe = (_WITH_DATA if "data:" in html or "DATA:" in html else _PLAIN).clean(html)
    if "<img" in safe:
        safe = _IMG.sub(_no_remote_source, safe)
    if " style=" in safe and _has_unsafe_style(safe):
        return _STYLE.sub(_safe_style, safe)
    return safe


def _has_unsafe_style(safe: str) -> bool:
    lower = safe.lower()
    if "margin" in lower and _NEGATIVE_MARGIN.search(safe):
        return True
    return _SUSPICIOUS.are_in(lower) and _UNSAFE_VALUE.search(safe) is not None


def _safe_style(style: re.Match[str]) -> str:
    """The declarations that neither fetch anything nor move text out of its box, over our own page."""
    value = style[1]
    if _UNSAFE_VALUE.search(value):
        value = ";".join(each for each in value.split(";") if not _UNSAFE_VALUE.search(each))
    return f' style="{_NEGATIVE_MARGIN.sub("", value)}"'


def _no_remote_source(image: re.Match[str]) -> str:
    found = _SRC.search(image[1])
    if found is None or found[1][:4].lower() == "cid:" or found[1][:11].lower() == "data:image/":
        return image[0]
    attributes = image[1]
    return f'<img{attributes[: found.start()]} data-remote-src="{found[1]}"{attributes[found.end() :]}>'
