"""Managed services providers: who sees the requests of which company."""

from __future__ import annotations

import pytest

from postroom.accounts.models import Company, User
from postroom.channels.models import Settings
from postroom.tickets.access import visible_tickets
from tests import build

pytestmark = pytest.mark.django_db


def several_companies(on: bool = True) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": on})


def acme() -> Company:
    return Company.objects.get_or_create(name="Acme")[0]


def bolt() -> Company:
    return Company.objects.get_or_create(name="Bolt")[0]


@pytest.fixture(autouse=True)
def requests(db: None) -> None:
    """One request of each company, one of none, and one of Bolt in the group HR."""
    several_companies()
    gita = build.gita()
    for subject, company in (("of Acme", acme()), ("of Bolt", bolt()), ("of nobody", None)):
        build.a_ticket(subject, requester=gita, company=company)
    build.a_ticket("of Bolt for HR", requester=gita, company=bolt(), technician_group=build.a_group("HR"))


def seen(user: User) -> set[str]:
    return set(visible_tickets(user).values_list("subject", flat=True))


def a_team(name: str, *companies: Company) -> None:
    build.a_group(name, [build.tess()]).companies.set(companies)


def test_a_technician_sees_the_companies_that_the_groups_serve_and_what_is_of_none() -> None:
    a_team("Acme team", acme())
    assert seen(build.tess()) == {"of Acme", "of nobody"}


def test_the_companies_of_several_groups_add_up() -> None:
    a_team("Acme team", acme())
    a_team("Bolt team", bolt())
    assert seen(build.tess()) == {"of Acme", "of Bolt", "of nobody"}


def test_a_group_without_companies_serves_all_of_them() -> None:
    a_team("Acme team", acme())
    a_team("Service Desk")
    assert seen(build.tess()) == {"of Acme", "of Bolt", "of nobody"}


def test_who_is_in_no_group_is_not_limited_by_companies() -> None:
    assert seen(build.theo()) == {"of Acme", "of Bolt", "of nobody"}


def test_being_in_the_group_of_a_request_does_not_open_a_company_that_is_not_served() -> None:
    a_team("HR", acme())
    assert seen(build.tess()) == {"of Acme", "of nobody"}


def test_what_is_assigned_to_or_raised_by_a_technician_is_theirs_whatever_the_company() -> None:
    a_team("Acme team", acme())
    build.a_ticket("assigned", requester=build.gita(), company=bolt(), technician=build.tess())
    build.a_ticket("raised", requester=build.tess(), company=bolt())
    assert seen(build.tess()) == {"of Acme", "of nobody", "assigned", "raised"}


def test_administrators_and_service_accounts_see_every_company() -> None:
    build.a_group("Acme team", [build.ada()]).companies.set([acme()])
    for user in (build.ada(), build.a_service_account()):
        assert len(seen(user)) == 4


def test_companies_limit_nobody_while_the_switch_is_off() -> None:
    a_team("Acme team", acme())
    several_companies(False)
    assert seen(build.tess()) == {"of Acme", "of Bolt", "of nobody"}


def test_a_company_contact_sees_the_requests_of_the_company_and_of_no_other() -> None:
    contact = build.a_user("carl@acme.test", "Carl Contact", company=acme(), company_contact=True)
    build.a_ticket("Carl's own", requester=contact)
    assert seen(contact) == {"of Acme", "Carl's own"}


def test_a_requester_who_is_no_contact_sees_their_own_alone() -> None:
    sam = build.a_user("sam@example.test", "Sam Requester", company=acme())
    build.a_ticket("Sam's own", company=acme())
    assert seen(sam) == {"Sam's own"}


def test_a_contact_without_a_company_does_not_see_the_requests_of_no_company() -> None:
    assert seen(build.a_user("carl@acme.test", company_contact=True)) == set()


def test_a_contact_sees_their_own_alone_while_the_switch_is_off() -> None:
    several_companies(False)
    assert seen(build.a_user("carl@acme.test", company=acme(), company_contact=True)) == set()


@pytest.mark.parametrize("role", ["technician", "requester"])
def test_what_may_be_seen_is_asked_in_one_query(role: str, django_assert_num_queries: object) -> None:
    user = build.a_user("carl@acme.test", "Carl", role, company=acme(), company_contact=True)
    with django_assert_num_queries(1):  # type: ignore[operator]
        seen(user)
