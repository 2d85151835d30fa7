"""Drafts: what a technician has written and not sent, with its files; it outlives reload, sign-out and a crash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.models import Settings
from postroom.mail.html import html_to_text, sanitise
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Draft, DraftFile, Entry, Participant, Ticket
from postroom.tickets.services.files import KeptFile, NewFile, keep_files
from postroom.tickets.services.forwarding import as_html
from postroom.tickets.services.log import refused
from postroom.tickets.services.write import MAX_FILES

KINDS = (Entry.Kind.REPLY, Entry.Kind.FORWARD, Entry.Kind.COLLABORATION, Entry.Kind.NOTE)
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """The content of a draft; ``to`` and ``cc`` None: as the composer fills them in."""

    text: str = ""
    html: str = ""
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None


@transaction.atomic
def save_draft(person: User, ticket: Ticket, kind: str, written: Written, *, was: str = "") -> Draft | None:
    """Keep what is written, in place of what was kept; None, and nothing is kept, where it is empty. Raises Invalid.

    ``was`` is the kind that the same words had before: that draft becomes this one.
    """
    _check_kind(kind)
    if len(written.text) + len(written.html) > LONGEST:
        raise refused("That is too long for a draft.", "text")
    draft = _draft_of(person, ticket, kind, was)
    draft.kind = kind
    draft.html = sanitise(written.html) if written.html.strip() else ""
    draft.text = (html_to_text(draft.html) if draft.html else written.text).replace("\x00", "")
    draft.to, draft.cc = _addresses(written.to), _addresses(written.cc)
    draft.updated_at = timezone.now()
    if not draft.text.strip() and "<img" not in draft.html and not (draft.pk and draft.files.exists()):
        if draft.pk:
            draft.delete()
        return None
    draft.save()
    return draft


def _addresses(written: tuple[str, ...] | None) -> list[str] | None:
    """What a draft keeps of addresses, which nobody has checked yet; the database stores no NUL."""
    return None if written is None else [address.replace("\x00", "") for address in written]


def _draft_of(person: User, ticket: Ticket, kind: str, was: str = "") -> Draft:
    """The draft that is written on, locked, or a new one that is not saved."""
    rows = Draft.objects.select_for_update().filter(person=person, ticket=ticket)
    there = {row.kind: row for row in rows.filter(kind__in=[kind, was or kind])}
    if was and was in there and was != kind:
        if kind in there:
            there[kind].delete()
        return there[was]
    return there.get(kind) or Draft(person=person, ticket=ticket, kind=kind)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise refused(f"must be one of {', '.join(KINDS)}.", "kind")


@transaction.atomic
def add_draft_file(person: User, ticket: Ticket, kind: str, file: NewFile, *, inline: bool = False) -> DraftFile:
    """Keep a file for the draft; a picture ``inline`` gets a Content-ID for its place in the text. Raises Invalid."""
    _check_kind(kind)
    if inline and file.content_type.lower() not in PICTURES:
        raise refused(f"{file.filename} is not a picture that mail programs show.", "attachments")
    draft = _draft_of(person, ticket, kind)
    if draft._state.adding:
        draft.save()
    size = draft.files.aggregate(size=Sum("size"))["size"] or 0
    if size + len(file.content) > Settings.load().message_size:
        raise refused(f"{file.filename} does not fit into a mail with the other files.", "attachments")
    if draft.files.count() >= MAX_FILES:
        raise refused(f"At most {MAX_FILES} files.", "attachments")
    (kept,) = keep_files([file])
    return DraftFile.objects.create(
        draft=draft,
        filename=kept.filename,
        content_type=kept.content_type,
        size=kept.size,
        sha256=kept.sha256,
        content_id=f"{secrets.token_hex(8)}@picture" if inline else "",
        inline=inline,
    )


@transaction.atomic
def remove_draft_file(person: User, ticket: Ticket, pk: int) -> bool:
    """Take a file out of a draft; False where it is none of theirs."""
    return bool(DraftFile.objects.filter(pk=pk, draft__person=person, draft__ticket=ticket).delete()[0])


@transaction.atomic
def discard_drafts(person: User, ticket: Ticket, kind: str = "") -> int:
    """Throw the draft of this kind away, or all of the person's on the request. Returns how many."""
    rows = Draft.objects.filter(person=person, ticket=ticket)
    found = rows.filter(kind=kind) if kind else rows
    count = found.count()
    found.delete()
    return count


def files_to_send(person: User, ticket: Ticket, kind: str, html: str) -> tuple[KeptFile, ...]:
    """The files of the draft: all that are attached, and of the pictures those that the text still shows."""
    files = DraftFile.objects.filter(draft__person=person, draft__ticket=ticket, draft__kind=kind)
    return tuple(KeptFile.of(file) for file in files if not file.inline or f"cid:{file.content_id}" in html)


@transaction.atomic
def take_back(person: User, ticket: Ticket, entry: Entry) -> Draft:
    """Make a draft of an entry whose mail was taken back, with its addresses and files (R20).

    What the person has begun to write since stands below it.
    """
    draft = _draft_of(person, ticket, entry.kind)
    if entry.html or draft.html:
        draft.html = (entry.html or as_html(entry.text)) + (draft.html or as_html(draft.text))
    draft.text = "\n\n".join(part for part in (entry.text, draft.text.strip()) if part)
    draft.to, draft.cc, draft.updated_at = list(entry.to), list(entry.cc), timezone.now()
    draft.save()
    DraftFile.objects.bulk_create(
        [
            DraftFile(
                draft=draft,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                content_id=file.content_id,
                inline=file.inline,
            )
            for file in entry.attachments.filter(removed="")
        ]
    )
    _forget_addressees(ticket, entry)
    return draft


def _forget_addressees(ticket: Ticket, entry: Entry) -> None:
    """Third parties who were written to by no other mail, and never wrote, take no part in the request (R24)."""
    here = Q(ticket=ticket) | Q(ticket__merged_into=ticket)
    mails = OutboundEmail.objects.filter(here).exclude(state=OutboundEmail.State.CANCELLED)
    known = {address.lower() for to, cc in mails.values_list("to", "cc") for address in (*to, *cc)}
    known.update(address.lower() for address in Entry.objects.filter(here).values_list("author_email", flat=True))
    gone = {address.lower() for address in (*entry.to, *entry.cc)} - known
    Participant.objects.filter(ticket=ticket, role=Participant.Role.THIRD_PARTY, email__in=gone).delete()
