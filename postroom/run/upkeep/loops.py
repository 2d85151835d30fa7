"""One alert to administrators for each sender whose mail is held because it looks like a loop (LOP-01)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.run.upkeep.alerts import recipients
from postroom.tickets.models import Notice
from postroom.tickets.notifications import automatic_headers

EVENT = "loop"
LOOK_BACK = timedelta(hours=1)
ONCE_IN = timedelta(days=1)
NEWEST = 1000
NAMED = 50


@transaction.atomic
def tell_of_loops(now: datetime) -> int:
    """Queue one mail about the senders that nobody was told of within the day. Returns how many senders."""
    counted = dict(_held(now).values_list("from_email").annotate(Count("pk")).order_by())
    told = Notice.objects.filter(event=EVENT, address__in=counted, mailed_at__gt=now - ONCE_IN)
    known = set(told.values_list("address", flat=True))
    fresh = sorted(sender for sender in counted if sender not in known)
    to = recipients() if fresh else []
    if not to:
        return 0
    queue([_mail(to, [(sender, counted[sender]) for sender in fresh])])
    Notice.objects.bulk_create([Notice(address=sender, event=EVENT, mailed_at=now) for sender in fresh])
    return len(fresh)


def _held(now: datetime) -> QuerySet[InboundEmail]:
    """The newest of what was held lately: looked for among a bounded number, since a flood may be any size."""
    newest = InboundEmail.objects.filter(outcome="loop").order_by("-id").values("pk")[:NEWEST]
    return InboundEmail.objects.filter(
        pk__in=list(newest.values_list("pk", flat=True)), received_at__gt=now - LOOK_BACK
    )


def _mail(to: list[str], senders: list[tuple[str, int]]) -> NewMail:
    (first, _), more = senders[0], len(senders) - 1
    subject = f"Alert: mail of {first}{f' and {more} more' if more else ''} looks like a loop"
    lines = [f"{sender}: {held} held" for sender, held in senders[:NAMED]]
    page = f"{settings.POSTROOM_URL}/admin/mail/incoming?outcome=loop"
    return NewMail(
        kind=OutboundEmail.Kind.ALERT,
        to=to,
        subject=subject,
        text=(
            "These senders wrote more, or the same more often, than a person does. Further mail of theirs that would "
            "open a request is held and not answered.\n\n"
            + "\n".join(lines)
            + f"\n\nRelease it, or block them: {page}\n"
        ),
        headers=automatic_headers("auto-generated"),
    )
