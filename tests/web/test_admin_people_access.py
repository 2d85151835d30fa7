"""The pages about people are for administrators only, and tell nobody else a name (NAV-05)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from postroom.accounts.models import User
from postroom.web.admin.people.deeds import DEEDS
from postroom.web.admin.people.urls import urlpatterns
from tests.build import a_user, ada, gita, sam, tess
from tests.web.admin_people_scene import Scene, a_scene
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def contact() -> User:
    return a_user("marta@northwind.test")


def addresses(scene: Scene) -> Iterator[str]:
    """Every address of these pages, with every deed and with keys that exist."""
    keys = {
        "people": scene.sam.pk,
        "technician-groups": scene.team.pk,
        "requester-groups": scene.staff.pk,
        "companies": scene.company.pk,
        "categories": scene.category.pk,
        "tokens": scene.token,
    }
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        path = f"/admin/{route}".replace("<int:pk>", str(keys[route.split("/")[0]]))
        yield from (path.replace("<slug:deed>", deed) for deed in (DEEDS if "<slug:deed>" in path else [""]))


def every_answer(client: Client, paths: Iterable[str], data: dict[str, str] | None = None) -> list[Any]:
    """What GET and POST of each say, without the verbs that a page does not have for anybody."""
    answers = [answer for path in paths for answer in (client.get(path), client.post(path, data or {}))]
    return [answer for answer in answers if answer.status_code != 405]


@pytest.mark.parametrize("who", [sam, tess, contact])
def test_requesters_contacts_and_technicians_get_403_everywhere_and_learn_nothing(
    browse: Browse, who: Callable[[], User]
) -> None:
    scene = a_scene()
    client = browse(who())
    before = list(User.objects.order_by("pk").values())
    paths = list(addresses(scene))
    answers = every_answer(client, paths, {"name": "x", "on": "", "into": "gita@example.test"})
    assert len(paths) > 30
    assert {answer.status_code for answer in answers} == {403}
    assert not any(word in answer.content for answer in answers for word in (b"northwind", b"Service Desk"))
    assert list(User.objects.order_by("pk").values()) == before


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_so_is_a_blocked_administrator(browse: Browse) -> None:
    scene = a_scene()
    blocked = browse(ada())
    User.objects.filter(pk=ada().pk).update(blocked=True)
    for client in (Client(), blocked):
        answers = every_answer(client, addresses(scene))
        assert {answer.status_code for answer in answers} == {302}
        assert all(answer["Location"].startswith("/sign-in") for answer in answers)


def test_an_administrator_opens_every_page_and_reading_changes_nothing(browse: Browse) -> None:
    scene = a_scene()
    client = browse(ada())
    before = list(User.objects.order_by("pk").values())
    for path in addresses(scene):
        answer = client.get(path)
        assert answer.status_code in (200, 302) or (path.endswith("/switch") and answer.status_code == 405), path
    assert list(User.objects.order_by("pk").values()) == before


def test_what_does_not_exist_is_404_and_a_service_account_is_no_person(browse: Browse) -> None:
    a_scene()
    client = browse(ada())
    service = User.objects.get(kind="service")
    gone = ("people/{0}", "people/{0}/block", "technician-groups/{0}", "companies/{0}", "categories/{0}/delete")
    assert {client.get(f"/admin/{path.format(987654)}").status_code for path in gone} == {404}
    assert client.get(f"/admin/people/{service.pk}").status_code == 404
    assert client.post(f"/admin/people/{service.pk}/delete").status_code == 404


def test_the_menu_of_every_page_leads_to_all_of_them(browse: Browse) -> None:
    gita()
    page = browse(ada()).get("/admin/mail/incoming").content.decode()
    for path in (
        "people",
        "technician-groups",
        "requester-groups",
        "companies",
        "categories",
        "tokens",
        "suppressions",
    ):
        assert f'href="/admin/{path}"' in page
