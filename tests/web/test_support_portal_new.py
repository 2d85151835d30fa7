"""New requests in the support portal: the form, what it refuses, and what it makes of files and pictures."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from postroom.channels.models import Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Category, Ticket
from tests.build import an_incoming_server, sam
from tests.web.conftest import Browse
from tests.web.scene import a_picture

pytestmark = pytest.mark.django_db
NEW = "/my/requests/new"


def settings(**fields: object) -> None:
    Settings.objects.update_or_create(pk=1, defaults=fields)


@pytest.fixture
def portal(browse: Browse) -> Client:
    return browse(sam())


def test_a_request_is_raised_with_category_cc_and_files_and_acknowledged(portal: Client) -> None:
    an_incoming_server(email="support@desk.test", primary=True)
    hardware = Category.objects.create(name="Hardware")
    plan = SimpleUploadedFile("plan.txt", b"floor plan", "text/plain")
    answer = portal.post(
        NEW,
        {
            "subject": "  The printer\nis on fire ",
            "text": "Smoke everywhere.",
            "category": hardware.pk,
            "cc": "Boss <boss@example.test>, support@desk.test, sam@example.test",
            "attachments": [plan],
        },
    )
    ticket = Ticket.objects.get()
    assert answer.headers["Location"] == f"/my/requests/{ticket.number}"
    assert (ticket.subject, ticket.category, ticket.requester, ticket.source) == (
        "The printer is on fire",
        hardware,
        sam(),
        "portal",
    )
    assert ticket.cc_emails == ["boss@example.test"], "neither the desk nor the requester is copied"
    entry = ticket.entries.get(kind="description")
    assert (entry.text, entry.attachments.get().filename) == ("Smoke everywhere.", "plan.txt")
    assert OutboundEmail.objects.filter(kind="acknowledgement").count() == 1
    assert "plan.txt" in portal.get(f"/my/requests/{ticket.number}").content.decode()


def test_a_pasted_picture_is_shown_where_its_mark_stands(portal: Client) -> None:
    shot = SimpleUploadedFile("image.png", a_picture(), "image/png")
    text = "It looks like this:\n[image: image.png]\nand [image: nothing.png] <b>"
    portal.post(NEW, {"subject": "Crash", "text": text, "attachments": [shot]})
    entry = Ticket.objects.get().entries.get(kind="description")
    file = entry.attachments.get()
    assert file.inline and f'src="cid:{file.content_id}"' in entry.html
    assert "[image: nothing.png]" in entry.html and "<b>" not in entry.html
    body = portal.get(f"/entries/{entry.pk}/body").content.decode()
    assert f'src="/attachments/{file.pk}?inline=1"' in body
    shown = portal.get(f"/attachments/{file.pk}?inline=1")
    assert shown.headers["Content-Type"] == "image/png" and shown.getvalue() == a_picture()


def test_faults_stand_at_their_fields_and_nothing_is_lost(portal: Client) -> None:
    answer = portal.post(NEW, {"subject": " ", "text": " ", "cc": "boss@example.test, nonsense"})
    page = answer.content.decode()
    assert answer.status_code == 422 and not Ticket.objects.exists()
    assert "Say in a few words what it is about." in page and "Describe what happened" in page
    assert "nonsense is not an email address." in page and "boss@example.test, nonsense" in page
    answer = portal.post(NEW, {"subject": "", "text": "Smoke everywhere."})
    assert "Smoke everywhere." in answer.content.decode()


def test_htmx_gets_the_form_alone_and_is_sent_to_the_request_afterwards(portal: Client) -> None:
    htmx = {"HX-Request": "true"}
    refused = portal.post(NEW, {"subject": "", "text": "x"}, headers=htmx)
    assert refused.status_code == 422 and "<html" not in refused.content.decode()
    taken = portal.post(NEW, {"subject": "Fire", "text": "x"}, headers=htmx)
    assert taken.headers["HX-Redirect"] == f"/my/requests/{Ticket.objects.get().number}"


def test_files_that_are_too_large_together_are_refused_with_the_limit(portal: Client) -> None:
    settings(message_size=100_000)
    files = [SimpleUploadedFile(f"{number}.bin", b"x" * 60_000, "application/octet-stream") for number in (1, 2)]
    answer = portal.post(NEW, {"subject": "Fire", "text": "Smoke.", "attachments": files})
    assert answer.status_code == 422 and "at most 100 kB" in answer.content.decode()


def test_without_the_switch_there_is_neither_form_nor_link(portal: Client) -> None:
    assert 'href="/my/requests/new"' in portal.get("/my/requests").content.decode()
    settings(allow_requester_incidents=False)
    assert portal.get(NEW).status_code == portal.post(NEW, {"subject": "a", "text": "b"}).status_code == 404
    assert 'href="/my/requests/new"' not in portal.get("/my/requests").content.decode()
    assert not Ticket.objects.exists()


def test_who_opens_too_many_requests_within_an_hour_is_asked_to_wait(portal: Client) -> None:
    settings(requests_per_sender_per_hour=2)
    answers = [portal.post(NEW, {"subject": f"Fire {number}", "text": "Smoke."}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 422]
    assert "within the hour" in answers[-1].content.decode()
    assert Ticket.objects.count() == 2


def test_more_copies_than_the_limit_are_refused(portal: Client) -> None:
    settings(cc_per_request=1)
    answer = portal.post(NEW, {"subject": "Fire", "text": "Smoke.", "cc": "a@example.test, b@example.test"})
    assert answer.status_code == 422 and "At most 1 addresses." in answer.content.decode()
