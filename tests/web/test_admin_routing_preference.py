"""The Email Preference tab: every switch by its name, one Update, and what each comes to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from postroom.audit.models import AuditEntry
from postroom.channels.models import EmailPreferences, Settings
from postroom.channels.shapes import show_preferences
from tests.build import ada, an_incoming_server, an_outgoing_server
from tests.web.admin_routing_scene import an_inbound
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

PATH = "/admin/emails/preference"
LABELS = [
    "Enable Email to Ticket",
    "Allow Guest User to generate request from E-mail to Ticket",
    "Select Recipient Type Considered as CC User for Requests",
    "To User",
    "CC User",
    "Use Reply-To email address to create Requester?",
    "For forwarded emails by Technicians, consider original sender as Requester",
    "Allow User to select Outgoing Email",
    "On reply received from requester for closed request",
    "Add reply to request",
    "Reopen request and add reply to request",
    "Grace Period (days)",
    "Create new request",
    "On reply email received from other than assigned technician on request",
    "Add reply mail as collaboration",
    "Add reply mail as reply",
]
AS_IT_IS: dict[str, Any] = {
    "email_to_request": "on",
    "allow_guests": "on",
    "cc_recipients": ["cc"],
    "technician_forward_uses_original_sender": "on",
    "closed_reply.action": "reopen",
    "closed_reply.grace_days": "7",
    "other_technician_reply": "collaboration",
}


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def page(client: Client) -> str:
    return str(client.get(PATH).content.decode())


def without(*names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in AS_IT_IS.items() if name not in names} | more


def test_email_preference_is_the_third_tab(client: Client) -> None:
    tabs = page(client).partition('<nav class="tabs"')[2].partition("</nav>")[0]
    order = [tabs.index(name) for name in ("Outgoing Email Servers", "Incoming Email Servers", "Email Preference")]
    assert order == sorted(order)
    assert 'href="/admin/emails/preference" aria-current="page"' in tabs


def test_every_switch_stands_there_by_its_own_name(client: Client) -> None:
    shown = page(client)
    assert [label for label in LABELS if label not in shown] == []


def test_all_changes_are_saved_with_one_update_and_audited_once(client: Client) -> None:
    """NAV-04"""
    assert page(client).count(">Update</button>") == 1
    changes = {
        "cc_recipients": ["to", "cc"],
        "requester_from_reply_to": "on",
        "allow_choosing_outgoing_server": "on",
        "closed_reply.action": "new",
        "other_technician_reply": "reply",
    }
    assert client.post(PATH, without("email_to_request", "allow_guests", **changes)).status_code == 302
    assert show_preferences(EmailPreferences.load()) == {
        "email_to_request": False,
        "allow_guests": False,
        "cc_recipients": ["to", "cc"],
        "requester_from_reply_to": True,
        "technician_forward_uses_original_sender": True,
        "allow_choosing_outgoing_server": True,
        "closed_reply": {"action": "new", "grace_days": 7},
        "other_technician_reply": "reply",
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.object_name) == ("updated", "Ada Administrator", "Email Preference")
    assert {"field": "email_to_request", "old": True, "new": False} in entry.changes


def test_an_update_that_changes_nothing_is_not_audited(client: Client) -> None:
    client.post(PATH, AS_IT_IS)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ("0", "Must be between 1 and 365."),
        ("366", "Must be between 1 and 365."),
        ("", "Enter a number."),
        ("a week", "Must be a whole number."),
        ("1.5", "Must be a whole number."),
    ],
)
def test_a_grace_period_that_is_not_1_to_365_days_is_refused_at_its_field_and_nothing_is_saved(
    client: Client, days: str, message: str
) -> None:
    answer = client.post(PATH, without("email_to_request", **{"closed_reply.grace_days": days}))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-grace-error"' in shown and message in shown
    assert f'value="{days}" aria-invalid="true"' in shown
    assert EmailPreferences.load().email_to_request
    assert 'name="email_to_request" value="on" aria-describedby="email_to_request-meaning">' in shown


@pytest.mark.parametrize("days", ["1", "365"])
def test_a_grace_period_of_1_and_of_365_days_is_saved(client: Client, days: str) -> None:
    assert client.post(PATH, without(**{"closed_reply.grace_days": days})).status_code == 302
    assert EmailPreferences.load().closed_reply_grace_days == int(days)


def test_the_grace_period_counts_only_where_a_request_may_be_reopened(client: Client) -> None:
    sent = without(**{"closed_reply.action": "add", "closed_reply.grace_days": "nonsense"})
    assert client.post(PATH, sent).status_code == 302
    assert EmailPreferences.load().closed_reply_grace_days == 7


def test_a_choice_that_does_not_exist_is_refused(client: Client) -> None:
    answer = client.post(PATH, without(other_technician_reply="shout"))
    assert answer.status_code == 422
    assert "Choose one of: collaboration, reply." in answer.content.decode()


def test_guests_are_shown_as_blocked_by_the_support_portal_setting_with_a_link_to_it(client: Client) -> None:
    assert "Guests may open requests by mail." in page(client)
    Settings.objects.update(allow_guest_requests=False)
    shown = page(client)
    assert "Guests: blocked by Support Portal setting “Allow Guest Requester to report a Request”." in shown
    assert 'href="/admin/security#support_portal"' in shown


def test_guests_are_shown_as_blocked_where_email_to_ticket_is_off(client: Client) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"email_to_request": False})
    assert "Guests: blocked because Email to Ticket is off." in page(client)


def test_the_page_shows_how_many_mails_wait_because_of_a_switch_and_leads_to_them(client: Client) -> None:
    EmailPreferences.objects.update_or_create(pk=1, defaults={"email_to_request": False, "allow_guests": False})
    for _ in range(3):
        an_inbound("email_to_request_off")
    an_inbound("guest_not_allowed")
    an_inbound("guest_not_allowed", reason_code="discarded")
    an_inbound("email_to_request_off", raw_sha256="")
    shown = page(client)
    assert "3 mails wait because of it." in shown and 'href="/admin/mail/incoming?view=off"' in shown
    assert "1 mail waits because of it." in shown and 'href="/admin/mail/incoming?view=guests"' in shown


def test_mail_that_waits_from_when_the_switch_was_off_is_still_shown_once_it_is_on(client: Client) -> None:
    an_inbound("email_to_request_off")
    assert "1 mail waits from when it was blocked." in page(client)


def test_email_to_ticket_without_a_mailbox_says_so(client: Client) -> None:
    assert "No incoming server is enabled, so no mail arrives." in page(client)
    an_incoming_server()
    assert "Mail opens requests." in page(client)


def test_choosing_an_outgoing_email_needs_at_least_two_servers(client: Client) -> None:
    an_outgoing_server()
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_choosing_outgoing_server": True})
    assert "There is one enabled outgoing server to choose from." in page(client)


def test_nothing_selected_leaves_cc_emails_empty_and_the_page_says_so(client: Client) -> None:
    assert client.post(PATH, without("cc_recipients")).status_code == 302
    assert EmailPreferences.load().cc_recipients == []
    assert "Nothing is selected: Cc Emails stays empty." in page(client)


def test_technicians_who_cannot_prove_themselves_are_shown_as_blocked(client: Client) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"technicians_need_authentication": True})
    shown = page(client)
    assert "Technicians&#39; mail is kept as a note" in shown or "Technicians' mail is kept as a note" in shown
    assert "Forwards: blocked" in shown


def test_the_page_shows_which_authserv_ids_arriving_mail_carries_and_one_click_trusts_one(client: Client) -> None:
    an_inbound(authserv_ids=["mx.desk.test", "gmail.example"])
    an_inbound(authserv_ids=["MX.desk.test"])
    shown = page(client)
    assert shown.index("mx.desk.test") < shown.index("gmail.example")
    assert "on top of <b>2</b> of the last 2 mails" in shown
    answer = client.post("/admin/security/trust", {"authserv_id": "mx.desk.test", "back": "email-preference"})
    assert answer["Location"] == "/admin/emails/preference#authentication"
    assert Settings.load().trusted_authserv_ids == ["mx.desk.test"]
    assert AuditEntry.objects.get().changes == [
        {"field": "security.trusted_authserv_ids", "old": [], "new": ["mx.desk.test"]}
    ]
