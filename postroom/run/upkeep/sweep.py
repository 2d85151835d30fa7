"""Retention, once a day: old raw mail goes, sessions that ran out, and what dead writers left in the mail store."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from postroom.accounts.sessions import end_expired
from postroom.channels.models import Instance, RetiredAddress
from postroom.channels.storage import blobs
from postroom.inbox.services.retention import drop_old_raw

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=24)
STEPS = 500  # of 200 mails: what is left over comes in the next look


def sweep() -> int:
    """Go through the mail log if that is due. Returns how many mails lost their raw form."""
    if not _is_my_turn():
        return 0
    now, dropped = timezone.now(), 0
    for _ in range(STEPS):
        step = drop_old_raw(now)
        dropped += step
        if not step:
            break
    RetiredAddress.objects.filter(until__lt=now).delete()
    end_expired()
    left = blobs().remove_leftovers()
    if dropped or left:
        logger.info("Retention: the raw form of %s mails was let go, %s half-written files removed", dropped, left)
    return dropped


@transaction.atomic
def _is_my_turn() -> bool:
    """True for one worker a day."""
    Instance.load()
    now = timezone.now()
    instance = Instance.objects.select_for_update().get()
    if instance.swept_at is not None and now - instance.swept_at < EVERY:
        return False
    instance.swept_at = now
    instance.save(update_fields=["swept_at"])
    return True
