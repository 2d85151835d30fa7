"""Groups, companies with their switch, the tree of categories, and API tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from postroom.accounts.models import ApiToken, Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.services import digest_of, save_company
from postroom.audit.models import AuditEntry
from postroom.channels.models import Settings
from postroom.tickets.models import Category
from postroom.tickets.services.categories import save_category
from tests.build import a_group, a_ticket, ada, an_incoming_server, sam, tess, theo
from tests.web.admin_people_scene import ADA, a_scene, several_companies
from tests.web.conftest import Browse
from tests.web.test_admin_people import text, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


@pytest.mark.parametrize("page", ["technician-groups", "requester-groups", "categories", "tokens"])
def test_an_empty_list_says_what_it_is_for_and_what_to_do(client: Client, page: str) -> None:
    shown = text(client.get(f"/admin/{page}"))
    assert 'class="empty"' in shown and f'href="/admin/{page}/new"' in shown


def test_a_technician_group_is_made_of_technicians_and_companies_that_it_serves(client: Client) -> None:
    several_companies()
    Company.objects.create(name="Acme")
    tess(), theo()
    form = text(client.get("/admin/technician-groups/new"))
    assert 'value="tess@desk.test"' in form and 'value="Acme"' in form and "sam@example.test" not in form
    data = {"name": "Acme team", "members": ["tess@desk.test", "theo@desk.test"], "companies": ["Acme"]}
    assert client.post("/admin/technician-groups/new", data).status_code == 302
    group = TechnicianGroup.objects.get()
    assert set(group.members.all()) == {tess(), theo()} and group.companies.get().name == "Acme"
    listed = text(client.get("/admin/technician-groups"))
    assert "2 members" in listed and '<span class="tag">Acme</span>' in listed


def test_the_companies_of_a_group_are_kept_while_the_switch_is_off(client: Client) -> None:
    group = a_group("Acme team")
    group.companies.add(Company.objects.create(name="Acme"))
    path = f"/admin/technician-groups/{group.pk}"
    assert "Companies that it serves" not in text(client.get(path))
    assert client.post(path, {"name": "Acme", "version": version(client, path)}).status_code == 302
    assert group.companies.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"name": ""}, "name", "Enter a name."),
        ({"name": "SERVICE desk"}, "name", "There is another technician group of this name."),
        ({"members": ["sam@example.test"]}, "members", "sam@example.test is not a technician."),
        ({"companies": ["Teapot"]}, "companies", "There is no company named"),
    ],
)
def test_a_fault_of_a_group_stands_at_its_field_and_nothing_is_stored(
    client: Client, change: dict[str, Any], field: str, message: str
) -> None:
    several_companies(), sam(), a_group("Service Desk")
    answer = client.post("/admin/technician-groups/new", {"name": "HR", **change})
    assert answer.status_code == 422 and message in text(answer) and f'id="f-{field}-error"' in text(answer)
    assert TechnicianGroup.objects.count() == 1


def test_the_second_to_save_a_group_is_told(client: Client) -> None:
    group = a_group("Service Desk")
    path = f"/admin/technician-groups/{group.pk}"
    seen = version(client, path)
    group.members.add(tess())
    answer = client.post(path, {"name": "Service Desk", "version": seen})
    assert answer.status_code == 422 and "Somebody else changed this meanwhile." in text(answer)
    assert list(group.members.all()) == [tess()]


def test_members_of_a_requester_group_are_added_and_removed_by_address(client: Client) -> None:
    sam()
    assert client.post(
        "/admin/requester-groups/new", {"name": "All staff", "add": "sam@example.test\nnew@example.test"}
    )
    group = RequesterGroup.objects.get()
    path = f"/admin/requester-groups/{group.pk}"
    shown = text(client.get(path))
    assert "2 members" in shown and "Sam Requester" in shown
    data = {"name": "All staff", "remove": "new@example.test", "version": version(client, path)}
    assert client.post(path, data).status_code == 302
    assert list(group.members.all()) == [sam()]
    wrong = client.post(path, {**data, "version": version(client, path)})
    assert wrong.status_code == 422 and "Line 1: new@example.test is not in this group." in text(wrong)


def test_of_a_new_group_with_a_wrong_member_not_even_the_name_is_stored(client: Client) -> None:
    answer = client.post("/admin/requester-groups/new", {"name": "All staff", "add": "nonsense"})
    assert answer.status_code == 422 and "Line 1: Must be a mail address." in text(answer)
    assert not RequesterGroup.objects.exists()


def test_a_group_that_a_mailbox_sets_is_not_deleted_and_the_mailbox_is_named(client: Client) -> None:
    group = a_group("Service Desk")
    an_incoming_server(technician_group=group)
    asked = text(client.get(f"/admin/technician-groups/{group.pk}/delete"))
    assert "the mailbox" in asked and ">Support</a>" in asked and ">Delete</button>" not in asked
    refused = client.post(f"/admin/technician-groups/{group.pk}/delete")
    assert refused.status_code == 422 and "Service Desk is used by Support." in text(refused)
    assert TechnicianGroup.objects.exists()


def test_a_group_is_deleted_after_its_requests_are_named(client: Client) -> None:
    group = a_group("Service Desk", [tess()])
    ticket = a_ticket(technician_group=group)
    asked = text(client.get(f"/admin/technician-groups/{group.pk}/delete"))
    assert "1 request" in asked and "Its 1 member stays." in asked
    assert client.post(f"/admin/technician-groups/{group.pk}/delete").status_code == 302
    ticket.refresh_from_db()
    assert ticket.technician_group is None and not TechnicianGroup.objects.exists()


def test_companies_are_there_only_while_the_switch_is_on_and_its_effect_is_told(client: Client) -> None:
    acme = save_company(ADA, {"name": "Acme", "domains": ["acme.test"]})
    off = text(client.get("/admin/companies"))
    assert "Managed services provider" in off and "Acme" not in off and "nothing of it is lost" in off
    assert client.get(f"/admin/companies/{acme.pk}").status_code == 404
    assert client.get("/admin/companies/new")["Location"] == "/admin/companies"
    client.post("/admin/companies/switch", {"on": "on"})
    assert Settings.load().managed_services_provider
    assert "acme.test" in text(client.get("/admin/companies"))
    client.post("/admin/companies/switch", {"on": ""})
    assert not Settings.load().managed_services_provider and Company.objects.exists()
    assert AuditEntry.objects.filter(object_type="settings").count() == 2


def test_a_company_takes_its_people_by_domain(client: Client) -> None:
    several_companies()
    person = sam()
    assert client.post("/admin/companies/new", {"name": "Example", "domains": "example.test\n"}).status_code == 302
    person.refresh_from_db()
    assert str(person.company) == "Example"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"name": " "}, "name", "Enter a name."),
        ({"name": "acme"}, "name", "There is another company of this name."),
        ({"domains": "ok.test\nnot a domain"}, "domains", "Line 2: Must be a domain"),
        ({"domains": "acme.test"}, "domains", "acme.test belongs to Acme."),
    ],
)
def test_a_fault_of_a_company_stands_at_its_field(
    client: Client, change: dict[str, str], field: str, message: str
) -> None:
    several_companies()
    save_company(ADA, {"name": "Acme", "domains": ["acme.test"]})
    answer = client.post("/admin/companies/new", {"name": "Bolt", "domains": "bolt.test", **change})
    assert answer.status_code == 422 and message in text(answer)
    assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', text(answer))
    assert Company.objects.count() == 1


def test_what_depends_on_a_company_is_named_before_it_is_deleted(client: Client) -> None:
    scene = a_scene()
    asked = text(client.get(f"/admin/companies/{scene.company.pk}/delete"))
    assert "2 people" in asked
    assert client.post(f"/admin/companies/{scene.company.pk}/delete").status_code == 302
    assert User.objects.get(email="marta@northwind.test").company is None


def test_categories_stand_as_a_tree_and_a_move_takes_along_what_is_below(client: Client) -> None:
    for path in ("Hardware / Laptop / Dock", "Hardware", "Hardware (old)", "Software"):
        Category.objects.filter(name=path).exists() or save_category(ADA, {"name": path})
    shown = re.findall(r'<li class="depth-(\d)">.*?<a [^>]*>([^<]+)</a>', text(client.get("/admin/categories")))
    assert shown == [("0", "Hardware"), ("1", "Laptop"), ("2", "Dock"), ("0", "Hardware (old)"), ("0", "Software")]
    laptop = Category.objects.get(name="Hardware / Laptop")
    path = f"/admin/categories/{laptop.pk}"
    form = text(client.get(path))
    assert "The category below it is renamed and moved with it." in form
    assert 'value="Hardware / Laptop / Dock"' not in form  # nothing stands below itself
    data = {"name": "Notebook", "below": "Software", "version": version(client, path)}
    assert client.post(path, data).status_code == 302
    assert Category.objects.filter(name="Software / Notebook / Dock").exists()


def test_a_category_is_added_below_another(client: Client) -> None:
    save_category(ADA, {"name": "Hardware"})
    assert re.search(r'<option value="Hardware" selected', text(client.get("/admin/categories/new?below=hardware")))
    assert client.post("/admin/categories/new", {"name": "Laptop", "below": "Hardware"}).status_code == 302
    wrong = client.post("/admin/categories/new", {"name": "laptop", "below": "Hardware"})
    assert wrong.status_code == 422 and "There is another category of this name." in text(wrong)


def test_a_category_with_something_below_it_is_not_deleted(client: Client) -> None:
    save_category(ADA, {"name": "Hardware / Laptop"})
    top, leaf = Category.objects.order_by("name")
    assert ">Delete</button>" not in text(client.get(f"/admin/categories/{top.pk}/delete"))
    assert client.post(f"/admin/categories/{top.pk}/delete").status_code == 422
    assert client.post(f"/admin/categories/{leaf.pk}/delete").status_code == 302
    assert list(Category.objects.all()) == [top]


def test_a_token_is_shown_once_and_kept_nowhere(client: Client) -> None:
    tess()
    data = {"name": "script", "role": "technician", "person": "tess@desk.test"}
    answer = client.post("/admin/tokens/new", data)
    found = re.search(r'value="(pr_[\w-]+)"', answer.content.decode())
    assert found and "no-store" in answer["Cache-Control"]
    assert ApiToken.objects.get().digest == digest_of(found[1])
    assert found[1] not in client.get("/admin/tokens").content.decode()
    assert "Tess Technician" in text(client.get("/admin/tokens"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "Enter a name."),
        ({"role": "king"}, "Choose one of"),
        ({"person": "who@desk.test"}, "There is no technician named"),
        ({"role": "admin", "person": "tess@desk.test"}, "Tess Technician is not an administrator."),
    ],
)
def test_a_token_with_a_fault_is_not_made(client: Client, change: dict[str, str], message: str) -> None:
    tess()
    answer = client.post("/admin/tokens/new", {"name": "script", "role": "technician", "person": "", **change})
    assert answer.status_code == 422 and message in text(answer)
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_after_a_question_and_stays_in_the_list(client: Client) -> None:
    client.post("/admin/tokens/new", {"name": "script", "role": "technician", "person": ""})
    pk = ApiToken.objects.get().pk
    assert "It was never used." in text(client.get(f"/admin/tokens/{pk}/revoke"))
    assert ApiToken.objects.get().revoked_at is None
    assert client.post(f"/admin/tokens/{pk}/revoke").status_code == 302
    assert ApiToken.objects.get().revoked_at is not None
    assert "Revoked" in text(client.get("/admin/tokens"))
    assert client.post(f"/admin/tokens/{pk}/revoke").status_code == 404
