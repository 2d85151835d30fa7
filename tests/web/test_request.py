"""One request in the technician portal: its tabs, what is live, and what technicians do there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.channels.models import EmailPreferences
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket, Visit
from tests.build import a_group, a_ticket, an_entry, an_incoming_server, an_outgoing_server, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def a_mail(ticket: Ticket, entry: Entry, **fields: Any) -> OutboundEmail:
    fields = {"kind": "reply", "subject": "Re", "to": ["sam@example.test"], "state": "sent", **fields}
    number = OutboundEmail.objects.count()
    return OutboundEmail.objects.create(message_id=f"m{number}@desk.test", ticket=ticket, entry=entry, **fields)


def test_public_and_internal_entries_look_different(browse: Browse) -> None:
    ticket = a_ticket()
    an_entry(ticket, "description", "Smoke!")
    an_entry(ticket, "reply", "Use water.", author=tess())
    an_entry(ticket, "note", "He smokes.", author=tess())
    page = browse(tess()).get(f"/requests/{ticket.number}").content.decode()
    assert page.index("Smoke!") < page.index("Use water.") < page.index("He smokes.")
    assert page.count("is-internal") == 1 and page.count("technicians only") == 1


def test_a_reply_goes_to_the_requester_and_their_cc_and_waits_for_undo(browse: Browse) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket(cc_emails=["boss@example.test"])
    client = browse(tess())
    page = client.get(f"/requests/{ticket.number}").content.decode()
    assert 'name="to" value="sam@example.test"' in page and 'name="cc" value="boss@example.test"' in page
    data = {"kind": "reply", "text": "Use water.", "to": "sam@example.test", "cc": "Boss <boss@example.test>"}
    answer = client.post(f"/requests/{ticket.number}/write", data, headers=HTMX)
    assert answer.status_code == 200 and answer["HX-Trigger"] == '{"conversation-changed": {}}'
    mail = OutboundEmail.objects.get(entry__kind="reply")
    assert (mail.to, mail.cc) == (["sam@example.test"], ["boss@example.test"])
    assert timedelta(seconds=5) < mail.due_at - timezone.now() <= timedelta(seconds=10)
    assert "Undo" in client.get(f"/requests/{ticket.number}").content.decode()


def test_our_own_addresses_are_not_offered_as_cc(browse: Browse) -> None:
    an_incoming_server(email="support@desk.test")
    ticket = a_ticket(cc_emails=["boss@example.test", "support@desk.test"])
    page = browse(tess()).get(f"/requests/{ticket.number}").content.decode()
    assert 'name="cc" value="boss@example.test"' in page


def test_undo_takes_the_mail_back_and_the_text_is_in_the_composer_again(browse: Browse) -> None:
    an_outgoing_server(primary=True)
    ticket, client = a_ticket(), browse(tess())
    client.post(f"/requests/{ticket.number}/write", {"kind": "reply", "text": "Too soon", "to": "sam@example.test"})
    mail = OutboundEmail.objects.get()
    answer = client.post(f"/requests/{ticket.number}/mails/{mail.pk}/undo", headers=HTMX)
    mail.refresh_from_db()
    assert mail.state == "cancelled"
    assert "Too soon</textarea>" in answer.content.decode() and "Not sent." in answer.content.decode()
    assert "Too soon" not in browse(sam()).get(f"/my/requests/{ticket.number}").content.decode()


def test_an_undone_forward_leaves_no_third_party_behind(browse: Browse) -> None:
    an_outgoing_server(primary=True)
    ticket, client = a_ticket(), browse(tess())
    client.post(
        f"/requests/{ticket.number}/write", {"kind": "forward", "text": "For you", "forward_to": "joe@vendor.test"}
    )
    assert ticket.participants.filter(email="joe@vendor.test").exists()

    client.post(f"/requests/{ticket.number}/mails/{OutboundEmail.objects.get().pk}/undo", headers=HTMX)

    assert not ticket.participants.filter(email="joe@vendor.test").exists()


@pytest.mark.parametrize("changed", [{"state": "deferred", "attempts": 1}, {"entry": None}])
def test_undo_takes_back_what_is_held_for_it_and_no_other_mail(browse: Browse, changed: dict[str, object]) -> None:
    an_outgoing_server(primary=True)
    ticket, client = a_ticket(), browse(tess())
    client.post(f"/requests/{ticket.number}/write", {"kind": "reply", "text": "Hello", "to": "sam@example.test"})
    OutboundEmail.objects.update(**changed)
    mail = OutboundEmail.objects.get()

    answer = client.post(f"/requests/{ticket.number}/mails/{mail.pk}/undo", headers=HTMX)

    assert "Too late" in answer["HX-Trigger"]
    assert OutboundEmail.objects.get().state == mail.state


def test_undo_after_the_mail_has_left_says_so(browse: Browse) -> None:
    ticket = a_ticket()
    mail = a_mail(ticket, an_entry(ticket, author=tess()))
    answer = browse(tess()).post(f"/requests/{ticket.number}/mails/{mail.pk}/undo", headers=HTMX)
    assert "Too late" in answer["HX-Trigger"]


@pytest.mark.parametrize("kind", ["collaboration", "note"])
def test_what_is_internal_is_mailed_to_nobody(browse: Browse, kind: str) -> None:
    ticket = a_ticket()
    data = {"kind": kind, "text": "Between us", "to": "sam@example.test"}
    assert browse(tess()).post(f"/requests/{ticket.number}/write", data).status_code == 302
    assert ticket.entries.get().kind == kind
    assert not OutboundEmail.objects.exists()


def test_a_forward_carries_the_description_to_a_third_party(browse: Browse) -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, "description", "Smoke comes out.")
    data = {
        "kind": "forward",
        "text": "Please look.",
        "forward_to": "vendor@else.test",
        "to": "sam@example.test",
        "with_entries": entry.pk,
    }
    browse(tess()).post(f"/requests/{ticket.number}/write", data)
    mail = OutboundEmail.objects.get()
    assert mail.to == ["vendor@else.test"] and mail.cc == []
    assert "Please look." in mail.text and "Smoke comes out." in mail.text


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"kind": "reply", "text": "", "to": "sam@example.test"}, "composer-text", "Write something first."),
        ({"kind": "reply", "text": "Hello", "to": "sam"}, "composer-to", "sam is not an email address."),
        ({"kind": "reply", "text": "Hello", "to": ""}, "composer-to", "Say whom the reply goes to."),
        ({"kind": "forward", "text": "Hello", "forward_to": ""}, "composer-forward_to", "Say whom to forward to."),
        (
            {"kind": "forward", "text": "Hi", "forward_to": "a@b.test", "forward_cc": "x"},
            "composer-forward_cc",
            "x is not",
        ),
    ],
)
def test_a_fault_is_shown_at_its_field_and_nothing_is_stored(
    browse: Browse, data: dict[str, str], field: str, message: str
) -> None:
    ticket = a_ticket()
    answer = browse(tess()).post(f"/requests/{ticket.number}/write", data, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422 and message in page
    assert f'aria-describedby="{field}-error" autofocus' in page
    assert not ticket.entries.exists()


def test_without_htmx_a_fault_shows_the_whole_page_again_with_what_was_typed(browse: Browse) -> None:
    ticket = a_ticket()
    answer = browse(tess()).post(f"/requests/{ticket.number}/write", {"kind": "reply", "text": "Precious", "to": "x"})
    assert answer.status_code == 422
    assert "Precious</textarea>" in answer.content.decode() and "<!doctype html>" in answer.content.decode()


def test_files_go_with_the_reply(browse: Browse) -> None:
    ticket = a_ticket()
    files = [
        SimpleUploadedFile("plan.pdf", b"%PDF", "application/pdf"),
        SimpleUploadedFile("b.txt", b"b", "text/plain"),
    ]
    data = {"kind": "reply", "text": "See plan", "to": "sam@example.test", "attachments": files}
    browse(tess()).post(f"/requests/{ticket.number}/write", data)
    names = ticket.entries.get().attachments.values_list("filename", flat=True)
    assert list(names) == ["plan.pdf", "b.txt"]
    assert [file["filename"] for file in OutboundEmail.objects.get().files] == ["plan.pdf", "b.txt"]


def test_the_outgoing_email_can_be_chosen_only_where_the_preference_says_so(browse: Browse) -> None:
    server = an_outgoing_server("Sales", "sales@desk.test")
    ticket, client = a_ticket(), browse(tess())
    assert "Outgoing Email" not in client.get(f"/requests/{ticket.number}").content.decode()
    preferences = EmailPreferences.load()
    preferences.allow_choosing_outgoing_server = True
    preferences.save()
    assert "Outgoing Email" in client.get(f"/requests/{ticket.number}").content.decode()
    data = {"kind": "reply", "text": "Hi", "to": "sam@example.test", "outgoing_server": server.pk}
    client.post(f"/requests/{ticket.number}/write", data)
    assert OutboundEmail.objects.get().picked_server == server


def test_changing_one_attribute_leaves_the_others_and_is_an_event(browse: Browse) -> None:
    ticket = a_ticket(priority="high", technician=theo())
    client = browse(tess())
    client.post(f"/requests/{ticket.number}/change", {"status": "pending"}, headers=HTMX)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.technician) == ("pending", "high", theo())
    page = client.get(f"/requests/{ticket.number}/history").content.decode()
    assert ">Open</span>" in page and ">Pending</span>" in page
    client.post(f"/requests/{ticket.number}/change", {"technician": ""}, headers=HTMX)
    ticket.refresh_from_db()
    assert ticket.technician is None


def test_a_value_that_does_not_exist_is_refused_in_words(browse: Browse) -> None:
    ticket = a_ticket()
    client = browse(tess())
    for data in ({"status": "exploded"}, {"technician": sam().pk}):
        assert "HX-Reswap" in client.post(f"/requests/{ticket.number}/change", data, headers=HTMX)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.technician) == ("open", None)


def test_giving_a_request_to_a_foreign_group_leads_back_to_the_list(browse: Browse) -> None:
    ticket, hr = a_ticket(), a_group("HR", [theo()])
    answer = browse(tess()).post(f"/requests/{ticket.number}/change", {"technician_group": hr.pk}, headers=HTMX)
    assert answer["HX-Redirect"] == "/requests"


def test_each_mail_says_how_its_delivery_went(browse: Browse) -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, author=tess())
    sent = {"server_name": "Support", "server_reason": "rule “HR”", "sent_at": timezone.now()}
    a_mail(ticket, entry, **sent)
    failed = a_mail(
        ticket,
        entry,
        state="failed",
        reason="550 No such user here",
        attempts=1,
        recipients=[{"address": "x@y.test", "state": "queued"}],
    )
    client = browse(tess())
    page = client.get(f"/requests/{ticket.number}").content.decode()
    assert "via <b>Support</b>" in page and "rule “HR”" in page
    assert "550 No such user here" in page and f"/mails/{failed.pk}/retry" in page
    client.post(f"/requests/{ticket.number}/mails/{failed.pk}/retry", headers=HTMX)
    failed.refresh_from_db()
    assert failed.state == "queued"


def test_a_mail_of_another_request_cannot_be_touched(browse: Browse) -> None:
    ticket, other = a_ticket(), a_ticket("Other", technician_group=a_group("HR", [theo()]))
    mail = a_mail(other, an_entry(other, author=theo()), state="failed")
    client = browse(tess())
    assert client.post(f"/requests/{ticket.number}/mails/{mail.pk}/retry").status_code == 404
    assert client.post(f"/requests/{other.number}/mails/{mail.pk}/undo").status_code == 404


def test_the_notification_tab_lists_every_mail_with_its_state(browse: Browse) -> None:
    ticket = a_ticket()
    a_mail(
        ticket, an_entry(ticket), kind="acknowledgement", subject="[#1] We have it", state="deferred", reason="421 Busy"
    )
    page = browse(tess()).get(f"/requests/{ticket.number}/notification").content.decode()
    assert "Acknowledgement" in page and "[#1] We have it" in page and "421 Busy" in page


def test_the_other_info_tab_shows_where_the_request_came_from(browse: Browse) -> None:
    ticket = a_ticket(cc_emails=["boss@example.test"], mailbox_email="support@desk.test")
    page = browse(tess()).get(f"/requests/{ticket.number}/other-info").content.decode()
    for words in ("Cc Emails", "boss@example.test", "Source", "Email", "Mailbox", "support@desk.test", "Received"):
        assert words in page


def test_a_poll_is_answered_not_modified_until_the_conversation_changes(browse: Browse) -> None:
    ticket = a_ticket()
    client = browse(tess())
    path = f"/requests/{ticket.number}/live"
    poll = {**HTMX, "If-None-Match": client.get(path)["ETag"]}
    assert client.get(path, headers=poll).status_code == 304
    entry = an_entry(ticket, text="Still burning")
    answer = client.get(path, headers=poll)
    assert (
        answer.status_code == 200
        and "Still burning" in answer.content.decode()
        and "<html" not in answer.content.decode()
    )
    poll["If-None-Match"] = answer["ETag"]
    a_mail(ticket, entry, state="failed")
    assert client.get(path, headers=poll).status_code == 200


def test_what_strangers_write_is_shown_as_text(browse: Browse) -> None:
    ticket = a_ticket("</title><script>alert(1)</script>")
    hostile = '<script>alert(2)</script> https://x.test/"onmouseover=alert(3)'
    an_entry(ticket, "description", hostile, flag="unknown_sender")
    Entry.objects.update(author_name="<img src=x onerror=alert(4)>", to=["<b>@x.test"])
    page = browse(tess()).get(f"/requests/{ticket.number}").content.decode()
    assert (
        "<script>alert" not in page and "<img src=x" not in page and '"onmouseover' not in page and "<b>@" not in page
    )
    assert "Unknown sender" in page


def test_a_long_conversation_costs_no_more_queries_than_a_short_one(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ticket, client = a_ticket(technician=tess(), technician_group=a_group(members=[tess()])), browse(tess())
    path = f"/requests/{ticket.number}"
    a_mail(ticket, an_entry(ticket, author=tess()))
    EmailPreferences.load()
    long_ago = timezone.now() - timedelta(hours=1)
    client.get(path)
    Visit.objects.update(seen_at=long_ago)
    with django_assert_num_queries(30):
        client.get(path)
    for _ in range(30):
        a_mail(ticket, an_entry(ticket, author=tess()))
        a_ticket("Earlier")
    client.get(path)
    Visit.objects.update(seen_at=long_ago)
    with django_assert_num_queries(30):
        client.get(path)
    tag = client.get(f"{path}/live")["ETag"]
    Visit.objects.update(seen_at=long_ago)
    with django_assert_num_queries(7):  # session, user, request, visits, entries, deliveries; the visit every 8 s
        client.get(f"{path}/live", headers={**HTMX, "If-None-Match": tag})
