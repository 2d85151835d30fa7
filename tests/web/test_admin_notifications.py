"""The pages of notifications and announcements, as an administrator uses them (NTF-01, NTF-03, ANN-01)."""

from __future__ import annotations

import pytest

from postroom.audit.models import AuditEntry
from postroom.outbox.models import OutboundEmail
from postroom.tickets.events import EVENTS
from postroom.tickets.models import Announcement, NotificationTemplate
from tests.build import a_ticket, ada, sam, tess
from tests.web.admin_notifications_scene import a_draft, a_scene, staff, under_way
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
PANEL = "/admin/notifications/resolved/requester"
WORDS = {"language": "en", "enabled": "on", "subject": "Done: {{ subject }}", "text": "It is done.", "html": ""}
PATHS = ("/admin/notifications", PANEL, "/admin/announcements", "/admin/announcements/new")


def test_every_page_is_for_administrators_alone(browse: Browse) -> None:
    draft = a_draft(requester_groups=[])
    own = [f"/admin/announcements/{draft.pk}{rest}" for rest in ("", "/edit", "/preview")]
    for path in (*PATHS, *own):
        assert browse(ada()).get(path).status_code == 200
        assert browse(tess()).get(path).status_code == 403
        assert browse(sam()).get(path).status_code == 403
    posts = [f"{PANEL}/{verb}" for verb in ("switch", "preview", "test", "reset")]
    posts += [
        f"/admin/announcements/{draft.pk}/{verb}" for verb in ("send", "pause", "resume", "cancel", "test", "delete")
    ]
    for path in (*posts, "/admin/announcements/preview"):
        assert browse(tess()).post(path).status_code == 403


def test_the_list_shows_every_event_with_its_audiences(browse: Browse) -> None:
    a_scene()
    page = browse(ada()).get("/admin/notifications").content.decode()

    for words in ("Request created", "Unverified guest", "Reply by requester", "Header", "Your text: de"):
        assert words in page
    assert page.count('role="switch"') == sum(len(event.audiences) for event in EVENTS.values())


def test_a_notification_is_switched_off_and_on_in_the_list(browse: Browse) -> None:
    client = browse(ada())
    answer = client.post(f"{PANEL}/switch", {"enabled": "off"}, headers={"HX-Request": "true"})

    assert 'aria-checked="false"' in answer.content.decode()
    assert not NotificationTemplate.objects.get().enabled
    assert client.post(f"{PANEL}/switch", {"enabled": "on"}).status_code == 302
    assert NotificationTemplate.objects.get().enabled
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["created", "enabled"]


def test_words_are_saved_for_one_language_and_taken_back(browse: Browse) -> None:
    client = browse(ada())
    assert client.post(PANEL, {**WORDS, "language": "de", "notify_cc": "on"}).status_code == 302

    row = NotificationTemplate.objects.get()
    assert (row.language, row.subject, row.notify_cc, row.enabled) == ("de", "Done: {{ subject }}", True, True)
    assert "Done: {{ subject }}" in client.get(f"{PANEL}?language=de").content.decode()
    assert "Resolved: {{ subject }}" in client.get(PANEL).content.decode()
    client.post(f"{PANEL}/reset", {"language": "de"})
    assert not NotificationTemplate.objects.exists()


def test_an_unknown_placeholder_is_named_at_its_field(browse: Browse) -> None:
    answer = browse(ada()).post(PANEL, {**WORDS, "text": "One\n{{ password }}"})

    assert answer.status_code == 422
    assert "Unknown placeholder &#39;password&#39;. It stands in line 2." in answer.content.decode()
    assert "{{ password }}" in answer.content.decode()


def test_the_preview_shows_a_sample_a_request_and_what_is_wrong(browse: Browse) -> None:
    client = browse(ada())
    ticket = a_ticket("No network")

    def shown(**fields: str) -> str:
        answer = client.post(f"{PANEL}/preview", {**WORDS, **fields})
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        return answer.content.decode()

    assert "[#46] Done: The printer is on fire" in shown()
    assert f"[#{ticket.number}] Done: No network" in shown(request=str(ticket.number))
    assert "There is no request 999999" in shown(request="999999")
    assert "Unknown placeholder" in shown(text="{{ nothing }}")
    assert "<script>" not in shown(html="<p>Hello<script>alert(1)</script></p>")


def test_what_stands_in_the_panel_is_sent_to_oneself(browse: Browse) -> None:
    answer = browse(ada()).post(f"{PANEL}/test", WORDS)

    assert "Sent to ada@desk.test" in answer.content.decode()
    assert OutboundEmail.objects.get().to == ["ada@desk.test"]
    assert not NotificationTemplate.objects.exists()


def test_an_announcement_is_written_tried_out_and_sent(browse: Browse) -> None:
    staff(4)
    client = browse(ada())
    values = {"subject": "Friday", "text": "Dear {{ name }}", "requester_groups": ["All staff"], "per_minute": "60"}
    client.post("/admin/announcements/new", values)
    row = Announcement.objects.get()
    path = f"/admin/announcements/{row.pk}"
    assert "Dear Ada Administrator" in client.get(f"{path}/preview").content.decode()

    client.post(f"{path}/edit", {**values, "subject": "On Friday"})
    client.post(f"{path}/test")
    client.post(f"{path}/send")
    row.refresh_from_db()
    assert (row.subject, row.state, row.created_by) == ("On Friday", "sending", ada())
    page = client.get(path).content.decode()
    assert "of 4 recipients have it" in page
    assert "Blocked." in page


def test_what_is_wrong_with_an_announcement_is_said_at_its_field(browse: Browse) -> None:
    answer = browse(ada()).post("/admin/announcements/new", {"subject": "", "text": "{{ x }}", "per_minute": "no"})

    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("Enter a subject.", "Unknown placeholder", "Must be a whole number."):
        assert words in page


def test_the_headway_of_an_announcement_follows_and_costs_nothing_while_nothing_moves(browse: Browse) -> None:
    staff(4)
    row = under_way(sent=1)
    client = browse(ada())
    path = f"/admin/announcements/{row.pk}"
    page = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert 'hx-trigger="every 3s"' in page

    tag = page.split("data-etag='")[1].split("'")[0].replace("&#34;", '"')
    assert client.get(path, headers={"HX-Request": "true", "If-None-Match": tag}).status_code == 304
    OutboundEmail.objects.filter(state="queued").update(state="sent")
    again = client.get(path, headers={"HX-Request": "true", "If-None-Match": tag})
    assert again.status_code == 200


def test_an_announcement_is_paused_gone_on_with_and_cancelled(browse: Browse) -> None:
    staff(4)
    row = under_way(sent=1)
    client = browse(ada())
    for verb, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "done")):
        client.post(f"/admin/announcements/{row.pk}/{verb}")
        row.refresh_from_db()
        assert row.state == state

    assert client.post(f"/admin/announcements/{row.pk}/explode").status_code == 404
    client.post(f"/admin/announcements/{row.pk}/delete")
    assert not Announcement.objects.exists()
