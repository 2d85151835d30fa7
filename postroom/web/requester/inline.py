"""Pictures between the words of a plain text: ``[image: name.png]`` stands where the attached file is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from secrets import token_hex

from postroom.tickets.services import NewFile

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MARK = re.compile(r"\[image: ([^\]\n]{1,255})\]")


def with_pictures(text: str, files: Sequence[NewFile]) -> tuple[str, tuple[NewFile, ...]]:
    """HTML in which each mark is the picture it names, and the files with those pictures inline (RFC 2392).

    The HTML is "" where nothing is marked; a mark without a picture of its name stays as it was written.

    >>> with_pictures("See [image: a.png]", ())
    ('', ())
    """
    waiting = [file for file in files if file.content_type.lower() in PICTURES]
    shown: dict[int, NewFile] = {}

    def picture(found: re.Match[str]) -> str:
        file = next((one for one in waiting if escape(one.filename) == found[1] and id(one) not in shown), None)
        if file is None:
            return found[0]
        shown[id(file)] = replace(file, content_id=f"{token_hex(8)}@portal", inline=True)
        return f'<img src="cid:{shown[id(file)].content_id}" alt="{found[1]}">'

    html = _MARK.sub(picture, escape(text)).replace("\r\n", "\n").replace("\n", "<br>")
    return (f"<p>{html}</p>" if shown else ""), tuple(shown.get(id(file), file) for file in files)
