"""The support portal: a requester's own requests, the public conversation alone, and replies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.outbox.models import OutboundEmail
from tests.build import a_ticket, a_user, an_entry, an_incoming_server, sam, tess
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def test_requesters_see_their_own_requests_alone(browse: Browse) -> None:
    a_ticket("Mine")
    other = a_ticket("Not mine", requester=a_user("other@example.test"))
    client = browse(sam())
    page = client.get("/my/requests").content.decode()
    assert "Mine" in page and "Not mine" not in page
    assert client.get(f"/my/requests/{other.number}").status_code == 404
    assert client.post(f"/my/requests/{other.number}/reply", {"text": "x"}).status_code == 404


def test_notes_collaboration_events_and_forwards_to_others_are_not_shown(browse: Browse) -> None:
    ticket = a_ticket()
    an_entry(ticket, "description", "Public question")
    an_entry(ticket, "reply", "Public answer", author=tess())
    for kind in ("note", "collaboration", "event"):
        an_entry(ticket, kind, f"secret {kind}", author=tess())
    an_entry(ticket, "forward", "secret forward", author=tess(), to=["vendor@else.test", "notsam@example.test"])
    an_entry(ticket, "forward", "Forwarded to you", author=tess(), to=["sam@example.test"])
    client = browse(sam())
    for path in (f"/my/requests/{ticket.number}", f"/my/requests/{ticket.number}/live"):
        page = client.get(path).content.decode()
        assert "Public question" in page and "Public answer" in page and "Forwarded to you" in page
        assert "secret" not in page


def test_a_technician_with_a_request_of_their_own_sees_it_as_a_requester_does(browse: Browse) -> None:
    ticket = a_ticket(requester=tess())
    an_entry(ticket, "note", "secret", author=tess())
    assert "secret" not in browse(tess()).get(f"/my/requests/{ticket.number}").content.decode()


def test_a_reply_is_not_shown_while_it_can_be_taken_back(browse: Browse) -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, "reply", "Hasty words", author=tess())
    mail = OutboundEmail.objects.create(
        message_id="a@b", kind="reply", ticket=ticket, entry=entry, due_at=timezone.now() + timedelta(seconds=10)
    )
    client = browse(sam())
    assert "Hasty words" not in client.get(f"/my/requests/{ticket.number}").content.decode()
    mail.due_at = timezone.now()
    mail.save()
    assert "Hasty words" in client.get(f"/my/requests/{ticket.number}").content.decode()


def test_a_reply_reaches_the_desk_and_reopens_what_was_closed(browse: Browse) -> None:
    ticket = a_ticket(status="closed")
    assert browse(sam()).post(f"/my/requests/{ticket.number}/reply", {"text": "Still smoking"}).status_code == 302
    ticket.refresh_from_db()
    entry = ticket.entries.get(kind="reply")
    assert (entry.text, entry.direction, ticket.status) == ("Still smoking", "in", "open")


def test_a_reply_long_after_the_close_is_refused_with_what_to_do_and_the_words_are_kept(browse: Browse) -> None:
    ticket = a_ticket(status="closed", closed_at=timezone.now() - timedelta(days=8))
    answer = browse(sam()).post(f"/my/requests/{ticket.number}/reply", {"text": "Still smoking"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This request is closed. Please open a new one." in page and "Still smoking" in page
    assert not ticket.entries.exists()


def test_an_empty_reply_is_refused_with_the_reason(browse: Browse) -> None:
    ticket = a_ticket()
    answer = browse(sam()).post(f"/my/requests/{ticket.number}/reply", {"text": " "})
    assert answer.status_code == 422 and "Write something first." in answer.content.decode()


def test_without_requests_the_page_says_where_to_write(browse: Browse) -> None:
    an_incoming_server(email="support@desk.test")
    assert "mailto:support@desk.test" in browse(sam()).get("/my/requests").content.decode()


def test_a_poll_is_answered_not_modified_until_the_desk_answers(browse: Browse) -> None:
    ticket, client = a_ticket(), browse(sam())
    path = f"/my/requests/{ticket.number}/live"
    tag = client.get(path)["ETag"]
    an_entry(ticket, "note", "internal", author=tess())
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    an_entry(ticket, "reply", "Done", author=tess())
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_pages_that_are_not_there_say_so_in_the_look_of_the_product(browse: Browse) -> None:
    answer = browse(sam()).get("/my/requests/999999")
    assert answer.status_code == 404 and "Nothing is here" in answer.content.decode()
    refused = browse(sam()).get("/requests")
    assert refused.status_code == 403 and "Not yours to open" in refused.content.decode()
