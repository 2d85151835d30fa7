"""The conversation over REST, what is written into it, and its files."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.channels.models import EmailPreferences
from postroom.channels.storage import blobs
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Attachment, Entry, Participant, Ticket
from tests import build
from tests.api.conftest import Script

FIELDS = {
    "id", "kind", "direction", "author", "text", "html", "quoted_html", "attachments", "message_id", "created_at",
    "delivery",
}  # fmt: skip


@pytest.fixture
def ticket() -> Ticket:
    build.an_outgoing_server(primary=True)
    return build.a_ticket(cc_emails=["gita@example.test"])


def a_file(
    entry: Entry, filename: str = "plan.html", content: bytes = b"<script>alert(1)</script>", **fields: Any
) -> Attachment:
    fields = {"content_type": "text/html", "size": len(content), **fields}
    return Attachment.objects.create(entry=entry, filename=filename, sha256=blobs().put(content), **fields)


def test_a_conversation_is_a_plain_list_oldest_first_with_internal_entries_for_technicians(
    ticket: Ticket, tess: Script
) -> None:
    now = timezone.now()
    later = build.an_entry(ticket, "note", "He always prints 400 pages.", author=build.tess(), created_at=now)
    first = build.an_entry(
        ticket, "description", "It burns.", created_at=now - timedelta(hours=1), quoted_html="<p>older</p>"
    )
    rows = tess.get(f"requests/{ticket.number}/conversation").body

    assert [row["id"] for row in rows] == [first.pk, later.pk]
    assert rows[0].keys() >= FIELDS
    assert (rows[0]["kind"], rows[0]["direction"], rows[0]["quoted_html"]) == ("description", "in", "<p>older</p>")
    assert rows[0]["author"] == {"name": "Sam Requester", "email": "sam@example.test"}
    assert (rows[1]["direction"], rows[1]["delivery"], rows[1]["message_id"]) == ("internal", None, None)


def test_a_reply_goes_to_the_requester_and_the_cc_at_once(ticket: Ticket, tess: Script) -> None:
    answer = tess.post(f"requests/{ticket.number}/replies", html="<p>Use <b>water</b>.</p><script>x</script>")

    assert answer.status_code == 201
    row, mail = answer.body, OutboundEmail.objects.get()
    assert (row["kind"], row["direction"], row["author"]["email"]) == ("reply", "out", "tess@desk.test")
    assert (row["to"], row["cc"]) == (["sam@example.test"], ["gita@example.test"])
    assert "script" not in row["html"]
    assert row["message_id"] == mail.message_id
    assert row["delivery"]["state"] == "queued"
    expected = ("Support", "primary", None)
    assert (row["delivery"]["server"], row["delivery"]["reason"], row["delivery"]["error"]) == expected
    assert [recipient["address"] for recipient in row["delivery"]["recipients"]] == [*mail.to, *mail.cc]
    assert mail.due_at <= timezone.now()


def test_the_delivery_tells_of_the_newest_mail_that_carries_the_entry(
    ticket: Ticket, tess: Script, admin: Script
) -> None:
    tess.post(f"requests/{ticket.number}/replies", text="Use water.")
    mail = OutboundEmail.objects.get()
    OutboundEmail.objects.update(state="failed", reason="550 5.1.1 No such user")
    read = f"requests/{ticket.number}/conversation"
    assert tess.get(read).body[0]["delivery"]["error"] == "550 5.1.1 No such user"

    admin.post(f"mail/outgoing/{mail.pk}/resend", to=["sam@home.test"])
    assert tess.get(read).body[0]["delivery"]["state"] == "queued"


def test_internal_entries_are_mailed_to_nobody_and_say_so(ticket: Ticket, tess: Script) -> None:
    for path, kind in (("notes", "note"), ("collaborations", "collaboration")):
        answer = tess.post(f"requests/{ticket.number}/{path}", text="Between us.", to=[], cc=[])
        assert (answer.status_code, answer.body["kind"], answer.body["direction"]) == (201, kind, "internal")

        refused = tess.post(f"requests/{ticket.number}/{path}", text="Between us.", to=["sam@example.test"])
        assert [error["field"] for error in refused.body["errors"]] == ["to"]
    assert not OutboundEmail.objects.exists()


def test_a_forward_goes_to_a_third_party_who_becomes_a_participant(ticket: Ticket, tess: Script) -> None:
    row = tess.post(f"requests/{ticket.number}/forwards", text="Please repair.", to="repairs@else.test").body

    assert (row["kind"], row["to"]) == ("forward", ["repairs@else.test"])
    assert Participant.objects.get().role == "third_party"
    assert tess.post(f"requests/{ticket.number}/forwards", text="To whom?").status_code == 400


def test_a_server_is_chosen_only_where_choosing_is_on(ticket: Ticket, tess: Script) -> None:
    build.an_outgoing_server("HR", "hr@desk.test")
    path = f"requests/{ticket.number}/replies"
    assert tess.post(path, text="Hi", outgoing_server="HR").body["errors"][0]["field"] == "outgoing_server"

    preferences = EmailPreferences.load()
    preferences.allow_choosing_outgoing_server = True
    preferences.save()
    assert tess.post(path, text="Hi", outgoing_server="hr").body["delivery"]["server"] == "HR"
    assert tess.post(path, text="Hi", outgoing_server="None such").body["errors"][0]["field"] == "outgoing_server"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "  "}, "text"),
        ({"text": 5}, "text"),
        ({"text": "Hi\x00"}, "text"),
        ({"text": "Hi", "to": ["nobody"]}, "to"),
        ({"text": "Hi", "to": ["a@b.test\nBcc: c@d.test"]}, "to[0]"),
        ({"text": "Hi", "attachments": [{"filename": "a", "content_base64": "%%%"}]}, "attachments[0].content_base64"),
        ({"text": "Hi", "attachments": [{"filename": "a", "content_base64": 7}]}, "attachments[0].content_base64"),
        ({"text": "Hi", "attachments": [{"filename": "", "content_base64": ""}]}, "attachments[0].filename"),
        ({"text": "Hi", "attachments": [{"filename": "a\r\nb", "content_base64": ""}]}, "attachments[0].filename"),
        (
            {"text": "Hi", "attachments": [{"filename": "a", "content_base64": "", "content_type": "a/b\r\nX: y"}]},
            "attachments[0].content_type",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_reply_is_refused_at_its_field_and_nothing_is_stored(
    body: dict[str, Any], field: str, ticket: Ticket, tess: Script
) -> None:
    answer = tess.post(f"requests/{ticket.number}/replies", **body)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert not Entry.objects.exists()
    assert not OutboundEmail.objects.exists()


def test_one_bad_attachment_among_good_ones_stores_none(ticket: Ticket, tess: Script) -> None:
    good = {"filename": "good.txt", "content_base64": base64.b64encode(b"a good file").decode()}
    bad = {"filename": "bad.txt", "content_base64": "YQ="}
    answer = tess.post(f"requests/{ticket.number}/notes", text="Files", attachments=[good, bad])

    assert [error["field"] for error in answer.body["errors"]] == ["attachments[1].content_base64"]
    assert not Attachment.objects.exists()


def test_an_attachment_comes_back_as_it_went_in(ticket: Ticket, tess: Script) -> None:
    content = bytes(range(256))
    file = {
        "filename": "Übersicht 1.bin",
        "content_type": "image/png",
        "content_base64": base64.encodebytes(content).decode(),
    }
    row = tess.post(f"requests/{ticket.number}/notes", text="See there", attachments=[file]).body["attachments"][0]

    assert (row["filename"], row["content_type"], row["size"]) == ("Übersicht 1.bin", "image/png", 256)
    assert row["url"] == f"https://desk.test/api/v1/attachments/{row['id']}"
    download = tess.get(row["url"].removeprefix("https://desk.test"))
    assert b"".join(download.streaming_content) == content


@pytest.mark.parametrize("given", ["../../etc/passwd", "C:\\windows\\passwd", "/passwd"])
def test_a_file_goes_out_under_a_name_without_folders(ticket: Ticket, tess: Script, given: str) -> None:
    file = {"filename": given, "content_base64": "YQ=="}
    entry = tess.post(f"requests/{ticket.number}/replies", text="See there", attachments=[file]).body

    assert [row["filename"] for row in entry["attachments"]] == ["passwd"]


def test_a_download_is_inert_in_every_browser(ticket: Ticket, tess: Script) -> None:
    file = a_file(build.an_entry(ticket), filename='a"b\r\nSet-Cookie: x=\u202egpj.html')
    download = tess.get(f"attachments/{file.pk}")

    assert download.headers["Content-Type"] == "application/octet-stream"
    assert download.headers["Content-Disposition"].startswith("attachment; ")
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in download.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in download.headers
    assert "%E2%80%AE" not in download.headers["Content-Disposition"]
    b"".join(download.streaming_content)


def test_a_file_is_only_for_those_who_may_see_its_request(tess: Script, theo: Script) -> None:
    his = build.a_ticket("Salary", technician_group=build.a_group("HR"))
    file = a_file(build.an_entry(his, "note"))

    assert tess.get(f"attachments/{file.pk}").status_code == 404
    assert tess.get(f"attachments/{file.pk}").content == tess.get("attachments/999999").content
    found = theo.get(f"attachments/{file.pk}")
    assert found.status_code == 200
    b"".join(found.streaming_content)


def test_a_removed_or_lost_file_says_that_it_is_gone(ticket: Ticket, tess: Script) -> None:
    entry = build.an_entry(ticket)
    removed, lost = a_file(entry, removed="It held malware."), a_file(entry, content=b"lost")
    blobs().delete(lost.sha256)

    assert tess.get(f"attachments/{removed.pk}").body["message"] == "It held malware."
    assert tess.get(f"attachments/{lost.pk}").body["code"] == "gone"
    shown = tess.get(f"requests/{ticket.number}/conversation").body[0]["attachments"]
    assert [file["url"] is None for file in shown] == [True, False]


def test_a_conversation_takes_the_same_number_of_queries_however_long(
    ticket: Ticket, tess: Script, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        tess.post(
            f"requests/{ticket.number}/replies",
            text="Use water.",
            attachments=[{"filename": "a.txt", "content_base64": "YQ=="}],
        )
    with django_assert_num_queries(5):  # token, request, entries, attachments, mails
        assert len(tess.get(f"requests/{ticket.number}/conversation").body) == 3
