"""Turn pending entries into documents, newest first: in a worker once a second, and before a search.

Receiving mail pays for one row a mail; reading its words is done here, afterwards (docs/decisions/0012).
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from postroom.tickets.search.words import MAX_TEXT, block_words, number_word, words

BATCH = 100
LEVELS = (13, 16, 19)  # blocks of 8,192, 65,536 and 524,288 entries
MAX_LEXEMES = 20_000  # a tsvector may have no more than a megabyte
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('postroom search index', 0))"
_TAKE = """
DELETE FROM tickets_searchpending WHERE id = ANY(ARRAY(SELECT id FROM tickets_searchpending ORDER BY id DESC LIMIT %s))
RETURNING entry
"""
_READ = """
SELECT entry.id, entry.ticket_id, left(entry.text, %s), ticket.subject, person.name, coalesce(person.email, ''),
    CASE entry.direction WHEN 'in' THEN entry.author_name || ' ' || entry.author_email ELSE '' END,
    (SELECT coalesce(string_agg(filename, ' '), '') FROM tickets_attachment WHERE entry_id = entry.id AND NOT inline)
FROM tickets_entry entry
JOIN tickets_ticket ticket ON ticket.number = entry.ticket_id
JOIN accounts_user person ON person.id = ticket.requester_id
WHERE entry.id = ANY(%s)
"""
_WRITE = """
INSERT INTO tickets_searchdocument (entry_id, ticket_id, vector)
SELECT entry, ticket, array_to_tsvector(string_to_array(words, ' '))
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS fresh(entry, ticket, words)
ON CONFLICT (entry_id) DO UPDATE SET ticket_id = excluded.ticket_id, vector = excluded.vector
"""


def is_pending() -> bool:
    """Whether an entry waits for its document."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM tickets_searchpending)")
        return bool(cursor.fetchone()[0])


@transaction.atomic
def index_pending(limit: int = BATCH) -> int:
    """Write the documents of up to ``limit`` pending entries, the newest first. Returns how many were taken.

    One at a time over all processes: else an older reading of an entry could overwrite a newer one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_TAKE, [limit])
        taken = [entry for (entry,) in cursor.fetchall()]
        if not taken:
            return 0
        cursor.execute(_READ, [MAX_TEXT, taken])
        rows = cursor.fetchall()
        if rows:
            documents = [document(row) for row in rows]
            cursor.execute(_WRITE, [[row[0] for row in rows], [row[1] for row in rows], documents])
    return len(taken)


def document(row: tuple[Any, ...]) -> str:
    """The words of a row of ``_READ``, between spaces."""
    entry, ticket, *texts = row
    found = words(" ".join(texts))
    if len(found) > MAX_LEXEMES:
        found = set(sorted(found)[:MAX_LEXEMES])
    return " ".join([*found, number_word(ticket), *block_words(entry, LEVELS)])
