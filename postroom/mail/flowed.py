"""Plain text whose paragraphs were broken into lines for sending: format=flowed (RFC 3676)."""

from __future__ import annotations

import re

_SPACE_STUFFED = re.compile(r"^(>*) ?(.*)$")


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Join the soft lines; quoted lines join only at the same depth."""
    if " \n" not in text and ">" not in text and "\n " not in text and not text.startswith(" "):
        return text
    out: list[str] = []
    paragraph: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        found = _SPACE_STUFFED.match(line)
        depth, content = (len(found[1]), found[2]) if found is not None else (0, line)
        # A signature separator ends with a space and is never soft (RFC 3676, 4.3).
        separator = content == "-- "
        soft = content.endswith(" ") and not separator
        if open_depth != depth or separator:
            out.append("".join(paragraph))
            paragraph = [">" * depth + " " if depth else ""]
        paragraph.append(content[:-1] if soft and delete_space else content)
        open_depth = depth if soft else None
    out.append("".join(paragraph))
    return "\n".join(out[1:])
