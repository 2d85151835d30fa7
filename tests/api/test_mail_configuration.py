"""Notification templates and the suppression list over REST."""

from __future__ import annotations

from postroom.audit.models import AuditEntry
from postroom.outbox.models import Suppression
from tests.api.conftest import Script
from tests.api.test_mail import a_waiting_mail

TEMPLATE = {"event": "created", "audience": "requester", "language": "en", "subject": "Hello", "text": "{{ number }}"}


def test_a_template_is_made_changed_and_deleted(admin: Script) -> None:
    made = admin.post("notification-templates", **TEMPLATE).body
    assert made == {"id": made["id"], "enabled": True, "notify_cc": False, "html": "", **TEMPLATE}
    assert admin.get("notification-templates", search="requester").body["results"] == [made]

    assert not admin.patch(f"notification-templates/{made['id']}", enabled=False).body["enabled"]
    assert admin.delete(f"notification-templates/{made['id']}").status_code == 204


def test_a_template_with_an_unknown_placeholder_is_refused(admin: Script) -> None:
    answer = admin.post("notification-templates", **{**TEMPLATE, "text": "{{ password }}"})

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, "text")


def test_an_address_on_the_suppression_list_gets_no_automatic_mail_until_it_is_taken_off(admin: Script) -> None:
    made = admin.post("suppressions", address="Sam@Example.test", reason="Mailbox full").body
    assert (made["address"], made["reason"]) == ("sam@example.test", "Mailbox full")
    assert made["created_at"]
    assert a_waiting_mail(kind="notification").state == "cancelled"

    assert admin.delete(f"suppressions/{made['id']}").status_code == 204
    assert a_waiting_mail(kind="notification").state == "queued"
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["created", "deleted"]


def test_an_address_is_on_the_suppression_list_once(admin: Script) -> None:
    row = Suppression.objects.create(address="sam@example.test")
    other = Suppression.objects.create(address="gita@example.test")

    twice = admin.post("suppressions", address="SAM@example.test")
    assert (twice.status_code, twice.body["errors"][0]["field"]) == (400, "address")
    assert admin.patch(f"suppressions/{other.pk}", address="sam@example.test").status_code == 400
    assert admin.put(f"suppressions/{row.pk}", address="sam@example.test").status_code == 200
    assert admin.post("suppressions", address="nonsense").status_code == 400
