"""Feed the outgoing ledger with announcements, a few mails at a time: at their pace, and never far ahead (ANN-01).

A mail is queued and its recipient's row says so in one transaction: a worker that ends loses and doubles nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import queue
from postroom.tickets.announced import ON_THEIR_WAY
from postroom.tickets.models import Announcement, AnnouncementRecipient
from postroom.tickets.services.announcements import announcement_mail, why_skipped
from postroom.tickets.wording import Wording

AHEAD = 100
STEP = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
State = AnnouncementRecipient.State


@transaction.atomic
def feed_announcements(now: datetime) -> int:
    """Queue what is due of all announcements that are being sent. Returns how many mails.

    One worker at a time calls it.
    """
    sending = Announcement.objects.select_for_update(of=("self",)).filter(state=Announcement.State.SENDING)
    return sum(_feed(announcement, now) for announcement in sending.select_related("outgoing_server").order_by("id"))


def _feed(announcement: Announcement, now: datetime) -> int:
    waiting = announcement.recipients.filter(state=State.WAITING).order_by("id")
    due = list(waiting[: _room(announcement, now)])
    if not due:
        if not waiting.exists():
            _finish(announcement, now)
        return 0
    lost = {
        person.email: why
        for person in User.objects.filter(email__in=[recipient.address for recipient in due])
        if (why := why_skipped(person))
    }
    ready = [recipient for recipient in due if recipient.address not in lost]
    wording = Wording.load()
    mails = queue([announcement_mail(announcement, one.name, one.address, wording) for one in ready])
    for recipient, mail in zip(ready, mails, strict=True):
        recipient.state, recipient.mail, recipient.queued_at = State.QUEUED, mail, now
    for recipient in due:
        if recipient.address in lost:
            recipient.state, recipient.reason = State.SKIPPED, lost[recipient.address]
    AnnouncementRecipient.objects.bulk_update(due, ["state", "reason", "mail", "queued_at"])
    return len(mails)


def _room(announcement: Announcement, now: datetime) -> int:
    """How many mails may be queued now: by the pace, and by how many of any announcement wait to leave."""
    queued = announcement.recipients.filter(state=State.QUEUED)
    steps = ((STEP, max(1, announcement.per_minute // 6)), (MINUTE, announcement.per_minute))
    by_pace = [most - queued.filter(queued_at__gt=now - window).count() for window, most in steps]
    unsent = OutboundEmail.objects.filter(
        kind=OutboundEmail.Kind.ANNOUNCEMENT,
        state__in=(OutboundEmail.State.QUEUED, OutboundEmail.State.SENDING),
    )
    return max(0, min(*by_pace, AHEAD - unsent.count()))


def _finish(announcement: Announcement, now: datetime) -> None:
    """Everybody has it, or will not get it: the announcement is done."""
    if announcement.recipients.filter(state=State.QUEUED, mail__state__in=ON_THEIR_WAY).exists():
        return
    announcement.state, announcement.finished_at = Announcement.State.DONE, now
    announcement.save(update_fields=["state", "finished_at"])
