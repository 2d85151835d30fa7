"""Each event mails its audience, once, in its words, and nobody hears of their own act (SPEC A21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import cancel
from postroom.tickets.models import Notice, Participant, Ticket
from postroom.tickets.services import (
    Composed,
    NewTicket,
    add_collaboration,
    add_forward,
    add_note,
    add_reply,
    open_ticket,
    update_ticket,
)
from postroom.tickets.services.bursts import send_merged
from postroom.tickets.services.templates import save_template, switch_template
from tests.build import (
    a_group,
    a_ticket,
    a_user,
    ada,
    an_entry,
    an_incoming_server,
    an_outgoing_server,
    gita,
    sam,
    tess,
    theo,
)

pytestmark = pytest.mark.django_db
ADA = Actor("Ada Administrator")


@pytest.fixture(autouse=True)
def desk() -> None:
    an_outgoing_server(primary=True)
    an_incoming_server(primary=True)


def a_request(**fields: Any) -> Ticket:
    """A request of Sam's that Tess works on, with its description."""
    ticket = a_ticket(**{"technician": tess(), "mailbox_email": "support@desk.test", **fields})
    an_entry(ticket, "description", "Smoke everywhere.")
    return ticket


def told() -> dict[str, str]:
    """Who was mailed by the desk itself, and the subject; the last one of each."""
    mails = OutboundEmail.objects.filter(kind__in=["notification", "acknowledgement"]).order_by("id")
    return {address: mail.subject for mail in mails for address in [*mail.to, *mail.cc]}


def the_mail_to(address: str) -> OutboundEmail:
    return OutboundEmail.objects.filter(to=[address]).latest("id")


def test_a_new_request_is_acknowledged_and_its_group_is_told() -> None:
    group = a_group("Service Desk", [tess(), theo()])
    new = NewTicket(requester=sam(), subject="No network", source="portal", author=sam(), technician_group=group)
    ticket = open_ticket(new, Composed(text="Nothing works."))

    tag = f"[#{ticket.number}]"
    assert told() == {
        "sam@example.test": f"{tag} No network",
        "tess@desk.test": f"{tag} New request: No network",
        "theo@desk.test": f"{tag} New request: No network",
    }
    mail = the_mail_to("theo@desk.test")
    assert "Nothing works." in mail.text
    assert f"/requests/{ticket.number}\n" in mail.text
    assert ["Auto-Submitted", "auto-generated"] in mail.headers
    assert ["X-Auto-Response-Suppress", "All"] in mail.headers
    assert any(name == "X-Postroom-Loop" for name, _ in mail.headers)


def test_the_technician_whom_a_request_is_assigned_to_is_told() -> None:
    ticket = a_request(technician=None)
    update_ticket(ticket, theo(), {"technician": tess()})

    assert told() == {"tess@desk.test": f"[#{ticket.number}] Assigned to you: The printer is on fire"}
    assert "Theo Technician assigned request" in the_mail_to("tess@desk.test").text
    assert "Smoke everywhere." in the_mail_to("tess@desk.test").text


def test_a_group_that_gets_a_request_is_told_and_whoever_gave_it_is_not() -> None:
    ticket = a_request(technician=None)
    update_ticket(ticket, theo(), {"technician_group": a_group("Network", [tess(), theo()])})

    assert told() == {"tess@desk.test": f"[#{ticket.number}] Assigned to Network: The printer is on fire"}


def test_nobody_is_told_of_their_own_act() -> None:
    ticket = a_request(technician=None)
    update_ticket(ticket, tess(), {"technician": tess()})
    add_note(ticket, tess(), Composed(text="Mine."))

    assert told() == {}


def test_the_assigned_technician_is_told_of_the_requesters_reply() -> None:
    ticket = a_request()
    add_reply(ticket, sam(), Composed(text="It burns again."))

    assert told() == {"tess@desk.test": f"[#{ticket.number}] New reply: The printer is on fire"}
    assert "It burns again." in the_mail_to("tess@desk.test").text


def test_the_group_is_told_of_a_reply_while_nobody_is_assigned() -> None:
    ticket = a_request(technician=None, technician_group=a_group("Service Desk", [theo()]))
    add_reply(ticket, sam(), Composed(text="Anybody?"))

    assert list(told()) == ["theo@desk.test"]


def test_a_technicians_reply_goes_to_the_requester_and_the_cc_and_is_no_notification() -> None:
    ticket = a_request(cc_emails=["boss@example.test"])
    add_reply(ticket, tess(), Composed(text="Use water."))

    mail = OutboundEmail.objects.get()
    assert (mail.kind, mail.to, mail.cc) == ("reply", ["sam@example.test"], ["boss@example.test"])


@pytest.mark.parametrize("add", [add_note, add_collaboration])
def test_the_technicians_who_had_a_hand_in_it_are_told_of_notes_and_collaborations(add: object) -> None:
    ticket = a_request()
    olga = a_user("olga@desk.test", "Olga", "technician")
    an_entry(ticket, "note", "Seen it.", author=olga)
    wilma = a_user("wilma@desk.test", "Wilma", "technician")
    Participant.objects.create(ticket=ticket, email=wilma.email or "", role=Participant.Role.WATCHER)
    a_user("una@desk.test", "Una", "technician")

    add(ticket, theo(), Composed(text="For your eyes."))  # type: ignore[operator]

    assert sorted(told()) == ["olga@desk.test", "tess@desk.test", "wilma@desk.test"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("open", "in_progress", "In Progress"),
        ("open", "resolved", "Resolved"),
        ("resolved", "closed", "Closed"),
        ("closed", "open", "Open again"),
    ],
)
def test_the_requester_is_told_of_a_changed_status(old: str, new: str, words: str) -> None:
    ticket = a_request(status=old)
    update_ticket(ticket, tess(), {"status": new})

    assert told() == {"sam@example.test": f"[#{ticket.number}] {words}: The printer is on fire"}


def test_the_assigned_technician_is_told_when_a_reply_reopens_the_request() -> None:
    ticket = a_request(status="resolved")
    add_reply(ticket, sam(), Composed(text="Still burning."))

    assert told() == {"tess@desk.test": f"[#{ticket.number}] Open again: The printer is on fire"}
    assert "Still burning." in the_mail_to("tess@desk.test").text


def test_whoever_is_added_as_cc_is_told() -> None:
    ticket = a_request(cc_emails=["old@example.test"])
    update_ticket(ticket, tess(), {"cc_emails": ["old@example.test", "new@example.test"]})

    assert list(told()) == ["new@example.test"]
    assert "Tess Technician added you" in the_mail_to("new@example.test").text


def test_blocked_and_archived_people_are_told_nothing() -> None:
    User.objects.filter(pk=tess().pk).update(blocked=True)
    User.objects.filter(pk=theo().pk).update(archived=True)
    ticket = a_request(technician=None, technician_group=a_group("Service Desk", [tess(), theo()]))
    add_reply(ticket, sam(), Composed(text="Hello?"))

    assert told() == {}


def test_the_first_notice_leaves_at_once_and_those_within_the_minute_become_one_mail() -> None:
    ticket = a_request()
    for text in ("One.", "Two.", "Three."):
        add_reply(ticket, sam(), Composed(text=text))

    assert OutboundEmail.objects.count() == 1
    assert send_merged(timezone.now()) == 0
    later = timezone.now() + timedelta(seconds=61)
    assert send_merged(later) == 1
    assert send_merged(later) == 0

    mail = OutboundEmail.objects.latest("id")
    assert OutboundEmail.objects.count() == 2
    assert mail.subject == f"[#{ticket.number}] 2 updates: New reply: The printer is on fire"
    assert "Two." in mail.text
    assert "Three." in mail.text
    assert "One." not in mail.text
    assert mail.text.count("Reference: pr-") == 1


def test_a_merged_mail_about_several_requests_names_them_all() -> None:
    tickets = [a_request(subject=f"Matter {number}", technician=None) for number in range(4)]
    for ticket in tickets:
        update_ticket(ticket, theo(), {"technician": tess()})
    Notice.objects.filter(mailed_at=None).update(due_at=timezone.now())
    send_merged(timezone.now())

    mail = OutboundEmail.objects.latest("id")
    assert (mail.subject, mail.to, mail.ticket) == ("3 updates on 3 requests", ["tess@desk.test"], None)
    for ticket in tickets[1:]:
        assert f"[#{ticket.number}] Assigned to you: {ticket.subject}" in mail.text
        assert f"/requests/{ticket.number}\n" in mail.text


def test_a_notice_after_a_quiet_minute_leaves_at_once_again() -> None:
    ticket = a_request()
    add_reply(ticket, sam(), Composed(text="One."))
    Notice.objects.update(mailed_at=timezone.now() - timedelta(seconds=61))
    add_reply(ticket, sam(), Composed(text="Two."))

    assert OutboundEmail.objects.count() == 2


def test_an_unverified_guest_is_told_nothing_that_came_by_mail() -> None:
    spam = "Buy pills at https://pills.example"
    ticket = a_request(subject=spam, requester=gita(), status="open")
    update_ticket(ticket, tess(), {"status": "resolved"})

    mail = the_mail_to("gita@example.test")
    assert mail.subject == f"[#{ticket.number}] Resolved: your request"
    assert "pills" not in mail.text
    assert "Smoke" not in mail.text


def test_a_guest_who_was_verified_gets_the_words_that_everybody_gets() -> None:
    guest = gita()
    User.objects.filter(pk=guest.pk).update(verified=True)
    guest.refresh_from_db()
    open_ticket(NewTicket(requester=guest, subject="No network", source="api", author=tess()), Composed(text="Hm."))

    assert told()["gita@example.test"].endswith("No network")


def test_a_template_that_is_switched_off_mails_nobody() -> None:
    switch_template(ADA, "requester_replied", "technician", enabled=False)
    add_reply(a_request(), sam(), Composed(text="Hello?"))
    assert told() == {}

    switch_template(ADA, "requester_replied", "technician", enabled=True)
    add_reply(a_request(), sam(), Composed(text="Hello?"))
    assert list(told()) == ["tess@desk.test"]


def test_a_reader_is_written_to_in_their_own_language_and_else_in_english() -> None:
    german = {
        "event": "requester_replied",
        "audience": "technician",
        "subject": "Antwort: {{ subject }}",
        "text": "{{ last_reply }}",
    }
    save_template(ADA, {**german, "language": "de"})
    User.objects.filter(pk=theo().pk).update(language="de-AT")
    User.objects.filter(pk=tess().pk).update(language="fr")
    group = a_group("Service Desk", [tess(), theo()])
    ticket = a_request(technician=None, technician_group=group)
    add_reply(ticket, sam(), Composed(text="Hello?"))

    assert told() == {
        "theo@desk.test": f"[#{ticket.number}] Antwort: The printer is on fire",
        "tess@desk.test": f"[#{ticket.number}] New reply: The printer is on fire",
    }


def test_header_and_footer_of_the_instance_frame_every_notification() -> None:
    for part in ("header", "footer"):
        words = {"text": f"The {part} of {{{{ mailbox }}}}", "html": f"<p><b>{part}</b></p>"}
        save_template(ADA, {"event": part, "audience": "all", "language": "en", **words})
    html = {"text": "{{ last_reply }}", "html": "<p>{{ last_reply }}</p>", "subject": "Reply"}
    save_template(ADA, {"event": "requester_replied", "audience": "technician", "language": "en", **html})
    add_reply(a_request(), sam(), Composed(text="A <b>bold</b> move\nof mine"))

    mail = the_mail_to("tess@desk.test")
    assert mail.text.startswith("The header of support@desk.test\n\nA <b>bold</b> move")
    assert "The footer of support@desk.test\n\nReference: pr-" in mail.text
    assert mail.html.startswith(
        "<p><b>header</b></p><p>A &lt;b&gt;bold&lt;/b&gt; move<br>of mine</p><p><b>footer</b></p>"
    )


def test_notify_cc_tells_those_in_copy_too() -> None:
    values = {"event": "resolved", "audience": "requester", "language": "en", "subject": "Done", "text": "Done."}
    save_template(ADA, {**values, "notify_cc": True})
    update_ticket(a_request(cc_emails=["boss@example.test"]), tess(), {"status": "resolved"})

    assert sorted(told()) == ["boss@example.test", "sam@example.test"]


def test_what_somebody_wrote_is_never_read_as_a_template() -> None:
    ticket = a_request(subject="{{ description }} {{ 7*7 }}")
    add_reply(ticket, sam(), Composed(text="{{ requester }}"))

    mail = the_mail_to("tess@desk.test")
    assert mail.subject.endswith("New reply: {{ description }} {{ 7*7 }}")
    assert "{{ requester }}" in mail.text


def test_whoever_may_no_longer_see_a_request_is_told_nothing_of_it() -> None:
    ticket = a_request(technician_group=a_group("Service Desk", [theo(), tess()]))
    add_note(ticket, theo(), Composed(text="I look into it."))
    Participant.objects.create(ticket=ticket, email="theo@desk.test", role="watcher")
    update_ticket(ticket, tess(), {"technician_group": a_group("Personnel", [tess()])})
    OutboundEmail.objects.all().delete()
    Notice.objects.all().delete()

    add_note(ticket, ada(), Composed(text="For Personnel alone."))
    assert list(told()) == ["tess@desk.test"]


def test_the_last_reply_in_a_mail_to_the_requester_is_nothing_that_went_to_a_third_party_or_was_taken_back() -> None:
    values = {"event": "closed", "audience": "requester", "subject": "Closed", "text": "Last: {{ last_reply }}"}
    save_template(ADA, values)
    ticket = a_request()
    add_reply(ticket, tess(), Composed(text="Use sand."))
    add_forward(ticket, tess(), Composed(text="What does he pay?", to=("sales@supplier.test",)))
    held = add_reply(ticket, tess(), Composed(text="He is rude.", undo_seconds=60))
    cancel(held.outbound.get(), ADA)
    update_ticket(ticket, tess(), {"status": "closed"})

    assert "Last: Use sand." in the_mail_to("sam@example.test").text
