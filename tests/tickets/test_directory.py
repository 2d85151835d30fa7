"""What follows for requests and rules when people, groups, companies and categories change."""

from __future__ import annotations

import pytest

from postroom.accounts.models import Company
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingRule
from postroom.channels.services import save_rule, save_settings
from postroom.rules.fields import Invalid
from postroom.tickets import dependents
from postroom.tickets.models import Category, Entry
from postroom.tickets.services.categories import place_category, save_category
from postroom.tickets.services.directory import anonymise_person, delete_person, save_company, save_group, save_person
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")


def a_rule(field: str, value: object, operator: str = "in") -> OutgoingRule:
    build.an_outgoing_server("HR") if not OutgoingRule.objects.exists() else None
    nested = {"match": "any", "conditions": [{"field": field, "operator": operator, "value": value}]}
    return save_rule(ADA, {"name": f"by {field}", "server": "HR", "conditions": [nested]})


def value_of(rule: OutgoingRule) -> object:
    rule.refresh_from_db()
    return rule.conditions[0]["conditions"][0]["value"]


@pytest.mark.parametrize("change", [{"role": "requester"}, {"archived": True}])
def test_who_stops_working_gives_open_requests_back_and_each_says_why(change: dict[str, object]) -> None:
    tess = build.tess()
    ours, closed = build.a_ticket(technician=tess), build.a_ticket("Done", technician=tess, status="closed")
    save_person(Actor("Ada", build.ada().pk), change, tess)
    ours.refresh_from_db(), closed.refresh_from_db()
    assert (ours.technician, closed.technician) == (None, tess)
    event = Entry.objects.get(ticket=ours)
    assert event.author == build.ada()
    assert event.event == {
        "changes": [{"field": "technician", "old": "Tess Technician", "new": None}],
        "because": "Tess Technician does not work on requests any more.",
    }


def test_who_is_only_blocked_keeps_their_requests() -> None:
    ticket = build.a_ticket(technician=build.tess())
    save_person(ADA, {"blocked": True}, build.tess())
    ticket.refresh_from_db()
    assert ticket.technician == build.tess()


def test_an_anonymised_requester_is_nowhere_to_be_read_but_the_request_stays() -> None:
    sam = build.a_user("sam@example.test", "Sam Requester", department="Sales")
    sam.secondary_emails.create(email="sam@home.test")
    ticket = build.a_ticket(requester=sam)
    build.an_entry(ticket, "description", "It burns.")
    build.an_entry(ticket, "reply", "Still.", author=build.tess())
    by_mail = build.an_entry(ticket, "reply", "From home.")
    Entry.objects.filter(pk=by_mail.pk).update(author=None, author_email="sam@home.test", author_name="Sam at home")

    gone = anonymise_person(ADA, sam)

    assert (gone.email, gone.name, gone.kind, gone.archived) == (None, f"Former requester {sam.pk}", "guest", True)
    assert not gone.secondary_emails.exists() and not gone.has_usable_password()
    told = [f"{row.author_name} {row.author_email}" for row in Entry.objects.filter(ticket=ticket)]
    assert not any("Sam" in line or "sam@" in line for line in told)
    assert any("Tess" in line for line in told)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, "Sam" in f"{entry.object_name}{entry.changes}") == ("anonymised", False)
    assert build.a_user("sam@example.test", "Another Sam").pk != sam.pk


def test_a_technician_is_not_anonymised() -> None:
    with pytest.raises(Invalid, match="requester first"):
        anonymise_person(ADA, build.tess())


def test_what_depends_on_a_person_is_named() -> None:
    build.a_ticket(requester=build.tess()), build.a_ticket(technician=build.tess())
    build.a_ticket("Closed", technician=build.tess(), status="closed")
    build.a_group("Service Desk", [build.tess()])
    build.a_token(build.tess())
    assert [(one.words, one.holds) for one in dependents.of_person(build.tess())] == [
        ("1 request of theirs", True),
        ("1 open request assigned to them", False),
        ("1 API token", False),
        ("Service Desk", False),
    ]
    assert dependents.of_person(build.theo()) == []


def test_a_deleted_technicians_open_requests_say_what_happened() -> None:
    ticket = build.a_ticket(technician=build.theo())
    assert delete_person(ADA, build.theo())
    assert Entry.objects.get(ticket=ticket).event["changes"][0]["old"] == "Theo Technician"


def test_rules_follow_a_new_name_of_a_group_a_company_and_a_category() -> None:
    group = build.a_group("HR")
    acme = Company.objects.create(name="Acme")
    top = save_category(ADA, {"name": "Hardware / Laptop"}).parent
    assert top is not None
    by_group, by_company = a_rule("technician_group", ["hr", "Network"]), a_rule("company", "Acme", "is_not")
    by_category, by_part = a_rule("category", ["Hardware / Laptop"]), a_rule("category", "Hardware", "starts_with")

    save_group(ADA, {"name": "People team"}, group)
    save_company(ADA, {"name": "Acme Ltd"}, acme)
    save_category(ADA, {"name": "Devices"}, top)

    assert value_of(by_group) == ["People team", "Network"]
    assert value_of(by_company) == "Acme Ltd"
    assert value_of(by_category) == ["Devices / Laptop"]
    assert value_of(by_part) == "Hardware"
    assert AuditEntry.objects.filter(object_type="outgoingrule", action="updated").count() == 3


def test_what_depends_on_a_group_is_named() -> None:
    group = build.a_group("HR")
    build.an_incoming_server(technician_group=group)
    build.a_ticket(technician_group=group)
    a_rule("technician_group", ["HR"])
    found = [(one.kind, one.words, one.holds) for one in dependents.of_group(group)]
    assert found == [
        ("mailbox", "Support", True),
        ("rule", "by technician_group", False),
        ("requests", "1 request", False),
    ]


def test_a_category_is_moved_with_all_that_is_below_it() -> None:
    save_category(ADA, {"name": "Hardware / Laptop / Dock"})
    save_category(ADA, {"name": "Office"})
    laptop = Category.objects.get(name="Hardware / Laptop")
    place_category(ADA, {"name": "Notebook", "below": "Office"}, laptop)
    assert list(Category.objects.values_list("name", flat=True)) == [
        "Hardware",
        "Office",
        "Office / Notebook",
        "Office / Notebook / Dock",
    ]
    assert Category.objects.get(name="Office / Notebook").parent == Category.objects.get(name="Office")


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": ""}, "name", "Enter a name."),
        ({"name": "a/b"}, "name", "Leave out the slash"),
        ({"name": "Laptop", "below": "Nowhere"}, "below", "There is no category"),
        ({"name": "Laptop", "below": "Hardware / Laptop"}, "below", "below itself"),
        ({"name": "Laptop", "below": "Hardware / Laptop / Dock"}, "below", "below itself"),
        ({"name": "software", "below": ""}, "name", "another category"),
    ],
)
def test_a_category_cannot_be_placed_just_anywhere(data: dict[str, str], field: str, words: str) -> None:
    save_category(ADA, {"name": "Hardware / Laptop / Dock"})
    save_category(ADA, {"name": "Software"})
    with pytest.raises(Invalid) as raised:
        place_category(ADA, data, Category.objects.get(name="Hardware / Laptop"))
    assert raised.value.errors[0][0] == field and words in raised.value.errors[0][1]
    assert Category.objects.filter(name="Hardware / Laptop / Dock").exists()


def test_what_depends_on_a_category_counts_for_what_is_below_it_too() -> None:
    save_category(ADA, {"name": "Hardware / Laptop"})
    laptop = Category.objects.get(name="Hardware / Laptop")
    build.a_ticket(category=laptop)
    build.an_incoming_server(category=laptop)
    found = [(one.kind, one.words) for one in dependents.of_category(Category.objects.get(name="Hardware"))]
    assert found == [("category", "Hardware / Laptop"), ("mailbox", "Support"), ("requests", "1 request")]


def test_a_new_domain_brings_its_people_to_the_company_but_nobody_who_has_one() -> None:
    save_settings(ADA, {"managed_services_provider": True})
    acme = save_company(ADA, {"name": "Acme"})
    sam, gita = build.sam(), build.a_user("gita@example.test", company=Company.objects.create(name="Bolt"))
    save_company(ADA, {"domains": ["example.test"]}, acme)
    sam.refresh_from_db(), gita.refresh_from_db()
    assert (sam.company, str(gita.company)) == (acme, "Bolt")


def test_whoever_is_added_comes_to_the_company_of_their_domain_unless_another_is_named() -> None:
    save_settings(ADA, {"managed_services_provider": True})
    acme = save_company(ADA, {"name": "Acme", "domains": ["acme.test"]})
    assert save_person(ADA, {"email": "Carl@ACME.test"}).company == acme
    assert save_person(ADA, {"email": "dora@acme.test", "company": None}).company is None


def test_domains_place_nobody_while_companies_are_off() -> None:
    sam = build.sam()
    save_company(ADA, {"name": "Example", "domains": ["example.test"]})
    sam.refresh_from_db()
    assert sam.company is None
    assert save_person(ADA, {"email": "carl@example.test"}).company is None
