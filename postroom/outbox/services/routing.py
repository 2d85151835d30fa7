"""Which server a waiting mail leaves by: chosen anew while its own is down, disabled or gone (A8, ORL-10, OUT-10)."""

from __future__ import annotations

from django.db.models import Q

from postroom.channels.models import OutgoingServer
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services.queue import Switchboard

State = OutboundEmail.State
AT_ONCE = 500


def reroute() -> int:
    """Give waiting mails whose server cannot send another one, with the reason. Returns how many were moved.

    An uncertain mail stays with its server: another one could double it. Mails held by a worker are left alone.
    """
    board = Switchboard.load()
    able = [server.id for server in board.facts if server.enabled and server.healthy]
    stuck = (
        OutboundEmail.objects.filter(state__in=(State.QUEUED, State.DEFERRED), claimed_by="")
        .filter(Q(server=None) | ~Q(server__in=able))
        .select_related("mailbox")[:AT_ONCE]
    )
    return sum(_move(mail, board) for mail in stuck)


def _move(mail: OutboundEmail, board: Switchboard) -> int:
    choice = board.choose(mail.picked_server_id, mail.mailbox, mail.facts)
    server: OutgoingServer | None = board.servers.get(choice.server_id or 0)
    wanted = board.servers.get(choice.wanted_id or 0)
    if server is None or server.pk == mail.server_id:
        return 0
    return OutboundEmail.objects.filter(pk=mail.pk, claimed_by="", state=mail.state).update(
        server=server,
        server_name=server.name,
        server_reason=choice.reason[:500],
        from_email=server.email,
        from_name=server.sender_name,
        reply_to=wanted.reply_to if wanted else "",
        due_at=mail.created_at,
    )
