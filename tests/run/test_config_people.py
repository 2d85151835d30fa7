"""People, companies and groups in a configuration file: the same door as the pages, the same consequences."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.models import TechnicianGroup, User
from postroom.rules.fields import Invalid
from postroom.run.configuration.apply import apply_configuration
from postroom.run.configuration.export import export_configuration
from tests import build

pytestmark = pytest.mark.django_db

FILE: dict[str, Any] = {
    "managed_services_provider": True,
    "companies": [{"name": "Acme", "domains": ["acme.test"]}],
    "people": [
        {"email": "ada@desk.test", "role": "admin"},
        {"email": "tess@desk.test", "role": "technician"},
        {"email": "carl@acme.test", "company_contact": True, "company": "Acme", "verified": True},
        {"email": "dora@acme.test"},
    ],
    "technician_groups": [{"name": "Acme team", "members": ["tess@desk.test"], "companies": ["acme"]}],
}


def test_a_file_says_whom_a_group_serves_and_who_sees_the_requests_of_a_company() -> None:
    apply_configuration(FILE)
    assert [company.name for company in TechnicianGroup.objects.get().companies.all()] == ["Acme"]
    carl, dora = User.objects.get(email="carl@acme.test"), User.objects.get(email="dora@acme.test")
    assert (carl.company_contact, carl.verified) == (True, True)
    assert str(dora.company) == "Acme"  # by the domain of the address


def test_what_was_exported_applies_again_and_changes_nothing() -> None:
    apply_configuration(FILE)
    exported = export_configuration()
    assert {"name": "Acme team", "members": ["tess@desk.test"], "companies": ["Acme"]} in exported["technician_groups"]
    assert apply_configuration(exported).changes == []


def test_a_technician_whom_the_file_makes_a_requester_gives_open_requests_back() -> None:
    apply_configuration(FILE)
    ticket = build.a_ticket(technician=build.tess())
    apply_configuration({"people": [{"email": "tess@desk.test", "role": "requester"}]})
    ticket.refresh_from_db()
    assert ticket.technician is None
    assert not TechnicianGroup.objects.get().members.exists()


def test_a_contact_of_no_company_and_a_group_of_unknown_ones_are_named_with_their_path() -> None:
    wrong = {
        "people": [{"email": "carl@acme.test", "company_contact": True}],
        "technician_groups": [{"name": "Acme team", "companies": ["Teapot"]}],
    }
    with pytest.raises(Invalid) as raised:
        apply_configuration(wrong)
    assert [path for path, _message in raised.value.errors] == [
        "people[0].company_contact",
        "technician_groups[0].companies[0]",
    ]
    assert not User.objects.exists()
