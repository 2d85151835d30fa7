"""What a technician has written survives, is theirs alone, and leaves with its files."""

from __future__ import annotations

import pytest

from postroom.channels.storage import blobs
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Draft, DraftFile, Entry
from postroom.tickets.services import Composed, Invalid, NewFile, add_forward, add_reply
from postroom.tickets.services.drafts import (
    Written,
    add_draft_file,
    discard_drafts,
    files_to_send,
    remove_draft_file,
    save_draft,
    take_back,
)
from postroom.tickets.services.write import Along
from postroom.tickets.workspace import drafts_of
from tests.build import a_ticket, an_entry, an_outgoing_server, tess, theo

pytestmark = pytest.mark.django_db

PICTURE = NewFile("screen.png", "image/png", b"\x89PNG")


def test_there_is_one_draft_a_person_request_and_kind() -> None:
    ticket, other = a_ticket(), a_ticket()
    save_draft(tess(), ticket, "reply", Written("First"))
    save_draft(tess(), ticket, "reply", Written("Second", to=("sam@example.test",)))
    save_draft(tess(), ticket, "note", Written("Internal"))
    save_draft(theo(), ticket, "reply", Written("Theirs"))
    save_draft(tess(), other, "reply", Written("Elsewhere"))

    assert {(draft.kind, draft.text) for draft in drafts_of(tess(), ticket)} == {
        ("reply", "Second"),
        ("note", "Internal"),
    }


def test_an_empty_draft_is_none_and_a_hostile_one_is_harmless() -> None:
    ticket = a_ticket()
    save_draft(tess(), ticket, "reply", Written("Something"))
    assert save_draft(tess(), ticket, "reply", Written("  ")) is None
    assert not Draft.objects.exists()
    draft = save_draft(tess(), ticket, "reply", Written(html="<b>Hi</b><script>alert(1)</script>"))
    assert draft is not None and draft.html == "<b>Hi</b>" and draft.text.strip() == "Hi"
    with pytest.raises(Invalid):
        save_draft(tess(), ticket, "event", Written("x"))


def test_words_that_become_another_kind_of_entry_take_their_files_along() -> None:
    ticket = a_ticket()
    add_draft_file(tess(), ticket, "reply", NewFile("plan.pdf", "application/pdf", b"%PDF"))
    save_draft(tess(), ticket, "reply", Written("See plan"))

    save_draft(tess(), ticket, "note", Written("See plan"), was="reply")

    (draft,) = drafts_of(tess(), ticket)
    assert (draft.kind, [file.filename for file in draft.files.all()]) == ("note", ["plan.pdf"])


def test_pictures_go_along_only_while_the_text_shows_them() -> None:
    ticket = a_ticket()
    kept = add_draft_file(tess(), ticket, "reply", PICTURE, inline=True)
    add_draft_file(tess(), ticket, "reply", NewFile("log.txt", "text/plain", b"log"))

    shown = files_to_send(tess(), ticket, "reply", f'<img src="cid:{kept.content_id}">')
    gone = files_to_send(tess(), ticket, "reply", "<b>no picture</b>")

    assert [file.filename for file in shown] == ["screen.png", "log.txt"]
    assert [file.filename for file in gone] == ["log.txt"]
    with pytest.raises(Invalid):
        add_draft_file(tess(), ticket, "reply", NewFile("x.svg", "image/svg+xml", b"<svg/>"), inline=True)


def test_a_picture_leaves_within_the_mail_that_shows_it() -> None:
    from postroom.outbox.build import render

    server, ticket = an_outgoing_server(primary=True), a_ticket()
    kept = add_draft_file(tess(), ticket, "reply", PICTURE, inline=True)
    html = f'<p>Look:</p><img src="cid:{kept.content_id}">'
    add_reply(ticket, tess(), Composed(html=html, kept=files_to_send(tess(), ticket, "reply", html)))

    mail = OutboundEmail.objects.get(kind="reply")
    raw = render(mail, server, "")
    assert b"multipart/related" in raw and f"<{kept.content_id}>".encode() in raw
    assert ticket.entries.get().attachments.get().inline


def test_a_file_of_somebody_elses_draft_cannot_be_removed() -> None:
    ticket = a_ticket()
    file = add_draft_file(tess(), ticket, "reply", PICTURE)
    assert not remove_draft_file(theo(), ticket, file.pk)
    assert remove_draft_file(tess(), ticket, file.pk)


def test_discarding_throws_away_one_kind_or_all() -> None:
    ticket = a_ticket()
    for kind in ("reply", "note", "forward"):
        save_draft(tess(), ticket, kind, Written("x"))
    assert discard_drafts(tess(), ticket, "note") == 1
    assert discard_drafts(tess(), ticket) == 2


def test_a_mail_that_is_taken_back_is_a_draft_again_with_its_files_and_loses_nothing_newer() -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    entry = add_reply(ticket, tess(), Composed(text="Too soon", files=(NewFile("plan.pdf", "application/pdf", b"%"),)))
    save_draft(tess(), ticket, "reply", Written("Already the next one"))

    take_back(tess(), ticket, entry)

    (draft,) = drafts_of(tess(), ticket)
    assert "Too soon" in draft.text and "Already the next one" in draft.text
    assert blobs().get(DraftFile.objects.get(draft=draft).sha256) == b"%"


def test_chosen_entries_and_files_go_along_with_a_forward() -> None:
    an_outgoing_server(primary=True)
    ticket, other = a_ticket("Printer"), a_ticket("Other")
    first = an_entry(ticket, "description", "It burns.", html="<p>It <b>burns</b>.</p>")
    an_entry(ticket, "reply", "Not this one.")
    kept = add_reply(ticket, tess(), Composed(text="Plan", files=(NewFile("plan.pdf", "application/pdf", b"%PDF"),)))
    plan = kept.attachments.get()

    body = Composed(text="Please look.", to=("vendor@else.test",))
    add_forward(ticket, tess(), body, Along((first.pk,), (plan.pk,)))

    mail = OutboundEmail.objects.get(kind="forward")
    assert "Please look." in mail.text and "It burns." in mail.text and "Not this one." not in mail.text
    assert "<b>burns</b>" in mail.html and [file["filename"] for file in mail.files] == ["plan.pdf"]
    with pytest.raises(Invalid):
        add_forward(other, tess(), body, Along((first.pk,), ()))
    assert Entry.objects.filter(kind="forward").count() == 1


def test_a_nul_among_the_addresses_does_not_lose_the_draft() -> None:
    draft = save_draft(tess(), a_ticket(), "reply", Written("Half a sen", to=("sam\x00@example.test",), cc=("\x00",)))
    assert draft is not None and (draft.to, draft.cc) == (["sam@example.test"], [""])
