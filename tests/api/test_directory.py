"""People, companies, groups and categories over REST."""

from __future__ import annotations

from typing import Any

from postroom.accounts.models import Company, CompanyDomain, SecondaryEmail
from postroom.tickets.models import Category
from tests import build
from tests.api.conftest import Script


def test_people_stand_with_company_and_secondary_addresses_and_without_service_accounts(tess: Script) -> None:
    company = Company.objects.create(name="Acme")
    sam = build.a_user("sam@example.test", "Sam Requester", company=company, department="Sales")
    SecondaryEmail.objects.create(user=sam, email="sam@home.test")
    build.a_service_account()
    row, other = tess.get("people").body["results"]

    assert row == {
        "id": sam.pk,
        "email": "sam@example.test",
        "name": "Sam Requester",
        "role": "requester",
        "kind": "registered",
        "department": "Sales",
        "location": "",
        "secondary_emails": ["sam@home.test"],
        "company": "Acme",
        "company_contact": False,
        "verified": False,
        "blocked": False,
        "archived": False,
    }
    assert other["email"] == "tess@desk.test"
    assert tess.get(f"people/{sam.pk}").body == row


def test_people_are_found_by_role_and_by_any_of_their_addresses(tess: Script) -> None:
    SecondaryEmail.objects.create(user=build.sam(), email="sam@home.test")

    def found(**query: str) -> list[str]:
        return [row["email"] for row in tess.get("people", **query).body["results"]]

    assert found(role="technician") == ["tess@desk.test"]
    assert found(search="HOME.test") == ["sam@example.test"]
    assert found(search="requester") == ["sam@example.test"]


def test_no_password_leaves_the_directory(tess: Script) -> None:
    assert "password" not in tess.get("people").content.decode()


def test_companies_groups_and_categories_are_read_as_they_are_configured(tess: Script) -> None:
    company = Company.objects.create(name="Acme")
    CompanyDomain.objects.create(company=company, domain="acme.test")
    category = Category.objects.create(name="Hardware / Laptop")
    group = build.a_group("Service Desk")

    for path, row in (
        ("companies", {"id": company.pk, "name": "Acme", "domains": ["acme.test"]}),
        ("technician-groups", {"id": group.pk, "name": "Service Desk", "members": ["tess@desk.test"], "companies": []}),
        ("categories", {"id": category.pk, "name": "Hardware / Laptop"}),
    ):
        assert tess.get(path).body == {"count": 1, "next": None, "previous": None, "results": [row]}
        assert tess.get(f"{path}/{row['id']}").body == row
        assert tess.get(f"{path}/999999").status_code == 404


def test_the_directory_takes_the_same_number_of_queries_however_long(
    tess: Script, django_assert_num_queries: Any
) -> None:
    tess.get("people")
    for name in ("One", "Two", "Three"):
        company = Company.objects.create(name=name)
        CompanyDomain.objects.create(company=company, domain=f"{name.lower()}.test")
        build.a_group(name, [build.a_user(f"{name}@example.test", company=company)])
    for path, queries in (("people", 4), ("companies", 4), ("technician-groups", 5)):
        with django_assert_num_queries(queries):  # token, count, rows, what hangs on them
            assert tess.get(path).body["count"] >= 3
