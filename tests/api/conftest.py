"""Scripts that call the API with a token each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from postroom.accounts.models import User
from tests import build


class Script:
    """A caller with one bearer token (or none). ``body`` of each answer is its JSON."""

    def __init__(self, token: str | None) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {token}"} if token is not None else {})

    def get(self, path: str, **query: Any) -> Any:
        return _read(self._client.get(_url(path), query or None))

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, json.dumps(body))

    def patch(self, path: str, **body: Any) -> Any:
        return self.send("PATCH", path, json.dumps(body))

    def put(self, path: str, **body: Any) -> Any:
        return self.send("PUT", path, json.dumps(body))

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path, "")

    def send(self, method: str, path: str, body: str | bytes) -> Any:
        return _read(self._client.generic(method, _url(path), body, content_type="application/json"))


def _url(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"


def _read(response: Any) -> Any:
    if response.headers.get("Content-Type", "").startswith("application/json"):
        response.body = json.loads(response.content)
    return response


@pytest.fixture(autouse=True)
def _api_alone(settings: Any, db: None) -> None:
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = None, False
    settings.ROOT_URLCONF = "postroom.api.urls"
    settings.POSTROOM_URL = "https://desk.test"


@pytest.fixture
def script() -> Callable[..., Script]:
    """Make a script: ``script(user)`` with a token of that person, ``script(token="...")`` with that token."""

    def make(user: User | None = None, token: str | None = None, **fields: Any) -> Script:
        return Script(build.a_token(user, **fields) if user else token)

    return make


@pytest.fixture
def admin() -> Script:
    """Ada's script."""
    return Script(build.a_token(build.ada()))


@pytest.fixture
def tess() -> Script:
    """Tess's script; she is in the group Service Desk."""
    build.a_group("Service Desk", [build.tess()])
    return Script(build.a_token(build.tess()))


@pytest.fixture
def theo() -> Script:
    """Theo's script; he is in the group HR."""
    build.a_group("HR", [build.theo()])
    return Script(build.a_token(build.theo()))
