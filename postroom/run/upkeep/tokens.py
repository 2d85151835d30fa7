"""Refresh grants ahead of their end, and warn of client secrets that run out (OA-03, OA-06, OA-07)."""

from __future__ import annotations

import logging
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from postroom.channels.health import record_failure
from postroom.channels.models import OAuthGrant, SecretWarning
from postroom.channels.oauth.staying import WARN_STEPS, due_grants, expiring_secrets, secret_warning
from postroom.channels.oauth.tokens import access_token
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.run.upkeep.alerts import recipients
from postroom.tickets.notifications import automatic_headers
from postroom.transports.base import TransportError

logger = logging.getLogger(__name__)


def refresh_due() -> int:
    """Refresh the grants that are due; of several workers each grant is one's. Returns how many were tried.

    A refusal that a person has to mend stands on the server's health card at once (MS-08).
    """
    due = due_grants(timezone.now())
    for pk in due:
        try:
            access_token(pk)
        except TransportError as error:
            if not error.temporary:
                _note(pk, error)
            continue
        grant = OAuthGrant.objects.filter(pk=pk, failed_at__isnull=False, failure_temporary=False).first()
        if grant is not None:  # the old token is still good, the sign-in is not
            _note(pk, TransportError(grant.failure_code, grant.failure_message, temporary=False))
    return len(due)


def _note(pk: int, error: TransportError) -> None:
    grant = OAuthGrant.objects.filter(pk=pk).first()
    if grant is None or not grant.server.enabled:
        return
    record_failure(grant.server, error)


@transaction.atomic
def warn_of_secrets(today: date | None = None) -> int:
    """One alert for each client secret on each of the days that call for one. Returns how many were queued."""
    told = 0
    for whose, day, left in expiring_secrets(today or timezone.localdate()):
        due = next((step for step in WARN_STEPS if left <= step), None)
        if due is None or not SecretWarning.objects.get_or_create(whose=whose[:320], day=day, step=due)[1]:
            continue
        told += _tell(secret_warning(whose, day, left))
    return told


def _tell(words: str) -> int:
    to = recipients()
    if not to:
        return 0
    text = f"{words}\n\n{settings.POSTROOM_URL}/admin/oauth/microsoft\n"
    mail = NewMail(
        kind=OutboundEmail.Kind.ALERT,
        lane=OutboundEmail.Lane.REPLY,
        to=to,
        subject=f"Alert: {words.partition(' (')[0]}",
        text=text,
        headers=automatic_headers("auto-generated"),
    )
    queue([mail])
    return 1
