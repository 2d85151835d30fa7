"""The Jinja2 environment of all pages: URLs, icons, and how times, sizes and names are written."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from tablericons.jinja import icon

from postroom.tickets.listing import saved_views
from postroom.web import words


def environment(**options: Any) -> Environment:
    """Called by Django's Jinja2 backend (settings.TEMPLATES). A name that a view forgot is an error, not a blank."""
    fixed = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(**{**options, **fixed, "extensions": ["jinja2.ext.i18n"]})  # noqa: S701
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        static=static, url=_url, icon=_icon, messages_of=get_messages, portal_url=settings.POSTROOM_URL, words=words
    )
    env.globals.update(saved_views_of=saved_views)
    env.globals.update(language=translation.get_language, writing_direction=_writing_direction)
    env.filters.update(when=when, size=size, initials=initials, hue=hue, seconds_left=seconds_left)
    return env


def _url(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def _writing_direction() -> str:
    """Which way the page runs."""
    return "rtl" if translation.get_language_bidi() else "ltr"


@lru_cache(maxsize=200)
def _icon(name: str, size: int = 16) -> Markup:
    """An outline icon that screen readers skip: the words stand beside it or in aria-label."""
    return Markup(icon(f"outline/{name}", size=size, stroke_width=1.75, aria_hidden="true", focusable="false"))  # noqa: S704


def when(moment: datetime | None, style: str = "relative") -> Markup:
    """A ``<time>`` in the reader's zone and language, made relative by app.js; ``style``: ``relative``, ``full``."""
    if moment is None:
        return Markup("")
    local = timezone.localtime(moment)
    short = date_format(local, "j M Y, H:i" if style == "full" else "j M")
    return Markup('<time datetime="{}" data-time="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), style, f"{date_format(local, 'j F Y, H:i')} {local:%Z}", short
    )


def size(count: int) -> str:
    """Bytes for people: 900 B, 12 kB, 3.4 MB."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    parts = [part for part in name.replace("@", " ").replace(".", " ").split() if part[0].isalnum()]
    chosen = [parts[0], parts[-1]] if len(parts) > 1 else parts
    return "".join(part[0] for part in chosen).upper() or "?"


def hue(name: str) -> int:
    """Which of the eight avatar colours a name has: always the same one."""
    return sum(name.lower().encode()) % 8


def seconds_left(moment: datetime) -> int:
    """Whole seconds from now until then, never negative."""
    return max(0, -int((timezone.now() - moment) // timedelta(seconds=1)))
