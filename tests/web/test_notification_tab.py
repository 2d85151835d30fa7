"""The Notification tab sends a mail about the request to whomever a technician likes."""

from __future__ import annotations

import pytest

from postroom.channels.models import EmailPreferences
from postroom.outbox.models import OutboundEmail
from tests.build import a_group, a_ticket, an_incoming_server, an_outgoing_server, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def the_request() -> str:
    return f"/requests/{a_ticket(technician=tess(), mailbox=an_incoming_server()).number}"


def test_the_field_outgoing_email_is_shown_where_the_preference_lets_technicians_choose(browse: Browse) -> None:
    path, client = the_request(), browse(tess())
    EmailPreferences.load()
    assert "Outgoing Email" not in client.get(f"{path}/notification").content.decode()
    EmailPreferences.objects.update(allow_choosing_outgoing_server=True)
    an_outgoing_server("Billing", "billing@desk.test")
    page = client.get(f"{path}/notification").content.decode()
    assert "Outgoing Email" in page
    assert "Billing" in page


def test_a_notification_leaves_by_the_chosen_server_and_is_listed(browse: Browse) -> None:
    path, client = the_request(), browse(tess())
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_choosing_outgoing_server=True)
    an_outgoing_server(primary=True)
    billing = an_outgoing_server("Billing", "billing@desk.test")
    a_group("Network", members=[theo()])
    answer = client.post(
        f"{path}/notify",
        {
            "to": "Sam <sam@example.test>",
            "groups": ["Network"],
            "subject": "Power is off tonight",
            "text": "From ten to eleven.",
            "outgoing_server": billing.pk,
        },
    )
    assert answer.status_code == 302
    mail = OutboundEmail.objects.get(kind="notification")
    assert (mail.server, mail.to) == (billing, ["sam@example.test", "theo@desk.test"])
    assert "Power is off tonight" in client.get(f"{path}/notification").content.decode()


def test_a_notification_without_recipient_or_subject_is_refused_at_its_field_and_nothing_is_sent(
    browse: Browse,
) -> None:
    path, client = the_request(), browse(tess())
    without_subject = client.post(f"{path}/notify", {"to": "sam@example.test", "text": "x"})
    without_recipient = client.post(f"{path}/notify", {"subject": "Hello", "text": "x"})
    assert (without_subject.status_code, without_recipient.status_code) == (422, 422)
    assert "Enter a subject." in without_subject.content.decode()
    assert "Say whom to send it to." in without_recipient.content.decode()
    assert not OutboundEmail.objects.exists()


def test_a_requester_cannot_send_notifications(browse: Browse) -> None:
    path = the_request()
    assert (
        browse(sam()).post(f"{path}/notify", {"to": "x@example.test", "subject": "x", "text": "x"}).status_code == 403
    )
