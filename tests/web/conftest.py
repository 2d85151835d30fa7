"""Signed-in clients: ``browse(tess())`` is one of Django's that Tess uses, ``desk.open(tess())`` a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from postroom.accounts.models import User

Browse = Callable[[User], Client]


@pytest.fixture
def browse(db: None) -> Browse:
    def browse(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browse


@pytest.fixture(autouse=True)
def _no_static_files(settings: Settings) -> None:
    """Pages are rendered without their style sheets being looked for."""
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = None, False


@dataclass
class Desk:
    """Opens pages of a running desk. ``trouble`` collects script errors, policy violations, foreign addresses."""

    browser: Browser
    url: str
    trouble: list[str] = field(default_factory=list)
    expected_statuses: list[int] = field(default_factory=list)
    expected_words: list[str] = field(default_factory=list)

    def open(self, user: User, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        """A page whose user is signed in, as if by the form."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        client = Client()
        client.force_login(user)
        value = client.cookies["postroom_session"].value
        context.add_cookies([{"name": "postroom_session", "value": value, "url": self.url}])
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on(
            "request", lambda sent: None if sent.url.startswith((self.url, "data:")) else self.trouble.append(sent.url)
        )
        return page

    def _note(self, line: ConsoleMessage) -> None:
        expected = [*(str(status) for status in self.expected_statuses), *self.expected_words]
        if line.type in ("error", "warning") and not any(word in line.text for word in expected):
            self.trouble.append(line.text)


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer) -> Iterator[Desk]:
    """A desk that answers on loopback, and a browser. Fails where a page made trouble."""
    desk = Desk(chromium, live_server.url)
    yield desk
    for context in chromium.contexts:
        context.close()
    _let_the_server_finish()
    assert desk.trouble == []


def _let_the_server_finish() -> None:
    """Wait until what was on its way is answered: it would meet the emptying of the database otherwise.

    Between two questions of one page the database knows of nothing: it has to be quiet a few times in a row.
    """
    quiet = 0
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
            )
            quiet = quiet + 1 if cursor.fetchone()[0] == 0 else 0
            if quiet == 4:
                return
            cursor.execute("SELECT pg_sleep(0.03)")
