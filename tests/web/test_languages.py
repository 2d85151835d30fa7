"""The interface in the reader's language, from the right where it is written so; and catalogues that are up to date."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.test import Client

from postroom.accounts.models import User
from tests.build import sam, tess
from tests.web.conftest import Browse

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "postroom" / "locale").glob("*/LC_MESSAGES/django.po"))
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "gettext_noop": None, "ngettext_lazy": (1, 2)}


def shown(user: User, language: str, browse: Browse, path: str = "/profile") -> str:
    User.objects.filter(pk=user.pk).update(language=language)
    return str(browse(user).get(path).content.decode())


def test_english_runs_from_the_left(browse: Browse) -> None:
    page = shown(tess(), "en", browse)
    assert '<html lang="en" dir="ltr"' in page and "bootstrap.min.css" in page


def test_arabic_runs_from_the_right_with_a_style_sheet_made_for_it(browse: Browse) -> None:
    page = shown(tess(), "ar", browse)
    assert '<html lang="ar" dir="rtl"' in page and "bootstrap.rtl.min.css" in page and "الملف الشخصي" in page


def test_a_language_that_is_not_offered_falls_back_to_english(browse: Browse) -> None:
    assert '<html lang="en"' in shown(tess(), "tlh", browse)


def test_each_reader_has_their_own_language_within_one_process(browse: Browse) -> None:
    assert "الملف الشخصي" in shown(tess(), "ar", browse)
    assert ">Profile<" in shown(sam(), "en", browse)


@pytest.mark.django_db
def test_before_the_sign_in_the_languages_of_the_browser_count() -> None:
    answer = Client().get("/sign-in", headers={"Accept-Language": "ar-EG, en;q=0.5"})
    assert 'lang="ar"' in answer.content.decode() and answer["Content-Language"] == "ar"
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
def test_rest_speaks_english_whatever_the_caller_prefers() -> None:
    plain, arabic = (Client().get("/api/v1/requests", headers=more) for more in ({}, {"Accept-Language": "ar"}))
    assert plain.content == arabic.content


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_string_of_the_interface_is_in_the_catalogue(path: Path) -> None:
    """If not: make messages."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(item["pattern"], item["method"]) for item in mappings]
    options = {item["pattern"]: {k: v for k, v in item.items() if k not in ("method", "pattern")} for item in mappings}
    found = extract_from_dir(ROOT / "postroom", methods, options, KEYWORDS)
    catalogue = _read(path)
    missing = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
    assert sorted(message for message in missing if message and message not in catalogue) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_made_from_the_written_one(path: Path) -> None:
    """If not: make messages."""
    compiled = io.BytesIO()
    write_mo(compiled, _read(path))
    compiled.seek(0)
    with path.with_suffix(".mo").open("rb") as file:
        assert _strings(read_mo(file)) == _strings(read_mo(compiled))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_keeps_the_placeholders_of_its_sentence(path: Path) -> None:
    """A name that is missing would be an error on the page."""
    for message in _read(path):
        if message.id and message.string:
            assert list(message.check()) == [], message.id


def _strings(catalogue: Catalog) -> dict[str, object]:
    return {str(message.id): message.string for message in catalogue if message.id}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])
