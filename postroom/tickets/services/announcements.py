"""The only writer of announcements: drafts, and sending, pausing, resuming and cancelling them (ANN-01)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_values
from typing import Any

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import RequesterGroup, User
from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor, record
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.queries import own_addresses
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.outbox.services import NewMail, queue
from postroom.outbox.services.withdraw import withdraw
from postroom.rules.fields import Fields, Invalid, unknown_name
from postroom.tickets.models import Announcement, AnnouncementRecipient
from postroom.tickets.notifications import automatic_headers
from postroom.tickets.services.templates import clean_html
from postroom.tickets.wording import Wording, faults, fill, fill_html, fill_line, instance_language

ANNOUNCEMENT_FIELDS = ("subject", "text", "html", "requester_groups", "outgoing_server", "per_minute")
PLACEHOLDERS = ("name", "email")
FASTEST = 6000
_LONGEST = 200_000
State = Announcement.State


def show_announcement(announcement: Announcement) -> dict[str, Any]:
    """The announcement as the contract names it, without its counts."""
    server = announcement.outgoing_server
    return {
        "subject": announcement.subject,
        "text": announcement.text,
        "html": announcement.html,
        "requester_groups": sorted(group.name for group in announcement.requester_groups.all()),
        "outgoing_server": server.name if server else None,
        "per_minute": announcement.per_minute,
        "state": announcement.state,
    }


@transaction.atomic
def save_announcement(
    actor: Actor, data: object, instance: Announcement | None = None, *, replace: bool = False
) -> Announcement:
    """Make a draft of ``data``, or change one. Raises Invalid; so it does once the announcement is sent."""
    if instance is not None:
        instance = _locked(instance)
        if instance.state != State.DRAFT:
            raise Invalid([("", "It was sent already: only a draft can be changed.")])
    base = instance if instance is not None and not replace else Announcement()
    fields = Fields(data, ANNOUNCEMENT_FIELDS)
    values, groups = _read(fields, base)
    before = show_announcement(instance) if instance is not None else None
    announcement = instance or Announcement(created_by_id=actor.id)
    for name, value in values.items():
        setattr(announcement, name, value)
    announcement.save()
    announcement.requester_groups.set(groups)
    record_save(actor, announcement, before, show_announcement(announcement))
    return announcement


def _read(fields: Fields, base: Announcement) -> tuple[dict[str, Any], list[RequesterGroup]]:
    values: dict[str, Any] = {
        "subject": fields.text("subject", base.subject, required="Enter a subject.", longest=998),
        "text": fields.text("text", base.text, longest=_LONGEST, lines=True),
        "html": fields.text("html", base.html, longest=_LONGEST, lines=True),
        "per_minute": fields.integer("per_minute", base.per_minute, low=1, high=FASTEST),
        "outgoing_server": _read_server(fields, base),
    }
    for name in ("subject", "text", "html"):
        for fault in faults(values[name], PLACEHOLDERS):
            fields.fail(name, fault)
    groups = _read_groups(fields, base)
    fields.done()
    values["html"] = clean_html(values["html"])
    return values, groups


def _read_server(fields: Fields, base: Announcement) -> OutgoingServer | None:
    if not fields.given("outgoing_server"):
        return base.outgoing_server
    name = fields.text("outgoing_server")
    server = OutgoingServer.objects.filter(name__iexact=name).first() if name else None
    if name and server is None:
        fields.fail("outgoing_server", unknown_name("outgoing server", name))
    return server


def _read_groups(fields: Fields, base: Announcement) -> list[RequesterGroup]:
    if not fields.given("requester_groups"):
        return list(base.requester_groups.all()) if base.pk else []
    found = []
    for index, name in enumerate(fields.texts("requester_groups")):
        group = RequesterGroup.objects.filter(name__iexact=name).first()
        if group is None:
            fields.fail(f"requester_groups[{index}]", unknown_name("requester group", name))
        else:
            found.append(group)
    return found


@transaction.atomic
def delete_announcement(actor: Actor, announcement: Announcement) -> None:
    """Delete one that is not on its way. Raises Invalid."""
    announcement = _locked(announcement)
    if announcement.state in (State.SENDING, State.PAUSED):
        raise Invalid([("", "It is on its way. Cancel it first.")])
    record_delete(actor, announcement, show_announcement(announcement))
    announcement.delete()


@transaction.atomic
def send_announcement(actor: Actor, announcement: Announcement) -> Announcement:
    """Begin to send a draft: everybody who is in its groups now is a recipient, each once. Raises Invalid."""
    announcement = _locked(announcement)
    if announcement.state != State.DRAFT:
        raise Invalid([("", "It was sent already.")])
    if not announcement.text.strip() and not announcement.html.strip():
        raise Invalid([("text", "Write what it says.")])
    groups = list(announcement.requester_groups.all())
    if not groups:
        raise Invalid([("requester_groups", "Choose whom it goes to.")])
    recipients = _recipients(announcement, groups)
    if not any(recipient.state == AnnouncementRecipient.State.WAITING for recipient in recipients):
        raise Invalid([("requester_groups", "There is nobody in these groups who can be written to.")])
    AnnouncementRecipient.objects.bulk_create(recipients, batch_size=2000)
    announcement.state, announcement.started_at = State.SENDING, timezone.now()
    announcement.save(update_fields=["state", "started_at"])
    change = {"field": "recipients", "old": None, "new": len(recipients)}
    record(actor=actor, action="sent", object_=announcement, name=announcement.subject, changes=[change])
    return announcement


def _recipients(announcement: Announcement, groups: Sequence[RequesterGroup]) -> list[AnnouncementRecipient]:
    """A row for every member with an address; whoever is not to be written to is skipped, with the reason."""
    people = list(User.objects.filter(requester_groups__in=groups).exclude(email=None).distinct().order_by("email"))
    suppressed = dict(Suppression.objects.values_list("address", "reason")) if people else {}
    ours = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    rows = []
    for person in people:
        address = person.email or ""
        why = why_skipped(person)
        if not why and address in suppressed:
            why = f"On the suppression list. {suppressed[address]}".strip()
        if not why and address in ours:
            why = "An address of the desk itself."
        state = AnnouncementRecipient.State.SKIPPED if why else AnnouncementRecipient.State.WAITING
        rows.append(
            AnnouncementRecipient(
                announcement=announcement, address=address, name=person.name, state=state, reason=why[:200]
            )
        )
    return rows


def why_skipped(person: User) -> str:
    """Why nothing is announced to somebody, or ""."""
    if person.blocked:
        return "Blocked."
    return "Archived." if person.archived or not person.is_active else ""


@transaction.atomic
def pause_announcement(actor: Actor, announcement: Announcement) -> Announcement:
    """Stop for now: what has not left waits. Raises Invalid unless it is being sent."""
    announcement = _moved(actor, announcement, (State.SENDING,), State.PAUSED, "paused")
    back = withdraw(_unsent(announcement), "The announcement was paused.")
    announcement.recipients.filter(mail__in=back).update(
        state=AnnouncementRecipient.State.WAITING, mail=None, queued_at=None
    )
    return announcement


@transaction.atomic
def resume_announcement(actor: Actor, announcement: Announcement) -> Announcement:
    """Go on. Raises Invalid unless it is paused."""
    return _moved(actor, announcement, (State.PAUSED,), State.SENDING, "resumed")


@transaction.atomic
def cancel_announcement(actor: Actor, announcement: Announcement) -> Announcement:
    """Send it to nobody further. Raises Invalid unless it is on its way."""
    announcement = _moved(actor, announcement, (State.SENDING, State.PAUSED), State.DONE, "cancelled")
    withdraw(_unsent(announcement), "The announcement was cancelled.")
    waiting = announcement.recipients.filter(state=AnnouncementRecipient.State.WAITING)
    waiting.update(state=AnnouncementRecipient.State.CANCELLED, reason="The announcement was cancelled.")
    announcement.cancelled, announcement.finished_at = True, timezone.now()
    announcement.save(update_fields=["cancelled", "finished_at"])
    return announcement


def _moved(actor: Actor, announcement: Announcement, before: tuple[str, ...], after: str, action: str) -> Announcement:
    announcement = _locked(announcement)
    if announcement.state not in before:
        raise Invalid([("", f"An announcement that is {announcement.get_state_display().lower()} cannot be {action}.")])
    announcement.state = after
    announcement.save(update_fields=["state"])
    record(actor=actor, action=action, object_=announcement, name=announcement.subject, changes=[])
    return announcement


def _locked(announcement: Announcement) -> Announcement:
    return Announcement.objects.select_for_update().get(pk=announcement.pk)


def _unsent(announcement: Announcement) -> list[int]:
    queued = announcement.recipients.filter(
        state=AnnouncementRecipient.State.QUEUED, mail__state__in=OutboundEmail.WAITING
    )
    return [pk for pk in queued.values_list("mail", flat=True) if pk is not None]


def announcement_mail(announcement: Announcement, name: str, address: str, wording: Wording) -> NewMail:
    """The mail for one recipient, alone in To. In the slowest lane (NFR-02)."""
    values = {"name": name or address, "email": address}
    html = fill_html(announcement.html, values) if announcement.html else ""
    text, html = wording.framed(fill(announcement.text, values), html, instance_language(), {})
    return NewMail(
        kind=OutboundEmail.Kind.ANNOUNCEMENT,
        lane=OutboundEmail.Lane.ANNOUNCEMENT,
        to=[address],
        subject=fill_line(announcement.subject, values),
        text=text,
        html=html,
        picked=announcement.outgoing_server,
        facts={"notification": "announcement", "recipient_domain": address.rpartition("@")[2]},
        headers=[*automatic_headers("auto-generated"), ("Precedence", "bulk")],
    )


@transaction.atomic
def try_announcement(actor: Actor, announcement: Announcement, person: User) -> OutboundEmail:
    """Mail it to ``person`` alone, to see how it arrives. Raises Invalid for somebody without an address."""
    if not person.email:
        raise Invalid([("", "You have no address that it could be sent to.")])
    mail = announcement_mail(announcement, person.name, person.email, Wording.load())
    (row,) = queue([with_values(mail, kind=OutboundEmail.Kind.TEST, lane=OutboundEmail.Lane.NOTIFICATION)])
    record(actor=actor, action="tested", object_=announcement, name=announcement.subject, changes=[])
    return row


def drafted(data: object) -> Announcement:
    """What ``data`` would make, not stored: for a preview. Raises Invalid."""
    values, _groups = _read(Fields(data, ANNOUNCEMENT_FIELDS), Announcement())
    return Announcement(**values)
