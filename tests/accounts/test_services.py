"""People, companies, groups and tokens by an administrator's hand."""

from __future__ import annotations

import pytest

from postroom.accounts.models import ApiToken, RequesterGroup, SecondaryEmail, User
from postroom.accounts.services import (
    create_token,
    delete_named,
    delete_person,
    digest_of,
    save_company,
    save_group,
    save_person,
    save_requester_group,
)
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")


def test_a_person_has_one_record_for_all_addresses() -> None:
    save_person(ADA, {"email": "Sam@Example.test", "name": "Sam", "secondary_emails": ["sam@home.test"]})
    for taken in ("sam@example.test", "SAM@home.test"):
        with pytest.raises(Invalid) as raised:
            save_person(ADA, {"email": taken})
        assert raised.value.errors == [("email", "This address belongs to somebody else.")]


def test_a_password_is_kept_when_left_out_and_never_audited() -> None:
    tess = save_person(ADA, {"email": "tess@desk.test", "role": "technician", "password": "canary"})
    stored = tess.password
    save_person(ADA, {"name": "Tess", "password": "canary"}, tess)
    assert tess.password == stored
    save_person(ADA, {"password": "canary-2"}, tess)
    assert tess.check_password("canary-2")
    audited = str(list(AuditEntry.objects.values_list("changes")))
    assert "canary" not in audited
    assert tess.password not in audited


def test_a_person_without_a_password_cannot_sign_in() -> None:
    assert not save_person(ADA, {"email": "sam@example.test"}).has_usable_password()


def test_secondary_addresses_are_replaced_whole() -> None:
    sam = save_person(ADA, {"email": "sam@example.test", "secondary_emails": ["a@home.test", "b@home.test"]})
    save_person(ADA, {"secondary_emails": ["b@home.test"]}, sam)
    assert list(SecondaryEmail.objects.values_list("email", flat=True)) == ["b@home.test"]


def test_who_is_blocked_or_archived_cannot_sign_in() -> None:
    sam = build.sam()
    assert not save_person(ADA, {"blocked": True}, sam).is_active
    assert save_person(ADA, {"blocked": False}, sam).is_active


def test_a_guest_is_no_technician() -> None:
    with pytest.raises(Invalid) as raised:
        save_person(ADA, {"email": "gita@example.test", "kind": "guest", "role": "technician"})
    assert raised.value.errors == [("kind", "A guest is a requester.")]


def test_who_has_requests_is_archived_instead_of_deleted() -> None:
    ticket = build.a_ticket()
    assert delete_person(ADA, ticket.requester) is False
    assert User.objects.get(pk=ticket.requester.pk).archived
    assert delete_person(ADA, build.theo()) is True


def test_a_mail_domain_belongs_to_one_company() -> None:
    acme = save_company(ADA, {"name": "Acme", "domains": ["ACME.test"]})
    with pytest.raises(Invalid) as raised:
        save_company(ADA, {"name": "Other", "domains": ["acme.test"]})
    assert raised.value.errors == [("domains", "acme.test belongs to Acme.")]
    save_company(ADA, {"domains": []}, acme)
    assert save_company(ADA, {"name": "Other", "domains": ["acme.test"]}).pk


def test_only_technicians_are_in_a_technician_group() -> None:
    build.tess(), build.sam()
    group = save_group(ADA, {"name": "Service Desk", "members": ["Tess@desk.test"]})
    assert [member.email for member in group.members.all()] == ["tess@desk.test"]
    with pytest.raises(Invalid) as raised:
        save_group(ADA, {"members": ["sam@example.test"]}, group)
    assert raised.value.errors == [("members[0]", "sam@example.test is not a technician.")]


def test_a_requester_group_brings_people_who_are_not_known_yet() -> None:
    save_requester_group(ADA, {"name": "All staff", "members": ["new@example.test"]})
    assert User.objects.get(email="new@example.test").role == "requester"
    assert RequesterGroup.objects.get().members.count() == 1


def test_a_group_that_a_mailbox_needs_is_not_deleted() -> None:
    group = build.a_group()
    build.an_incoming_server(technician_group=group)
    with pytest.raises(Invalid, match="used by Support"):
        delete_named(ADA, group)


def test_a_token_is_stored_as_its_digest_alone() -> None:
    token = create_token(ADA, "monitoring", "technician")
    row = ApiToken.objects.get()
    assert row.digest == digest_of(token)
    assert (row.user.kind, row.user.email, row.user.name, row.role) == ("service", None, "monitoring", "technician")
    assert token not in str(list(AuditEntry.objects.values()))


def test_tokens_of_one_name_share_the_service_account() -> None:
    create_token(ADA, "monitoring", "technician"), create_token(ADA, "monitoring", "technician")
    assert User.objects.filter(kind="service").count() == 1


def test_a_token_of_a_person_has_no_more_rights_than_the_person() -> None:
    create_token(ADA, "script", "technician", build.tess())
    assert ApiToken.objects.get().user == build.tess()
    for role, person in (("admin", build.tess()), ("technician", build.sam())):
        with pytest.raises(Invalid):
            create_token(ADA, "script", role, person)
