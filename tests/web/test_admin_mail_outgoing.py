"""Outgoing mail: the log, one mail of it, and retry, resend, cancel."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from postroom.channels.models import HealthState, OutgoingServer, ServerHealth
from postroom.outbox.models import OutboundEmail
from tests.build import ada, an_outgoing_server
from tests.web.admin_mail_scene import sent
from tests.web.conftest import Browse
from tests.web.test_admin_mail import HTMX, page, told

pytestmark = pytest.mark.django_db
LOG = "/admin/mail/outgoing"


@pytest.fixture
def client(browse: Browse) -> Client:
    """Ada's browser, at a desk with one outgoing server."""
    an_outgoing_server(primary=True, sender_name="Support Desk")
    return browse(ada())


def act(client: Client, mail: OutboundEmail, action: str, **data: str) -> str:
    answer = told(client, f"{LOG}/{mail.pk}/act", action=action, **data)
    mail.refresh_from_db()
    return answer


def test_the_log_shows_recipient_kind_subject_server_with_its_reason_state_attempts_and_answer(client: Client) -> None:
    sent("failed", subject="Your printer", reason="The server refused sam@example.test: 550 5.1.1 No such user")
    shown = page(client, LOG)
    for words in (
        "sam@example.test",
        "Reply",
        "Your printer",
        "Support",
        "primary",
        "Failed",
        "1 attempt",
        "550 5.1.1",
    ):
        assert words in shown


def test_every_state_is_a_view_with_its_count(client: Client) -> None:
    states = ("queued", "deferred", "uncertain", "failed", "bounced", "sent", "cancelled")
    for state in states:
        sent(state, subject=f"A {state} mail")
    for view in ("waiting", "deferred", "uncertain", "failed", "bounced", "sent", "cancelled"):
        shown = page(client, LOG, state=view)
        here = "queued" if view == "waiting" else view
        assert [state for state in states if f">A {state} mail</a>" in shown] == [here]
        assert 'aria-current="page"' in shown
    assert ">A queued mail</a>" in page(client, LOG, state="queued")  # by the name of the state too


def test_a_deferred_mail_says_when_it_is_tried_next(client: Client) -> None:
    mail = sent("deferred")
    assert mail.due_at.isoformat(timespec="seconds") in page(client, LOG)
    assert "Next try" in page(client, f"{LOG}/{mail.pk}")


@pytest.mark.parametrize("words", ["kim@other.test", "OTHER.test", "toner"])
def test_search_finds_by_recipient_and_subject(client: Client, words: str) -> None:
    sent(to=["kim@other.test"], subject="The Toner")
    sent(subject="Another matter")
    shown = page(client, LOG, q=words)
    assert "The Toner" in shown and "Another matter" not in shown


def test_a_mail_is_found_by_its_message_id(client: Client) -> None:
    mail = sent(subject="This one")
    sent(subject="Another matter")
    shown = page(client, LOG, q=f"<{mail.message_id}>")
    assert "This one" in shown and "Another matter" not in shown


def test_the_log_is_narrowed_by_server_and_kind(client: Client) -> None:
    hr = an_outgoing_server("HR", "people@desk.test")
    sent(subject="By support")
    sent(subject="By people", server=hr, server_name="HR", kind="notification")
    assert "By people" in (shown := page(client, LOG, server="hr")) and "By support" not in shown
    assert "By people" in (shown := page(client, LOG, kind="notification")) and "By support" not in shown


@pytest.mark.parametrize("odd", ["\x00", "%", "' OR 1=1 --", "9" * 400, "٣"])
def test_odd_filters_break_nothing(client: Client, odd: str) -> None:
    sent()
    for name in ("q", "state", "server", "kind", "day", "tz", "before", "after"):
        assert client.get(LOG, {name: odd}).status_code == 200


def test_closed_routes_are_shown_with_the_mail_that_waits_for_them(client: Client) -> None:
    hr = an_outgoing_server("HR", "people@desk.test")
    off = an_outgoing_server("Old", "old@desk.test", enabled=False)
    ServerHealth.objects.create(outgoing=hr, state=HealthState.UNREACHABLE, code="MAILCONREF", message="refused")
    assert "MAILCONREF" not in page(client, LOG)
    sent("queued", server=hr, server_name="HR")
    sent("deferred", server=off, server_name="Old")
    sent("queued", server=None, server_name="")
    shown = page(client, LOG)
    assert "1 mail waits for HR.</b> Unreachable. MAILCONREF refused" in shown
    assert "1 mail waits for Old.</b> The server is disabled." in shown
    assert "1 mail waits.</b> There is no outgoing server that can send now." in shown


def test_the_log_costs_the_same_queries_for_one_mail_and_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sent()
    with django_assert_num_queries(6):  # session, user, servers, page, counts, waiting
        client.get(LOG)
    for _ in range(12):
        sent("failed")
    with django_assert_num_queries(6):
        client.get(LOG)


def test_a_poll_is_answered_not_modified_until_something_changes(client: Client) -> None:
    mail = sent("queued")
    poll = {**HTMX, "If-None-Match": client.get(LOG)["ETag"]}
    assert client.get(LOG, headers=poll).status_code == 304
    OutboundEmail.objects.filter(pk=mail.pk).update(state="sending")
    assert client.get(LOG, headers=poll).status_code == 200


def test_the_page_of_a_mail_shows_what_the_server_said_of_each_recipient(client: Client) -> None:
    mail = sent("deferred", answer="451 4.7.1 Greylisted", to=["sam@example.test", "kim@example.test"])
    mail.recipients[0].update(state="sent", code=250, enhanced="2.0.0", text="OK")
    mail.save()
    shown = page(client, f"{LOG}/{mail.pk}")
    for words in ("250 2.0.0", "451 4.7.1", "Greylisted", "kim@example.test", mail.message_id, "Hello Sam,"):
        assert words in shown


def test_the_raw_form_is_shown_and_saved_inertly(client: Client) -> None:
    mail = sent("queued")
    assert f"Message-ID: &lt;{mail.message_id}&gt;" in page(client, f"{LOG}/{mail.pk}", show="raw")
    answer = client.get(f"{LOG}/{mail.pk}/raw")
    assert mail.message_id.encode() in answer.content
    assert "attachment" in answer["Content-Disposition"] and answer["Content-Security-Policy"].startswith("sandbox")
    OutboundEmail.objects.update(server=None)
    assert "once it has a server" in page(client, f"{LOG}/{mail.pk}", show="raw")
    assert client.get(f"{LOG}/{mail.pk}/raw").status_code == 404


def test_html_is_shown_in_a_frame_that_runs_nothing(client: Client) -> None:
    mail = sent(html="<p>Hello</p><script>alert(1)</script>")
    assert "<iframe" in page(client, f"{LOG}/{mail.pk}")
    answer = client.get(f"{LOG}/{mail.pk}/body")
    assert "alert(1)" not in answer.content.decode() and "sandbox" in answer["Content-Security-Policy"]


def test_a_failed_mail_is_retried_by_another_server(client: Client) -> None:
    spare = an_outgoing_server("Spare", "spare@desk.test")
    mail = sent("failed")
    assert "Queued again for Spare." in act(client, mail, "retry", server=str(spare.pk))
    assert (mail.state, mail.server, mail.server_reason) == ("queued", spare, "picked by Ada Administrator")
    assert "Ada Administrator</b> tried it again" in page(client, f"{LOG}/{mail.pk}")


def test_a_disabled_server_is_neither_offered_nor_taken(client: Client) -> None:
    off = an_outgoing_server("Old", "old@desk.test", enabled=False)
    mail = sent("failed")
    assert "Old &lt;" not in page(client, f"{LOG}/{mail.pk}")
    act(client, mail, "retry", server=str(off.pk))
    assert mail.server != off


def test_a_mail_is_sent_once_more_to_somebody_else(client: Client) -> None:
    mail = sent("bounced")
    assert "not an email address" in act(client, mail, "resend", to="nonsense")
    said = act(client, mail, "resend", to="Kim <kim@example.test>, lee@example.test")
    copy = OutboundEmail.objects.order_by("-pk")[0]
    assert copy.to == ["kim@example.test", "lee@example.test"] and copy.message_id != mail.message_id
    assert "A copy is queued for kim@example.test, lee@example.test." in said
    assert mail.state == "bounced"


def test_a_waiting_mail_is_cancelled_and_a_sent_one_is_not(client: Client) -> None:
    mail, done = sent("queued"), sent("sent")
    assert "Cancelled: it is not sent." in act(client, mail, "cancel")
    assert "cannot be cancelled" in act(client, done, "cancel")
    assert "cannot be tried again" in act(client, done, "retry")
    assert (mail.state, done.state) == ("cancelled", "sent")
    assert client.post(f"{LOG}/{mail.pk}/act", {"action": "explode"}).status_code == 400
    assert client.get(f"{LOG}/999999").status_code == 404


def test_many_mails_are_retried_or_cancelled_together(client: Client) -> None:
    failed = [sent("failed"), sent("failed")]
    done = sent("sent")
    keys = [mail.pk for mail in (*failed, done)]
    said = told(client, f"{LOG}/bulk", action="retry", mail=keys)
    assert "2 mails queued again." in said and "1 could not be" in said
    assert "2 mails cancelled." in told(client, f"{LOG}/bulk", action="cancel", mail=[mail.pk for mail in failed])
    assert "Select the mails first" in told(client, f"{LOG}/bulk", action="cancel")
    assert client.post(f"{LOG}/bulk", {"action": "explode"}).status_code == 400


def test_all_failed_mail_is_retried_by_a_picked_server_after_an_outage(client: Client) -> None:
    spare = an_outgoing_server("Spare", "spare@desk.test")
    failed, waiting = [sent("failed") for _ in range(3)], sent("queued")
    said = told(client, f"{LOG}/bulk", action="retry", all="1", back="?state=failed", server=str(spare.pk))
    assert "3 mails queued again for Spare." in said
    assert set(OutboundEmail.objects.filter(server=spare)) == set(failed)
    waiting.refresh_from_db()
    assert waiting.server == OutgoingServer.objects.get(name="Support")


def test_an_empty_log_says_what_comes_here(browse: Browse) -> None:
    client = browse(ada())
    assert "Add an outgoing server" in page(client, LOG)
    assert "Nothing failed" in page(client, LOG, state="failed")
