"""An entry of the configuration audit can be neither changed nor deleted, by whatever way (AUD-03)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor, record
from tests.build import a_user, ada, an_outgoing_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> AuditEntry:
    person = ada()
    change = {"field": "port", "old": 25, "new": 587}
    actor = Actor(person.name, person.pk, "192.0.2.7")
    return record(actor=actor, action="updated", object_=an_outgoing_server(), name="Support", changes=[change])


def test_the_model_refuses_to_change_or_delete_an_entry(entry: AuditEntry) -> None:
    with pytest.raises(ValueError, match="cannot be changed"):
        entry.save()
    with pytest.raises(ValueError, match="cannot be deleted"):
        entry.delete()


def test_the_database_refuses_to_change_or_delete_entries(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
        AuditEntry.objects.update(actor_name="Nobody")
    with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
        AuditEntry.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET changes = '[]', actor_id = NULL")
    assert AuditEntry.objects.get().changes == [{"field": "port", "old": 25, "new": 587}]


def test_an_entry_survives_the_person_who_made_the_change(entry: AuditEntry) -> None:
    ada().delete()
    left = AuditEntry.objects.get()
    assert (left.actor, left.actor_name, left.ip) == (None, "Ada Administrator", "192.0.2.7")


def test_another_person_cannot_be_made_the_author(entry: AuditEntry) -> None:
    other = a_user("mallory@desk.test")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.update(actor=other)
