"""Mailboxes that are unusually quiet: connected, without an error, and yet no mail comes (HLT-03)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

WINDOW = timedelta(days=14)
AT_LEAST = timedelta(hours=24)
ENOUGH_MAILS = 20
TIMES_THE_LONGEST_GAP = 2

_GAPS = """
SELECT mailbox_id, max(received_at), max(gap)
FROM (
    SELECT mailbox_id, received_at,
           received_at - lag(received_at) OVER (PARTITION BY mailbox_id ORDER BY received_at) AS gap
    FROM inbox_inboundemail JOIN channels_incomingserver AS server ON server.id = mailbox_id
    WHERE server.enabled AND inbox_inboundemail.kept_at > %s
) AS mails
GROUP BY mailbox_id HAVING count(*) >= %s
"""


def silent_mailboxes(now: datetime) -> dict[int, datetime]:
    """Mailbox to the time of its last mail, for those that are quiet for more than a day and twice their longest pause.

    Judged by the last 14 days; a mailbox with fewer than 20 mails in them is never called quiet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [now - WINDOW, ENOUGH_MAILS])
        rows = cursor.fetchall()
    return {
        mailbox: last
        for mailbox, last, gap in rows
        if now - last > max(AT_LEAST, TIMES_THE_LONGEST_GAP * (gap or timedelta(0)))
    }
