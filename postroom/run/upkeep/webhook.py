"""Post alerts to the webhook: the row is the truth, a call is tried again for a day (at least once, RFC 9110)."""

from __future__ import annotations

import logging
import ssl
from datetime import timedelta

import httpx2
from django.db import transaction
from django.utils import timezone

from postroom.channels.models import WebhookCall

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=1)
KEPT_FOR = timedelta(days=7)
AT_ONCE = 10


def call_webhooks() -> int:
    """Make the calls that are due. Returns how many were taken."""
    calls = _claim()
    taken = 0
    for call in calls:
        call.error = post(call.url, call.body)
        now = timezone.now()
        if not call.error:
            call.done_at, taken = now, taken + 1
        elif now - call.created_at > GIVE_UP_AFTER:
            call.done_at = now
            logger.error("The alert webhook was given up after a day: %s", call.error)
        else:
            call.due_at = now + timedelta(seconds=min(30 * 2**call.tries, 3600))
        call.save(update_fields=["error", "done_at", "due_at"])
    return taken


@transaction.atomic
def _claim() -> list[WebhookCall]:
    now = timezone.now()
    WebhookCall.objects.filter(done_at__lt=now - KEPT_FOR).delete()
    due = WebhookCall.objects.select_for_update(skip_locked=True).filter(done_at=None, due_at__lte=now)[:AT_ONCE]
    calls = list(due)
    for call in calls:
        call.tries, call.due_at = call.tries + 1, now + LEASE
        call.save(update_fields=["tries", "due_at"])
    return calls


def post(url: str, body: object) -> str:
    """Post ``body`` as JSON; "" where it was taken (2xx), else what happened, in words. Follows no redirect."""
    try:
        with httpx2.Client(verify=ssl.create_default_context(), timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            response = client.post(url, json=body)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return f"The webhook cannot be reached: {error or type(error).__name__}"
    if response.is_success:
        return ""
    return f"The webhook answered {response.status_code} {response.reason_phrase}: {response.text[:200]}"
