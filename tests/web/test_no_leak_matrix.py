"""Every address of the product with every role: who is let in is data, and no answer holds a word that is not theirs.

The addresses are those of Django's resolver, so that none is forgotten: a new one without an entry in ``rights`` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from postroom.outbox.models import OutboundEmail
from postroom.tickets.services import Composed, add_collaboration, add_forward, add_note, update_ticket
from tests.build import a_ticket, a_user, an_entry, tess
from tests.web import rights
from tests.web.canaries import SEEN_BY, Scene, the_desk

pytestmark = pytest.mark.django_db

REFUSALS = (401, 403, 404, 405)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """(route, name) of every pattern."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.name
        else:
            yield from addresses(pattern, route)


EVERY = list(addresses(get_resolver("postroom.config.urls")))
PAGES = sorted({name for route, name in EVERY if name and not route.startswith("api/")})
API = sorted({route for route, _ in EVERY if route.startswith("api/")})


@pytest.fixture
def scene(settings: Settings) -> Scene:
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = None, False
    return the_desk()


def send(client: Client, method: str, path: str, **headers: str) -> Any:
    """One request whose changes are undone, in the database and among the cookies."""
    point, cookies = transaction.savepoint(), deepcopy(client.cookies)
    response = client.generic(method, path, headers=headers, REMOTE_ADDR="192.0.2.7")
    response.whole = whole(response)
    transaction.savepoint_rollback(point)
    client.cookies = cookies
    return response


def whole(response: Any) -> str:
    """Headers and body, as they can be read."""
    body = response.getvalue() if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    cookies = " ".join(f"{name}={cookie.value}" for name, cookie in response.cookies.items())
    return f"{headers} {cookies} {body.decode(errors='replace')}"


def is_refused(response: Any) -> bool:
    location = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
    return response.status_code in REFUSALS or location.startswith(django_settings.LOGIN_URL)


def leaks(role: str, text: str) -> list[str]:
    """The planted words in ``text`` that this role may not read."""
    return [word for word, allowed in SEEN_BY.items() if role not in allowed and word in text]


def test_every_page_says_who_may_open_it() -> None:
    written = set(rights.RIGHTS)
    assert [name for name in PAGES if name not in written] == [], "write down who may open these"
    assert sorted(written - set(PAGES)) == [], "these are gone"
    assert [route for route, name in EVERY if not name and not route.lstrip("^").startswith("api/")] == []


@pytest.mark.parametrize("role", rights.ROLES)
def test_every_page_lets_in_whom_it_says_and_tells_nobody_what_is_not_theirs(scene: Scene, role: str) -> None:
    found = []
    for name in PAGES:
        for thing, allowed in rights.RIGHTS.get(name, {}).items():
            found += wrong(scene, role, name, thing, allowed)
    assert not found, "\n".join(found)


def wrong(scene: Scene, role: str, name: str, thing: str, allowed: rights.Allowed) -> list[str]:
    """What is not as it is written down, when this role opens a page with a thing: sentences."""
    arguments = dict(scene.things[thing])
    path = reverse(name, kwargs={key: value for key, value in arguments.items() if key}) + arguments.get("", "")
    client = scene.clients[role]
    answers = [send(client, "GET", path), *(send(client, "GET", path + more) for more in rights.QUERIES.get(name, ()))]
    if role not in allowed or answers[0].status_code == 405:
        answers.append(send(client, "POST", path))
    else:
        answers.append(send(client, "GET", path, HX_Request="true"))
    found = [f"{path} is broken" for answer in answers if answer.status_code >= 500]
    found += [f"{path} tells {word}" for answer in answers for word in leaks(role, answer.whole)]
    if role in allowed and all(is_refused(answer) for answer in answers):
        found.append(f"{path} ({name}) is refused: {[answer.status_code for answer in answers]}")
    elif role not in allowed and not all(is_refused(answer) for answer in answers):
        found.append(f"{path} ({name}) is open")
    return found


@pytest.mark.parametrize("role", [rights.ANONYMOUS, rights.REQUESTER, rights.ADMINISTRATOR])
def test_a_session_opens_nothing_of_the_api(scene: Scene, role: str) -> None:
    for route in API:
        path = "/" + re.sub(r"<[^>]*>", "1", route)
        for method in METHODS:
            answer = send(scene.clients[role], method, path)
            assert is_refused(answer) or is_public(route), f"{method} {path}"
            assert leaks(role, answer.whole) == []


def is_public(route: str) -> bool:
    return "openapi" in route or route.endswith("docs")


def test_internal_work_changes_no_byte_of_what_requesters_get(scene: Scene) -> None:
    number = scene.ticket.number
    paths = [
        "/my/requests",
        "/my/requests?q=canar",
        "/my/requests?scope=company",
        f"/my/requests/{number}",
        f"/my/requests/{number}/live",
    ]
    roles = (rights.REQUESTER, rights.CONTACT, rights.THIRD_PARTY, rights.GUEST)

    def seen() -> dict[tuple[str, str], str]:
        token = re.compile(r'(name="csrfmiddlewaretoken" value=|csrftoken=|csrf-token" content=)"?[A-Za-z0-9]+')
        return {(role, path): token.sub("", whole(scene.clients[role].get(path))) for role in roles for path in paths}

    before = seen()
    work_internally(scene)
    assert seen() == before


def work_internally(scene: Scene) -> None:
    """All that technicians do without a word to the requester, by the same services as in the portal."""
    ticket = scene.ticket
    add_note(ticket, tess(), Composed(text="canarnote again"))
    add_collaboration(ticket, tess(), Composed(text="canarcollaboration again"))
    add_forward(ticket, tess(), Composed(text="canarforward again", to=("vendor@canarvendor.test",)))
    update_ticket(ticket, tess(), {"priority": "urgent", "tags": ["canartag", "another"]})
    an_entry(ticket, "note", "canaranswer again", author=a_user("third@example.test"), flag="third_party")
    left = OutboundEmail.objects.filter(ticket=ticket, attempts=1)
    left.update(server_name="canarserver two", state="failed", reason="canarreason")
    another = a_ticket("canarforeign", requester=a_user("stranger@example.test"))
    an_entry(another, "description", "canarforeign")
