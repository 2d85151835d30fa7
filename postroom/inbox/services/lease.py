"""Which process reads which mailbox: one at a time over all hosts, freed the moment that process is gone."""

from __future__ import annotations

from django.db import connection

from postroom.channels.models import IncomingServer
from postroom.channels.presence import OWNER_IS_GONE
from postroom.inbox.models import MailboxCursor

_TAKE = f"""
UPDATE inbox_mailboxcursor SET lease_owner = %s
WHERE lease_owner <> %s AND server_id IN (SELECT id FROM channels_incomingserver WHERE enabled)
  AND (lease_owner = '' OR {OWNER_IS_GONE.replace("claimed_by", "lease_owner")})
"""  # noqa: S608  no input in it

READABLE = (IncomingServer.Protocol.IMAP, IncomingServer.Protocol.POP3, IncomingServer.Protocol.MAPI)


def take_free(owner: str) -> list[IncomingServer]:
    """Take every enabled mailbox that no living process holds; all that ``owner`` holds now."""
    without = IncomingServer.objects.filter(enabled=True, cursor=None, protocol__in=READABLE)
    MailboxCursor.objects.bulk_create([MailboxCursor(server=server) for server in without], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [owner, owner])
    held = IncomingServer.objects.filter(enabled=True, cursor__lease_owner=owner, protocol__in=READABLE)
    return list(held.select_related("proxy", "cursor", "health"))


def give_up(owner: str, server_id: int) -> None:
    """Let go of one mailbox."""
    MailboxCursor.objects.filter(server_id=server_id, lease_owner=owner).update(lease_owner="")
