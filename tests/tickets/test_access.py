"""Who may see which request, and how much of its conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import Company, User
from postroom.channels.models import Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.access import requester_entries, sight_of, visible_entries, visible_tickets
from postroom.tickets.models import Attachment, Entry, Ticket
from postroom.tickets.queries import attachment_for, entry_for, public_entries
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket() -> Ticket:
    return build.a_ticket(technician=build.tess())


def seen(user: User, ticket: Ticket) -> list[str]:
    return [entry.text for entry in visible_entries(user, ticket)]


def a_reply(ticket: Ticket, text: str = "Hasty words", **mail: Any) -> Entry:
    """Tess's reply, and the mail that carries it."""
    entry = build.an_entry(ticket, "reply", text, author=build.tess(), to=["sam@example.test"])
    OutboundEmail.objects.create(
        message_id=f"{entry.pk}@desk.test", kind="reply", ticket=ticket, entry=entry, to=["sam@example.test"], **mail
    )
    return entry


def test_requesters_see_their_own_requests_alone(ticket: Ticket) -> None:
    build.a_ticket("Not Sam's", requester=build.gita())
    assert list(visible_tickets(build.sam())) == [ticket]


def test_technicians_see_the_requests_of_their_groups_and_of_no_group(ticket: Ticket) -> None:
    hr = build.a_ticket("Salary", technician_group=build.a_group("HR", [build.theo()]))
    assert set(visible_tickets(build.theo())) == {ticket, hr}
    assert set(visible_tickets(build.tess())) == {ticket}
    assert set(visible_tickets(build.ada())) == {ticket, hr}


def test_requesters_see_what_is_public_and_technicians_see_all(ticket: Ticket) -> None:
    build.an_entry(ticket, "description", "It burns.")
    for kind in ("note", "collaboration", "event"):
        build.an_entry(ticket, kind, f"internal {kind}", author=build.tess())
    assert seen(build.sam(), ticket) == ["It burns."]
    assert len(seen(build.theo(), ticket)) == 4


def test_a_forward_to_a_third_party_is_not_the_requesters_to_see_but_one_to_them_is(ticket: Ticket) -> None:
    build.an_entry(ticket, "forward", "To the vendor", author=build.tess(), to=["vendor@else.test"])
    build.an_entry(ticket, "forward", "To a namesake", author=build.tess(), to=["not-sam@example.test"])
    build.an_entry(ticket, "forward", "Copied to Sam", author=build.tess(), to=["a@else.test"], cc=["sam@example.test"])
    assert seen(build.sam(), ticket) == ["Copied to Sam"]


def test_a_reply_that_is_held_for_undo_is_not_shown_until_its_time_has_come(ticket: Ticket) -> None:
    entry = a_reply(ticket, due_at=timezone.now() + timedelta(seconds=10))
    assert seen(build.sam(), ticket) == []
    assert seen(build.theo(), ticket) == ["Hasty words"]
    entry.outbound.update(due_at=timezone.now())
    assert seen(build.sam(), ticket) == ["Hasty words"]


def test_a_reply_that_was_taken_back_is_never_shown(ticket: Ticket) -> None:
    a_reply(ticket, state="cancelled")
    assert seen(build.sam(), ticket) == []


@pytest.mark.parametrize("state", ["deferred", "failed", "sent"])
def test_a_reply_that_a_server_was_tried_with_stays_in_the_portal(state: str, ticket: Ticket) -> None:
    a_reply(ticket, state=state, attempts=1, due_at=timezone.now() + timedelta(hours=1))
    assert seen(build.sam(), ticket) == ["Hasty words"]


def test_a_technician_sees_their_own_request_in_the_portal_as_any_requester_does() -> None:
    own = build.a_ticket("My chair", requester=build.tess())
    build.an_entry(own, "description", "It squeaks.")
    build.an_entry(own, "note", "She always complains.", author=build.theo())
    assert [entry.text for entry in requester_entries(build.tess(), own)] == ["It squeaks."]
    assert [entry.text for entry in public_entries(build.tess(), own)] == ["It squeaks."]


def test_a_file_is_seen_by_those_who_see_its_entry(ticket: Ticket) -> None:
    note = build.an_entry(ticket, "note", author=build.tess())
    held = a_reply(ticket, due_at=timezone.now() + timedelta(seconds=10))
    public = build.an_entry(ticket, "description")
    files = [
        Attachment.objects.create(entry=entry, filename="a.txt", content_type="text/plain", size=1, sha256="0" * 64)
        for entry in (note, held, public)
    ]
    assert [attachment_for(build.sam(), file.pk) for file in files] == [None, None, files[2]]
    assert [attachment_for(build.tess(), file.pk) for file in files] == files
    assert [attachment_for(build.gita(), file.pk) for file in files] == [None, None, None]
    assert entry_for(build.sam(), note.pk) is None


@pytest.mark.parametrize("several_companies", [True, False])
@pytest.mark.parametrize("companies", [[], ["Acme"], ["Acme", "Other"]])
@pytest.mark.parametrize("groups", [[], ["HR"], ["HR", "Network"]])
def test_what_a_page_reads_once_is_what_may_be_seen(
    several_companies: bool, companies: list[str], groups: list[str]
) -> None:
    Settings.objects.update_or_create(pk=Settings.load().pk, defaults={"managed_services_provider": several_companies})
    made = {name: Company.objects.create(name=name) for name in ("Acme", "Other", "Third")}
    for name in ("HR", "Network", "Elsewhere"):
        group = build.a_group(name, [build.tess()] if name in groups else [])
        if name == "HR":
            group.companies.set([made[company] for company in companies])
        for company in (None, *made.values()):
            build.a_ticket(technician_group=group, company=company)
    for company in (None, made["Third"]):
        build.a_ticket(company=company)
        build.a_ticket(company=company, technician=build.tess(), technician_group=build.a_group("Elsewhere"))
        build.a_ticket(company=company, requester=build.tess(), technician_group=build.a_group("Elsewhere"))
    for user in (build.tess(), build.ada(), build.a_service_account()):
        sight = sight_of(user)
        parts = {pk for part in sight.parts() for pk in Ticket.objects.filter(part).values_list("pk", flat=True)}
        seen = set(visible_tickets(user).values_list("pk", flat=True))
        assert set(Ticket.objects.filter(sight.condition()).values_list("pk", flat=True)) == parts == seen
