"""What becomes of people: converted, merged, anonymised, placed in their company; and that somebody can administer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from postroom.accounts.models import ApiToken, BrowserSession, RequesterGroup, SecondaryEmail, User
from postroom.accounts.queries import PAGE_SIZE, PeopleFilter, page_of, people
from postroom.accounts.services import (
    LastAdministrator,
    change_members,
    issue_token,
    leaving_an_administrator,
    merge_people,
    revoke_token,
    save_company,
    save_person,
    save_requester_group,
    still,
    version_of,
)
from postroom.accounts.shapes import show_person
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.services import save_settings
from postroom.mail.model import Address
from postroom.rules.fields import Invalid
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services.people import guest_or_user, users_by_address
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")


def found(**wanted: Any) -> list[str | None]:
    return [person.email for person in people(PeopleFilter(**wanted)).order_by("name")]


def test_who_becomes_a_requester_leaves_the_technician_groups() -> None:
    group = build.a_group("Service Desk", [build.tess()])
    save_person(ADA, {"role": "requester"}, build.tess())
    assert not group.members.exists()
    changed = {change["field"] for change in AuditEntry.objects.get(action="updated").changes}
    assert changed == {"role", "technician_groups"}


def test_a_person_who_becomes_a_guest_has_no_password_any_more() -> None:
    assert not save_person(ADA, {"kind": "guest"}, build.sam()).has_usable_password()


def test_who_was_signed_in_is_signed_out_when_they_become_a_guest() -> None:
    client = Client()
    client.force_login(build.sam())
    assert BrowserSession.objects.count() == 1
    save_person(ADA, {"kind": "guest"}, build.sam())
    assert not BrowserSession.objects.exists()


def test_a_new_address_is_not_verified_because_the_old_one_was() -> None:
    sam = save_person(ADA, {"verified": True}, build.sam())
    assert save_person(ADA, {"name": "Samuel"}, sam).verified
    assert not save_person(ADA, {"email": "sam@else.test"}, sam).verified


def test_a_company_contact_needs_a_company() -> None:
    with pytest.raises(Invalid) as raised:
        save_person(ADA, {"company_contact": True}, build.sam())
    assert raised.value.errors == [("company_contact", "Choose the company whose requests this person sees.")]


def test_a_fault_in_a_secondary_address_names_its_line() -> None:
    build.gita()
    with pytest.raises(Invalid) as raised:
        save_person(ADA, {"secondary_emails": ["sam@home.test", "gita@example.test"]}, build.sam())
    assert raised.value.errors == [("secondary_emails[1]", "This address belongs to somebody else.")]


def test_there_is_always_somebody_who_can_administer() -> None:
    ada = build.ada()
    with pytest.raises(LastAdministrator, match="the last administrator"), leaving_an_administrator():
        save_person(ADA, {"blocked": True}, ada)
    ada.refresh_from_db()
    assert not ada.blocked


def test_of_two_people_merged_one_keeps_everything() -> None:
    sam, gita = build.sam(), build.gita()
    ticket = build.a_ticket(requester=gita)
    entry = build.an_entry(ticket, author=gita)
    SecondaryEmail.objects.create(user=gita, email="gita@home.test")
    everybody = save_requester_group(ADA, {"name": "All staff", "members": ["gita@example.test", "sam@example.test"]})
    User.objects.filter(pk=gita.pk).update(department="Shipping")

    merge_people(ADA, gita, sam)

    assert Ticket.objects.get(pk=ticket.pk).requester == sam
    assert Entry.objects.get(pk=entry.pk).author == sam
    assert not User.objects.filter(pk=gita.pk).exists()
    assert set(users_by_address(["gita@example.test", "gita@home.test"]).values()) == {sam}
    assert list(everybody.members.all()) == [sam]
    sam.refresh_from_db()
    assert sam.department == "Shipping"
    actions = {entry.action: entry.object_name for entry in AuditEntry.objects.filter(object_type="user")}
    assert actions == {"deleted": "Gita Guest", "updated": "Sam Requester"}


def test_a_merged_record_leaves_no_way_to_sign_in_as_the_other() -> None:
    gita = build.a_user("gita@example.test", "Gita", password="gitas own word")
    sam = merge_people(ADA, gita, build.sam())
    assert not sam.check_password("gitas own word")


@pytest.mark.parametrize(
    ("gone", "stays", "words"),
    [
        (build.tess, build.sam, "is a technician"),
        (build.sam, build.sam, "another person"),
        (build.sam, build.a_service_account, "service account"),
    ],
)
def test_what_cannot_be_merged_is_said_at_the_field_and_stays(gone: Any, stays: Any, words: str) -> None:
    person, other = gone(), stays()
    with pytest.raises(Invalid, match=words) as raised:
        merge_people(ADA, person, other)
    assert raised.value.errors[0][0] == "into"
    assert User.objects.filter(pk__in=[person.pk, other.pk]).count() == len({person.pk, other.pk})


@pytest.mark.parametrize("on", [True, False])
def test_a_guest_belongs_to_the_company_of_their_domain_while_the_switch_is_on(on: bool) -> None:
    acme = save_company(ADA, {"name": "Acme", "domains": ["acme.test"]})
    save_settings(ADA, {"managed_services_provider": on})
    guest = guest_or_user(Address("Carl", "Carl@ACME.test"))
    assert guest.company == (acme if on else None)


def test_switching_companies_on_places_those_who_wrote_before() -> None:
    save_company(ADA, {"name": "Acme", "domains": ["acme.test"]})
    guest = guest_or_user(Address("Carl", "carl@acme.test"))
    save_settings(ADA, {"managed_services_provider": True})
    guest.refresh_from_db()
    assert str(guest.company) == "Acme"


def test_members_of_a_large_group_come_and_go_by_name() -> None:
    group = save_requester_group(ADA, {"name": "All staff", "members": [build.sam().email, "old@example.test"]})
    assert change_members(
        ADA, group, {"add": ["new@example.test", "sam@example.test"], "remove": ["old@example.test"]}
    ) == (
        1,
        1,
    )
    assert sorted(group.members.values_list("email", flat=True)) == ["new@example.test", "sam@example.test"]
    assert AuditEntry.objects.latest("pk").changes == [
        {"field": "members_added", "old": None, "new": ["new@example.test"]},
        {"field": "members_removed", "old": None, "new": ["old@example.test"]},
    ]
    with pytest.raises(Invalid) as raised:
        change_members(ADA, group, {"remove": ["who@example.test"]})
    assert raised.value.errors == [("remove[0]", "who@example.test is not in this group.")]
    assert RequesterGroup.objects.get().members.count() == 2


def test_a_revoked_token_stays_in_the_list_and_is_audited_once() -> None:
    row, token = issue_token(ADA, {"name": "script", "role": "technician", "person": build.tess().email})
    assert token.startswith("pr_") and row.user == build.tess()
    revoke_token(ADA, row), revoke_token(ADA, row)
    assert ApiToken.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(action="revoked").count() == 1


def test_a_token_for_nobody_is_refused_at_its_field() -> None:
    with pytest.raises(Invalid) as raised:
        issue_token(ADA, {"name": "script", "role": "technician", "person": "who@desk.test"})
    assert raised.value.errors[0][0] == "person"
    assert not ApiToken.objects.exists()


def test_the_second_of_two_administrators_is_told_and_overwrites_nothing() -> None:
    sam = build.sam()
    seen = version_of(show_person(sam))
    save_person(ADA, {"department": "Sales"}, sam)
    with pytest.raises(Invalid, match="Ada changed this meanwhile"):
        still(sam, show_person, seen)


def test_people_are_found_by_words_of_name_addresses_department_and_location() -> None:
    sam = build.a_user("sam@example.test", "Sam Requester", department="Human Resources", location="Gdańsk")
    SecondaryEmail.objects.create(user=sam, email="private@home.test")
    build.gita()
    for words in ("sam", "REQUESTER sam", "example.test sam", "private@HOME", "human", "gdańsk"):
        assert found(search=words) == ["sam@example.test"]
    assert found(search="sam nobody") == []


def test_people_are_found_by_what_they_are_and_archived_ones_only_when_asked_for() -> None:
    build.ada(), build.tess(), build.sam(), build.gita(), build.a_service_account()
    for kind, email in (
        ("admin", "ada@desk.test"),
        ("technician", "tess@desk.test"),
        ("requester", "sam@example.test"),
        ("guest", "gita@example.test"),
    ):
        assert found(type=kind) == [email]
    save_person(ADA, {"archived": True}, build.sam())
    save_person(ADA, {"blocked": True}, build.gita())
    assert "sam@example.test" not in found()
    assert found(state="archived") == ["sam@example.test"]
    assert found(state="blocked") == ["gita@example.test"]
    assert len(found(state="any")) == 4


def test_paging_forth_and_back_shows_everybody_once_though_names_are_the_same() -> None:
    User.objects.bulk_create(
        [User(email=f"p{number}@example.test", name=f"Name {number % 3}", password="!") for number in range(120)]
    )
    rows = people(PeopleFilter())
    first = page_of(rows)
    second = page_of(rows, after=first.after)
    third = page_of(rows, after=second.after)
    assert (first.before, third.after) == (None, None)
    assert len({person.pk for page in (first, second, third) for person in page.rows}) == 120
    assert page_of(rows, before=third.before).rows == second.rows
    assert page_of(rows, before=second.before).rows == first.rows
    assert len(first.rows) == PAGE_SIZE


@pytest.mark.parametrize("wanted", [{"type": "admin"}, {"type": "guest"}, {"state": "blocked"}, {}])
def test_a_page_of_people_is_read_by_an_index(wanted: dict[str, str]) -> None:
    guests = [User(email=f"p{number}@example.test", name=f"P {number}", kind="guest") for number in range(3000)]
    User.objects.bulk_create(guests)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")
    plan = people(PeopleFilter(**wanted)).order_by("name", "pk")[:51].explain()
    assert "Index Scan" in plan and "Sort" not in plan
