"""Files on their way to an entry: those that come with a text, and those that are in the mail store already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from postroom.channels.storage import blobs, hold_blobs
from postroom.tickets.models import Attachment, DraftFile, Entry

ANY_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that comes with a text. ``content_id`` only for images that the HTML refers to by ``cid:``."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose bytes are in the mail store: of a draft, or of an entry that is forwarded."""

    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False

    @classmethod
    def of(cls, file: Attachment | DraftFile) -> KeptFile:
        return cls(file.filename, file.content_type, file.size, file.sha256, file.content_id, file.inline)


def keep_files(files: Sequence[NewFile]) -> list[KeptFile]:
    """Store the bytes. In the transaction that writes the rows which name them."""
    if not files:
        return []
    hold_blobs()
    return [
        KeptFile(
            file.filename[:255],
            file.content_type[:255] or ANY_TYPE,
            len(file.content),
            sha,
            file.content_id,
            file.inline,
        )
        for file, sha in zip(files, blobs().put_many([file.content for file in files]), strict=True)
    ]


def attach(entry: Entry, files: Sequence[NewFile], kept: Sequence[KeptFile]) -> None:
    """Give the entry its files, those that were kept before first."""
    if kept:
        hold_blobs()
    Attachment.objects.bulk_create(
        [
            Attachment(
                entry=entry,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                content_id=file.content_id,
                inline=file.inline,
            )
            for file in [*kept, *keep_files(files)]
        ]
    )
