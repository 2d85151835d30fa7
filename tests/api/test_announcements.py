"""Announcements and previews over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import RequesterGroup
from postroom.outbox.models import OutboundEmail
from postroom.tickets.services.announcing import feed_announcements
from tests.api.conftest import Script
from tests.build import a_ticket, an_entry, an_outgoing_server, gita, sam

DRAFT = {"subject": "Maintenance", "text": "Dear {{ name }}", "requester_groups": ["All staff"]}


@pytest.fixture(autouse=True)
def staff(db: None) -> None:
    an_outgoing_server(primary=True)
    RequesterGroup.objects.create(name="All staff").members.add(sam(), gita())


def test_an_announcement_is_drafted_sent_paused_resumed_and_cancelled(admin: Script) -> None:
    made = admin.post("announcements", **DRAFT).body
    assert (made["state"], made["outgoing_server"], made["per_minute"]) == ("draft", None, 300)
    path = f"announcements/{made['id']}"
    assert admin.patch(path, per_minute=6).body["per_minute"] == 6

    sent = admin.post(f"{path}/send").body
    assert (sent["state"], sent["counts"]["recipients"], sent["counts"]["waiting"]) == ("sending", 2, 2)
    feed_announcements(timezone.now())
    assert admin.get(path).body["counts"]["queued"] == 1
    assert admin.post(f"{path}/pause").body["state"] == "paused"
    assert admin.post(f"{path}/resume").body["state"] == "sending"
    cancelled = admin.post(f"{path}/cancel").body
    assert (cancelled["state"], cancelled["cancelled"], cancelled["counts"]["cancelled"]) == ("done", True, 2)
    assert admin.get("announcements").body["count"] == 1


def test_a_step_that_is_not_possible_is_a_conflict(admin: Script) -> None:
    path = f"announcements/{admin.post('announcements', **DRAFT).body['id']}"

    assert admin.post(f"{path}/pause").status_code == 409
    assert admin.post(f"{path}/send").status_code == 200
    again = admin.post(f"{path}/send")
    assert (again.status_code, again.body["message"]) == (409, "It was sent already.")
    assert admin.delete(path).status_code == 409


def test_what_became_of_each_recipient_is_listed(admin: Script) -> None:
    path = f"announcements/{admin.post('announcements', **DRAFT).body['id']}"
    admin.post(f"{path}/send")
    feed_announcements(timezone.now())
    OutboundEmail.objects.filter(to=["sam@example.test"]).update(state="failed", reason="550 no such user")

    rows = {row["address"]: row for row in admin.get(f"{path}/recipients").body["results"]}
    assert rows["gita@example.test"]["state"] == "queued"
    (trouble,) = admin.get(f"{path}/recipients", trouble=True).body["results"]
    assert (trouble["address"], trouble["reason"]) == ("sam@example.test", "550 no such user")


def test_an_announcement_is_tried_out_on_oneself(admin: Script) -> None:
    path = f"announcements/{admin.post('announcements', **DRAFT).body['id']}"
    mail = admin.post(f"{path}/test")

    assert (mail.status_code, mail.body["to"], mail.body["text"]) == (
        201,
        ["ada@desk.test"],
        "Dear Ada Administrator\n",
    )
    assert admin.get(path).body["state"] == "draft"


@pytest.mark.parametrize(("field", "value"), [("requester_groups", ["Nobody"]), ("text", "{{ secret }}")])
def test_what_is_wrong_is_said_at_the_field(admin: Script, field: str, value: Any) -> None:
    answer = admin.post("announcements", **{**DRAFT, field: value})

    assert answer.status_code == 400
    assert answer.body["errors"][0]["field"].startswith(field)


TEMPLATE = {"event": "resolved", "audience": "requester", "language": "en"}


def test_a_template_is_shown_with_a_sample_and_with_a_request(admin: Script) -> None:
    ticket = a_ticket("No <network>")
    an_entry(ticket, "description", "Help!")
    values = {
        **TEMPLATE,
        "subject": "{{ subject }} is done",
        "text": "{{ description }}",
        "html": "<p>{{ subject }}</p>",
    }

    shown = admin.post("notification-templates/preview", **values).body
    assert shown["subject"] == "[#46] The printer is on fire is done"
    real = admin.post("notification-templates/preview", **values, request=ticket.number).body
    assert real["subject"] == f"[#{ticket.number}] No <network> is done"
    assert real["text"].startswith("Help!\n\nReference: pr-")
    assert real["html"].startswith("<p>No &lt;network&gt;</p>")
    assert admin.post("notification-templates/preview", **values, request=999).status_code == 404
    assert admin.post("notification-templates/preview", **{**values, "text": "{{ x }}"}).status_code == 400


def test_a_stored_template_is_shown_and_sent_to_oneself(admin: Script) -> None:
    made = admin.post("notification-templates", **TEMPLATE, subject="Done", text="Done, {{ name }}.").body
    path = f"notification-templates/{made['id']}"

    assert admin.post(f"{path}/preview", text="Changed.").body["text"].startswith("Changed.")
    mail = admin.post(f"{path}/test")
    assert (mail.status_code, mail.body["to"], mail.body["kind"]) == (201, ["ada@desk.test"], "test")
    assert mail.body["text"].startswith("Done, Sam Requester.")


def test_every_event_tells_its_audiences_and_placeholders(admin: Script) -> None:
    events = {event["event"]: event for event in admin.get("notification-templates/events").body}

    created = {audience["audience"]: audience for audience in events["created"]["audiences"]}
    assert sorted(created) == ["group", "guest", "requester"]
    assert "subject" in created["requester"]["placeholders"]
    assert not {"subject", "description", "requester", "name", "last_reply"} & set(created["guest"]["placeholders"])
    assert not events["not_processed"]["audiences"][0]["enabled"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"event": "coffee", "audience": "requester"}, "event"),
        ({"event": "created", "audience": "sender"}, "audience"),
        ({"event": "created", "audience": "guest", "text": "{{ subject }}"}, "text"),
        ({"event": "created", "audience": "group", "text": "One\n\n{{ oops"}, "text"),
        ({"event": "created", "audience": "group", "subject": "{{ 7*7 }}"}, "subject"),
    ],
)
def test_a_template_that_could_not_work_is_refused(admin: Script, values: dict[str, str], field: str) -> None:
    answer = admin.post("notification-templates", **{"text": "Hello", **TEMPLATE, **values})

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, field)
    if "oops" in values.get("text", ""):
        assert "line 3" in answer.body["message"]
