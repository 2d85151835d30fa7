"""The guest form: a number for whoever writes, no access, no echo, and limits against floods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from postroom.accounts.models import User
from postroom.channels.models import EmailPreferences, Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import GuestReport, Ticket
from tests.build import a_user, an_incoming_server, gita, sam, tess
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Gita Guest", "email": "Gita@Example.test", "subject": "Buy pills", "text": "http://pills.test"}


def send(client: Client | None = None, ip: str = "192.0.2.1", **fields: str) -> Any:
    return (client or Client()).post("/report", GIVEN | fields, REMOTE_ADDR=ip)


def settings(**fields: object) -> None:
    Settings.objects.update_or_create(pk=1, defaults=fields)


def test_a_guest_gets_a_number_and_no_access() -> None:
    client = Client()
    answer = send(client)
    ticket = Ticket.objects.get()
    page = client.get(answer.headers["Location"]).content.decode()
    assert f"Its number is {ticket.number}." in page and "Buy pills" not in page
    assert (ticket.requester.email, ticket.requester.kind, ticket.source) == ("gita@example.test", "guest", "portal")
    assert not ticket.requester.has_usable_password()
    refused = client.get(f"/my/requests/{ticket.number}")
    assert refused.status_code == 302 and "/sign-in" in refused.headers["Location"]


def test_the_acknowledgement_repeats_nothing_of_what_was_written() -> None:
    send()
    mail = OutboundEmail.objects.get(kind="acknowledgement")
    whole = " ".join([mail.subject, mail.text, mail.html])
    assert mail.to == ["gita@example.test"]
    assert "pills" not in whole and "Gita Guest" not in whole


def test_it_echoes_nothing_to_a_known_requester_either_and_tells_technicians_that_nothing_proves_the_sender(
    browse: Browse,
) -> None:
    send(email=sam().email or "")
    mail = OutboundEmail.objects.get(kind="acknowledgement")
    assert "pills" not in f"{mail.subject} {mail.text} {mail.html}"
    page = browse(tess()).get(f"/requests/{Ticket.objects.get().number}").content.decode()
    assert "Guest form" in page and "Nothing proves whose address it is." in page


def test_the_form_is_there_although_guests_may_not_write_mail() -> None:
    settings(allow_guest_requests=False)
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_guests": False})
    assert send().status_code == 302 and Ticket.objects.count() == 1


@pytest.mark.parametrize("switch", ["guest_form", "allow_requester_incidents"])
def test_without_its_switch_there_is_no_form(switch: str) -> None:
    settings(**{switch: False})
    assert Client().get("/report").status_code == 404
    assert send().status_code == 404
    assert not Ticket.objects.exists()


def test_faults_stand_at_their_fields_and_nothing_is_lost() -> None:
    answer = send(email="nobody", subject="")
    page = answer.content.decode()
    assert answer.status_code == 422 and not Ticket.objects.exists() and not User.objects.exists()
    assert "This is not an email address." in page and "Say in a few words what it is about." in page
    assert "http://pills.test" in page and "nobody" in page


def test_a_program_that_fills_in_every_field_is_caught_and_a_person_is_told_how_to_go_on() -> None:
    answer = send(homepage="http://pills.test")
    assert answer.status_code == 422 and "Clear this field, then send again." in answer.content.decode()
    assert not Ticket.objects.exists()


def test_too_many_reports_from_one_network_are_refused() -> None:
    for number in range(10):
        assert send(email=f"guest{number}@example.test", ip=f"2001:db8::{number + 1}").status_code == 302
    refused = send(email="another@example.test", ip="2001:db8::ffff")
    assert refused.status_code == 422 and "within the hour" in refused.content.decode()
    assert send(email="another@example.test", ip="198.51.100.7").status_code == 302


def test_too_many_reports_for_one_address_are_refused_until_an_hour_is_over() -> None:
    settings(requests_per_sender_per_hour=2)
    assert [send(ip=f"192.0.2.{number}").status_code for number in range(3)] == [302, 302, 422]
    for report in GuestReport.objects.all():
        report.at -= timedelta(hours=1)
        report.save()
    assert send(ip="192.0.2.9").status_code == 302


def test_blocked_people_block_listed_addresses_technicians_and_the_desk_get_the_same_words() -> None:
    settings(block_senders=["spam.test"])
    an_incoming_server(email="support@desk.test")
    a_user("blocked@example.test", blocked=True)
    addresses = ["blocked@example.test", "x@spam.test", tess().email or "", "support@desk.test"]
    answers = [send(email=address, ip=f"192.0.2.{at}") for at, address in enumerate(addresses)]
    assert {answer.status_code for answer in answers} == {422}
    assert all("This form takes nothing from this address." in answer.content.decode() for answer in answers)
    assert not Ticket.objects.exists()


def test_a_guest_who_is_known_already_is_the_same_person() -> None:
    gita()
    send()
    assert Ticket.objects.get().requester == gita() and User.objects.count() == 1


def test_whoever_is_signed_in_is_led_to_the_form_for_requesters(browse: Browse) -> None:
    assert browse(sam()).get("/report").headers["Location"] == "/my/requests/new"


def test_a_number_is_shown_only_to_whom_it_was_given() -> None:
    assert Client().get("/report/received").status_code == 404
    assert Client().get("/report/received?r=46").status_code == 404
