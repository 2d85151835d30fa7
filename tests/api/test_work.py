"""Technicians' work over REST: the same verbs, the same refusals, the same rights as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.tickets.models import BellNotice, Ticket
from tests import build
from tests.api.conftest import Script

HR = "There is no request #{}, or you may not see it."


def hidden() -> Ticket:
    """A request that Tess may not see."""
    return build.a_ticket("Salary", technician_group=build.a_group("HR", [build.theo()]))


def test_a_request_is_merged_and_taken_apart(tess: Script) -> None:
    first, second = build.a_ticket(), build.a_ticket(requester=build.gita())
    answer = tess.post(f"requests/{second.number}/merge", into=first.number, copy_people=True)
    assert (answer.status_code, answer.body["number"]) == (200, first.number)
    assert answer.body["cc_emails"] == ["gita@example.test"]
    merged = tess.get(f"requests/{second.number}").body
    assert (merged["status"], merged["merged_into"]) == ("closed", first.number)
    assert [row["number"] for row in tess.get(f"requests/{first.number}/links").body["merged"]] == [second.number]
    assert tess.post(f"requests/{second.number}/notes", text="x").status_code == 400
    assert tess.post(f"requests/{second.number}/unmerge").body["merged_into"] is None


def test_nothing_is_done_with_a_request_that_the_caller_may_not_see(tess: Script) -> None:
    mine, theirs = build.a_ticket(), hidden()
    entry = build.an_entry(mine, "reply")
    for path, body in [
        (f"requests/{mine.number}/merge", {"into": theirs.number}),
        (f"requests/{mine.number}/links", {"request": theirs.number}),
        (f"requests/{mine.number}/entries/{entry.pk}/move", {"into": theirs.number}),
    ]:
        answer = tess.post(path, **body)
        assert (answer.status_code, answer.body["errors"][0]["message"]) == (400, HR.format(theirs.number))
        gone = tess.post(path, **dict.fromkeys(body, 999))
        assert gone.body["errors"][0]["message"] == HR.format(999)
    for path in ("merge", "split", "spam", "watch", "unmerge", "links", "drafts", "restore"):
        assert tess.post(f"requests/{theirs.number}/{path}", into=1, entry=1).status_code in (400, 404)
    assert tess.post(f"requests/{theirs.number}/watch").status_code == 404
    assert tess.post(f"requests/{theirs.number}/entries/{build.an_entry(theirs).pk}/accept").status_code == 404
    theirs.refresh_from_db()
    assert theirs.deleted_at is None and not theirs.participants.exists()


def test_an_entry_is_split_off_or_moved(tess: Script) -> None:
    ticket, other = build.a_ticket(), build.a_ticket("Other")
    entry, second = build.an_entry(ticket, "reply", "My screen"), build.an_entry(ticket, "reply", "My mouse")
    answer = tess.post(f"requests/{ticket.number}/split", entry=entry.pk, subject="Screen")
    assert (answer.status_code, answer.body["subject"]) == (201, "Screen")
    moved = tess.post(f"requests/{ticket.number}/entries/{second.pk}/move", into=other.number)
    assert (moved.status_code, moved.body["kind"]) == (200, "reply")
    assert tess.post(f"requests/{ticket.number}/split", entry=entry.pk).status_code == 400
    assert tess.post(f"requests/{ticket.number}/entries/{second.pk}/move", into=1).status_code == 404


def test_requests_are_linked_and_watched(tess: Script) -> None:
    one, two = build.a_ticket(), build.a_ticket()
    assert tess.post(f"requests/{one.number}/links", request=two.number).status_code == 201
    assert tess.get(f"requests/{two.number}/links").body["linked"][0]["number"] == one.number
    assert tess.delete(f"requests/{one.number}/links/{two.number}").body["linked"] == []
    assert tess.post(f"requests/{one.number}/watch").body == {"watching": True, "watchers": ["tess@desk.test"]}
    assert tess.delete(f"requests/{one.number}/watch").body == {"watching": False, "watchers": []}


def test_spam_is_brought_back_by_technicians_and_what_was_deleted_by_administrators(
    tess: Script, admin: Script
) -> None:
    ticket = build.a_ticket(requester=build.gita())
    assert tess.post(f"requests/{ticket.number}/spam", block_sender=True).status_code == 200
    assert tess.get(f"requests/{ticket.number}").status_code == 404
    assert tess.post(f"requests/{ticket.number}/restore").status_code == 200
    assert tess.delete(f"requests/{ticket.number}").status_code == 403
    assert admin.delete(f"requests/{ticket.number}").status_code == 204
    assert tess.post(f"requests/{ticket.number}/restore").status_code == 404
    assert admin.post(f"requests/{ticket.number}/restore").status_code == 200


def test_drafts_are_ones_own(tess: Script, theo: Script) -> None:
    ticket = build.a_ticket()
    path = f"requests/{ticket.number}/drafts"
    saved = tess.post(path, kind="reply", html="<b>Hi</b><script>x</script>", to=["sam@example.test"])
    assert (saved.status_code, saved.body[0]["html"], saved.body[0]["to"]) == (200, "<b>Hi</b>", ["sam@example.test"])
    assert theo.get(path).body == []
    assert tess.post(path, kind="event", text="x").status_code == 400
    assert tess.delete(f"{path}?kind=note").status_code == 204
    assert len(tess.get(path).body) == 1
    assert tess.delete(path).status_code == 204
    assert tess.get(path).body == []


def test_canned_replies_are_written_used_and_kept_apart(tess: Script, theo: Script, admin: Script) -> None:
    mine = tess.post("reply-templates", name="Hello", text="Hello {{ requester }}")
    assert (mine.status_code, mine.body["audience"]) == (201, "personal")
    shared = admin.post("reply-templates", name="All", text="x", audience="all").body["id"]
    one = f"reply-templates/{mine.body['id']}"
    ticket = build.a_ticket()
    assert tess.get(f"requests/{ticket.number}/{one}").body == {"text": "Hello Sam Requester"}
    assert theo.get(one).status_code == theo.delete(one).status_code == 404
    assert tess.patch(f"reply-templates/{shared}", text="y").status_code == 403
    assert tess.patch(one, text="{{ nonsense }}").status_code == 400
    assert tess.patch(one, text="Bye").body["name"] == "Hello"
    assert [row["name"] for row in tess.get("reply-templates").body["results"]] == ["All", "Hello"]
    assert tess.delete(one).status_code == 204


def test_the_bell_is_ones_own(tess: Script, theo: Script) -> None:
    ticket = build.a_ticket()
    BellNotice.objects.create(person=build.tess(), kind="assigned", ticket=ticket, by="Theo", text=ticket.subject)
    assert theo.get("notices").body == {"unread": 0, "results": []}
    bell: Any = tess.get("notices").body
    assert (bell["unread"], bell["results"][0]["request"]) == (1, ticket.number)
    assert tess.post("notices/read").body["unread"] == 0


@pytest.mark.parametrize("field", ["with_entries", "with_attachments"])
def test_a_forward_takes_along_what_is_of_the_request_alone(tess: Script, field: str) -> None:
    ticket, other = build.a_ticket(), hidden()
    foreign = build.an_entry(other, "note", "4000")
    body = {"text": "Look", "to": ["vendor@else.test"], field: [foreign.pk]}
    assert tess.post(f"requests/{ticket.number}/forwards", **body).status_code == 400
    assert not ticket.entries.exists()
