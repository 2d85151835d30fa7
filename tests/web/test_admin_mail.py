"""Incoming mail: the log, one mail of it, and what administrators do there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.audit.services import SYSTEM
from postroom.channels.models import EmailPreferences, IncomingServer, Settings
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services import release
from postroom.outbox.services.queue import NewMail, queue
from postroom.tickets.models import Ticket
from postroom.web.admin.mail.lists import PAGE_SIZE
from postroom.web.admin.mail.urls import urlpatterns
from tests.build import a_ticket, a_user, ada, an_outgoing_server, sam, tess
from tests.mails import a_mail
from tests.web.admin_mail_scene import a_held_mail, a_mailbox, a_refused_mail, arrived
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
LOG = "/admin/mail/incoming"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(browse: Browse) -> Client:
    """Ada's browser; Sam is a requester whom the desk knows."""
    sam()
    return browse(ada())


def page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def told(client: Client, path: str, **data: object) -> str:
    """What the page that follows says after a form was sent."""
    return client.post(path, data, follow=True).content.decode()


def act(client: Client, row: InboundEmail, action: str, **data: str) -> str:
    answer = told(client, f"{LOG}/{row.pk}/act", action=action, **data)
    row.refresh_from_db()
    return answer


def work() -> None:
    while receive("worker"):
        pass


def _address(pattern: URLPattern, mail: int, sent: int) -> str:
    name = pattern.name or ""
    arguments = {"configuration-audit-export": ["csv"], "mail-incoming-file": [mail, 0]}
    outgoing = name.startswith("mail-outgoing-") and name != "mail-outgoing-bulk"
    incoming = name.startswith("mail-incoming-") and name != "mail-incoming-bulk"
    return reverse(name, args=arguments.get(name, [sent] if outgoing else [mail] if incoming else []))


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_address_is_for_administrators_alone(browse: Browse, pattern: URLPattern) -> None:
    an_outgoing_server(primary=True)
    mail = arrived(a_mail(subject="Salaries", text="", files=[("list.txt", "text/plain", b"secret")]))
    (sent,) = queue([NewMail(kind="reply", to=["sam@example.test"], subject="Salaries", text="secret")])
    path = _address(pattern, mail.pk, sent.pk)
    form = {"action": "discard", "mail": mail.pk}
    writes = path.endswith(("act", "bulk"))

    def answer(client: Client) -> Any:
        return client.post(path, form) if writes else client.get(path)

    assert answer(Client())["Location"].startswith("/sign-in")
    for user in (sam(), tess()):
        refused = answer(browse(user))
        assert refused.status_code == 403
        assert b"Salaries" not in refused.content and b"desk.test" not in refused.content
    allowed = browse(ada()).get(path)
    list(allowed)  # a file is closed when it was read
    assert allowed.status_code == (405 if writes else 200)
    mail.refresh_from_db()
    assert mail.reason_code != "discarded"


def test_the_log_shows_each_mail_with_sender_subject_outcome_reason_and_request(client: Client) -> None:
    row = arrived(a_mail(sender="Sam Sample <sam@example.test>", subject="The printer is on fire"))
    shown = page(client, LOG, view="all")
    for words in ("Sam Sample", "sam@example.test", "The printer is on fire", "Request created", row.reason):
        assert words in shown
    assert f'href="/requests/{row.ticket_id}"' in shown


def test_what_needs_attention_comes_first_and_every_view_has_its_count(client: Client) -> None:
    a_held_mail()
    arrived(a_mail(subject="Fine"))
    a_refused_mail(subject="Refused")
    shown = page(client, LOG)
    assert "(no subject)" in shown and "Fine" not in shown and "Refused" not in shown
    for label, count in (("Needs attention", 1), ("Guests refused", 1), ("All", 3)):
        assert f"{label}\n" in shown and f">{count}</b>" in shown.split(f">{label}\n")[1][:120]
    assert "Refused" in page(client, LOG, view="guests")


def test_the_menu_of_every_page_counts_what_needs_attention(client: Client) -> None:
    assert "need attention" not in page(client, "/admin/mail/attention")
    a_held_mail(), a_held_mail(), arrived(a_mail()), a_refused_mail()
    answer = client.get("/admin/mail/attention", headers=HTMX)
    assert ">2<span" in answer.content.decode()
    poll = {**HTMX, "If-None-Match": answer["ETag"]}
    assert client.get("/admin/mail/attention", headers=poll).status_code == 304
    for path in ("/admin/audit", "/admin/proxies"):
        assert 'hx-get="/admin/mail/attention" hx-trigger="load, every 10s"' in page(client, path)


def test_guests_refused_are_shown_with_the_reason_and_the_preference_that_refused_them(client: Client) -> None:
    a_refused_mail()
    shown = page(client, LOG, view="guests")
    assert "guests may not write" in shown and 'href="/admin/emails/preference"' in shown


@pytest.mark.parametrize(
    "words", ["sam@example.test", "EXAMPLE.test", "printer", "Sample", "<p1@example.test>", "p1@example.test"]
)
def test_search_finds_by_address_name_subject_and_message_id(client: Client, words: str) -> None:
    arrived(a_mail(sender="Sam Sample <sam@example.test>", subject="The Printer burns", message_id="p1@example.test"))
    arrived(a_mail(sender="kim@other.test", subject="Another matter"))
    shown = page(client, LOG, q=words)
    assert "The Printer burns" in shown and "Another matter" not in shown


def test_the_log_is_narrowed_by_mailbox_outcome_and_day(client: Client) -> None:
    hr = a_mailbox(name="HR", email="people@desk.test")
    arrived(a_mail(subject="For support"))
    arrived(a_mail(subject="For people"), mailbox=hr)
    arrived(a_mail(subject="", text=""), minutes=3 * 24 * 60)
    assert "For people" in (shown := page(client, LOG, view="all", mailbox="people@desk.test"))
    assert "For support" not in shown
    assert "(no subject)" in (shown := page(client, LOG, outcome="held")) and "For people" not in shown
    day = (timezone.now() - timedelta(days=3)).date().isoformat()
    assert "(no subject)" in (shown := page(client, LOG, view="all", day=day)) and "For people" not in shown
    assert "No mail matches" in page(client, LOG, view="all", mailbox="nobody@desk.test")


def test_a_day_is_the_day_of_the_reader(client: Client) -> None:
    a_held_mail()
    InboundEmail.objects.update(received_at=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert "(no subject)" in page(client, LOG, view="all", day="2026-11-24", tz="Europe/Berlin")
    assert "(no subject)" not in page(client, LOG, view="all", day="2026-11-24", tz="UTC")


@pytest.mark.parametrize("odd", ["\x00", "%", "' OR 1=1 --", "9" * 400, "٣", "../../etc/passwd", "2026-99-99"])
def test_odd_filters_break_nothing(client: Client, odd: str) -> None:
    a_held_mail()
    names = ("q", "view", "mailbox", "outcome", "day", "tz", "before", "after")
    assert client.get(LOG, dict.fromkeys(names, odd)).status_code == 200
    for name in names:
        assert client.get(LOG, {name: odd}).status_code == 200


def test_markup_in_a_mail_is_shown_as_text(client: Client) -> None:
    row = arrived(a_mail(sender='"<b>x" <sam@example.test>', subject="<script>alert(1)</script>", text="<i>no</i>"))
    for path in (f"{LOG}?view=all", *(f"{LOG}/{row.pk}?show={tab}" for tab in ("mail", "headers", "raw"))):
        shown = client.get(path).content.decode()
        assert "<script>alert" not in shown and "<b>x" not in shown and "<i>no" not in shown


def test_a_poll_is_answered_not_modified_until_a_mail_arrives_or_changes(client: Client) -> None:
    row = a_held_mail()
    tag = client.get(LOG)["ETag"]
    poll = {**HTMX, "If-None-Match": tag}
    assert client.get(LOG, headers=poll).status_code == 304
    release(row, SYSTEM)
    assert client.get(LOG, headers=poll).status_code == 200


def test_a_search_and_a_day_that_is_over_are_not_polled(client: Client) -> None:
    a_held_mail()
    polled = 'data-poll hx-get="/admin/mail/incoming'
    assert polled in page(client, LOG)
    assert polled not in page(client, LOG, q="printer")
    assert polled not in page(client, LOG, view="all", day="2020-01-01")


def test_long_logs_come_in_pages_that_stay_put_while_mail_arrives(client: Client) -> None:
    box = a_mailbox()
    many = [
        InboundEmail(
            mailbox=box, mailbox_email=box.email, key=f"7/{at}", size=9, state="done", outcome="held",
            subject=f"Mail {at}.", received_at=timezone.now(),
        )
        for at in range(PAGE_SIZE + 10)
    ]  # fmt: skip
    InboundEmail.objects.bulk_create(many)
    first = page(client, LOG)
    assert first.count("<tr id=") == PAGE_SIZE and 'rel="next"' in first and 'rel="prev"' not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    a_held_mail()
    second = page(client, LOG + older)
    assert second.count("<tr id=") == 10 and "Mail 9." in second and "Mail 10." not in second
    newer = second.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Mail 10." in page(client, LOG + newer)


def test_the_log_costs_the_same_queries_for_one_mail_and_for_fifty(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_held_mail()
    Settings.load()
    client.get(LOG)
    with django_assert_num_queries(6):  # session, user, mailboxes, page, counts, settings
        client.get(LOG)
    for number in range(12):
        arrived(a_mail(sender=f"p{number}@example.test", subject="", text=""))
    with django_assert_num_queries(6):
        client.get(LOG)


def test_an_empty_log_says_what_to_do_next(client: Client) -> None:
    assert "Add an incoming server" in page(client, LOG, view="all")
    a_mailbox()
    assert "Write to support@desk.test" in page(client, LOG, view="all")
    assert "Nothing needs attention" in page(client, LOG)


def test_many_mails_are_released_and_the_ones_that_cannot_be_say_why(client: Client) -> None:
    held = [a_held_mail() for _ in range(2)]
    made = arrived(a_mail())
    keys = [row.pk for row in (*held, made)]
    said = told(client, f"{LOG}/bulk", action="release", mail=keys, back="?view=all")
    assert "2 mails released" in said and f"Mail {made.pk} has become part of request" in said
    work()
    assert Ticket.objects.count() == 3


@pytest.mark.parametrize(
    ("action", "words"), [("reprocess", "1 mail decided anew"), ("discard", "1 mail discarded"), ("block", "1 sender")]
)
def test_every_bulk_action_says_what_came_of_it(client: Client, action: str, words: str) -> None:
    assert words in told(client, f"{LOG}/bulk", action=action, mail=[a_held_mail().pk])


def test_all_that_is_found_is_taken_not_only_the_page(client: Client) -> None:
    rows = [a_held_mail() for _ in range(3)]
    other = a_refused_mail()
    told(client, f"{LOG}/bulk", action="discard", all="1", mail=[rows[0].pk], back="?view=attention")
    assert set(InboundEmail.objects.filter(reason_code="discarded")) == set(rows)
    other.refresh_from_db()
    assert other.reason_code == "guests_off"


def test_nothing_selected_and_unknown_actions_change_nothing(client: Client) -> None:
    row = a_held_mail()
    assert "Select the mails first" in told(client, f"{LOG}/bulk", action="discard")
    assert client.post(f"{LOG}/bulk", {"action": "explode", "mail": row.pk}).status_code == 400
    assert client.post(f"{LOG}/{row.pk}/act", {"action": "explode"}).status_code == 400
    assert client.get(f"{LOG}/bulk").status_code == 405


def test_after_a_bulk_action_the_same_filters_are_shown_and_no_other_site(client: Client) -> None:
    back = "?view=guests&q=x&day=&//evil.test"
    answer = client.post(f"{LOG}/bulk", {"action": "discard", "mail": a_held_mail().pk, "back": back})
    assert answer["Location"] == "/admin/mail/incoming?view=guests&q=x"


def test_the_page_of_a_mail_shows_the_trace_step_by_step_with_verdict_and_reason(client: Client) -> None:
    IncomingServer.objects.update(filter_domains=["spam.test"])
    a_mailbox(filter_domains=["spam.test"])
    row = arrived(a_mail(sender="joe@spam.test", subject="Win"))
    shown = page(client, f"{LOG}/{row.pk}")
    assert "The mail was not taken before." in shown  # what a rule that let it pass says
    assert "Filter of the mailbox" in shown and "ignored: domain spam.test" in shown
    assert shown.index("Block list</b>") < shown.index("Filter of the mailbox</b>")


def test_a_technicians_forward_shows_both_senders_and_can_be_released_on_the_spot(client: Client) -> None:
    a_mailbox(filter_domains=["spam.test"])
    text = "---------- Forwarded message ----------\nFrom: Joe <joe@spam.test>\nSubject: Help\n\nIt burns."
    row = arrived(a_mail(sender=f"Tess <{tess().email}>", subject="Fwd: Help", text=text))
    assert row.outcome == "filtered"
    shown = page(client, f"{LOG}/{row.pk}")
    assert "tess@desk.test" in shown and "joe@spam.test" in shown and "Make request" in shown
    act(client, row, "request")
    work()
    row.refresh_from_db()
    assert row.outcome == "created"


def test_headers_and_the_raw_form_are_shown_and_the_file_is_served_inertly(client: Client) -> None:
    raw = a_mail(subject="Hello", headers=[("X-Spam-Score", "0.3")])
    row = arrived(raw)
    assert "X-Spam-Score" in page(client, f"{LOG}/{row.pk}", show="headers")
    assert "X-Spam-Score: 0.3" in page(client, f"{LOG}/{row.pk}", show="raw")
    answer = client.get(f"{LOG}/{row.pk}/raw")
    assert b"".join(answer.streaming_content) == raw  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="mail-{row.pk}.eml"'
    assert answer["Content-Security-Policy"].startswith("sandbox") and answer["X-Content-Type-Options"] == "nosniff"


def test_the_body_is_a_document_that_runs_nothing_and_loads_nothing_from_elsewhere(client: Client) -> None:
    html = '<p>Hi</p><script>alert(1)</script><img src="https://track.test/x.png"><img src="cid:shot@x">'
    row = arrived(a_mail(html=html))
    shown = page(client, f"{LOG}/{row.pk}")
    assert 'sandbox="allow-same-origin allow-popups' in shown and "Show remote images" in shown
    answer = client.get(f"{LOG}/{row.pk}/body")
    body = answer.content.decode()
    assert "<p>Hi</p>" in body and "alert(1)" not in body and ' src="https://track.test' not in body
    assert (
        "default-src 'none'" in answer["Content-Security-Policy"] and "https:" not in answer["Content-Security-Policy"]
    )
    assert ' src="https://track.test' in client.get(f"{LOG}/{row.pk}/body?images=1").content.decode()


def test_attachments_are_listed_and_saved_never_opened(client: Client) -> None:
    row = arrived(a_mail(files=[("../evil.html", "text/html", b"<script>alert(1)</script>")]))
    assert "evil.html" in page(client, f"{LOG}/{row.pk}")
    answer = client.get(f"{LOG}/{row.pk}/files/0?inline=1")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream" and "attachment" in answer["Content-Disposition"]
    assert client.get(f"{LOG}/{row.pk}/files/1").status_code == 404


def test_a_mail_of_which_only_the_header_is_here_says_so_and_offers_no_release(client: Client) -> None:
    header = a_mail(subject="Video").split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    row = arrived(header, too_large=True, size=48_000_000)
    shown = page(client, f"{LOG}/{row.pk}")
    assert "Only the header is here" in shown and "Make request" not in shown


def test_a_mail_whose_raw_form_is_gone_keeps_its_facts(client: Client) -> None:
    row = a_held_mail()
    InboundEmail.objects.update(raw_sha256="")
    for tab in ("mail", "headers", "raw"):
        assert "no longer kept" in page(client, f"{LOG}/{row.pk}", show=tab)
    assert client.get(f"{LOG}/{row.pk}/raw").status_code == 404
    assert client.get(f"{LOG}/{row.pk}/body").status_code == 404
    assert client.get(f"{LOG}/999999").status_code == 404


def test_the_page_says_when_retention_takes_the_raw_form(client: Client) -> None:
    row = a_held_mail()
    Settings.load()
    Settings.objects.update(hold_days=10)
    goes = (row.kept_at + timedelta(days=10)).date().isoformat()
    assert goes in page(client, f"{LOG}/{row.pk}").split("Raw form goes")[1][:120]


def test_a_mail_is_made_a_request_and_the_page_follows_it_until_it_is(client: Client) -> None:
    row = a_held_mail()
    said = act(client, row, "request")
    assert "a request is made of it" in said and 'hx-trigger="every 2s"' in said
    work()
    row.refresh_from_db()
    shown = page(client, f"{LOG}/{row.pk}")
    assert f'href="/requests/{row.ticket_id}"' in shown and 'hx-trigger="every 2s"' not in shown
    assert "Ada Administrator</b> released it as a request" in shown


def test_a_mail_is_added_to_a_request_that_exists(client: Client) -> None:
    ticket, row = a_ticket(requester=a_user("kim@example.test")), a_held_mail()
    assert "There is no request 999999." in act(client, row, "assign", request="999999")
    assert "Say to which request" in act(client, row, "assign", request=" ")
    assert f"added to request {ticket.number}" in act(client, row, "assign", request=f"#{ticket.number}")
    work()
    row.refresh_from_db()
    assert (row.outcome, row.ticket) == ("replied", ticket)


def test_a_refused_guest_becomes_a_requester_and_their_mail_a_request_in_one_step(client: Client) -> None:
    row, other = a_refused_mail(subject="One"), a_refused_mail(subject="Two")
    shown = page(client, f"{LOG}/{row.pk}")
    assert "Add as requester" in shown and "gita@example.test" in shown and "Release 1 more refused mail" in shown
    said = act(client, row, "requester", name="Gita Guest", with_others="on")
    assert "2 mails released" in said
    work()
    assert User.objects.get(email="gita@example.test").kind == "registered"
    other.refresh_from_db()
    assert other.outcome == "created"
    assert EmailPreferences.load().allow_guests is False


def test_reprocess_decides_by_the_preferences_of_today(client: Client) -> None:
    row = a_refused_mail()
    EmailPreferences.objects.update(allow_guests=True)
    assert "decided anew" in act(client, row, "reprocess")
    work()
    row.refresh_from_db()
    assert row.outcome == "created"


def test_a_sender_is_blocked_from_the_page_of_the_mail(client: Client) -> None:
    row = a_held_mail()
    assert "on the block list" in act(client, row, "block")
    assert Settings.load().block_senders == ["sam@example.test"]
    shown = page(client, f"{LOG}/{row.pk}")
    assert "Block sender" not in shown.split("decision-actions")[1].split("</form>")[0]


def test_discard_is_asked_twice_and_leaves_the_mail_in_the_log(client: Client) -> None:
    row = a_held_mail()
    assert "Discard this mail?" in page(client, f"{LOG}/{row.pk}")
    assert "Discarded." in act(client, row, "discard")
    assert "(no subject)" not in page(client, LOG)
    shown = page(client, LOG, view="all")
    assert "Discarded by Ada Administrator" in shown


def test_of_two_administrators_the_second_hears_what_the_first_did(client: Client, browse: Browse) -> None:
    row = a_held_mail()
    ann = browse(a_user("ann@desk.test", "Ann Berg", "admin"))
    act(client, row, "request")
    assert "still being worked on. Ada Administrator released it as a request." in act(ann, row, "discard")
    work()
    row.refresh_from_db()
    said = act(ann, row, "request")
    assert f"has become part of request {row.ticket_id} already. Ada Administrator released it" in said
    assert AuditEntry.objects.filter(action="released").count() == 1


def test_forms_need_the_token_of_their_page(client: Client) -> None:
    row = a_held_mail()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada())
    assert strict.post(f"{LOG}/{row.pk}/act", {"action": "discard"}).status_code == 403
    assert strict.post(f"{LOG}/bulk", {"action": "discard", "mail": row.pk}).status_code == 403


def test_pages_carry_no_inline_script_or_style(client: Client) -> None:
    row = a_refused_mail()
    for path in (LOG, f"{LOG}/{row.pk}", "/admin/mail/outgoing", "/admin/audit"):
        shown = page(client, path)
        assert " style=" not in shown and " onclick=" not in shown and "<style" not in shown
        assert "<script>" not in shown
