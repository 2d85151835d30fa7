"""People: found, added, changed; faults at their field; what depends on somebody is named before it is done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.channels.models import Settings
from postroom.outbox.models import OutboundEmail
from tests.build import a_group, a_ticket, a_token, a_user, ada, gita, sam, tess, theo
from tests.web.admin_people_scene import a_scene, several_companies
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

NEW = {
    "type": "requester",
    "name": "Marta Kowalska",
    "email": "marta@northwind.test",
    "secondary_emails": "m.kowalska@northwind.test\nmarta@home.test\n",
    "department": "Shipping",
    "location": "Gdańsk",
}


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def version(client: Client, path: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', client.get(path).content.decode())
    assert found
    return found[1]


def listed(client: Client, query: str = "") -> list[str]:
    return re.findall(r'class="line sub" title="([^"]*@[^"]*)"', client.get(f"/admin/people{query}").content.decode())


def test_people_stand_by_name_with_type_state_and_place(client: Client) -> None:
    a_scene()
    assert listed(client)[:3] == ["ada@desk.test", "amina@harbour.test", "gita@example.test"]
    page = text(client.get("/admin/people?q=li+wei"))
    assert "Requester" in page and "Blocked" in page and "Rotterdam" in page and "Harbour Freight" in page


@pytest.mark.parametrize(
    ("query", "emails"),
    [
        ("?q=SALES+sam", ["sam@example.test"]),
        ("?q=sam@home.test", ["sam@example.test"]),
        ("?type=guest", ["gita@example.test"]),
        ("?type=admin", ["ada@desk.test"]),
        ("?state=blocked", ["li@harbour.test"]),
        ("?state=archived", []),
        ("?q=%00", None),
        ("?company=x&type=teapot&state=teapot&after=99999999999999999999", []),
    ],
)
def test_the_list_is_filtered_by_its_address(client: Client, query: str, emails: list[str] | None) -> None:
    a_scene()
    found = listed(client, query)
    assert found == emails if emails is not None else len(found) == 10


def test_a_list_of_members_says_of_which_group_and_leads_back(client: Client) -> None:
    scene = a_scene()
    page = text(client.get(f"/admin/people?technician_group={scene.team.pk}&state=any"))
    assert "Members of Service Desk" in page
    assert listed(client, f"?technician_group={scene.team.pk}&state=any") == ["tess@desk.test", "theo@desk.test"]


def test_htmx_gets_the_list_alone(client: Client) -> None:
    answer = client.get("/admin/people?q=ada", headers={"HX-Request": "true"})
    assert answer.content.lstrip().startswith(b"<section") and b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


def test_the_number_of_queries_of_a_page_does_not_grow_with_its_people(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    a_scene()
    for number in range(30):
        a_user(f"p{number}@example.test", company=User.objects.get(email="marta@northwind.test").company)
    with django_assert_max_num_queries(14):
        client.get("/admin/people")


def test_a_person_is_added_with_all_addresses_and_stands_in_the_audit(client: Client) -> None:
    assert client.post("/admin/people/new?q=marta", NEW)["Location"] == "/admin/people?q=marta"
    marta = User.objects.get(email="marta@northwind.test")
    assert (marta.name, marta.role, marta.kind, marta.location) == (
        "Marta Kowalska",
        "requester",
        "registered",
        "Gdańsk",
    )
    addresses = set(marta.secondary_emails.values_list("email", flat=True))
    assert addresses == {"m.kowalska@northwind.test", "marta@home.test"}
    assert not marta.has_usable_password()
    assert AuditEntry.objects.filter(object_type="user", action="created", actor=ada()).count() == 1


@pytest.mark.parametrize(("kind", "sent"), [("requester", 1), ("technician", 1), ("guest", 0)])
def test_who_is_added_is_invited_in_the_same_step_unless_a_guest(client: Client, kind: str, sent: int) -> None:
    assert client.post("/admin/people/new", {**NEW, "type": kind, "invite": "on"}).status_code == 302
    assert OutboundEmail.objects.filter(to=["marta@northwind.test"]).count() == sent
    assert client.post("/admin/people/new", {**NEW, "email": "nonsense", "invite": "on"}).status_code == 422
    assert OutboundEmail.objects.count() == sent


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"email": ""}, "email", "Enter the mail address."),
        ({"email": "marta"}, "email", "Must be a mail address"),
        ({"email": "SAM@example.test"}, "email", "This address belongs to somebody else."),
        ({"secondary_emails": "ok@home.test\nsam@example.test"}, "secondary_emails", "Line 2: This address belongs"),
        ({"secondary_emails": "ok@home.test\nnonsense"}, "secondary_emails", "Line 2: Must be a mail address."),
        ({"name": "x" * 201}, "name", "Must have at most 200 characters."),
        ({"department": "a\x00b"}, "department", "without control characters"),
        ({"company": "Teapot"}, "company", "There is no company named"),
        ({"company": "", "company_contact": "on"}, "company_contact", "Choose the company"),
        ({"type": "guest", "password": "correct horse"}, "password", "A guest has no account"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_is_stored(
    client: Client, change: dict[str, str], field: str, message: str
) -> None:
    sam(), several_companies()
    before = User.objects.count()
    answer = client.post("/admin/people/new", {**NEW, **change})
    assert answer.status_code == 422
    page = text(answer)
    assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', page)
    assert message in page
    assert 'value="Gdańsk"' in page
    assert User.objects.count() == before


def test_a_type_that_is_none_is_refused_at_its_field(client: Client) -> None:
    assert "Choose one of: admin, technician, requester." in text(
        client.post("/admin/people/new", {**NEW, "type": "king"})
    )


def test_a_change_keeps_the_type_and_the_password_that_is_left_out(client: Client) -> None:
    path = f"/admin/people/{tess().pk}"
    client.post(path, {**NEW, "type": "admin", "version": version(client, path), "verified": "on"})
    changed = User.objects.get(email="marta@northwind.test")
    assert (changed.role, changed.verified) == ("technician", True)
    assert changed.check_password("correct horse")


def test_a_password_is_never_sent_back_not_even_with_a_fault(client: Client) -> None:
    answer = client.post("/admin/people/new", {**NEW, "email": "", "password": "geheim 123"})
    assert b"geheim" not in answer.content
    client.post("/admin/people/new", {**NEW, "password": "geheim 123"})
    marta = User.objects.get(email="marta@northwind.test")
    assert marta.check_password("geheim 123")
    assert not AuditEntry.objects.filter(changes__icontains="geheim").exists()


def test_the_second_of_two_administrators_is_told_sees_their_own_words_and_may_insist(client: Client) -> None:
    path = f"/admin/people/{sam().pk}"
    seen = version(client, path)
    User.objects.filter(pk=sam().pk).update(department="Sales")
    mine = {**NEW, "email": "sam@example.test", "version": seen}
    answer = client.post(path, mine)
    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile." in text(answer) and 'value="Shipping"' in text(answer)
    assert User.objects.get(pk=sam().pk).department == "Sales"
    again = re.search(r'name="version" value="(\w+)"', answer.content.decode())
    assert again
    assert client.post(path, {**mine, "version": again[1]}).status_code == 302
    assert User.objects.get(pk=sam().pk).department == "Shipping"


def test_company_and_contact_are_there_while_the_switch_is_on_and_kept_while_it_is_off(client: Client) -> None:
    scene = a_scene()
    marta = User.objects.get(email="marta@northwind.test")
    path = f"/admin/people/{marta.pk}"
    assert "Company contact" in text(client.get(path))
    Settings.objects.update(managed_services_provider=False)
    assert "Company contact" not in text(client.get(path))
    client.post(path, {**NEW, "secondary_emails": "", "version": version(client, path)})
    marta.refresh_from_db()
    assert (marta.company, marta.company_contact) == (scene.company, True)


def test_what_depends_on_a_person_is_named_before_they_are_archived(client: Client) -> None:
    a_ticket(requester=tess()), a_ticket(technician=tess())
    a_group("Service Desk", [tess()]), a_token(tess())
    page = text(client.get(f"/admin/people/{tess().pk}/archive"))
    for words in ("1 request of theirs", "1 open request assigned to them", "1 API token", "<b>Service Desk</b>"):
        assert words in page
    assert not User.objects.get(pk=tess().pk).archived


@pytest.mark.parametrize(
    ("deed", "person", "state"),
    [
        ("make-technician", gita, {"role": "technician", "kind": "registered"}),
        ("make-requester", gita, {"role": "requester", "kind": "registered"}),
        ("make-guest", sam, {"role": "requester", "kind": "guest"}),
        ("make-technician", sam, {"role": "technician"}),
        ("make-requester", tess, {"role": "requester"}),
        ("make-admin", tess, {"role": "admin"}),
        ("block", sam, {"blocked": True, "is_active": False}),
        ("archive", sam, {"archived": True, "is_active": False}),
    ],
)
def test_a_person_becomes_what_was_asked_for_and_that_is_audited(
    client: Client, deed: str, person: Any, state: dict[str, object]
) -> None:
    pk = person().pk
    assert client.get(f"/admin/people/{pk}/{deed}").status_code == 200
    assert client.post(f"/admin/people/{pk}/{deed}").status_code == 302
    assert User.objects.filter(pk=pk, **state).exists()
    assert AuditEntry.objects.filter(object_type="user", object_id=str(pk), action="updated").exists()


@pytest.mark.parametrize(
    ("there", "back"), [("block", "unblock"), ("archive", "restore"), ("make-guest", "make-requester")]
)
def test_what_was_done_can_be_undone(client: Client, there: str, back: str) -> None:
    person = sam()
    before = User.objects.filter(pk=person.pk).values("role", "kind", "blocked", "archived", "is_active").get()
    for deed in (there, back):
        assert client.post(f"/admin/people/{person.pk}/{deed}").status_code == 302
    assert User.objects.filter(pk=person.pk, **before).exists()


def test_the_last_administrator_can_be_neither_blocked_nor_made_less_here_either(client: Client) -> None:
    for deed in ("block", "archive", "make-requester", "delete"):
        answer = client.post(f"/admin/people/{ada().pk}/{deed}")
        assert answer.status_code == 422
        assert "Ada Administrator is the last administrator." in text(answer)
    assert User.objects.filter(pk=ada().pk, role="admin", is_active=True).exists()


def test_who_has_requests_is_not_deleted_but_can_be_anonymised(client: Client) -> None:
    ticket = a_ticket()
    page = text(client.get(f"/admin/people/{sam().pk}"))
    assert "/delete" not in page and "/anonymise" in page
    assert client.post(f"/admin/people/{sam().pk}/delete")["Location"] == f"/admin/people/{sam().pk}"
    assert client.post(f"/admin/people/{ticket.requester_id}/anonymise").status_code == 302
    ticket.requester.refresh_from_db()
    assert (ticket.requester.email, ticket.requester.archived) == (None, True)
    assert client.get(f"/admin/people/{ticket.requester_id}").status_code == 200


def test_who_has_no_requests_is_deleted_after_a_question(client: Client) -> None:
    pk = gita().pk
    assert "Nothing depends on this person." in text(client.get(f"/admin/people/{pk}/delete"))
    assert client.post(f"/admin/people/{pk}/delete").status_code == 302
    assert not User.objects.filter(pk=pk).exists()


def test_two_people_are_merged_by_any_address_of_the_one_who_stays(client: Client) -> None:
    stays = sam()
    stays.secondary_emails.create(email="sam@home.test")
    ticket = a_ticket(requester=gita())
    assert client.post(f"/admin/people/{gita().pk}/merge", {"into": "SAM@home.test"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.requester == stays
    assert not User.objects.filter(email="gita@example.test").exists()


@pytest.mark.parametrize(
    ("into", "message"),
    [
        ("", "Enter the mail address."),
        ("who@example.test", "Nobody has this address."),
        ("gita@example.test", "Choose another person"),
    ],
)
def test_a_merge_with_nobody_or_oneself_is_refused_at_the_field(client: Client, into: str, message: str) -> None:
    answer = client.post(f"/admin/people/{gita().pk}/merge", {"into": into})
    assert answer.status_code == 422
    assert message in text(answer) and re.search(r'id="f-into"[^>]*aria-invalid="true"', text(answer))


def test_an_unknown_deed_or_person_is_404_and_one_that_does_not_fit_leads_back(client: Client) -> None:
    theo()
    assert client.get(f"/admin/people/{sam().pk}/promote").status_code == 404
    assert client.get("/admin/people/999999").status_code == 404
    assert client.get(f"/admin/people/{sam().pk}/unblock")["Location"] == f"/admin/people/{sam().pk}"
    assert client.get(f"/admin/people/{theo().pk}/merge").status_code == 302


def test_an_exported_list_is_read_in_again_and_changes_nothing(client: Client, browse: Browse) -> None:
    a_scene()
    a_user("hooft@example.test", "'t Hooft", department="=2+3", location="-")
    exported = client.get("/admin/people/export?state=any")
    content = b"".join(exported.streaming_content)  # type: ignore[attr-defined]
    assert content.decode().splitlines()[0].startswith("email,name,type,")
    assert "'=2+3" in content.decode()  # no spreadsheet takes it for a formula
    before, entries = list(User.objects.order_by("pk").values()), AuditEntry.objects.count()
    answer = client.post("/admin/people/import", {"file": _file(content)})
    assert answer.status_code == 302, text(answer)
    assert list(User.objects.order_by("pk").values()) == before
    assert AuditEntry.objects.count() == entries


def test_a_file_adds_and_changes_people_by_their_address(client: Client) -> None:
    sam()
    content = (
        "email;name;department;type\nSAM@example.test;Samuel;Sales;\nnew@example.test;New Person;Legal;technician\n"
    )
    assert client.post("/admin/people/import", {"file": _file(content.encode("utf-8-sig"))}).status_code == 302
    assert User.objects.get(email="sam@example.test").department == "Sales"
    assert User.objects.get(email="new@example.test").role == "technician"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"email,name\nnew@example.test,New\nnonsense,X\n,Y\n", "Line 3, email: Must be a mail address"),
        (b"email,shoe size\na@example.test,42\n", "The first line must name columns"),
        (b"", "The first line must name columns"),
        (b"\xff\xfe\x00", "not written in UTF-8"),
        (b"email,type\nada@desk.test,requester\n", "the last administrator"),
    ],
)
def test_of_a_file_with_a_fault_nothing_is_stored(client: Client, content: bytes, message: str) -> None:
    before = User.objects.count()
    answer = client.post("/admin/people/import", {"file": _file(content)})
    assert answer.status_code == 422
    assert message in text(answer) and "Nothing was stored." in text(answer)
    assert User.objects.count() == before and User.objects.get(email="ada@desk.test").role == "admin"


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", content, "text/csv")
