"""People over REST: merged, anonymised, found; members of large groups; API tokens."""

from __future__ import annotations

import pytest

from postroom.accounts.models import ApiToken, Company, User
from tests import build
from tests.api.conftest import Script
from tests.api.test_if_match import change


def test_two_people_are_merged_into_the_one_that_is_named(admin: Script) -> None:
    gita, sam = build.gita(), build.sam()
    ticket = build.a_ticket(requester=gita)
    kept = admin.post(f"people/{gita.pk}/merge", into="SAM@example.test")

    assert (kept.status_code, kept.body["secondary_emails"]) == (200, ["gita@example.test"])
    assert admin.get(f"requests/{ticket.number}").body["requester"]["email"] == "sam@example.test"
    assert admin.get(f"people/{gita.pk}").status_code == 404
    assert sam.tickets.count() == 1


def test_merging_with_nobody_or_oneself_is_refused_at_its_field(admin: Script) -> None:
    sam = build.sam()
    for into in ("who@example.test", "sam@example.test"):
        refused = admin.post(f"people/{sam.pk}/merge", into=into)
        assert (refused.status_code, refused.body["errors"][0]["field"]) == (400, "into")


def test_an_anonymised_person_has_no_address_and_a_technician_is_not_anonymised(admin: Script) -> None:
    done = admin.post(f"people/{build.a_ticket().requester.pk}/anonymise")
    assert (done.status_code, done.body["email"], done.body["archived"]) == (200, None, True)
    assert admin.post(f"people/{build.tess().pk}/anonymise").status_code == 409


def test_people_are_found_by_kind_company_and_state(admin: Script) -> None:
    acme = Company.objects.create(name="Acme")
    build.a_user("sam@example.test", company=acme, verified=True), build.gita()
    User.objects.filter(pk=build.theo().pk).update(archived=True, is_active=False)

    def found(**query: object) -> list[str]:
        return [row["email"] for row in admin.get("people", **query).body["results"]]

    assert found(kind="guest") == ["gita@example.test"]
    assert found(company="ACME") == found(verified=True) == ["sam@example.test"]
    assert found(company="Nobody") == []
    assert found(archived=True) == ["theo@desk.test"]
    assert "theo@desk.test" in found() and "theo@desk.test" not in found(archived=False)


def test_a_group_serves_companies_by_name(admin: Script) -> None:
    Company.objects.create(name="Acme")
    made = admin.post("technician-groups", name="Acme team", companies=["acme"])
    assert made.body["companies"] == ["Acme"]
    refused = admin.patch(f"technician-groups/{made.body['id']}", companies=["Acme", "Bolt"])
    assert (refused.status_code, refused.body["errors"][0]["field"]) == (400, "companies[1]")
    assert admin.put(f"technician-groups/{made.body['id']}", name="Acme team").body["companies"] == []


def test_members_are_added_and_removed_without_sending_the_whole_group(admin: Script) -> None:
    group = admin.post("requester-groups", name="All staff", members=["sam@example.test"]).body
    members = f"requester-groups/{group['id']}/members"
    changed = admin.post(members, add=["new@example.test"], remove=["sam@example.test"])
    assert (changed.status_code, changed.body) == (200, {"added": 1, "removed": 1})
    assert admin.get(f"requester-groups/{group['id']}").body["members"] == ["new@example.test"]
    refused = admin.post(members, remove=["sam@example.test"])
    assert (refused.status_code, refused.body["errors"][0]["field"]) == (400, "remove[0]")


def test_a_token_is_told_once_works_and_ends(admin: Script) -> None:
    build.tess()
    made = admin.post("tokens", name="script", role="technician", person="tess@desk.test")
    assert made.status_code == 201
    token, pk = made.body.pop("token"), made.body["id"]
    assert admin.get(f"tokens/{pk}").body == made.body
    assert token not in admin.get("tokens").content.decode()

    holder = Script(token)
    assert holder.get("requests").status_code == 200
    assert admin.get(f"tokens/{pk}").body["last_used_at"] is not None
    assert admin.delete(f"tokens/{pk}").status_code == 204
    assert holder.get("requests").status_code == 401
    assert admin.get(f"tokens/{pk}").body["revoked_at"] is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "technician"}, "name"),
        ({"name": "x", "role": "requester"}, "role"),
        ({"name": "x", "role": "admin", "person": "tess@desk.test"}, "role"),
        ({"name": "x", "role": "technician", "person": "sam@example.test"}, "person"),
        ({"name": "x", "role": "technician", "colour": "red"}, "colour"),
    ],
)
def test_a_token_with_wrong_values_is_refused_at_its_field(body: dict[str, str], field: str, admin: Script) -> None:
    build.tess(), build.sam()
    before = ApiToken.objects.count()
    refused = admin.post("tokens", **body)
    assert (refused.status_code, refused.body["errors"][0]["field"]) == (400, field)
    assert ApiToken.objects.count() == before


@pytest.mark.parametrize("path", ["people", "companies", "technician-groups", "requester-groups"])
def test_a_change_that_was_meant_for_an_older_version_is_refused(path: str, admin: Script) -> None:
    made = admin.post(path, name="First", **({"email": "first@example.test"} if path == "people" else {})).body
    seen = admin.get(f"{path}/{made['id']}").headers["ETag"]
    assert admin.patch(f"{path}/{made['id']}", name="Second").status_code == 200
    late = change(admin, "PATCH", f"{path}/{made['id']}", seen, name="Third")
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert admin.get(f"{path}/{made['id']}").body["name"] == "Second"
