"""What technicians do around a conversation: dialogs, drafts, canned replies, the bell, and what stays theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from postroom.channels.models import EmailPreferences
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.tickets.models import BellNotice, Draft, DraftFile, ReplyTemplate, Ticket, Visit
from postroom.tickets.services import mark_as_spam, merge
from postroom.tickets.services.drafts import Written, add_draft_file, save_draft
from postroom.tickets.services.replies import save_reply_template
from postroom.tickets.services.write import NewFile
from postroom.web.http import actor
from tests.build import a_group, a_ticket, ada, an_entry, an_outgoing_server, gita, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def of_hr() -> Ticket:
    return a_ticket("Salary", technician_group=a_group("HR", [theo()]))


def page(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def test_a_dialog_asks_and_then_does_it_with_and_without_htmx(browse: Browse) -> None:
    one, two, three = a_ticket(), a_ticket("Other"), a_ticket("Third")
    client = browse(tess())
    path = f"/requests/{two.number}/merge"
    asked = client.get(path, headers=HTMX).content.decode()
    assert "Into request" in asked and "<html" not in asked
    assert "<html" in page(client, path)
    wrong = client.post(path, {"into": "soon"}, headers=HTMX)
    assert wrong.status_code == 422 and "Enter the number of a request" in wrong.content.decode()
    done = client.post(path, {"into": f"[#{one.number}]"}, headers=HTMX)
    assert done["HX-Redirect"] == f"/requests/{one.number}"
    assert client.post(f"/requests/{three.number}/link", {"request": one.number}).status_code == 302
    assert "Third" in page(client, f"/requests/{one.number}")


def test_a_merged_request_says_where_it_went_and_has_no_composer(browse: Browse) -> None:
    one, two = a_ticket("Goes on"), a_ticket("Merged one")
    an_entry(two, "reply", "Written before")
    merge(two, one.number, tess())
    client = browse(tess())
    merged = page(client, f"/requests/{two.number}")
    assert "was merged into" in merged and 'id="composer"' not in merged
    assert "Written before" in page(client, f"/requests/{one.number}")
    client.post(f"/requests/{two.number}/unmerge")
    assert 'id="composer"' in page(client, f"/requests/{two.number}")


ACTS = "merge link spam requester watch unmerge info draft draft/discard draft/files release-address"


@pytest.mark.parametrize("name", ACTS.split())
def test_nothing_is_done_to_a_request_that_one_may_not_see(browse: Browse, name: str) -> None:
    ticket = of_hr()
    data = {"into": a_ticket().number, "request": 1, "watch": "1", "kind": "note", "text": "x", "address": "a@b.test"}
    assert browse(tess()).post(f"/requests/{ticket.number}/{name}", data).status_code == 404
    assert browse(sam()).post(f"/requests/{ticket.number}/{name}", data).status_code == 403
    ticket.refresh_from_db()
    assert ticket.deleted_at is None and not ticket.entries.exists() and not Draft.objects.exists()


@pytest.mark.parametrize("path", ["/notices", "/notices/count", "/hidden-requests", "/reply-templates"])
def test_requesters_have_no_pages_of_technicians(browse: Browse, path: str) -> None:
    assert browse(sam()).get(path).status_code == 403
    assert browse(tess()).get(path).status_code == 200


def test_only_administrators_can_delete(browse: Browse) -> None:
    ticket = a_ticket()
    assert "Delete…" not in page(browse(tess()), f"/requests/{ticket.number}")
    assert browse(tess()).post(f"/requests/{ticket.number}/delete").status_code == 404
    assert browse(ada()).post(f"/requests/{ticket.number}/delete").status_code == 302
    assert str(ticket.subject) not in page(browse(tess()), "/hidden-requests")
    client = browse(ada())
    assert ticket.subject in page(client, "/hidden-requests")
    client.post(f"/hidden-requests/{ticket.number}/restore")
    ticket.refresh_from_db()
    assert ticket.deleted_at is None


def test_spam_is_listed_and_brought_back(browse: Browse, rf: Any) -> None:
    ticket, hidden = a_ticket("You won", requester=gita()), of_hr()
    request = rf.post("/")
    request.user = theo()
    mark_as_spam(hidden, theo(), actor(request))
    client = browse(tess())
    answer = client.post(f"/requests/{ticket.number}/spam", {"block_sender": "on"})
    assert answer["Location"] == "/hidden-requests"
    listed = page(client, "/hidden-requests")
    assert "You won" in listed and "Salary" not in listed
    assert client.post(f"/hidden-requests/{hidden.number}/restore")["Location"] == "/hidden-requests"
    assert client.post(f"/hidden-requests/{ticket.number}/restore")["Location"] == f"/requests/{ticket.number}"
    hidden.refresh_from_db()
    assert hidden.spam


def test_a_draft_is_kept_and_only_its_author_sees_it_and_its_files(browse: Browse) -> None:
    ticket, mine, theirs = a_ticket(), browse(tess()), browse(theo())
    path = f"/requests/{ticket.number}/draft"
    data = {"kind": "reply", "html": "<b>Half</b> a thought", "text": "", "to": "sam@example.test, x@y.test"}
    assert mine.post(path, data).json() == {"saved": True}
    file = SimpleUploadedFile("shot.png", b"\x89PNG", "image/png")
    kept = mine.post(f"{path}/files", {"kind": "reply", "file": file, "inline": "1"}).json()
    assert kept["inline"] and kept["cid"]
    shown = page(mine, f"/requests/{ticket.number}")
    assert "Half a thought</textarea>" in shown and 'value="sam@example.test, x@y.test"' in shown
    assert "Half" not in page(theirs, f"/requests/{ticket.number}")
    assert (
        theirs.get(kept["url"]).status_code == 404
        and theirs.post(f"{path}/files/{kept['id']}/remove").status_code == 404
    )
    answer: Any = mine.get(kept["url"])
    assert b"".join(answer.streaming_content) == b"\x89PNG"
    assert answer["Content-Type"] == "image/png" and "sandbox" in answer["Content-Security-Policy"]
    assert mine.post(f"{path}/files/{kept['id']}/remove").status_code == 204
    mine.post(f"{path}/discard", {"kind": "reply"})
    assert not Draft.objects.exists()


def test_a_file_of_a_draft_that_is_no_picture_is_never_shown(browse: Browse) -> None:
    ticket = a_ticket()
    file = add_draft_file(tess(), ticket, "note", NewFile("x.html", "text/html", b"<script>alert(1)</script>"))
    answer: Any = browse(tess()).get(f"/draft-files/{file.pk}")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"] != "text/html"


def test_what_is_sent_takes_the_files_of_its_draft_along_and_ends_it(browse: Browse) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    add_draft_file(tess(), ticket, "reply", NewFile("plan.pdf", "application/pdf", b"%PDF"))
    save_draft(tess(), ticket, "note", Written("Another thought"))
    browse(tess()).post(
        f"/requests/{ticket.number}/write", {"kind": "reply", "text": "See plan", "to": "sam@example.test"}
    )
    assert [file["filename"] for file in OutboundEmail.objects.get(kind="reply").files] == ["plan.pdf"]
    assert [draft.kind for draft in Draft.objects.all()] == ["note"] and not DraftFile.objects.exists()


def test_who_else_is_here_and_who_is_writing_is_told_by_the_poll(browse: Browse) -> None:
    ticket, mine, theirs = a_ticket(), browse(tess()), browse(theo())
    page(mine, f"/requests/{ticket.number}")
    live = f"/requests/{ticket.number}/live"
    tag = mine.get(live)["ETag"]
    assert mine.get(live, headers={"If-None-Match": tag}).status_code == 304
    page(theirs, f"/requests/{ticket.number}")
    answer = mine.get(live, headers={"If-None-Match": tag})
    assert "Also here: Theo Technician" in answer.content.decode()
    theirs.post(f"/requests/{ticket.number}/draft", {"kind": "reply", "text": "Let me"})
    assert "Theo Technician is writing a reply" in mine.get(live).content.decode()
    Visit.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert "Theo" not in mine.get(live).content.decode().split('id="presence"')[1].split("</p>")[0]


def test_what_is_new_since_the_last_visit_stands_below_a_line(browse: Browse) -> None:
    ticket, client = a_ticket(), browse(tess())
    an_entry(ticket, "description", "Old")
    assert 'id="unread"' not in page(client, f"/requests/{ticket.number}")
    an_entry(ticket, "reply", "New words")
    shown = page(client, f"/requests/{ticket.number}")
    assert shown.index("Old") < shown.index('id="unread"') < shown.index("New words")
    assert 'id="unread"' not in page(client, f"/requests/{ticket.number}")


def test_the_conversation_has_three_views(browse: Browse) -> None:
    ticket = a_ticket()
    client = browse(tess())
    for show in ("all", "technician", "requester"):
        assert f'data-show="{show}"' in page(client, f"/requests/{ticket.number}?show={show}")
    assert 'data-show="all"' in page(client, f"/requests/{ticket.number}?show=nonsense")


def test_the_bell_counts_lists_and_forgets_what_was_opened(browse: Browse) -> None:
    ticket = a_ticket()
    why = "Not delivered to sam@example.test: no"
    BellNotice.objects.create(person=tess(), kind="bounced", ticket=ticket, text=why)
    client = browse(tess())
    answer = client.get("/notices/count")
    assert "1 unread notice" in answer.content.decode()
    assert client.get("/notices/count", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert why in page(client, "/notices")
    page(client, f"/requests/{ticket.number}")
    assert "0 unread notices" in page(client, "/notices/count")
    assert "sam@example.test" not in page(browse(theo()), "/notices")


def test_an_address_that_bounced_is_shown_and_released_and_no_other_one(browse: Browse) -> None:
    ticket = a_ticket()
    for address in ("sam@example.test", "other@else.test"):
        Suppression.objects.create(address=address, reason="550 No such user")
    client = browse(tess())
    assert "sam@example.test cannot be reached." in page(client, f"/requests/{ticket.number}")
    for address in ("sam@example.test", "other@else.test"):
        client.post(f"/requests/{ticket.number}/release-address", {"address": address})
    assert list(Suppression.objects.values_list("address", flat=True)) == ["other@else.test"]
    assert "lets automatic mail go to" in page(client, f"/requests/{ticket.number}/history")


def test_a_failed_mail_can_be_sent_by_another_server_where_that_may_be_chosen(browse: Browse) -> None:
    server, ticket = an_outgoing_server("Sales", "sales@desk.test"), a_ticket()
    entry = an_entry(ticket, "reply", author=tess())
    mail = OutboundEmail.objects.create(
        message_id="a@desk.test", ticket=ticket, entry=entry, kind="reply", state="failed", attempts=1,
        recipients=[{"address": "sam@example.test", "state": "failed", "text": "", "code": 0, "enhanced": ""}],
    )  # fmt: skip
    client, path = browse(tess()), f"/requests/{ticket.number}/mails/{mail.pk}/retry"
    assert "Send via…" not in page(client, f"/requests/{ticket.number}")
    assert "cannot be chosen" in client.post(path, {"server": server.pk}, headers=HTMX)["HX-Trigger"]
    EmailPreferences.objects.update_or_create(pk=1, defaults={"allow_choosing_outgoing_server": True})
    assert "Send via…" in page(client, f"/requests/{ticket.number}")
    client.post(path, {"server": server.pk}, headers=HTMX)
    mail.refresh_from_db()
    assert (mail.state, mail.picked_server) == ("queued", server)


def test_other_info_is_changed_in_one_form_and_faults_are_at_their_fields(browse: Browse) -> None:
    ticket, client = a_ticket(), browse(tess())
    path = f"/requests/{ticket.number}/info"
    data = {
        "subject": "New",
        "kind": "incident",
        "cc_emails": "Boss <boss@example.test>",
        "tags": "vip, paper jam, vip",
    }
    assert client.post(path, data).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.cc_emails, ticket.tags) == ("New", ["boss@example.test"], ["vip", "paper jam"])
    wrong = client.post(path, data | {"cc_emails": "nonsense"})
    assert wrong.status_code == 422 and "nonsense is not an email address." in wrong.content.decode()


def test_canned_replies_are_written_filled_in_and_changed_by_whom_they_belong_to(browse: Browse) -> None:
    ticket, client = a_ticket(), browse(tess())
    client.post("/reply-templates/new", {"name": "Hello", "text": "Hello {{ requester }}", "audience": "personal"})
    row = ReplyTemplate.objects.get()
    filled = f"/requests/{ticket.number}/reply-templates/{row.pk}"
    assert client.get(filled).json() == {"text": "Hello Sam Requester"}
    assert browse(theo()).get(filled).status_code == browse(theo()).get(f"/reply-templates/{row.pk}").status_code == 404
    assert (
        client.post(
            f"/reply-templates/{row.pk}", {"name": "Hello", "text": "{{ x }}", "audience": "personal"}
        ).status_code
        == 422
    )
    shared = save_reply_template(ada(), {"name": "All", "text": "x", "audience": "all"})
    assert client.post(f"/reply-templates/{shared.pk}/delete").status_code == 404
    assert client.post(f"/reply-templates/{row.pk}/delete").status_code == 302
    assert list(ReplyTemplate.objects.all()) == [shared]


def test_a_stranger_on_the_request_is_accepted_with_one_click(browse: Browse) -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, "note", "I know more", author=gita(), flag="unknown_sender")
    client = browse(tess())
    assert "Accept as participant" in page(client, f"/requests/{ticket.number}")
    client.post(f"/requests/{ticket.number}/entries/{entry.pk}/accept")
    ticket.refresh_from_db()
    assert ticket.cc_emails == ["gita@example.test"]
    assert "Accept as participant" not in page(client, f"/requests/{ticket.number}")


def test_a_forward_whose_sender_was_not_found_offers_another_requester(browse: Browse) -> None:
    ticket = a_ticket("Fwd: Printer", requester=tess(), created_by=tess())
    client = browse(tess())
    assert "Original sender not found" in page(client, f"/requests/{ticket.number}")
    client.post(f"/requests/{ticket.number}/requester", {"requester": "sam@example.test", "name": ""})
    ticket.refresh_from_db()
    assert ticket.requester == sam()
    assert "Original sender not found" not in page(client, f"/requests/{ticket.number}")
