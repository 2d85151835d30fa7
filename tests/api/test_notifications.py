"""Mail about a request to people and groups beside the conversation (WRK-05)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from postroom.accounts.models import RequesterGroup
from postroom.audit.models import AuditEntry
from postroom.channels.models import EmailPreferences
from postroom.channels.storage import blobs
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Ticket
from tests import build
from tests.api.conftest import Script


@pytest.fixture
def ticket(tess: Script) -> Ticket:
    return build.a_ticket("Printer", technician_group=build.a_group("Service Desk"))


def told(tess: Script, ticket: Ticket, **body: Any) -> Any:
    return tess.post(f"requests/{ticket.number}/notifications", **{"subject": "News", "text": "It works.", **body})


def test_a_notification_goes_to_people_and_to_all_members_of_groups(tess: Script, ticket: Ticket) -> None:
    staff = RequesterGroup.objects.create(name="All staff")
    staff.members.add(build.sam(), build.gita())
    build.a_group("HR", [build.theo()])
    sent = told(
        tess, ticket, to=["boss@example.test", "SAM@example.test"], cc=["x@example.test"], groups=["hr", "All staff"]
    )

    assert sent.status_code == 201
    assert sent.body["to"] == ["boss@example.test", "SAM@example.test", "theo@desk.test", "gita@example.test"]
    assert (sent.body["cc"], sent.body["kind"], sent.body["state"]) == (["x@example.test"], "notification", "queued")
    assert sent.body["subject"] == f"[#{ticket.number}] News"
    assert sent.body["text"].startswith("It works.")
    assert sent.body["request"] == ticket.number


def test_a_notification_is_kept_in_the_log_and_the_audit_but_not_in_the_conversation(
    tess: Script, ticket: Ticket
) -> None:
    first = told(tess, ticket, to=["a@example.test"]).body["id"]
    second = told(tess, ticket, to=["b@example.test"]).body["id"]
    listed = tess.get(f"requests/{ticket.number}/notifications").body

    assert [row["id"] for row in listed["results"]] == [second, first]
    assert tess.get(f"requests/{ticket.number}/conversation").body == []
    entry = AuditEntry.objects.filter(action="sent").first()
    assert entry is not None
    assert (entry.actor_name, entry.changes) == (
        "Tess Technician",
        [{"field": "to", "old": None, "new": ["b@example.test"]}],
    )


def test_a_notification_carries_its_files(tess: Script, ticket: Ticket) -> None:
    file = {"filename": "plan.txt", "content_type": "text/plain", "content_base64": base64.b64encode(b"Plan").decode()}
    sent = told(tess, ticket, to=["a@example.test"], attachments=[file])

    assert [row["filename"] for row in sent.body["files"]] == ["plan.txt"]
    (stored,) = OutboundEmail.objects.get().files
    assert blobs().get(stored["sha256"]) == b"Plan"


def test_the_tag_stands_once_in_the_subject(tess: Script, ticket: Ticket) -> None:
    sent = told(tess, ticket, to=["a@example.test"], subject=f"[#{ticket.number}]: News")

    assert sent.body["subject"] == f"[#{ticket.number}] News"


def test_outsiders_who_are_told_answer_internally(tess: Script, ticket: Ticket) -> None:
    build.theo()
    told(tess, ticket, to=["a@example.test", "sam@example.test", "theo@desk.test"])

    assert list(ticket.participants.values_list("email", "role")) == [("a@example.test", "third_party")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["nonsense"]}, "to"),
        ({"to": ["a@example.test"], "text": " "}, "text"),
        ({"to": ["a@example.test"], "subject": " "}, "subject"),
        ({"groups": ["Nobody"]}, "groups[0]"),
        ({"to": ["a@example.test"], "outgoing_server": "Nowhere"}, "outgoing_server"),
        ({"to": ["a@example.test"], "outgoing_server": "Support"}, "outgoing_server"),
    ],
)
def test_a_notification_that_cannot_be_sent_is_refused_at_its_field(
    body: dict[str, Any], field: str, tess: Script, ticket: Ticket
) -> None:
    build.an_outgoing_server()
    answer = told(tess, ticket, **body)

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, field)
    assert not OutboundEmail.objects.exists()


def test_the_server_is_chosen_where_choosing_is_allowed(tess: Script, ticket: Ticket) -> None:
    build.an_outgoing_server("HR", "hr@desk.test")
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_choosing_outgoing_server": True})

    assert told(tess, ticket, to=["a@example.test"], outgoing_server="HR").body["server"] == "HR"


def test_nobody_is_told_of_a_request_by_who_may_not_see_it(theo: Script, ticket: Ticket) -> None:
    assert told(theo, ticket, to=["a@example.test"]).status_code == 404
    assert theo.get(f"requests/{ticket.number}/notifications").status_code == 404
    assert not OutboundEmail.objects.exists()
