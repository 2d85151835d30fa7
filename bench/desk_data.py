"""A desk of many years by INSERT .. SELECT: a request has five entries, words are as common as in a language (Zipf).

Word number r of the vocabulary makes about 1/r of the text, so that the tenth stands in a third of the entries, the
three thousandth in one of eight hundred; every tenth entry has a word of its own, as serial numbers are.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import psycopg

from bench.mails import WORDS

PEOPLE = 50_000
TECHNICIANS = 100
GROUPS = 20
VOCABULARY = 40_000
SENTENCES = 60_000
WORDS_A_SENTENCE = 15
ENTRIES = 5
FIRST = "Ada Bo Carla Elif Femi Gita Hugo Ines Jan Kofi Lena Marta Nils Olga Priya Quinn Rosa Sven Tariq".split()  # noqa: SIM905
LAST = "Adler Brandt Costa Eriksen Fofana Garcia Haas Ivanov Jensen Kaya Lopez Moreau Novak Okafor Petrov".split()  # noqa: SIM905
_SYLLABLES = [start + vowel for start in "bdfgklmnprstvz" for vowel in "aeiou"]

PEOPLE_SQL = """
INSERT INTO accounts_user (id, email, name, role, kind, is_active, verified, language, theme, password)
SELECT id, CASE WHEN id > {technicians} THEN lower(first || '.' || last) || id || '@client' || id % 900 || '.example'
        ELSE 'technician' || id || '@desk.example' END,
    first || ' ' || last, CASE WHEN id > {technicians} THEN 'requester' WHEN id = 1 THEN 'admin' ELSE 'technician' END,
    'registered', true, true, 'en', 'auto', '!'
FROM (SELECT id, ('{{{first}}}'::text[])[1 + id % {firsts}] AS first,
        ('{{{last}}}'::text[])[1 + id / 7 % {lasts}] AS last
    FROM generate_series(1, {people}) AS id) AS person
"""
GROUPS_SQL = """
INSERT INTO accounts_techniciangroup (id, name) SELECT id, 'Group ' || id FROM generate_series(1, {groups}) AS id;
INSERT INTO accounts_techniciangroup_members (techniciangroup_id, user_id)
SELECT DISTINCT 1 + (technician * step) % {groups}, technician
FROM generate_series(2, {technicians}) AS technician, unnest('{{3,7,11}}'::int[]) AS step;
"""
TICKETS_SQL = """
INSERT INTO tickets_ticket (number, kind, subject, status, priority, requester_id, technician_id, technician_group_id,
    tags, source, mailbox_email, created_at, updated_at, closed_at)
SELECT number, 'incident', initcap(left(sentence, 60)) || ' ' || number, status,
    ('{{low,medium,medium,high,urgent}}'::text[])[1 + (random() * 4)::int],
    {technicians} + 1 + (random() * {spread})::int,
    CASE WHEN random() < 0.9 THEN 2 + (random() * {busy})::int END,
    CASE WHEN random() < 0.9 THEN 1 + (random() * {teams})::int END,
    CASE WHEN random() < 0.05 THEN '{{vip}}' ELSE '{{}}' END::varchar[], 'email', 'desk@desk.example', made,
    made + spent,
    CASE WHEN status = 'closed' THEN made + spent END
FROM (SELECT number, now() - ({requests} - number) * interval '95 s' AS made,
        least(random() * interval '3 days', ({requests} - number) * interval '95 s') AS spent,
        CASE WHEN random() < least(0.97, ({requests} - number) / ({requests} * 0.03)) THEN 'closed'
            ELSE ('{{open,in_progress,pending,resolved}}'::text[])[1 + (random() * 3)::int] END AS status,
        1 + (random() * {sentences})::int AS at
    FROM generate_series({low}, {high}) AS number) AS fresh JOIN bench_sentence ON id = at
"""
ENTRIES_SQL = """
WITH fresh AS MATERIALIZED (
    SELECT (number - 1) * {entries} + step AS id, number, step,
        1 + (random() * {sentences})::int AS a, 1 + (random() * {sentences})::int AS b,
        1 + (random() * {sentences})::int AS c
    FROM generate_series({low}, {high}) AS number, generate_series(1, {entries}) AS step
), written AS MATERIALIZED (
    SELECT fresh.id, fresh.number, step, requester_id, made.name, made.email, ticket.subject, technician_id,
        one.sentence || '. ' || two.sentence || '. ' || three.sentence || '.'
            || CASE WHEN fresh.id % 10 = 0 THEN ' serial' || fresh.id ELSE '' END AS text,
        CASE WHEN fresh.id % 10 = 5 THEN two.word || '-' || fresh.id / 1000 || '.pdf' ELSE '' END AS filename,
        ticket.created_at + step * interval '1 h' AS at
    FROM fresh JOIN tickets_ticket ticket USING (number) JOIN accounts_user made ON made.id = requester_id
        JOIN bench_sentence one ON one.id = a JOIN bench_sentence two ON two.id = b
        JOIN bench_sentence three ON three.id = c
), entries AS (
    INSERT INTO tickets_entry (id, ticket_id, kind, direction, author_id, author_name, author_email, text, message_id,
        created_at)
    SELECT id, number, CASE step WHEN 1 THEN 'description' WHEN 4 THEN 'note' ELSE 'reply' END,
        CASE WHEN step IN (1, 3) THEN 'in' WHEN step = 4 THEN 'internal' ELSE 'out' END,
        CASE WHEN step IN (1, 3) THEN requester_id ELSE technician_id END, name, email, text,
        'm' || id || '@client.example', at FROM written
), files AS (
    INSERT INTO tickets_attachment (entry_id, filename, content_type, size, sha256)
    SELECT id, filename, 'application/pdf', 1000, repeat('0', 64) FROM written WHERE filename <> ''
)
INSERT INTO tickets_searchdocument (entry_id, ticket_id, vector)
SELECT id, number, array_to_tsvector(array_remove(string_to_array(translate(lower(
    text || ' ' || subject || ' ' || name || ' ' || email || ' ' || filename), '.-@', '   '), ' '), '')
    || ARRAY['#' || number, {blocks}]) FROM written
"""
MAILS_SQL = """
INSERT INTO outbox_outboundemail (message_id, kind, ticket_id, entry_id, subject, "to", text, state, server_name,
    attempts, due_at, created_at, sent_at)
SELECT 'out' || id || '@desk.example', 'reply', ticket_id, id, 'Re', ARRAY[author_email], text, 'sent', 'Desk', 1,
    created_at, created_at, created_at
FROM tickets_entry WHERE direction = 'out' AND ticket_id % 5 = 0
"""
TABLES = ("accounts_user", "tickets_ticket", "tickets_entry", "tickets_attachment", "outbox_outboundemail")
# Django sets defaults itself; here the database has to.
DEFAULTS_SQL = """
SELECT format('ALTER TABLE %%I ALTER COLUMN %%I SET DEFAULT %%L', table_name, column_name, CASE
    WHEN data_type IN ('ARRAY') THEN '{}' WHEN data_type = 'jsonb' THEN '[]' WHEN data_type = 'boolean' THEN 'false'
    WHEN data_type LIKE '%%int%%' THEN '0' WHEN data_type LIKE 'timestamp%%' THEN 'now' ELSE '' END)
FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ANY(%s) AND is_nullable = 'NO'
    AND column_default IS NULL AND is_identity = 'NO'
"""


def vocabulary(seed: int = 3) -> list[str]:
    """``VOCABULARY`` different words, the commonest first."""
    rng = random.Random(seed)
    found = dict.fromkeys(WORDS)
    while len(found) < VOCABULARY:
        found["".join(rng.choice(_SYLLABLES) for _ in range(rng.randrange(2, 5)))] = None
    return list(found)


def sentences(seed: int = 4) -> Iterator[tuple[int, str, str]]:
    """(id, sentence, one word of it)."""
    rng, words = random.Random(seed), vocabulary()
    for number in range(1, SENTENCES + 1):
        chosen = [words[int(VOCABULARY ** rng.random()) - 1] for _ in range(WORDS_A_SENTENCE)]
        yield number, " ".join(chosen), chosen[0]


def build(where: str, requests: int, levels: tuple[int, ...]) -> None:
    """Fill the database at ``where`` with ``requests`` requests, by two connections, indexes of words at the end."""
    values = {
        "people": PEOPLE, "technicians": TECHNICIANS, "groups": GROUPS, "requests": requests, "entries": ENTRIES,
        "sentences": SENTENCES - 1, "spread": PEOPLE - TECHNICIANS - 1, "busy": TECHNICIANS - 2, "teams": GROUPS - 1,
        "first": ",".join(FIRST), "last": ",".join(LAST), "firsts": len(FIRST), "lasts": len(LAST),
        "blocks": ", ".join(f"'@{level}:' || (id >> {level})" for level in levels),
    }  # fmt: skip
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("CREATE UNLOGGED TABLE bench_sentence (id int PRIMARY KEY, sentence text, word text)")
        with connection.cursor().copy("COPY bench_sentence FROM STDIN") as copy:
            for row in sentences():
                copy.write_row(row)
        connection.execute("ANALYZE bench_sentence")
        connection.execute("ALTER TABLE tickets_entry DISABLE TRIGGER USER")
        found = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_words'").fetchone()
        assert found is not None
        connection.execute("DROP INDEX search_words")
        for (statement,) in connection.execute(DEFAULTS_SQL.encode(), [list(TABLES)]).fetchall():
            connection.execute(statement.encode())
        connection.execute(PEOPLE_SQL.format(**values).encode())
        connection.execute(GROUPS_SQL.format(**values).encode())
    threads = [threading.Thread(target=_fill, args=(where, values, half, requests)) for half in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _finish(where, values, found[0])


def _fill(where: str, values: dict[str, object], half: int, requests: int) -> None:
    """Every other ten thousand requests."""
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        for low in range(1 + half * 10_000, requests + 1, 20_000):
            part = {**values, "low": low, "high": min(low + 9_999, requests)}
            connection.execute(TICKETS_SQL.format(**part).encode())
            connection.execute(ENTRIES_SQL.format(**part).encode())


def _finish(where: str, values: dict[str, object], index: str) -> None:
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(MAILS_SQL.format(**values).encode())
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(index.encode())
        connection.execute("ALTER TABLE tickets_entry ENABLE TRIGGER USER")
        for table, key in (("tickets_ticket", "number"), ("tickets_entry", "id"), ("accounts_user", "id")):
            last = f"(SELECT max({key}) FROM {table})"
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), {last})".encode())
        connection.execute("DROP TABLE bench_sentence")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
