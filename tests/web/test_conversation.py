"""HTML of strangers in its sandbox, files that open nowhere, originals, and who may fetch them."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.mail.html import sanitise
from postroom.tickets.models import Attachment, Entry
from tests.build import a_group, a_ticket, a_user, an_entry, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def a_file(entry: Entry, name: str = "plan.pdf", content_type: str = "application/pdf", **fields: Any) -> Attachment:
    sha = blobs().put(b"content of " + name.encode())
    return Attachment.objects.create(
        entry=entry, filename=name, content_type=content_type, size=10, sha256=sha, **fields
    )


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_html_of_a_mail_can_run_and_load_nothing(browse: Browse) -> None:
    html = sanitise('<p>Hello</p><script>alert(1)</script><img src="https://spy.test/p.gif">')
    entry = an_entry(a_ticket(), "description", html=html)
    answer = browse(tess()).get(f"/entries/{entry.pk}/body")
    policy, page = answer["Content-Security-Policy"], answer.content.decode()
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy
    assert "https:" not in policy and "<script" not in page and ' src="https://spy' not in page


def test_remote_images_load_only_when_asked_for(browse: Browse) -> None:
    entry = an_entry(a_ticket(), "description", html=sanitise('<img src="https://pics.test/a.png">'))
    client = browse(tess())
    assert "Show remote images" in client.get(f"/requests/{entry.ticket_id}").content.decode()
    answer = client.get(f"/entries/{entry.pk}/body?images=1")
    assert ' src="https://pics.test/a.png"' in answer.content.decode()
    assert answer["Content-Security-Policy"].endswith("https: http:")
    assert answer["Referrer-Policy"] == "no-referrer"


def test_inline_images_are_shown_in_place_and_not_listed_as_files(browse: Browse) -> None:
    entry = an_entry(a_ticket(), "description", html=sanitise('<img src="cid:logo%40x"><img src="cid:missing">'))
    image = a_file(entry, "logo.png", "image/png", content_id="logo@x", inline=True)
    client = browse(tess())
    page = client.get(f"/entries/{entry.pk}/body").content.decode()
    assert f'src="/attachments/{image.pk}?inline=1"' in page and "cid:" not in page
    picture = client.get(f"/attachments/{image.pk}?inline=1")
    assert (picture["Content-Type"], body(picture)) == ("image/png", b"content of logo.png")
    assert "logo.png" not in client.get(f"/requests/{entry.ticket_id}").content.decode()


@pytest.mark.parametrize(
    ("name", "kind"), [("evil.html", "text/html"), ("evil.svg", "image/svg+xml"), ("a.pdf", "application/pdf")]
)
def test_a_file_is_saved_and_never_opened_in_the_page(browse: Browse, name: str, kind: str) -> None:
    file = a_file(an_entry(a_ticket()), name, kind)
    answer = browse(tess()).get(f"/attachments/{file.pk}?inline=1")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert body(answer) == b"content of " + name.encode()


def test_a_removed_file_says_why_and_cannot_be_fetched(browse: Browse) -> None:
    entry = an_entry(a_ticket())
    file = a_file(entry, "virus.exe", removed="malware")
    client = browse(tess())
    assert "removed: malware" in client.get(f"/requests/{entry.ticket_id}").content.decode()
    assert client.get(f"/attachments/{file.pk}").status_code == 404


def test_a_requester_reaches_no_internal_entry_and_none_of_its_files(browse: Browse) -> None:
    ticket = a_ticket()
    public, note = (
        an_entry(ticket, html="<p>a</p>"),
        an_entry(ticket, "note", html="<p>b</p>", quoted_html="q", author=tess()),
    )
    shown, hidden = a_file(public), a_file(note, "secret.txt")
    client = browse(sam())
    assert client.get(f"/entries/{public.pk}/body").status_code == 200
    assert body(client.get(f"/attachments/{shown.pk}"))
    for path in (f"/entries/{note.pk}/body", f"/entries/{note.pk}/quoted", f"/attachments/{hidden.pk}"):
        assert client.get(path).status_code == 404


def test_nobody_reaches_the_entries_and_files_of_a_request_that_they_may_not_see(browse: Browse) -> None:
    ticket = a_ticket(technician_group=a_group("HR", [theo()]))
    entry = an_entry(ticket, html="<p>a</p>")
    file = a_file(entry)
    for user in (tess(), a_user("other@example.test")):
        client = browse(user)
        assert client.get(f"/entries/{entry.pk}/body").status_code == 404
        assert client.get(f"/attachments/{file.pk}").status_code == 404
    assert browse(theo()).get(f"/entries/{entry.pk}/body").status_code == 200


def test_the_original_mail_is_there_for_technicians_byte_for_byte(browse: Browse) -> None:
    entry = an_entry(a_ticket(), "description")
    raw = b"From: sam@example.test\r\n\r\nhi"
    InboundEmail.objects.create(
        mailbox_email="support@desk.test",
        key="1/1",
        size=9,
        received_at=entry.created_at,
        entry=entry,
        raw_sha256=blobs().put(raw),
    )
    client = browse(tess())
    assert f"/entries/{entry.pk}/original" in client.get(f"/requests/{entry.ticket_id}").content.decode()
    answer = client.get(f"/entries/{entry.pk}/original")
    assert body(answer) == raw and answer["Content-Disposition"].startswith("attachment")
    assert browse(sam()).get(f"/entries/{entry.pk}/original").status_code == 403
