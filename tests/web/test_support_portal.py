"""The support portal: a requester's own requests, the public conversation alone, and replies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.accounts.models import Company
from postroom.channels.models import EmailPreferences, Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Ticket
from tests.build import a_group, a_ticket, a_user, an_entry, an_incoming_server, sam, tess
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


def test_a_reply_long_after_the_close_opens_a_new_request_that_refers_to_the_old_one(browse: Browse) -> None:
    mailbox = an_incoming_server(technician_group=a_group("Service Desk"))
    ticket = a_ticket(
        "[#7] Smoke",
        status="closed",
        closed_at=timezone.now() - timedelta(days=8),
        cc_emails=["boss@example.test"],
        mailbox=mailbox,
        mailbox_email=mailbox.email,
    )
    client = browse(sam())
    before = client.get(f"/my/requests/{ticket.number}").content.decode()
    assert "What you write opens a new request that refers to this one." in before
    answer = client.post(f"/my/requests/{ticket.number}/reply", {"text": "Still smoking"}, follow=True)
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert answer.redirect_chain == [(f"/my/requests/{new.number}", 302)]
    assert (new.follow_up_of, new.subject, new.requester, new.cc_emails) == (
        ticket,
        "Smoke",
        sam(),
        ["boss@example.test"],
    )
    assert (new.technician_group, new.mailbox) == (mailbox.technician_group, mailbox)
    assert new.entries.get(kind="description").text == "Still smoking"
    assert not ticket.entries.exists()
    page = answer.content.decode()
    assert f"your reply opened request #{new.number}" in page and f"Continues request #{ticket.number}" in page
    assert f"Continued in request #{new.number}" in client.get(f"/my/requests/{ticket.number}").content.decode()


def test_what_a_reply_does_is_said_before_one_writes_and_by_the_preference(browse: Browse) -> None:
    client = browse(sam())
    ticket = a_ticket(status="closed", closed_at=timezone.now() - timedelta(days=1))

    def said(status: str, **preferences: object) -> str:
        EmailPreferences.objects.update_or_create(pk=1, defaults=preferences)
        Ticket.objects.update(status=status)
        return client.get(f"/my/requests/{ticket.number}").content.decode()

    assert "my-notice" not in said("open").partition('id="my-notice"')[2]
    assert "This request is resolved. What you write opens it again." in said("resolved")
    assert "What you write opens it again until" in said("closed")
    assert "What you write is added, and it stays closed." in said("closed", closed_reply_action="add")
    assert "What you write opens a new request" in said("closed", closed_reply_action="new")


def test_where_requesters_may_open_nothing_a_closed_request_says_so_and_has_no_composer(browse: Browse) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"allow_requester_incidents": False})
    ticket = a_ticket(status="closed", closed_at=timezone.now() - timedelta(days=8))
    client = browse(sam())
    page = client.get(f"/my/requests/{ticket.number}").content.decode()
    assert "new ones cannot be opened here" in page and "<textarea" not in page
    answer = client.post(f"/my/requests/{ticket.number}/reply", {"text": "Still smoking"})
    assert answer.status_code == 422 and "Still smoking" not in answer.content.decode().partition("<textarea")[0]
    assert Ticket.objects.count() == 1


def test_a_requester_says_that_the_problem_is_solved_and_may_still_come_back(browse: Browse) -> None:
    ticket, client = a_ticket(), browse(sam())
    assert "My problem is solved" in client.get(f"/my/requests/{ticket.number}").content.decode()
    page = client.post(f"/my/requests/{ticket.number}/solved", follow=True).content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at is not None) == ("closed", True)
    assert "is closed." in page and "My problem is solved" not in page
    assert ticket.entries.get(kind="event").author == sam()
    client.post(f"/my/requests/{ticket.number}/reply", {"text": "It burns again"})
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_the_list_is_filtered_searched_and_paged(browse: Browse) -> None:
    client = browse(sam())
    burning, done = a_ticket("Burning"), a_ticket("Finished", status="closed")
    an_entry(burning, "reply", "Have you tried water?", author=tess())
    an_entry(done, "note", "The requester never has water", author=tess())
    page = client.get("/my/requests", {"show": "open"}).content.decode()
    assert "Burning" in page and "Finished" not in page
    page = client.get("/my/requests", {"show": "done"}).content.decode()
    assert "Burning" not in page and "Finished" in page
    page = client.get("/my/requests", {"q": "WATER tried"}).content.decode()
    assert "Burning" in page and "Finished" not in page, "internal words find nothing"
    assert "Burning" in client.get("/my/requests", {"q": f"#{burning.number}"}).content.decode()
    assert "Nothing found for “never”" in client.get("/my/requests", {"q": "never"}).content.decode()
    for number in range(25):
        a_ticket(f"Another {number}")
    assert 'rel="next"' in client.get("/my/requests").content.decode()
    last = client.get("/my/requests", {"page": 2}).content.decode()
    assert "26–27" in last and 'rel="prev"' in last and 'rel="next"' not in last


def test_a_company_contact_sees_the_requests_of_the_company_and_nothing_internal(browse: Browse) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    acme, other = Company.objects.create(name="Acme"), Company.objects.create(name="Other")
    contact = a_user("boss@acme.test", "Boss", company=acme, company_contact=True)
    theirs = a_ticket("Of a colleague", requester=a_user("worker@acme.test", "Worker", company=acme), company=acme)
    foreign = a_ticket("Of somebody else", requester=a_user("x@other.test", company=other), company=other)
    an_entry(theirs, "description", "Smoke")
    an_entry(theirs, "note", "secret", author=tess())
    client = browse(contact)
    assert "Of a colleague" not in client.get("/my/requests").content.decode()
    page = client.get("/my/requests?scope=company").content.decode()
    assert "Requests of Acme" in page and "Of a colleague" in page and "Worker" in page
    assert "Of somebody else" not in page
    page = client.get(f"/my/requests/{theirs.number}").content.decode()
    assert "Smoke" in page and "secret" not in page and "My problem is solved" not in page
    client.post(f"/my/requests/{theirs.number}/solved")
    theirs.refresh_from_db()
    assert theirs.status == "open", "only the requester closes it"
    client.post(f"/my/requests/{theirs.number}/reply", {"text": "We wait for it"})
    assert theirs.entries.get(kind="reply").author == contact
    for path in ("", "/live", "/reply", "/solved"):
        send = client.post if path in ("/reply", "/solved") else client.get
        assert send(f"/my/requests/{foreign.number}{path}").status_code == 404
    worker = browse(a_user("worker2@acme.test", company=acme))
    assert worker.get(f"/my/requests/{theirs.number}").status_code == 404
    assert "Of a colleague" not in worker.get("/my/requests?scope=company").content.decode()


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
