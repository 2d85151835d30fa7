"""Find the newest requests in which all words of a question occur (R28).

An index of words (GIN) gives all that match, oldest first, and there may be millions. So each document also carries the
numbers of the blocks of entries that it lies in, as words: a common word is looked for in the newest block first, which
finds fifty requests at once, and a rare one in all of them, which is few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, QuerySet

from postroom.tickets.models import SearchDocument, Ticket
from postroom.tickets.search.index import LEVELS, index_pending, is_pending
from postroom.tickets.search.words import asked, block_word, number_in

MAX_HITS = 10_000
FEW = 20_000  # expected hits that are cheap to read at once
HEAVY = 100_000  # documents that the completions of a beginning may lie in before the commonest must do
COMPLETIONS = 20
_CHUNKS = (200, 2_000, MAX_HITS)
_HITS = """
SELECT ticket_id FROM tickets_searchdocument WHERE vector @@ %s::tsquery ORDER BY entry_id + 0 DESC LIMIT %s
"""  # the sum keeps the planner from walking all entries backwards in the hope of meeting a hit
_COMPLETIONS = """
SELECT word, share FROM pg_stats,
    unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common(word, share)
WHERE schemaname = current_schema() AND tablename = 'tickets_searchdocument' AND attname = 'vector'
    AND word LIKE %s ORDER BY share DESC
"""
_SIZE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'tickets_searchdocument'::regclass"


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers of requests, the one with the newest hit first; ``exact``: no further hit was left out."""

    numbers: list[int]
    exact: bool


def find(tickets: QuerySet[Ticket], text: str, *, limit: int | None = None) -> Found:
    """Those of ``tickets`` that have every word of ``text``, at most ``limit`` of them.

    First come requests with all words in one entry, then those with the words in several.
    """
    if is_pending():
        index_pending()
    exactly = number_in(text)
    first = [exactly] if exactly is not None and tickets.filter(pk=exactly).exists() else []
    terms = [_term(forms, begins) for forms, begins in asked(text)]
    if not terms:
        return Found(first, True)
    newest = SearchDocument.objects.aggregate(newest=Max("entry"))["newest"] or 0
    numbers, exact = _nearest(tickets, terms, newest, limit)
    found = list(dict.fromkeys([*first, *numbers]))
    if len(terms) > 1 and exact and (limit is None or len(found) < limit):
        found, exact = _apart(tickets, terms, newest, found)
    return Found(found[:limit], exact and (limit is None or len(found) <= limit))


def _nearest(tickets: QuerySet[Ticket], terms: Sequence[str], newest: int, limit: int | None) -> tuple[list[int], bool]:
    """Look block by block until there are more than ``limit`` requests, 10,000 hits, or nothing older."""
    numbers: list[int] = []
    exact = True
    for hits in _growing(" & ".join(terms), newest):
        numbers, exact = _among(tickets, hits.requests, limit), hits.all
        if limit is not None and len(numbers) > limit:
            return numbers, False
    return numbers, exact


@dataclass(frozen=True, slots=True)
class _Hits:
    """The requests of the newest hits, newest first, some more than once; ``all``: there are no older hits."""

    requests: list[int]
    all: bool


def _growing(query: str, newest: int) -> Iterator[_Hits]:
    """First the hits of the newest block, at last those of all entries; nothing more after 10,000."""
    for level in LEVELS:
        block = newest >> level
        if block < 2:
            break
        blocks = " | ".join(f"'{block_word(level, number)}'" for number in (block, block - 1))
        hits = _hits(f"({query}) & ({blocks})")
        yield _Hits(hits, False)
        if len(hits) >= MAX_HITS:
            return
        looked_at = newest - ((block - 1) << level)
        if len(hits) * newest < FEW * looked_at:
            break
    hits = _hits(query)
    yield _Hits(hits, len(hits) < MAX_HITS)


def _hits(query: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_HITS, [query, MAX_HITS])
        return [number for (number,) in cursor.fetchall()]


def _among(tickets: QuerySet[Ticket], hits: Sequence[int], limit: int | None) -> list[int]:
    """Those hits that are among ``tickets``, each once, in order; not many more than ``limit``."""
    numbers = list(dict.fromkeys(hits))
    found: list[int] = []
    at = 0
    for size in _CHUNKS if limit is not None else (MAX_HITS,):
        part = numbers[at : at + size]
        at += size
        if not part:
            break
        seen = set(tickets.filter(pk__in=part).order_by().values_list("pk", flat=True))
        found += [number for number in part if number in seen]
        if limit is not None and len(found) > limit:
            break
    return found


def _apart(
    tickets: QuerySet[Ticket], terms: Sequence[str], newest: int, found: Sequence[int]
) -> tuple[list[int], bool]:
    """``found``, then requests whose entries have the words between them, among the newest hits of each word."""
    common: set[int] | None = None
    exact = True
    for term in terms:
        *_, hits = _growing(term, newest)
        exact = exact and hits.all
        common = set(hits.requests) if common is None else common & set(hits.requests)
        if not common:
            break
    more = _among(tickets, sorted((common or set()) - set(found), reverse=True), None)
    return [*found, *more], exact


def _term(forms: Sequence[str], begins: bool) -> str:
    """One word of the question as a tsquery. A beginning of many common words stands for the commonest of them."""
    quoted = [f"'{form}'" for form in forms]
    if begins:
        heavy = _common_completions(forms[0])
        quoted += [f"'{word}'" for word in heavy] if heavy else [f"'{forms[0]}':*"]
    return quoted[0] if len(quoted) == 1 else f"({' | '.join(quoted)})"


def _common_completions(beginning: str) -> list[str]:
    """The commonest words with this beginning where together they are too many to read; else nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETIONS, [beginning + "%"])
        common = cursor.fetchall()
        if not common:
            return []
        cursor.execute(_SIZE)
        (size,) = cursor.fetchone()
    if sum(share for _, share in common) * size < HEAVY:
        return []
    return [word for word, _ in common[:COMPLETIONS] if word != beginning]
