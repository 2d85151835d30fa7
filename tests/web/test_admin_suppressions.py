"""The suppression list: who is on it and why, added by hand, released after a question."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from postroom.audit.models import AuditEntry
from postroom.outbox.models import Suppression
from tests.build import ada, sam, tess
from tests.web.conftest import Browse
from tests.web.test_admin_people import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def a_suppression(address: str = "gone@example.test", reason: str = "550 No such user") -> Suppression:
    return Suppression.objects.create(address=address, reason=reason)


def test_an_empty_list_says_how_addresses_come_onto_it(client: Client) -> None:
    assert "No address is suppressed" in text(client.get("/admin/suppressions"))


def test_addresses_stand_with_the_reason_the_newest_first_and_are_found_by_a_part(client: Client) -> None:
    a_suppression(), a_suppression("full@example.test", "552 Mailbox full")
    shown = text(client.get("/admin/suppressions"))
    assert shown.index("full@example.test") < shown.index("gone@example.test") and "550 No such user" in shown
    assert "full@" not in text(client.get("/admin/suppressions?q=GONE"))
    assert "No address matches" in text(client.get("/admin/suppressions?q=teapot"))


def test_a_long_list_goes_page_by_page(client: Client) -> None:
    Suppression.objects.bulk_create([Suppression(address=f"p{number}@example.test") for number in range(60)])
    first = text(client.get("/admin/suppressions"))
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert len(re.findall("Release p", text(client.get(older[1])))) == 10


def test_an_address_is_added_by_hand_and_audited(client: Client) -> None:
    assert client.post("/admin/suppressions/new", {"address": "Sam@example.test", "reason": "asked for it"})
    row = Suppression.objects.get()
    assert (row.address, row.reason) == ("sam@example.test", "asked for it")
    assert AuditEntry.objects.get().action == "created"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "Enter the mail address."),
        ("nonsense", "Must be a mail address"),
        ("GONE@example.test", "on the list already"),
    ],
)
def test_a_fault_stands_at_the_address_and_nothing_is_stored(client: Client, address: str, message: str) -> None:
    a_suppression()
    answer = client.post("/admin/suppressions/new", {"address": address, "reason": "kept"})
    assert answer.status_code == 422 and message in text(answer) and 'value="kept"' in text(answer)
    assert re.search(r'id="f-address"[^>]*aria-invalid="true"', text(answer))
    assert Suppression.objects.count() == 1


def test_an_address_is_released_after_a_question(client: Client) -> None:
    row = a_suppression()
    assert "Release gone@example.test?" in text(client.get(f"/admin/suppressions/{row.pk}/release"))
    assert Suppression.objects.exists()
    assert client.post(f"/admin/suppressions/{row.pk}/release").status_code == 302
    assert not Suppression.objects.exists()
    assert AuditEntry.objects.get().action == "deleted"
    assert client.get(f"/admin/suppressions/{row.pk}/release").status_code == 404


@pytest.mark.parametrize("who", [sam, tess, None])
def test_only_administrators_see_and_change_the_list(browse: Browse, who: object) -> None:
    row = a_suppression()
    client = browse(who()) if callable(who) else Client()
    for path in ("suppressions", "suppressions/new", f"suppressions/{row.pk}/release"):
        answers = [client.get(f"/admin/{path}"), client.post(f"/admin/{path}", {"address": "x@example.test"})]
        assert {answer.status_code for answer in answers} <= {403 if who else 302, 405}
        assert not any(b"gone@" in answer.content for answer in answers)
    assert list(Suppression.objects.all()) == [row]
