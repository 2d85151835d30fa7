"""What somebody wrote in a composer or over REST, on its way to an entry."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.channels.models import OutgoingServer
from postroom.tickets.services.files import KeptFile, NewFile


@dataclass(frozen=True, slots=True)
class Composed:
    """What somebody wrote: text or HTML or both, to whom, with which files, by which server (None: chosen by rule).

    ``kept`` are files that are in the mail store already: of a draft, or of entries that go along.
    ``undo_seconds`` holds the mail back for that long (only the portal's composer asks for it, R20).
    """

    text: str = ""
    html: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] | None = None
    files: tuple[NewFile, ...] = ()
    kept: tuple[KeptFile, ...] = ()
    outgoing_server: OutgoingServer | None = None
    undo_seconds: int = 0
