"""Signed-in browsers: ``browse(tess())`` is a client of Django's that Tess uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

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
