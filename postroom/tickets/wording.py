"""Templates of notifications: found by event, audience and language, and filled in (NTF-01, NTF-03).

A placeholder is ``{{ name }}`` and nothing else: there is no expression to escape from, and a value is never read as a
template. In HTML values are escaped, in a subject they are one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from django.conf import settings

from postroom.tickets.events import FRAME, LANGUAGE, Words, shipped
from postroom.tickets.models import NotificationTemplate

Value = str | Callable[[], str]
Values = Mapping[str, Value]
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_ANY = re.compile(r"\{\{(.*?)\}\}|\{\{|\}\}", re.DOTALL)
_NOTHING = Words("", "")
_BLANK_LINES = re.compile(r"\n{3,}")


@lru_cache(maxsize=512)
def _pieces(template: str) -> tuple[str, ...]:
    """Text, placeholder, text, placeholder, ..., text."""
    return tuple(_PLACEHOLDER.split(template))


def fill(template: str, values: Values) -> str:
    """The template with its values; a placeholder without one is empty.

    >>> fill("Hello {{ name }}, {{ nothing }}.", {"name": "Sam {{ number }}"})
    'Hello Sam {{ number }}, .'
    """
    return "".join(piece if index % 2 == 0 else _value(values, piece) for index, piece in enumerate(_pieces(template)))


def fill_line(template: str, values: Values) -> str:
    """As ``fill``, on one line."""
    return " ".join(fill(template, values).split())


def fill_html(template: str, values: Values) -> str:
    """As ``fill``, with the values escaped and their line ends kept.

    >>> fill_html("<p>{{ name }}</p>", {"name": "<b>Sam</b>"})
    '<p>&lt;b&gt;Sam&lt;/b&gt;</p>'
    """
    return "".join(
        piece if index % 2 == 0 else escape(_value(values, piece)).replace("\n", "<br>")
        for index, piece in enumerate(_pieces(template))
    )


def _value(values: Values, name: str) -> str:
    value = values.get(name, "")
    return value if isinstance(value, str) else value()


def faults(template: str, known: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the placeholders of a template, each with the line it stands on."""
    for found in _ANY.finditer(template):
        where = f"It stands in line {template.count(chr(10), 0, found.start()) + 1}."
        if found[1] is None:
            yield f"{found[0]} has no counterpart. {where} A placeholder is written {{{{ {known[0]} }}}}."
        elif found[1].strip() not in known:
            yield f"Unknown placeholder {found[1].strip()!r}. {where} Known are: {', '.join(known)}."


@dataclass(slots=True)
class Wording:
    """All templates as they are now, read once for a batch: an administrator's stand before the shipped ones."""

    written: dict[tuple[str, str, str], Words] = field(default_factory=dict)
    _found: dict[tuple[str, str, str], Words | None] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Wording:
        rows = NotificationTemplate.objects.all()
        return cls({(row.event, row.audience, row.language.lower()): words_of(row) for row in rows})

    def find(self, event: str, audience: str, language: str) -> Words | None:
        """The words for a reader of ``language``; None where they are switched off, or where there are none.

        The reader's language, that language without its region, the instance's, English; in each of them an
        administrator's words stand before the shipped ones.
        """
        key = (event, audience, language)
        if key not in self._found:
            words = next((found for one in spoken(language) if (found := self._in(event, audience, one))), None)
            self._found[key] = words if words is not None and words.enabled else None
        return self._found[key]

    def _in(self, event: str, audience: str, language: str) -> Words | None:
        own = self.written.get((event, audience, language))
        return own or (shipped(event, audience) if language == LANGUAGE else None)

    def framed(self, text: str, html: str, language: str, values: Values, below: str = "") -> tuple[str, str]:
        """Text and HTML between the header and the footer of the instance; ``below`` is the last line of both."""
        header, footer = (self.find(part, "all", language) or _NOTHING for part in FRAME)
        parts = [text, below]
        if header.text or footer.text:
            parts = [fill(header.text, values), text, fill(footer.text, values), below]
        whole = "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
        if html:
            small = f"<p><small>{escape(below)}</small></p>" if below else ""
            html = f"{_html_of(header, values)}{html}{_html_of(footer, values)}{small}"
        return (_BLANK_LINES.sub("\n\n", whole) if "\n\n\n" in whole else whole), html


def _html_of(words: Words, values: Values) -> str:
    return fill_html(words.html, values) if words.html else as_html(fill(words.text, values))


def as_html(text: str) -> str:
    """Plain text as HTML, line by line.

    >>> as_html("One & two\\nthree")
    '<p>One &amp; two<br>three</p>'
    """
    return f"<p>{escape(text.strip()).replace(chr(10), '<br>')}</p>" if text.strip() else ""


def words_of(row: NotificationTemplate) -> Words:
    """A stored template as words."""
    return Words(row.subject, row.text, row.html, row.enabled, row.notify_cc)


@lru_cache(maxsize=256)
def spoken(language: str) -> tuple[str, ...]:
    """The languages that a reader is written to in, the best first. Lower-cased.

    >>> spoken("pt-BR")
    ('pt-br', 'pt', 'en')
    """
    wanted = [language.lower(), language.lower().partition("-")[0]]
    instance = instance_language().lower()
    return tuple(dict.fromkeys([*wanted, instance, instance.partition("-")[0], LANGUAGE]))


def instance_language() -> str:
    """The language of the desk itself, for whoever has none of their own."""
    return settings.LANGUAGE_CODE
