"""The mail log over REST: what arrived, what left, and what an administrator does with it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from postroom.audit.models import AuditEntry
from postroom.channels.models import Settings
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from tests import build
from tests.api.conftest import Script
from tests.mails import a_mail

INCOMING = {
    "id", "mailbox", "message_id", "from", "to", "subject", "received_at", "size", "state", "outcome", "reason",
    "request", "entry_id", "duplicate_of", "tries",
}  # fmt: skip
OUTGOING = {
    "id", "message_id", "kind", "request", "entry_id", "from", "to", "cc", "subject", "state", "server", "reason",
    "attempts", "next_try_at", "recipients",
}  # fmt: skip

keys = count(1)


def an_arrived_mail(**fields: Any) -> InboundEmail:
    """A mail that was held; its raw form is kept."""
    raw = a_mail()
    values = {
        "mailbox_email": "support@desk.test",
        "key": f"1/{next(keys)}",
        "raw_sha256": blobs().put(raw),
        "size": len(raw),
        "received_at": timezone.now(),
        "state": "done",
        "outcome": "held",
        "reason_code": "blank",
        "reason": "Empty.",
        "from_email": "sam@example.test",
        "to": ["support@desk.test"],
        "subject": "Hello",
        "message_id": "one@example.test",
        "trace": [{"step": "blank", "verdict": "held", "detail": "No text."}],
    }
    return InboundEmail.objects.create(**{**values, **fields})


def a_waiting_mail(**fields: Any) -> OutboundEmail:
    (mail,) = queue([NewMail(**{"kind": "reply", "to": ["sam@example.test"], "subject": "Re", "text": "Hi", **fields})])
    return mail


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.body["results"]]


def test_an_arrived_mail_has_the_fields_of_the_contract_and_its_trace(admin: Script) -> None:
    row = an_arrived_mail()
    listed = admin.get("mail/incoming").body["results"][0]
    read = admin.get(f"mail/incoming/{row.pk}").body

    assert listed.keys() >= INCOMING
    assert (listed["from"], listed["outcome"], listed["request"]) == ("sam@example.test", "held", None)
    assert listed["reason"] == {"code": "blank", "text": "Empty."}
    assert "trace" not in listed
    assert read["trace"] == [{"step": "blank", "verdict": "held", "detail": "No text."}]


def test_a_mail_that_is_not_done_has_no_outcome(admin: Script) -> None:
    an_arrived_mail(state="kept", outcome="")

    assert admin.get("mail/incoming", state="kept").body["results"][0]["outcome"] is None


def test_arrived_mail_is_filtered_by_mailbox_outcome_message_id_and_state(admin: Script) -> None:
    one = an_arrived_mail()
    two = an_arrived_mail(mailbox_email="hr@desk.test", outcome="created", message_id="two@example.test")

    assert ids(admin.get("mail/incoming")) == [two.pk, one.pk]
    assert ids(admin.get("mail/incoming", mailbox="HR@desk.test")) == [two.pk]
    assert ids(admin.get("mail/incoming", outcome="held")) == [one.pk]
    assert ids(admin.get("mail/incoming", message_id="<two@example.test>")) == [two.pk]
    assert ids(admin.get("mail/incoming", state="processing")) == []
    assert admin.get("mail/incoming", outcome="lost").body["errors"][0]["field"] == "outcome"


def test_the_raw_mail_is_handed_out_byte_for_byte_until_it_is_gone(admin: Script) -> None:
    row = an_arrived_mail()
    download = admin.get(f"mail/incoming/{row.pk}/raw")

    assert download.headers["Content-Type"] == "message/rfc822"
    assert download.headers["Content-Disposition"] == f'attachment; filename="mail-{row.pk}.eml"'
    assert b"".join(download.streaming_content) == blobs().get(row.raw_sha256)

    InboundEmail.objects.update(raw_sha256="")
    assert admin.get(f"mail/incoming/{row.pk}/raw").status_code == 404


def test_a_held_mail_is_released_as_a_request(admin: Script) -> None:
    row = an_arrived_mail()
    answer = admin.send("POST", f"mail/incoming/{row.pk}/release", "")

    assert (answer.status_code, answer.body["state"]) == (200, "kept")
    row.refresh_from_db()
    assert (row.state, row.released_as) == ("kept", "request")
    assert AuditEntry.objects.get().actor == build.ada()


def test_a_held_mail_is_released_as_a_reply_to_a_request_that_exists(admin: Script) -> None:
    row, ticket = an_arrived_mail(), build.a_ticket()
    path = f"mail/incoming/{row.pk}/release"

    assert admin.post(path, **{"as": "reply"}).body["errors"][0]["field"] == "request"
    assert admin.post(path, **{"as": "reply", "request": 999999}).body["errors"][0]["field"] == "request"
    assert admin.post(path, **{"as": "note"}).body["errors"][0]["field"] == "as"
    assert admin.post(path, **{"as": "reply", "request": ticket.number}).status_code == 200
    row.refresh_from_db()
    assert (row.released_as, row.released_to) == ("reply", ticket)


def test_a_mail_is_decided_anew_or_discarded_but_not_once_it_is_part_of_a_request(admin: Script) -> None:
    held, other = an_arrived_mail(), an_arrived_mail()
    ticket = build.a_ticket()
    made = an_arrived_mail(outcome="created", ticket=ticket, entry=build.an_entry(ticket, "description"))

    assert admin.post(f"mail/incoming/{held.pk}/reprocess").body["state"] == "kept"
    assert admin.post(f"mail/incoming/{other.pk}/discard").body["reason"]["code"] == "discarded"
    refused = admin.post(f"mail/incoming/{made.pk}/reprocess")
    assert (refused.status_code, refused.body["code"]) == (409, "conflict")
    assert str(ticket.number) in refused.body["message"]


def test_a_sender_is_blocked(admin: Script) -> None:
    admin.post(f"mail/incoming/{an_arrived_mail().pk}/block-sender")

    assert Settings.load().block_senders == ["sam@example.test"]
    assert admin.post(f"mail/incoming/{an_arrived_mail(from_email='').pk}/block-sender").status_code == 409


@pytest.mark.parametrize(("action", "state"), [("reprocess", "kept"), ("release", "kept"), ("discard", "done")])
def test_many_mails_are_changed_together(action: str, state: str, admin: Script) -> None:
    rows = [an_arrived_mail() for _ in range(3)]
    answer = admin.post("mail/incoming/bulk", ids=[row.pk for row in rows], action=action)

    assert answer.body["count"] == 3
    assert {row["state"] for row in answer.body["results"]} == {state}


def test_of_many_mails_all_are_changed_or_none(admin: Script) -> None:
    held, running = an_arrived_mail(), an_arrived_mail(state="processing", outcome="")

    for action in ("reprocess", "release", "discard"):
        answer = admin.post("mail/incoming/bulk", ids=[held.pk, running.pk], action=action)
        assert (answer.status_code, [error["field"] for error in answer.body["errors"]]) == (409, ["ids[1]"])
        assert str(running.pk) in answer.body["message"]
    unknown = admin.post("mail/incoming/bulk", ids=[held.pk, 999999], action="discard")
    assert (unknown.status_code, unknown.body["errors"][0]["field"]) == (400, "ids[1]")
    held.refresh_from_db()
    assert (held.state, held.reason_code) == ("done", "blank")


def test_an_outgoing_mail_has_the_fields_of_the_contract_and_its_text(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    ticket = build.a_ticket()
    mail = a_waiting_mail(ticket_id=ticket.number)
    listed = admin.get("mail/outgoing").body["results"][0]

    assert listed.keys() >= OUTGOING
    assert (listed["request"], listed["server"], listed["reason"]) == (ticket.number, "Support", "primary")
    assert listed["from"] == "support@desk.test"
    assert listed["next_try_at"] is not None
    assert listed["recipients"][0].keys() == {"address", "state", "code", "enhanced", "text"}
    assert "text" not in listed
    assert admin.get(f"mail/outgoing/{mail.pk}").body["text"] == "Hi"


def test_outgoing_mail_is_filtered_by_state_server_request_and_kind(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    ticket = build.a_ticket()
    one, two = a_waiting_mail(ticket_id=ticket.number), a_waiting_mail(kind="test")
    OutboundEmail.objects.filter(pk=two.pk).update(state="sent")

    assert ids(admin.get("mail/outgoing")) == [two.pk, one.pk]
    assert ids(admin.get("mail/outgoing", state="sent")) == [two.pk]
    assert ids(admin.get("mail/outgoing", request=ticket.number)) == [one.pk]
    assert ids(admin.get("mail/outgoing", kind="test")) == [two.pk]
    assert ids(admin.get("mail/outgoing", server="support")) == [two.pk, one.pk]
    assert admin.get("mail/outgoing", state="lost").status_code == 400


def test_a_failed_mail_is_tried_again_by_another_server_with_the_same_message_id(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    build.an_outgoing_server("Spare", "spare@desk.test")
    build.an_outgoing_server("Off", "off@desk.test", enabled=False)
    mail = a_waiting_mail()
    OutboundEmail.objects.update(state="failed")

    for name in ("None such", "Off"):
        assert admin.post(f"mail/outgoing/{mail.pk}/retry", server=name).body["errors"][0]["field"] == "server"
    row = admin.post(f"mail/outgoing/{mail.pk}/retry", server="Spare").body
    assert (row["state"], row["server"], row["message_id"]) == ("queued", "Spare", mail.message_id)


def test_a_mail_that_was_sent_is_neither_retried_nor_cancelled_but_may_be_resent(admin: Script) -> None:
    mail = a_waiting_mail()
    OutboundEmail.objects.update(state="sent", recipients=[{**mail.recipients[0], "state": "sent"}])

    assert admin.post(f"mail/outgoing/{mail.pk}/retry").status_code == 409
    assert admin.post(f"mail/outgoing/{mail.pk}/cancel").status_code == 409
    copy = admin.post(f"mail/outgoing/{mail.pk}/resend", to=["sam@home.test"])
    assert (copy.status_code, copy.body["to"]) == (201, ["sam@home.test"])
    assert copy.body["message_id"] != mail.message_id
    assert admin.post(f"mail/outgoing/{mail.pk}/resend", to=["nobody"]).body["errors"][0]["field"] == "to[0]"


def test_a_waiting_mail_is_cancelled(admin: Script) -> None:
    row = admin.post(f"mail/outgoing/{a_waiting_mail().pk}/cancel").body

    assert (row["state"], row["next_try_at"]) == ("cancelled", None)


def test_both_logs_take_the_same_number_of_queries_however_long(admin: Script, django_assert_num_queries: Any) -> None:
    admin.get("mail/incoming")
    for _ in range(3):
        an_arrived_mail()
        a_waiting_mail()
    for path in ("mail/incoming", "mail/outgoing"):
        with django_assert_num_queries(3):  # token, count, rows
            assert len(admin.get(path).body["results"]) == 3
