"""Every text of the templates can be translated, and every kind of page runs from the right for who reads Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from postroom.accounts.models import User
from tests.build import a_ticket, ada, sam, tess
from tests.web.conftest import Browse

ROOT = Path(__file__).parents[2] / "postroom" / "web" / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
ENV = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
ATTRIBUTES = ("aria-label", "aria-description", "title", "placeholder", "alt", "label")
# Names, keys and formats: the same in every language.
NAMES = {"Postroom", "· Postroom", "CSV", "JSON", "MAILCONPROXY", "Ctrl", "Ctrl+Enter", "Shift", "Enter"}
NAMES |= {"j", "k", "x", "r", "f", "c", "n", "u", "name@example.com", "-----BEGIN CERTIFICATE-----"}
# What is no text of a page: what macros and blocks put into tags.
NO_TEXT = re.compile(r"page-|f-$|autofocus$")
IN_TAGS = re.compile(r"""[\w-]+=("[^"]*"|'[^']*')""")
ORDERS = {"change delay:200ms", "load, every 10s", "noopener noreferrer nofollow"}
ADMIN_PAGES = [
    "/admin/emails/outgoing",
    "/admin/emails/preference",
    "/admin/mail/incoming",
    "/admin/mail/outgoing",
    "/admin/audit",
    "/admin/security",
    "/admin/people",
    "/admin/notifications",
    "/admin/oauth/microsoft",
]
TRANSLATED = ("_", "gettext", "ngettext")


class Texts(HTMLParser):
    """Collects the texts that a reader sees or hears; ``\\x01`` stands for an expression."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self.found += [value for name, value in attrs if value and name in ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found += IN_TAGS.sub("", data).split("\x01")


def without_translations(source: str) -> Iterator[str]:
    """The template's own text: of expressions only their places, of translated blocks nothing."""
    translated, block = False, []
    for _, kind, value in ENV.lex(source):
        if kind == "block_begin":
            block = []
        elif kind == "name":
            block.append(value)
        elif kind == "block_end":
            translated = block[:1] == ["trans"] or (translated and block[:1] != ["endtrans"])
            yield "\x01"
        elif kind == "variable_end":
            yield "\x01"
        elif kind == "data" and not translated:
            yield value


def plain_words(node: nodes.Node) -> Iterator[str]:
    """Words in expressions that no call for a translation takes."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in TRANSLATED:
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            if re.search(r"^[A-Z][a-z]|[a-z,.] [A-Za-z]", child.value):
                yield child.value
        else:
            yield from plain_words(child)


def untranslated(source: str) -> list[str]:
    """The texts of a template that every reader gets in English."""
    texts = Texts()
    texts.feed("".join(without_translations(source)))
    texts.close()
    spoken = [text.strip() for text in texts.found]
    shown = [text for text in spoken if re.search(r"[A-Za-z]", text) and not NO_TEXT.match(text)]
    return [text for text in [*shown, *plain_words(ENV.parse(source))] if text not in NAMES | ORDERS]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_template_can_be_translated(path: Path) -> None:
    assert untranslated(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Nothing is here</p>",
        '<a title="Go back">{{ icon("x") }}</a>',
        "<h2>Delete {{ name }}?</h2>",
        "<p>{{ 'Close' if done else _('Keep it') }}</p>",
        "{% if done %}Yes, it is{% endif %}",
    ],
)
def test_a_text_that_nobody_could_translate_is_found(source: str) -> None:
    assert untranslated(source)


def test_translated_texts_names_and_keys_are_not_mistaken_for_english() -> None:
    assert untranslated("<p>{{ _('Close') }} {% trans n=n %}Delete {{ n }}?{% endtrans %} <kbd>Ctrl</kbd></p>") == []


@pytest.mark.parametrize("path", ["/requests", "/requests/{}", "/requests/{}/notification", "/profile"])
def test_the_technician_portal_runs_from_the_right_in_arabic(browse: Browse, path: str) -> None:
    assert_mirrored(tess(), browse, path.format(a_ticket(requester=sam()).number))


@pytest.mark.parametrize("path", ["/my/requests", "/my/requests/{}", "/profile"])
def test_the_support_portal_runs_from_the_right_in_arabic(browse: Browse, path: str) -> None:
    assert_mirrored(sam(), browse, path.format(a_ticket(requester=sam()).number))


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_the_pages_of_administrators_run_from_the_right_in_arabic(browse: Browse, path: str) -> None:
    assert_mirrored(ada(), browse, path)


def assert_mirrored(person: User, browse: Browse, path: str) -> None:
    User.objects.filter(pk=person.pk).update(language="ar")
    answer = browse(person).get(path)
    assert answer.status_code == 200, path
    assert '<html lang="ar" dir="rtl"' in answer.content.decode()
