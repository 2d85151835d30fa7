"""Alerts to administrators: one for each incident, one all-clear, by mail through a working server and by webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from postroom.accounts.models import User
from postroom.channels.models import Incident, OutgoingServer, Settings, WebhookCall
from postroom.channels.queries import is_healthy
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.notifications import automatic_headers

_WORDS = {
    Incident.Kind.DOWN: "cannot be reached",
    Incident.Kind.NEEDS_SIGN_IN: "needs a new sign-in",
    Incident.Kind.SILENT: "has had no mail for an unusually long time",
}


@transaction.atomic
def tell_of_incidents(now: datetime) -> int:
    """Queue what is untold. Returns how many alerts and all-clears that were."""
    untold = list(
        Incident.objects.select_for_update(of=("self",))
        .filter(Q(told_at=None) | Q(cleared_at__isnull=False, cleared_told_at=None))
        .select_related("incoming", "outgoing")
        .order_by("id")
    )
    for incident in untold:
        if incident.told_at is None and incident.cleared_at is not None:
            incident.told_at = incident.cleared_told_at = now  # over before anybody was told: nobody need be
        elif incident.told_at is None:
            _tell(incident, over=False)
            incident.told_at = now
        else:
            _tell(incident, over=True)
            incident.cleared_told_at = now
        incident.save(update_fields=["told_at", "cleared_told_at"])
    return len(untold)


def recipients() -> list[str]:
    """The addresses entered for alerts, or those of all administrators where none is."""
    entered = list(Settings.load().alert_emails)
    if entered:
        return entered
    admins = User.objects.filter(role=User.Role.ADMIN, kind=User.Kind.REGISTERED, blocked=False, archived=False)
    return [email for email in admins.exclude(email=None).order_by("id").values_list("email", flat=True) if email]


def _tell(incident: Incident, *, over: bool) -> None:
    to, webhook = recipients(), Settings.load().alert_webhook
    subject, text = _words(incident, over=over)
    if to:
        queue(
            [
                NewMail(
                    kind=OutboundEmail.Kind.ALERT,
                    lane=OutboundEmail.Lane.REPLY,
                    to=to,
                    subject=subject,
                    text=text,
                    picked=_working_server(incident),
                    headers=automatic_headers("auto-generated"),
                )
            ]
        )
    if webhook:
        WebhookCall.objects.create(url=webhook, body=_body(incident, subject, text, over=over))


def _working_server(incident: Incident) -> OutgoingServer | None:
    """Another server than the one in trouble, the primary one first; None leaves it to the rules, and to the queue."""
    servers = OutgoingServer.objects.filter(enabled=True).exclude(pk=incident.outgoing_id or 0)
    ranked = servers.select_related("health").order_by("-primary", "name")
    return next((server for server in ranked if is_healthy(server)), None)


def _words(incident: Incident, *, over: bool) -> tuple[str, str]:
    server = incident.server
    side = "incoming" if incident.incoming_id else "outgoing"
    page = f"{settings.POSTROOM_URL}/admin/emails/{side}"
    name = f"The {side} server {server.name} <{server.email}>"
    if over:
        what = "is switched off" if not server.enabled else "works again"
        return (
            f"All clear: {server.name} {what}",
            f"{name} {what}. The trouble began {incident.since:%Y-%m-%d %H:%M} UTC.\n\n{page}\n",
        )
    what = _WORDS[Incident.Kind(incident.kind)]
    cause = f"{incident.code}: {incident.message}" if incident.code else incident.message
    meanwhile = (
        "Mails that would leave by it leave by the primary server, or wait in the queue."
        if incident.outgoing_id
        else "Mail stays on the mail server until it can be read again."
    )
    text = f"{name} {what} since {incident.since:%Y-%m-%d %H:%M} UTC.\n\n{cause}\n\n{meanwhile}\n\n{page}\n"
    return f"Alert: {server.name} {what}", text


def _body(incident: Incident, subject: str, text: str, *, over: bool) -> dict[str, Any]:
    """What the webhook gets: ``text`` alone is enough for chat systems, the rest is for programs."""
    server = incident.server
    return {
        "text": subject,
        "event": "resolved" if over else "alert",
        "kind": incident.kind,
        "direction": "incoming" if incident.incoming_id else "outgoing",
        "server": server.name,
        "email": server.email,
        "code": incident.code,
        "message": incident.message,
        "since": incident.since.isoformat(),
        "details": text,
    }
