"""How long raw mail is kept (CONTRACT: limits): the row with its outcome stays for ever, the bytes go.

``mail_log_days`` counts for finished mail, ``hold_days`` for what could still be released; failed mail is kept for the
longer of the two. 0 keeps for ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from postroom.channels.models import Settings
from postroom.channels.storage import blobs, lock_blobs
from postroom.inbox.models import InboundEmail

AT_ONCE = 200
RELEASABLE = ("held", "filtered", "blocked", "guest_not_allowed", "email_to_request_off", "loop")

_STILL_NAMED = """
SELECT sha FROM unnest(%s::text[]) AS old(sha) WHERE
    EXISTS (SELECT 1 FROM inbox_inboundemail WHERE raw_sha256 = sha)
    OR EXISTS (SELECT 1 FROM tickets_attachment WHERE sha256 = sha)
    OR EXISTS (SELECT 1 FROM tickets_draftfile WHERE sha256 = sha)
    OR EXISTS (SELECT 1 FROM outbox_outboundemail WHERE files @> jsonb_build_array(jsonb_build_object('sha256', sha)))
"""


def is_old(now: datetime, settings: Settings) -> Q:
    """The mails whose raw form has been kept long enough."""
    finished, held = settings.mail_log_days, settings.hold_days
    failed = max(finished, held) if finished and held else 0
    releasable = Q(outcome__in=RELEASABLE)
    over = Q(pk__in=[])
    for days, which in (
        (finished, ~releasable & ~Q(outcome="failed")),
        (held, releasable),
        (failed, Q(outcome="failed")),
    ):
        if days:
            over |= which & Q(kept_at__lt=now - timedelta(days=days))
    return Q(state=InboundEmail.State.DONE) & ~Q(raw_sha256="") & over


def drop_old_raw(now: datetime) -> int:
    """Let go of the raw form of at most 200 old mails. Returns how many; 0 when there is nothing left to do.

    Files go only when no row names them any more, and while nobody writes to the store; where somebody always does, the
    rows stay as they are until the next time.
    """
    with transaction.atomic():
        old = InboundEmail.objects.select_for_update(skip_locked=True).filter(is_old(now, Settings.load()))
        names = dict(old.order_by("pk").values_list("pk", "raw_sha256")[:AT_ONCE])
        if not names or not lock_blobs():
            return 0
        InboundEmail.objects.filter(pk__in=names).update(raw_sha256="")
        shas = sorted(set(names.values()))
        with connection.cursor() as cursor:
            cursor.execute(_STILL_NAMED, [shas])
            named = {row[0] for row in cursor.fetchall()}
        for sha in set(shas) - named:
            blobs().delete(sha)
    return len(names)
