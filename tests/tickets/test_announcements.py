"""An announcement: one mail to each member of its groups, at its pace, stopped and gone on with at will (ANN-01)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import RequesterGroup, User
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.rules.fields import Invalid
from postroom.tickets.announced import counts_of, outcome_of, recipients_of
from postroom.tickets.models import Announcement
from postroom.tickets.services.announcements import (
    cancel_announcement,
    delete_announcement,
    pause_announcement,
    resume_announcement,
    save_announcement,
    send_announcement,
    try_announcement,
)
from postroom.tickets.services.announcing import feed_announcements
from tests.build import a_user, ada, an_incoming_server, an_outgoing_server

pytestmark = pytest.mark.django_db
ADA = Actor("Ada Administrator")


@pytest.fixture(autouse=True)
def desk() -> None:
    an_outgoing_server(primary=True)
    an_incoming_server(primary=True)


def all_staff(count: int = 3, name: str = "All staff") -> RequesterGroup:
    people = [User(email=f"person{number}@example.test", name=f"Person {number}") for number in range(count)]
    User.objects.bulk_create(people, ignore_conflicts=True)
    group, _ = RequesterGroup.objects.get_or_create(name=name)
    group.members.add(*User.objects.filter(email__in=[person.email for person in people]))
    return group


def a_draft(**fields: Any) -> Announcement:
    values = {"subject": "Maintenance on Friday", "text": "Dear {{ name }},\n\nmail stops at 18:00."}
    return save_announcement(ADA, {**values, "requester_groups": ["All staff"], **fields})


def feed(seconds: float = 0) -> int:
    return feed_announcements(timezone.now() + timedelta(seconds=seconds))


def counts(announcement: Announcement) -> dict[str, int]:
    return {name: count for name, count in counts_of([announcement])[announcement.pk].as_dict().items() if count}


def the_state(announcement: Announcement) -> str:
    announcement.refresh_from_db()
    return announcement.state


def test_everybody_in_the_groups_gets_one_mail_of_their_own() -> None:
    all_staff(3)
    all_staff(2, "Managers")
    announcement = send_announcement(ADA, a_draft(requester_groups=["All staff", "Managers"]))

    assert feed() == 3
    mails = OutboundEmail.objects.order_by("to")
    assert [(mail.to, mail.cc) for mail in mails] == [([f"person{number}@example.test"], []) for number in range(3)]
    assert mails[0].text.startswith("Dear Person 0,\n\nmail stops")
    assert {(mail.kind, mail.lane, mail.subject) for mail in mails} == {("announcement", 3, "Maintenance on Friday")}
    assert ["Auto-Submitted", "auto-generated"] in mails[0].headers
    assert ["Precedence", "bulk"] in mails[0].headers
    assert counts(announcement) == {"recipients": 3, "queued": 3}


def test_it_leaves_by_the_server_that_was_chosen_for_it() -> None:
    all_staff(1)
    newsletter = an_outgoing_server("Newsletter", "news@desk.test")
    send_announcement(ADA, a_draft(outgoing_server="newsletter"))
    feed()

    assert OutboundEmail.objects.get().server == newsletter


def test_people_who_are_not_to_be_written_to_are_skipped_with_the_reason() -> None:
    group = all_staff(1)
    group.members.add(
        a_user("blocked@example.test", blocked=True),
        a_user("left@example.test", archived=True),
        a_user("dead@example.test"),
        a_user("support@desk.test"),
    )
    Suppression.objects.create(address="dead@example.test", reason="No such user.")
    announcement = send_announcement(ADA, a_draft())

    skipped = {one.address: outcome_of(one)[1] for one in recipients_of(announcement, trouble=True)}
    assert skipped == {
        "blocked@example.test": "Blocked.",
        "left@example.test": "Archived.",
        "dead@example.test": "On the suppression list. No such user.",
        "support@desk.test": "An address of the desk itself.",
    }
    assert feed() == 1


def test_somebody_who_is_blocked_meanwhile_is_skipped() -> None:
    all_staff(2)
    announcement = send_announcement(ADA, a_draft())
    User.objects.filter(email="person1@example.test").update(blocked=True)

    assert feed() == 1
    assert counts(announcement) == {"recipients": 2, "queued": 1, "skipped": 1}


def test_it_is_done_when_it_is_known_what_became_of_every_mail() -> None:
    all_staff(2)
    announcement = send_announcement(ADA, a_draft())
    feed()
    feed()
    assert the_state(announcement) == "sending"

    first, second = OutboundEmail.objects.order_by("id")
    OutboundEmail.objects.filter(pk=first.pk).update(state="sent", sent_at=timezone.now())
    OutboundEmail.objects.filter(pk=second.pk).update(state="failed", reason="550 5.1.1 no such user")
    feed()
    assert the_state(announcement) == "done"
    assert counts(announcement) == {"recipients": 2, "sent": 1, "failed": 1}
    (failure,) = recipients_of(announcement, trouble=True)
    assert outcome_of(failure) == ("failed", "550 5.1.1 no such user")


def test_it_keeps_to_its_own_pace() -> None:
    all_staff(30)
    announcement = send_announcement(ADA, a_draft(per_minute=60))

    assert [feed(), feed(1), feed(5)] == [10, 0, 0]
    assert feed(11) == 10
    assert counts(announcement) == {"recipients": 30, "queued": 20, "waiting": 10}


def test_it_is_never_far_ahead_of_what_the_server_takes() -> None:
    all_staff(300)
    send_announcement(ADA, a_draft(per_minute=6000))

    assert [feed(), feed(10), feed(20)] == [100, 0, 0]
    OutboundEmail.objects.update(state="sent", sent_at=timezone.now())
    assert feed(30) == 100


def test_a_paused_announcement_takes_back_what_has_not_left_and_goes_on_later() -> None:
    all_staff(3)
    announcement = send_announcement(ADA, a_draft())
    feed()
    held = OutboundEmail.objects.order_by("id")[0]
    OutboundEmail.objects.filter(pk=held.pk).update(claimed_by="worker")

    pause_announcement(ADA, announcement)
    assert feed(20) == 0
    assert counts(announcement) == {"recipients": 3, "queued": 1, "waiting": 2}
    assert sorted(OutboundEmail.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "queued"]

    resume_announcement(ADA, announcement)
    assert feed(20) == 2
    to = [address for mail in OutboundEmail.objects.exclude(state="cancelled") for address in mail.to]
    assert sorted(to) == [f"person{number}@example.test" for number in range(3)]


def test_a_cancelled_announcement_goes_to_nobody_further() -> None:
    all_staff(3)
    announcement = send_announcement(ADA, a_draft(per_minute=6))
    feed()
    OutboundEmail.objects.update(state="sent", sent_at=timezone.now())
    cancel_announcement(ADA, announcement)

    assert feed(60) == 0
    assert the_state(announcement) == "done"
    assert counts(announcement) == {"recipients": 3, "sent": 1, "cancelled": 2}


def test_nobody_gets_it_twice_though_a_worker_ends_in_between() -> None:
    all_staff(5)
    send_announcement(ADA, a_draft(per_minute=12))
    for second in range(0, 60, 5):
        feed(second)
        feed(second)

    to = [mail.to[0] for mail in OutboundEmail.objects.all()]
    assert sorted(to) == sorted(set(to))


def test_only_a_draft_can_be_changed_or_sent() -> None:
    all_staff(1)
    announcement = send_announcement(ADA, a_draft())

    for write in (
        lambda: save_announcement(ADA, {"subject": "Other"}, announcement),
        lambda: send_announcement(ADA, announcement),
        lambda: resume_announcement(ADA, announcement),
        lambda: delete_announcement(ADA, announcement),
    ):
        with pytest.raises(Invalid):
            write()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"text": "Dear {{ password }}"}, "text"),
        ({"requester_groups": ["Nobody"]}, "requester_groups[0]"),
        ({"outgoing_server": "Nothing"}, "outgoing_server"),
        ({"per_minute": 0}, "per_minute"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_at_its_field(fields: dict[str, Any], field: str) -> None:
    all_staff(1)
    with pytest.raises(Invalid) as refusal:
        a_draft(**fields)
    assert [name for name, _ in refusal.value.errors] == [field]


def test_an_announcement_to_nobody_is_refused() -> None:
    RequesterGroup.objects.create(name="All staff")
    with pytest.raises(Invalid):
        send_announcement(ADA, a_draft())
    with pytest.raises(Invalid):
        send_announcement(ADA, a_draft(requester_groups=[]))


def test_a_trial_goes_to_its_author_alone() -> None:
    all_staff(3)
    draft = a_draft(html="<p>Dear <b>{{ name }}</b></p>")
    mail = try_announcement(Actor("Ada Administrator", ada().pk), draft, ada())

    assert (mail.to, mail.kind) == (["ada@desk.test"], "test")
    assert "<b>Ada Administrator</b>" in mail.html
    assert the_state(draft) == "draft"


def test_whoever_does_something_with_it_stands_in_the_audit() -> None:
    all_staff(3)
    announcement = send_announcement(ADA, a_draft())
    pause_announcement(ADA, announcement)
    resume_announcement(ADA, announcement)
    cancel_announcement(ADA, announcement)

    acts = AuditEntry.objects.filter(object_type="announcement").order_by("pk")
    assert [entry.action for entry in acts] == ["created", "sent", "paused", "resumed", "cancelled"]
