"""Read a forward that is written into the body: the header block of any mail program, or an attribution line."""

from __future__ import annotations

import re

from postroom.mail.forwards.people import author_of, mailboxes
from postroom.mail.forwards.when import parse_when
from postroom.mail.model import Forwarded
from postroom.mail.quotes.attribution import attribution_at
from postroom.mail.quotes.blocks import Block, read_block
from postroom.mail.quotes.labels import (
    FORWARD_SUBJECT,
    forward_line,
    is_original_line,
    label_of,
    peel,
)
from postroom.mail.quotes.lines import MAX_READ, lines_of

_NEAR = 10
_FINNISH = re.compile(r"^[*\s>]{0,9}Lähettäjä\s?[:*]", re.MULTILINE)


def forwarded_in_text(text: str, subject: str, *, replying: bool) -> Forwarded | None:
    """The outermost older mail of a forward: what stands first below the forwarder's words.

    A reply (``replying``: by its subject or In-Reply-To) quotes in the same way. It is a forward where the first
    older mail is announced as "Forwarded message", or where the subject says so.
    """
    declared = is_forward_subject(subject, text)
    return _Search(text, declared=declared, replying=replying).run()


def is_forward_subject(subject: str, text: str) -> bool:
    """Whether the subject says that a mail was forwarded. "VS:" does so in Danish, but is a reply in Finnish."""
    if FORWARD_SUBJECT.match(subject) is None:
        return False
    return not (subject.strip()[:3].lower() == "vs:" and _FINNISH.search(text) is not None)


class _Search:
    """One pass over the lines, to the first older mail."""

    def __init__(self, text: str, *, declared: bool, replying: bool) -> None:
        found = lines_of(text)
        self.lines = found.all[:MAX_READ]
        self.ends = found.ends
        self.notable = found.notable
        self.declared = declared
        self.accepted = declared or not replying

    def run(self) -> Forwarded | None:
        """The first older mail if it is a forward."""
        for at in self.notable:
            whole = peel(self.lines[at])
            bare = whole.strip("*_ ")
            if not bare:
                continue
            may_announce = not whole[0].isalnum() or bare[-1] in ":："
            behind = forward_line(whole) if may_announce else None
            if behind is not None:
                return self._announced(at, behind)
            if (may_announce or whole[:8] == "Original") and is_original_line(whole):
                return self._near(at + 1) if self.accepted else None
            if label_of(bare) is not None and (block := read_block(self.lines, at)) is not None:
                return _from_block(self.lines, block) if self.accepted else None
            if any(self.ends[at : at + 5]) and (count := attribution_at(self.lines, at, self.ends)):
                return self._attributed(at, count) if self.declared else None
        return None

    def _announced(self, at: int, behind: str) -> Forwarded | None:
        if label_of(behind) is not None:
            self.lines[at] = behind
            return self._near(at)
        return self._near(at + 1)

    def _near(self, start: int) -> Forwarded | None:
        """The header block or the attribution soon below a line that announces it."""
        for at in range(start, min(start + _NEAR, len(self.lines))):
            if not self.lines[at].strip():
                continue
            block = read_block(self.lines, at, marked=True)
            if block is not None:
                return _from_block(self.lines, block)
            count = attribution_at(self.lines, at, self.ends)
            if count:
                return self._attributed(at, count)
        return None

    def _attributed(self, at: int, count: int) -> Forwarded | None:
        """ "On Tuesday, Ann <ann@example.test> wrote:" above a forwarded text; a block right below tells more."""
        below = next((n for n in range(at + count, min(at + count + 4, len(self.lines))) if peel(self.lines[n])), None)
        if below is not None and (block := read_block(self.lines, below)) is not None:
            return _from_block(self.lines, block)
        line = " ".join(peel(each) for each in self.lines[at : at + count])
        sender = author_of(line)
        if sender is None:
            return None
        text = _below(self.lines, at + count)
        return Forwarded(sender=sender, to=[], cc=[], subject="", date=parse_when(line), text=text)


def _from_block(lines: list[str], block: Block) -> Forwarded | None:
    senders = mailboxes(block.fields.get("from", ""))
    if not senders:
        return None
    return Forwarded(
        sender=senders[0],
        to=mailboxes(block.fields.get("to", "")),
        cc=mailboxes(block.fields.get("cc", "")),
        subject=block.fields.get("subject", ""),
        date=parse_when(block.fields.get("date", "")),
        text=_below(lines, block.end),
    )


def _below(lines: list[str], start: int) -> str:
    """The text from a line on, without the quotation or indentation that all of it stands in."""
    rest = lines[start:]
    filled = [line for line in rest if line.strip()]
    if filled and filled[0].lstrip()[:1] == ">":
        rest = [_unquote(line) for line in rest]
    elif filled and all(line.startswith("    ") for line in filled):
        rest = [line[4:] for line in rest]
    return "\n".join(rest).strip()


def _unquote(line: str) -> str:
    return line.lstrip()[1:].removeprefix(" ") if line.lstrip()[:1] == ">" else line
