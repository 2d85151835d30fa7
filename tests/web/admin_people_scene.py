"""A desk with people of every kind, groups, companies and categories, for the tests of the pages about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.services import issue_token, save_company, save_requester_group
from postroom.audit.services import Actor
from postroom.channels.models import Settings
from postroom.tickets.models import Category
from postroom.tickets.services.categories import save_category
from tests import build

ADA = Actor("Ada Administrator")
PEOPLE = (
    ("marta@northwind.test", "Marta Kowalska", "Shipping", "Gdańsk"),
    ("jonas@northwind.test", "Jonas Bergström", "Shipping", "Göteborg"),
    ("amina@harbour.test", "Amina Diallo", "Finance", "Marseille"),
    ("li@harbour.test", "Li Wei", "Finance", "Rotterdam"),
    ("rosa@harbour.test", "Rosa Fernández de la Cruz y Montenegro", "Human Resources", "Valparaíso"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    sam: User
    team: TechnicianGroup
    staff: RequesterGroup
    company: Company
    category: Category
    token: int


def several_companies(on: bool = True) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": on})


def a_scene() -> Scene:
    """Everything that the pages show; companies are on."""
    several_companies()
    northwind = save_company(ADA, {"name": "Northwind", "domains": ["northwind.test", "northwind.example"]})
    save_company(ADA, {"name": "Harbour Freight", "domains": ["harbour.test"]})
    for email, name, department, location in PEOPLE:
        company = northwind if "northwind" in email else Company.objects.get(name="Harbour Freight")
        fields: dict[str, Any] = {"department": department, "location": location, "company": company}
        build.a_user(email, name, verified=email < "m", company_contact=name.startswith("Marta"), **fields)
    build.gita(), build.ada(), build.theo()
    User.objects.filter(role__in=["admin", "technician"]).update(verified=True)
    User.objects.filter(email="li@harbour.test").update(blocked=True, is_active=False)
    sam = build.a_user("sam@example.test", "Sam Requester", department="Sales", location="Leeds")
    sam.secondary_emails.create(email="sam@home.test")
    build.a_ticket(requester=sam, technician=build.tess())
    team = build.a_group("Service Desk", [build.tess(), build.theo()])
    build.a_group("Northwind team", [build.tess()]).companies.add(northwind)
    build.an_incoming_server(technician_group=team)
    staff = save_requester_group(ADA, {"name": "All staff", "members": [email for email, *_rest in PEOPLE]})
    for path in ("Hardware / Laptop / Docking station", "Hardware / Printer", "Software / Mail", "Building"):
        save_category(ADA, {"name": path})
    token, _word = issue_token(ADA, {"name": "Monitoring", "role": "technician"})
    issue_token(ADA, {"name": "Reports", "role": "technician", "person": build.tess().email})
    return Scene(sam, team, staff, northwind, Category.objects.get(name="Hardware"), token.pk)
