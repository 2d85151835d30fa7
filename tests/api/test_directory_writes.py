"""People, companies, groups and categories over REST, to write."""

from __future__ import annotations

import pytest

from postroom.accounts.models import RequesterGroup, User
from postroom.audit.models import AuditEntry
from postroom.tickets.models import Category
from tests import build
from tests.api.conftest import Script


def test_a_person_is_made_with_a_password_that_is_never_shown(admin: Script) -> None:
    made = admin.post(
        "people",
        email="Tess@Desk.test",
        role="technician",
        password="geheim 1",
        secondary_emails=["t@x.test"],
    )

    assert made.status_code == 201
    assert (made.body["email"], made.body["role"], made.body["kind"]) == ("tess@desk.test", "technician", "registered")
    assert "geheim" not in made.content.decode()
    assert User.objects.get(email="tess@desk.test").check_password("geheim 1")


def test_one_address_belongs_to_one_person(admin: Script) -> None:
    build.sam()
    answer = admin.post("people", email="SAM@example.test")

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, "email")


def test_a_person_is_blocked_and_their_password_stays(admin: Script) -> None:
    sam = build.sam()
    changed = admin.patch(f"people/{sam.pk}", blocked=True)

    assert changed.body["blocked"]
    sam.refresh_from_db()
    assert sam.check_password("correct horse")


def test_a_person_without_requests_is_deleted_and_one_with_requests_is_archived(admin: Script) -> None:
    gita, sam = build.gita(), build.a_ticket().requester

    assert admin.delete(f"people/{gita.pk}").status_code == 204
    kept = admin.delete(f"people/{sam.pk}")
    assert (kept.status_code, kept.body["archived"]) == (200, True)
    assert not User.objects.filter(pk=gita.pk).exists()


@pytest.mark.parametrize("change", [{"role": "technician"}, {"blocked": True}, {"archived": True}])
def test_the_last_administrator_stays_one(change: dict[str, object], admin: Script) -> None:
    ada = build.ada()
    refused = admin.patch(f"people/{ada.pk}", **change)

    assert (refused.status_code, refused.body["code"]) == (409, "conflict")
    assert admin.delete(f"people/{ada.pk}").status_code == 409
    assert admin.get("people").status_code == 200

    build.a_user("bob@desk.test", "Bob", "admin")
    assert admin.patch(f"people/{ada.pk}", **change).status_code == 200


def test_a_service_account_is_no_person(admin: Script) -> None:
    account = build.a_service_account()

    assert admin.patch(f"people/{account.pk}", name="x").status_code == 404
    assert admin.delete(f"people/{account.pk}").status_code == 404


def test_a_company_owns_its_domains(admin: Script) -> None:
    acme = admin.post("companies", name="Acme", domains=["ACME.test"]).body
    assert acme["domains"] == ["acme.test"]

    taken = admin.post("companies", name="Other", domains=["acme.test"])
    assert (taken.status_code, taken.body["errors"]) == (
        400,
        [{"field": "domains", "message": "acme.test belongs to Acme."}],
    )
    assert admin.put(f"companies/{acme['id']}", name="Acme Ltd").body["domains"] == []


def test_a_technician_group_has_technicians_only(admin: Script) -> None:
    build.sam(), build.tess()
    refused = admin.post("technician-groups", name="Desk", members=["tess@desk.test", "sam@example.test"])
    assert (refused.status_code, refused.body["errors"][0]["field"]) == (400, "members[1]")

    made = admin.post("technician-groups", name="Desk", members=["tess@desk.test"])
    assert made.body["members"] == ["tess@desk.test"]


def test_a_group_that_a_mailbox_sets_is_not_deleted(admin: Script) -> None:
    group = build.a_group()
    build.an_incoming_server(technician_group=group)
    refused = admin.delete(f"technician-groups/{group.pk}")

    assert (refused.status_code, refused.body["message"]) == (409, "Service Desk is used by Support.")


def test_a_requester_group_is_written_by_its_members_addresses(admin: Script) -> None:
    made = admin.post("requester-groups", name="All staff", members=["sam@example.test"]).body
    assert admin.get("requester-groups").body["results"] == [made]

    assert admin.patch(f"requester-groups/{made['id']}", members=[]).body["members"] == []
    assert admin.delete(f"requester-groups/{made['id']}").status_code == 204
    assert not RequesterGroup.objects.exists()


def test_a_category_is_renamed_with_what_is_below_it_and_kept_while_it_has_some(admin: Script) -> None:
    admin.post("categories", name="Hardware / Laptop")
    top = Category.objects.get(name="Hardware")
    assert admin.patch(f"categories/{top.pk}", name="Devices").body == {"id": top.pk, "name": "Devices"}
    assert [row["name"] for row in admin.get("categories").body["results"]] == ["Devices", "Devices / Laptop"]

    refused = admin.delete(f"categories/{top.pk}")
    assert (refused.status_code, refused.body["message"]) == (409, "Devices is used by Devices / Laptop.")
    assert admin.put(f"categories/{top.pk}").status_code == 400


def test_who_wrote_what_is_in_the_audit(admin: Script) -> None:
    admin.post("companies", name="Acme")
    entry = AuditEntry.objects.get()

    assert (entry.action, entry.object_name, entry.actor_name) == ("created", "Acme", "Ada Administrator")
