"""A desk with words of its own, groups, and announcements in every state, for the tests of these pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from postroom.accounts.models import RequesterGroup, User
from postroom.audit.services import Actor
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Announcement
from postroom.tickets.services.announcements import save_announcement, send_announcement
from postroom.tickets.services.announcing import feed_announcements
from postroom.tickets.services.templates import save_template, switch_template
from tests.build import ada, an_incoming_server, an_outgoing_server

HTML = (
    "<p>Dear {{ name }},</p><p>on <b>Friday at 18:00</b> we move the mail system. Until about 20:00 no mail arrives; "
    'nothing is lost. <a href="https://status.northwind.test">What happens when</a></p><p>Your Service Desk</p>'
)
TEXT = (
    "Dear {{ name }},\n\non Friday at 18:00 we move the mail system. Until about 20:00 no mail arrives; nothing is "
    "lost.\nWhat happens when: https://status.northwind.test\n\nYour Service Desk"
)


def the_actor() -> Actor:
    return Actor(ada().name, ada().pk)


def staff(count: int = 40, name: str = "All staff") -> RequesterGroup:
    """A group with so many people; some of them are not to be written to."""
    people = [
        User(email=f"{name.split()[0].lower()}{number:03}@northwind.test", name=f"Person {number}", blocked=number == 3)
        for number in range(count)
    ]
    User.objects.bulk_create(people, ignore_conflicts=True)
    group, _ = RequesterGroup.objects.get_or_create(name=name)
    group.members.add(*User.objects.filter(email__in=[person.email for person in people]))
    return group


def a_draft(**fields: Any) -> Announcement:
    values = {"subject": "Mail moves on Friday at 18:00", "text": TEXT, "html": HTML, "requester_groups": ["All staff"]}
    return save_announcement(the_actor(), {**values, **fields})


def under_way(sent: int = 18) -> Announcement:
    """An announcement of which some mails have left and one could not be delivered."""
    announcement = send_announcement(the_actor(), a_draft())
    feed_announcements(timezone.now())
    rows = list(OutboundEmail.objects.filter(kind="announcement").order_by("id")[: sent + 1])
    done = OutboundEmail.objects.filter(pk__in=[row.pk for row in rows[:sent]])
    done.update(state="sent", sent_at=timezone.now())
    why = "The server refused all007@northwind.test: 550 5.1.1 no such user"
    OutboundEmail.objects.filter(pk=rows[sent].pk).update(state="failed", reason=why)
    return announcement


def a_scene() -> Announcement:
    """All of it; returns the announcement that is under way."""
    an_outgoing_server(primary=True)
    an_outgoing_server("Newsletter", "news@northwind.test")
    an_incoming_server(primary=True)
    staff()
    staff(6, "Managers")
    german = {"event": "created", "audience": "requester", "language": "de", "subject": "{{ subject }}"}
    save_template(the_actor(), {**german, "text": "Guten Tag {{ name }},\n\nwir haben Anfrage {{ number }} eröffnet."})
    footer = {"event": "footer", "audience": "all", "language": "en"}
    save_template(
        the_actor(), {**footer, "text": "Northwind Service Desk, ext. 4600", "html": "<p>Northwind Service Desk</p>"}
    )
    switch_template(the_actor(), "closed", "requester", enabled=False)
    announcement = under_way()
    a_draft(subject="New badge readers from Monday", requester_groups=["Managers"], outgoing_server="Newsletter")
    old = a_draft(subject="Summer hours of the service desk")
    then = timezone.now() - timedelta(days=90)
    Announcement.objects.filter(pk=old.pk).update(state="done", started_at=then, finished_at=then)
    return announcement
