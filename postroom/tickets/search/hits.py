"""Find the newest requests in which all words of a question occur (R28).

An index of words (GIN) gives all that match, oldest first, and there may be millions. So each document also carries the
numbers of the blocks of entries that it lies in, as words: what is looked for is looked for in the newest blocks first,
then in as many more as it seems to take. A common word is found in the newest; a rare one is few in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.db.models.expressions import RawSQL

from postroom.tickets.models import SearchDocument, Ticket
from postroom.tickets.search.index import LEVELS, index_pending, is_pending
from postroom.tickets.search.words import Part, asked, block_word, number_in, number_word

MAX_HITS = 10_000
FEW = 1_000  # expected hits that are cheap to read at once
BLOCKS = 8  # that are asked for together; more are taken from the next level
CANDIDATES = 2_000  # requests of the rarest word that are looked through for the other words
TOGETHER = 100  # of them at once
HEAVY = 100_000  # documents that the completions of a beginning may lie in before the commonest must do
COMPLETIONS = 20
_CHUNKS = (200, 2_000, MAX_HITS)
# The planner cannot know how many blocks are in memory, and would rather read everything.
_BY_INDEX = "SET LOCAL enable_seqscan = off"
# The sum keeps it from walking all entries backwards in the hope of meeting a hit.
_HITS = """
SELECT ticket_id FROM tickets_searchdocument WHERE vector @@ %s::tsquery ORDER BY entry_id + 0 DESC LIMIT %s
"""
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


@dataclass(frozen=True, slots=True)
class _Hits:
    """The requests of the newest hits, newest first, some more than once, and how many of the entries were looked at.

    ``all``: there are no older hits.
    """

    requests: list[int]
    looked_at: int
    all: bool


def find(tickets: QuerySet[Ticket], text: str, *, limit: int | None = None) -> Found:
    """Those of ``tickets`` that have every word of ``text``, at most ``limit`` of them.

    First come requests with all words in one entry, then those with the words in several.
    """
    if is_pending():
        index_pending()
    number = number_in(text)
    first = [number] if number is not None and tickets.filter(pk=number).exists() else []
    terms = [_term(parts) for parts in asked(text)]
    if not terms:
        return Found(first, True)
    newest = SearchDocument.objects.aggregate(newest=Max("entry"))["newest"] or 0
    numbers, exact = _together(tickets, " & ".join(terms), newest, limit)
    found = list(dict.fromkeys([*first, *numbers]))
    if len(terms) > 1 and exact and (limit is None or len(found) <= limit):
        more, exact = _apart(tickets, terms, newest, set(found), limit)
        found += more
    return Found(found[:limit], exact and (limit is None or len(found) <= limit))


def _together(tickets: QuerySet[Ticket], query: str, newest: int, limit: int | None) -> tuple[list[int], bool]:
    """Look further and further back until there are more than ``limit`` requests, 10,000 hits, or nothing older."""
    wanted = MAX_HITS
    looking = _Looking(query, newest)
    while True:
        hits = looking.further(wanted)
        numbers = _among(tickets, hits.requests, limit)
        if limit is not None and len(numbers) > limit:
            return numbers, False
        if hits.all or len(hits.requests) >= MAX_HITS:
            return numbers, hits.all
        if limit is not None:
            wanted = min(MAX_HITS, 2 * len(hits.requests) * (limit + 1) // max(len(numbers), 1))


class _Looking:
    """Looks for a query in more and more of the newest entries."""

    def __init__(self, query: str, newest: int) -> None:
        self.query, self.newest = query, newest
        self.seen = _Hits([], 0, False)

    def further(self, wanted: int = MAX_HITS) -> _Hits:
        """The hits in as many entries as ``wanted`` hits seem to take, at least four times as many as before."""
        span = self._span(wanted)
        blocks = _newest_blocks(self.newest, span)
        if blocks is None or self._are_few(wanted):
            requests = _hits(self.query)
            self.seen = _Hits(requests, self.newest, len(requests) < MAX_HITS)
        else:
            words, looked_at = blocks
            self.seen = _Hits(_hits(f"({self.query}) & ({words})"), looked_at, False)
        return self.seen

    def _span(self, wanted: int) -> int:
        if not self.seen.looked_at:
            return 1 << LEVELS[0]
        expected = self.seen.looked_at * wanted // max(len(self.seen.requests), 1)
        return max(expected + expected // 4, 4 * self.seen.looked_at)

    def _are_few(self, wanted: int) -> bool:
        """Whether all hits there seem to be are not many more than are wanted."""
        seen, few = self.seen, max(FEW, wanted + wanted // 2)
        return bool(seen.looked_at) and len(seen.requests) * self.newest < few * seen.looked_at


def _newest_blocks(newest: int, span: int) -> tuple[str, int] | None:
    """Blocks with at least the newest ``span`` entries, as a tsquery, and how many entries; None: nearly all."""
    if 2 * span > newest:
        return None
    for level in LEVELS:
        count = (span >> level) + 2
        last = newest >> level
        if count <= BLOCKS or level == LEVELS[-1]:
            numbers = range(last, max(last - count, -1), -1)
            words = " | ".join(f"'{block_word(level, number)}'" for number in numbers)
            return (words, newest - (numbers[-1] << level) + 1) if numbers[-1] > 0 else None
    return None


@transaction.atomic
def _hits(query: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        cursor.execute(_HITS, [query, MAX_HITS])
        return [number for (number,) in cursor.fetchall()]


def _among(tickets: QuerySet[Ticket], hits: Sequence[int], limit: int | None) -> list[int]:
    """Those hits that are among ``tickets``, each once, in order; not many more than ``limit``."""
    numbers = list(dict.fromkeys(hits))
    found: list[int] = []
    for part in _parts_of(numbers, limit):
        # One array: ten thousand placeholders would take longer than finding the rows.
        these = RawSQL("SELECT unnest(%s::bigint[])", [list(part)])
        seen = set(tickets.filter(pk__in=these).order_by().values_list("pk", flat=True))
        found += [number for number in part if number in seen]
        if limit is not None and len(found) > limit:
            break
    return found


def _parts_of(numbers: Sequence[int], limit: int | None) -> Iterator[Sequence[int]]:
    at = 0
    for size in _CHUNKS if limit is not None else (MAX_HITS,):
        if part := numbers[at : at + size]:
            yield part
        at += size


def _apart(
    tickets: QuerySet[Ticket], terms: Sequence[str], newest: int, known: set[int], limit: int | None
) -> tuple[list[int], bool]:
    """Further requests, the newest first, whose entries have the words between them; not many more than ``limit``.

    They are looked for among the requests of the rarest word, the newest 2,000 of them.
    """
    looks = [_Looking(term, newest) for term in terms]
    rarest = min(looks, key=lambda look: len(look.further(CANDIDATES).requests))
    while not rarest.seen.all and len(rarest.seen.requests) < CANDIDATES:
        rarest.further(CANDIDATES)
    others = [look.query for look in looks if look is not rarest]
    numbers = sorted(set(rarest.seen.requests) - known, reverse=True)
    found: list[int] = []
    for at in range(0, min(len(numbers), CANDIDATES), TOGETHER):
        having = set(numbers[at : at + TOGETHER])
        for query in others:
            having &= _having(having, query) if having else set()
        found += sorted(_among(tickets, list(having), None), reverse=True)
        if limit is not None and len(found) > limit:
            return found, False
    return found, rarest.seen.all and len(numbers) <= CANDIDATES


def _having(numbers: Iterable[int], query: str) -> set[int]:
    """Those of these requests that have an entry with the words of the query: their numbers are words as well."""
    these = " | ".join(f"'{number_word(number)}'" for number in numbers)
    return set(_hits(f"({these}) & ({query})"))


def _term(parts: Sequence[Part]) -> str:
    """One word of the question as a tsquery."""
    return "(" + " & ".join(_either(part) for part in parts) + ")"


def _either(part: Part) -> str:
    """What may stand for a part. A beginning of many common words stands for the commonest of them."""
    quoted = [f"'{form}'" for form in part.forms]
    if part.begins:
        common = _common_completions(part.forms[0])
        quoted += [f"'{part.forms[0]}':*"] if common is None else [f"'{word}'" for word in common]
    return quoted[0] if len(quoted) == 1 else f"({' | '.join(quoted)})"


def _common_completions(beginning: str) -> list[str] | None:
    """The commonest longer words with this beginning where together they are too many to read; else None."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETIONS, [beginning + "%"])
        common = cursor.fetchall()
        if not common:
            return None
        cursor.execute(_SIZE)
        (size,) = cursor.fetchone()
    if sum(share for _, share in common) * size < HEAVY:
        return None
    return [word for word, _ in common[:COMPLETIONS] if word != beginning]
