"""How far announcements have come: counts by what became of each recipient, and who did not get it (ANN-01)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count, Q, QuerySet

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Announcement, AnnouncementRecipient

State = OutboundEmail.State
ON_THEIR_WAY = (State.QUEUED, State.SENDING, State.DEFERRED, State.UNCERTAIN)
_FAILED = (State.FAILED, State.BOUNCED, State.CANCELLED)


@dataclass(slots=True)
class Counts:
    """Recipients by what became of them. ``queued`` are on their way: in the outgoing log and not sent yet."""

    recipients: int = 0
    waiting: int = 0
    queued: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    @property
    def finished(self) -> int:
        """Those of whom it is known what became of them."""
        return self.recipients - self.waiting - self.queued

    @property
    def percent(self) -> int:
        return self.finished * 100 // self.recipients if self.recipients else 0


def counts_of(announcements: Iterable[Announcement]) -> dict[int, Counts]:
    """The counts of these announcements, by key, in one query."""
    found = {announcement.pk: Counts() for announcement in announcements}
    rows = AnnouncementRecipient.objects.filter(announcement__in=found).order_by()
    for pk, state, mail_state, count in rows.values_list("announcement", "state", "mail__state").annotate(Count("pk")):
        name = _name(state, mail_state)
        setattr(found[pk], name, getattr(found[pk], name) + count)
        found[pk].recipients += count
    return found


def _name(state: str, mail_state: str | None) -> str:
    if state != AnnouncementRecipient.State.QUEUED:
        return state
    if mail_state in ON_THEIR_WAY:
        return "queued"
    return "failed" if mail_state in _FAILED else "sent"


def recipients_of(announcement: Announcement, *, trouble: bool = False) -> QuerySet[AnnouncementRecipient]:
    """Everybody it goes to, by address; with ``trouble`` those alone who did not or will not get it."""
    rows = announcement.recipients.select_related("mail").order_by("address")
    if not trouble:
        return rows
    skipped = Q(state=AnnouncementRecipient.State.SKIPPED)
    return rows.filter(skipped | Q(state=AnnouncementRecipient.State.QUEUED, mail__state__in=_FAILED))


def outcome_of(recipient: AnnouncementRecipient) -> tuple[str, str]:
    """(what became of it, why) for one recipient: the state of the mail once there is one."""
    mail = recipient.mail
    if recipient.state != AnnouncementRecipient.State.QUEUED or mail is None:
        return recipient.state, recipient.reason
    return mail.state, mail.reason
