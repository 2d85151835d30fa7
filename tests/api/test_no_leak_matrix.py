"""Every read of the API with every token: no technician without the group reads what is not theirs, nobody a secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.test_rights_of_every_path import EVERY
from tests.web import rights
from tests.web.canaries import SEEN_BY, Scene, the_desk

SERVICE, OUTSIDER, TECHNICIAN, ADMINISTRATOR = rights.TOKEN, rights.OUTSIDER, rights.TECHNICIAN, rights.ADMINISTRATOR
READS = sorted({path for method, path in EVERY if method == "GET"})
# What is a person's own in the portal is theirs over REST; a service account sees all requests, as administrators do.
AS_IN_THE_PORTAL = {SERVICE: TECHNICIAN}


@pytest.fixture
def scene(db: None) -> Scene:
    return the_desk()


def numbered(scene: Scene, path: str) -> list[str]:
    """The path with the objects that there are: both requests, and whatever else has a number."""
    if "/1" not in path:
        return [path, f"{path}?search=canar", f"{path}?page_size=500"]
    if path.startswith("requests"):
        numbers = [scene.things[name]["number"] for name in ("request", "foreign")]
    elif path.startswith("attachments"):
        numbers = [scene.things[name]["pk"] for name in ("public file", "internal file", "foreign file")]
    else:
        numbers = sorted({thing["pk"] for thing in scene.things.values() if isinstance(thing.get("pk"), int)})
    return [path.replace("/1", f"/{number}", 1) for number in numbers]


def ask(client: Client, path: str) -> Any:
    response: Any = client.get(f"/api/v1/{path}", REMOTE_ADDR="192.0.2.7")
    body = response.getvalue() if response.streaming else response.content
    response.whole = f"{response.headers} {body.decode(errors='replace')}"
    return response


@pytest.mark.parametrize("role", [SERVICE, OUTSIDER, TECHNICIAN, ADMINISTRATOR])
def test_no_read_tells_a_token_a_word_that_is_not_theirs(scene: Scene, role: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {scene.tokens[role]}"})
    reader = AS_IN_THE_PORTAL.get(role, role)
    found = []
    for path in READS:
        for asked in numbered(scene, path):
            answer = ask(client, asked)
            if answer.status_code >= 500:
                found.append(f"{asked} is broken")
            words = [word for word, allowed in SEEN_BY.items() if reader not in allowed and word in answer.whole]
            found += [f"{asked} tells {word}" for word in words]
    assert not found, "\n".join(found)


def test_a_technician_without_the_group_finds_nothing_of_a_request_that_is_not_theirs(scene: Scene) -> None:
    client = Client(headers={"Authorization": f"Bearer {scene.tokens[OUTSIDER]}"})
    number = scene.ticket.number
    for path in (f"requests/{number}", f"requests/{number}/conversation", f"requests/{number}/notifications"):
        assert ask(client, path).status_code == 404
    listed = ask(client, "requests").json()
    assert [row["number"] for row in listed["results"]] == [scene.things["foreign"]["number"]]
    assert listed["count"] == 1, "not even counted"
    assert ask(client, "requests?search=canarnote").json()["count"] == 0
    for name in ("public file", "internal file"):
        assert ask(client, f"attachments/{scene.things[name]['pk']}").status_code == 404
