"""What the full-text search reads: the words of each entry, and which entries are yet to be read.

Triggers of the database keep both in step with requests, entries and people (migration ``search``), so that no writer
can forget it; ``tickets.search.index`` turns what is pending into documents.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from postroom.tickets.models.conversation import Entry
from postroom.tickets.models.ticket import Ticket


class SearchDocument(models.Model):
    """The words of an entry with those of its request's subject, its requester, its sender and its files' names.

    It goes when its entry goes. References are not checked by the database: the triggers are enough.
    """

    entry = models.OneToOneField(
        Entry, on_delete=models.DO_NOTHING, primary_key=True, related_name="document", db_constraint=False
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.DO_NOTHING, related_name="documents", db_constraint=False, db_index=False
    )
    vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="search_words", gin_pending_list_limit=1024)]

    def __str__(self) -> str:
        return f"words of entry {self.entry_id}"


class SearchPending(models.Model):
    """An entry whose document is not written or no longer right."""

    entry = models.BigIntegerField()

    def __str__(self) -> str:
        return f"entry {self.entry}"
