"""A day at the desk, over Dovecot and Postfix, in three browsers: from the first mail in the morning to the last guest.

The announcement to many people, meanwhile, is in ``test_announcement``.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.instance import wait_for
from tests.mails import a_mail
from tests.servers.desk import Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ports import free_port
from tests.servers.ports import wait_for as wait_for_port
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.dovecot,
    pytest.mark.postfix,
    pytest.mark.timeout(300),
]

SOON = 20_000  # milliseconds: a mail's way through Postfix and Dovecot, and the next poll of a page
SECRET = "correct horse battery"
CONFIGURATION = """
people:
  - {{email: ada@desk.test, name: Ada Administrator, role: admin, password: {secret}}}
  - {{email: tess@desk.test, name: Tess Technician, role: technician, password: {secret}}}
  - {{email: theo@desk.test, name: Theo Technician, role: technician, password: {secret}}}
  - {{email: sam@example.test, name: Sam Requester, role: requester, password: {secret}}}
technician_groups: [{{name: Service Desk, members: [tess@desk.test, theo@desk.test]}}]
outgoing_servers:
  - name: Support
    email: support@desk.test
    protocol: smtp
    host: localhost
    port: {submission}
    security: tls
    ca_file: {ca}
    auth: {{type: basic, username: support@desk.test, password: {password}}}
    primary: true
incoming_servers:
  - name: Support
    email: support@desk.test
    protocol: imap
    host: localhost
    port: {imap}
    security: ssl
    ca_file: {ca}
    auth: {{type: basic, username: support@desk.test, password: {password}}}
    technician_group: Service Desk
    outgoing_server: Support
    primary: true
preferences: {{closed_reply: {{action: reopen, grace_days: 7}}, other_technician_reply: collaboration}}
limits: {{undo_seconds: 0}}
"""


@dataclass
class Day:
    """``world`` takes what leaves for people outside; technicians' mail is in Dovecot."""

    desk: Desk
    browser: Browser
    dovecot: Dovecot
    postfix: Postfix
    world: Sink

    def open(self, email: str, path: str) -> Page:
        """A page of a browser of this person's own, signed in by the form."""
        context = self.browser.new_context(base_url=f"http://{self.desk.bind}", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(SOON)
        page = context.new_page()
        page.goto(path)
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(SECRET)
        page.get_by_role("button", name="Sign in", exact=True).click()
        return page

    def write(self, sender: str, subject: str, text: str, answers: EmailMessage | None = None) -> None:
        """A mail from outside, or an answer to one of ours as mail programs write it."""
        named = str(answers["Message-ID"]).strip("<>") if answers else ""
        given = {"subject": subject, "text": text, "in_reply_to": named, "references": [named] if named else []}
        raw = a_mail(sender=sender, **given)  # type: ignore[arg-type]
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as smtp:
            smtp.sendmail(sender.partition("<")[2].rstrip(">"), ["support@desk.test"], raw)

    def sent_to(self, address: str, words: str) -> EmailMessage:
        """The mail of ours with these words, once it arrived there."""
        return wait_for(lambda: next(iter(self.mails(address, words)), None), seconds=30)

    def mails(self, address: str, words: str) -> list[EmailMessage]:
        if address.endswith("@desk.test"):
            raws = [path.read_bytes() for path in (self.dovecot.base / "mail" / address / "new").glob("*")]
        else:
            raws = [mail.raw for mail in list(self.world.taken) if address in mail.rcpt_to]
        mails = [message_from_bytes(raw, policy=default) for raw in raws]
        return [mail for mail in mails if (body := mail.get_body(("plain",))) and words in body.get_content()]

    def a_week_passes(self) -> None:
        """What is closed was closed eight days earlier."""
        with psycopg.connect(self.desk.connection_words, autocommit=True) as connection:
            connection.execute("UPDATE tickets_ticket SET closed_at = closed_at - interval '8 days'")


@pytest.fixture
def day(servers_folder: Path, chromium: Browser, dovecot: Dovecot) -> Iterator[Day]:
    """A desk that is set up, with all its roles."""
    desk, world = Desk(servers_folder / "day", bind=f"127.0.0.1:{free_port()}"), Sink()
    desk.home.mkdir(parents=True)
    world.start()
    postfix = Postfix(servers_folder / "pd", dovecot, world.port)
    try:
        postfix.start()
        given = {"submission": postfix.submission, "imap": dovecot.tls_port, "ca": dovecot.ca.ca_file}
        desk.configure(CONFIGURATION.format(secret=SECRET, password=PASSWORD, **given))
        desk.start(workers=1, web=True)
        wait_for_port(int(desk.bind.rpartition(":")[2]))
        yield Day(desk, chromium, dovecot, postfix, world)
    finally:
        for context in chromium.contexts:
            context.close()
        desk.stop()
        postfix.stop()
        world.stop()


SAM, THEO, GITA = "Sam Requester <sam@example.test>", "Theo <theo@desk.test>", "Gita Guest <gita@example.test>"


def card(page: Page, words: str) -> Locator:
    return page.get_by_role("article").filter(has_text=words)


def close(day: Day, page: Page) -> None:
    """Close the first request. The conversation may tell of an earlier closing: the database has the last word."""
    page.get_by_label("Status", exact=True).select_option("Closed")
    wait_for(lambda: day.desk.value("SELECT status = 'closed' FROM tickets_ticket WHERE number = 1"), seconds=30)
    expect(page.locator("#conversation")).to_contain_text("to Closed", timeout=SOON)


def answer(page: Page, words: str) -> None:
    page.get_by_label("Text", exact=True).fill(words)
    page.get_by_role("button", name="Send reply").click()
    expect(card(page, words)).to_contain_text("Sent", timeout=SOON)


def the_request_is_answered(day: Day, tess: Page) -> EmailMessage:
    """Sam writes, Tess takes it and answers; what Sam got."""
    day.write(SAM, "Printer on fire", "Smoke comes out of it.")
    tess.get_by_role("link", name="Printer on fire").click(timeout=SOON)
    expect(card(tess, "Smoke comes out of it.")).to_be_visible()
    tess.get_by_label("Assignee").select_option("Tess Technician")
    answer(tess, "Please use water.")
    mail = day.sent_to("sam@example.test", "Please use water.")
    assert "[#1]" in mail["Subject"]
    return mail


def a_colleague_collaborates_by_mail(day: Day, tess: Page) -> None:
    """Theo answers the mail that his group got; Sam is told nothing of it."""
    told = day.sent_to("theo@desk.test", "request 1")
    day.write(THEO, f"Re: {told['Subject']}", "Water is wrong, it is electric.", told)
    # Where Dovecot can watch no more folders on a busy machine, IDLE tells of mail after half a minute.
    became = "SELECT outcome FROM inbox_inboundemail WHERE from_email = 'theo@desk.test' AND state = 'done'"
    assert wait_for(lambda: day.desk.value(became), seconds=70) == "collaborated"
    expect(card(tess, "Water is wrong")).to_contain_text("technicians only", timeout=SOON)
    assert day.mails("sam@example.test", "Water is wrong") == []


def the_requester_answers_with_another_subject(day: Day, tess: Page, mail: EmailMessage) -> None:
    day.write(SAM, "Something else entirely", "It burns again!", mail)
    expect(card(tess, "It burns again!")).to_be_visible(timeout=SOON)
    expect(tess).to_have_url(f"http://{day.desk.bind}/requests/1")


def the_requester_looks_into_the_portal(day: Day) -> None:
    """Sam reads all that is his there, and nothing else."""
    sam = day.open("sam@example.test", "/my/requests/1")
    expect(card(sam, "Please use water.")).to_be_visible()
    expect(card(sam, "It burns again!")).to_be_visible()
    expect(card(sam, "Water is wrong")).to_have_count(0)
    sam.context.close()


def closed_it_is_opened_again_within_the_grace_period(day: Day, tess: Page, mail: EmailMessage) -> None:
    close(day, tess)
    day.write(SAM, "Re: Printer on fire", "Not quite: it smells.", mail)
    expect(card(tess, "Not quite: it smells.")).to_be_visible(timeout=SOON)
    expect(tess.locator("#conversation")).to_contain_text("from Closed to Open", timeout=SOON)
    assert day.desk.value("SELECT status FROM tickets_ticket WHERE number = 1") == "open"


def after_it_a_new_request_refers_to_the_old_one(day: Day, tess: Page, mail: EmailMessage) -> None:
    close(day, tess)
    day.a_week_passes()
    day.write(SAM, "Re: [#1] Printer on fire", "The new printer burns, too.", mail)
    wait_for(lambda: day.desk.value("SELECT max(number) FROM tickets_ticket WHERE follow_up_of_id = 1"), seconds=30)
    tess.goto("/requests/2")
    expect(card(tess, "The new printer burns, too.")).to_be_visible()
    expect(tess.get_by_role("heading", name="Printer on fire").first).to_be_visible()
    assert day.desk.value("SELECT status FROM tickets_ticket WHERE number = 1") == "closed"


def a_guest_is_refused_and_let_in(day: Day, ada: Page) -> None:
    """Guests off: Gita's mail makes no request and gets no answer, until Ada makes one of it."""
    ada.get_by_role("switch", name="Allow Guest User").uncheck()
    ada.get_by_role("button", name="Update").click()
    expect(ada.locator("#said")).to_contain_text("Email Preference")
    day.write(GITA, "May I come in?", "I have no account.")
    ada.goto("/admin/mail/incoming?view=guests")
    ada.get_by_role("link", name="May I come in?").click(timeout=SOON)
    assert day.desk.value("SELECT count(*) FROM tickets_ticket") == 2
    assert day.mails("gita@example.test", "") == []
    ada.get_by_role("button", name="Add as requester").click()
    ada.get_by_role("form", name="Add as requester and release").get_by_role("button", name="Add and release").click()
    outcome = ada.get_by_role("region", name="Outcome")
    expect(outcome).to_contain_text("Request created", timeout=SOON)
    expect(outcome.get_by_role("link")).to_contain_text("May I come in?")
    assert day.desk.value("SELECT count(*) FROM tickets_ticket") == 3


def test_a_day_at_the_desk(day: Day) -> None:
    tess = day.open("tess@desk.test", "/requests")
    first = the_request_is_answered(day, tess)
    a_colleague_collaborates_by_mail(day, tess)
    the_requester_answers_with_another_subject(day, tess, first)
    the_requester_looks_into_the_portal(day)
    closed_it_is_opened_again_within_the_grace_period(day, tess, first)
    after_it_a_new_request_refers_to_the_old_one(day, tess, first)
    ada = day.open("ada@desk.test", "/admin/emails/preference")
    a_guest_is_refused_and_let_in(day, ada)
