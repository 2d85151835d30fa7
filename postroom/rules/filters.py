"""Allow and Ignore lists: which entry an address, a domain or a text matches.

Addresses are the addr-spec of RFC 5322, 3.4.1, compared without case; ``*`` stands for any characters. Nothing raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from postroom.rules.model import Filter

# Scripts written without spaces between words, and Hangul, whose particles stick to the word: no word borders there.
_BORDERLESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3021-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u9fff\uaa60-\uaa7f\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_WORD = rf"[^\W{_BORDERLESS}]"
# One wildcard spans at most so many letters: a mail that is one endless word costs no more than any other.
_WILDCARD = r"\w{0,100}?"


def verdict(rule: Filter, senders: Sequence[str], subject: str, text: str, *, reply: bool = False) -> str | None:
    """Why the lists keep a mail out, naming the entry, or None if it may pass.

    Args:
        senders: From, and the original sender of a technician's forward.
        text: the visible text without quoted history.
        reply: the mail belongs to a request: only ignored addresses and domains count, so that no reply is lost.

    >>> verdict(Filter(domains=("spam.test",)), ["joe@spam.test"], "Hi", "")
    'ignored: domain spam.test'
    """
    if reply and rule.type == "allow":
        return None
    entry = _sender_entry(rule, senders) or ("" if reply else _keyword_entry(rule, subject, text))
    if rule.type == "ignore":
        return f"ignored: {entry}" if entry else None
    if entry or not (rule.emails or rule.domains or rule.keywords):
        return None
    return "not allowed: no entry of the Allow lists matches"


def on_list(entries: Iterable[str], address: str) -> str | None:
    """The first entry (an address, or a domain with or without @) that ``address`` matches, or None."""
    for entry in entries:
        name = entry.strip()
        is_address = "@" in name[1:]
        if (matches_address if is_address else matches_domain)(name, address):
            return entry
    return None


def matches_address(entry: str, address: str) -> bool:
    """Whether an address is the entry, without case; ``*`` stands for any characters."""
    return bool(entry.strip()) and _glob(_folded(entry.strip())).fullmatch(_folded(address.strip())) is not None


def matches_domain(entry: str, address: str) -> bool:
    """Whether an address lies in the domain; ``*.example.com`` and ``.example.com`` take in its subdomains too."""
    wanted = entry.strip().removeprefix("@")
    domain = _domain(address.rpartition("@")[2])
    base = _domain(wanted.removeprefix("*").removeprefix(".") if wanted.startswith((".", "*.")) else wanted)
    if not base or not domain:
        return False
    if wanted.startswith((".", "*.")) and _glob(f"*.{base}").fullmatch(domain):
        return True
    return _glob(base).fullmatch(domain) is not None


def matches_keyword(keyword: str, text: str) -> bool:
    """Whether a text holds the keyword as a whole word, or anywhere in scripts that have no word borders."""
    return bool(keyword.strip("* \t\n")) and _keyword(_folded(keyword.strip())).search(_folded(text)) is not None


def _sender_entry(rule: Filter, senders: Sequence[str]) -> str:
    for address in senders:
        for entry in rule.emails:
            if matches_address(entry, address):
                return f"email {entry}"
        for entry in rule.domains:
            if matches_domain(entry, address):
                return f"domain {entry}"
    return ""


def _keyword_entry(rule: Filter, subject: str, text: str) -> str:
    for keyword in rule.keywords:
        for place, words in (("subject", subject), ("text", text)):
            if matches_keyword(keyword, words):
                return f"keyword {keyword} in the {place}"
    return ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _domain(name: str) -> str:
    """A domain in its ASCII form (RFC 5890), so that both spellings of an international name are one."""
    folded = _folded(name).strip(". ")
    try:
        return folded if folded.isascii() else folded.encode("idna").decode("ascii")
    except UnicodeError:
        return folded


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    first, *rest = [re.escape(piece) for piece in re.split(r"\*+", pattern)]
    # The first fit of each piece is as good as any (only the last is tied to the end), so no piece ever backtracks.
    middle = "".join(rf"(?>.*?{piece})" for piece in rest[:-1])
    return re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)


@lru_cache(maxsize=1024)
def _keyword(keyword: str) -> re.Pattern[str]:
    first, *rest = [
        r"\s+".join(re.escape(word) for word in re.split(r"\s+", piece))
        for piece in re.split(r"\*+", keyword.strip("*"))
    ]
    before = rf"(?<!{_WORD})" if re.match(_WORD, keyword) else ""
    after = rf"(?!{_WORD})" if re.search(rf"{_WORD}\Z", keyword) else ""
    inner = [rf"(?>{_WILDCARD}{piece})" for piece in rest[:-1]]
    last = [rf"(?>{_WILDCARD}{rest[-1]}{after})"] if rest else [after]
    return re.compile("".join([before, first, *inner, *last]))
