"""A bound on how deep elements may nest: HTML parsers take time quadratic in it (800,000 open ``div`` take an hour)."""

from __future__ import annotations

import re

_MAX_LEVELS = 400
# With fewer tags than this no nesting hurts, and the look is saved.
_FEW_TAGS = 4_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)[^<>]*>?")
# Elements that have no end tag, or whose end tag may be left out: they do not add up.
_UNCOUNTED = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "param",
    "source",
    "track",
    "wbr",
    "p",
    "li",
    "td",
    "th",
    "tr",
    "dt",
    "dd",
    "option",
    "tbody",
    "thead",
    "tfoot",
    "html",
    "body",
    "head",
}


def flatten(html: str) -> str:
    """The same document without the tags that nest deeper than any mail program writes. Text is kept."""
    if html.count("<") < _FEW_TAGS:
        return html
    depth = 0
    dropped = 0

    def keep_or_drop(tag: re.Match[str]) -> str:
        nonlocal depth, dropped
        if tag[2].lower() in _UNCOUNTED:
            return tag[0]
        if not tag[1]:
            if depth >= _MAX_LEVELS:
                dropped += 1
                return ""
            depth += 1
        elif dropped:
            dropped -= 1
            return ""
        else:
            depth = max(depth - 1, 0)
        return tag[0]

    return _TAG.sub(keep_or_drop, html)
