"""An administrator's day at the tabs of servers, over Dovecot and Postfix: set up, tested, used, broken and healed."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

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
    pytest.mark.timeout(240),
]

OUTGOING, INCOMING = "/admin/emails/outgoing", "/admin/emails/incoming"
SOON = 15_000  # milliseconds, for what the next poll of a page shows
DOWN = 45_000  # three faults, with pauses of 5 and 15 s between them
UP = 50_000  # a probe every 30 s
CONFIGURATION = """
people:
  - {email: ada@desk.test, name: Ada Administrator, role: admin, password: correct horse battery}
  - {email: sam@example.test, name: Sam Requester, role: requester}
limits: {undo_seconds: 0}
"""


@dataclass
class Scene:
    """``page`` is Ada's. What Postfix sends out arrives at ``world``; ``relay`` is the other outgoing server."""

    page: Page
    dovecot: Dovecot
    postfix: Postfix
    world: Sink
    relay: Sink


@pytest.fixture
def scene(servers_folder: Path, chromium: Browser, dovecot: Dovecot, postfix: Postfix) -> Iterator[Scene]:
    """A desk with all roles, without any server, and Ada signed in; a Postfix of its own, since it is to be stopped."""
    desk = Desk(servers_folder / "emails", bind=f"127.0.0.1:{free_port()}")
    desk.home.mkdir(parents=True)
    world, relay = Sink(), Sink()
    own = Postfix(servers_folder / "p2", dovecot, world.port)
    context = chromium.new_context(base_url=f"http://{desk.bind}", viewport={"width": 1440, "height": 900})
    try:
        for server in (world, relay, own):
            server.start()
        desk.configure(CONFIGURATION)
        desk.start(workers=1, web=True)
        wait_for_port(int(desk.bind.rpartition(":")[2]))
        context.set_default_timeout(SOON)
        yield Scene(signed_in(context.new_page()), dovecot, own, world, relay)
    finally:
        context.close()
        desk.stop()
        for server in (own, relay, world):
            server.stop()


def signed_in(page: Page) -> Page:
    """Ada, by the form."""
    page.goto(OUTGOING)
    page.get_by_label("Email").fill("ada@desk.test")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing can be sent yet")).to_be_visible()
    return page


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def settled(page: Page, choice: Locator) -> None:
    """Click what brings the form back with other fields, and wait for them."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        choice.click()
    page.wait_for_load_state("networkidle")


def fill_in(page: Page, name: str, email: str, port: int, security: str) -> None:
    """The first part of a new server's panel."""
    page.locator("#add-server").click()
    kinds = page.get_by_role("radiogroup", name="Security Type")
    if not kinds.get_by_role("radio", name=security).is_checked():
        settled(page, kinds.get_by_text(security, exact=True))
    field(page, "Name").fill(name)
    field(page, "Server").fill("localhost")
    field(page, "Port").fill(str(port))
    field(page, "Email").fill(email)


def with_password(page: Page, dovecot: Dovecot) -> None:
    """Sign-in, and the authority that the certificate is checked against."""
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("summary").filter(has_text="Certificate").click()
    field(page, "Trusted certificate (PEM)").fill(dovecot.ca.ca_file.read_text())


def save(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text(f"{name} is saved.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def add_relay(scene: Scene) -> None:
    """A relay that takes mail without sign-in; the first server is the primary one."""
    page = scene.page
    fill_in(page, "Relay", "relay@desk.test", scene.relay.port, "None")
    settled(page, page.get_by_text("Authentication Needed", exact=True))
    save(page, "Relay")
    expect(row(page, "Relay").get_by_text("Primary", exact=True)).to_be_visible()


def add_support(scene: Scene) -> None:
    """Postfix with STARTTLS and a password."""
    fill_in(scene.page, "Support", "support@desk.test", scene.postfix.submission, "TLS")
    with_password(scene.page, scene.dovecot)
    save(scene.page, "Support")
    expect(row(scene.page, "Support").get_by_text("Primary", exact=True)).to_have_count(0)


def add_mailbox(scene: Scene) -> None:
    """Dovecot over IMAPS; answers to its requests leave by Support."""
    page = scene.page
    page.goto(INCOMING)
    fill_in(page, "Helpdesk", "support@desk.test", scene.dovecot.tls_port, "SSL")
    settled(page, page.locator("#panel-fields").get_by_text("Outgoing Email Servers", exact=True))
    page.get_by_label("Answers leave by").select_option("Support")
    with_password(page, scene.dovecot)
    save(page, "Helpdesk")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def try_out(page: Page, name: str, stages: list[str], verdict: str) -> None:
    """Press the button of a row; every stage is told while the test runs, and ends well."""
    with page.expect_response(re.compile("/probes/")) as polled:  # the panel asks how far it is
        page.get_by_role("button", name=f"Test Connection of {name}").click()
        dialog = page.get_by_role("dialog", name="Test Connection")
        expect(dialog.get_by_role("list", name="Stages")).to_be_visible()
    assert polled.value.ok
    expect(dialog.get_by_text(verdict)).to_be_visible(timeout=SOON)
    expect(dialog.locator(".step-name")).to_have_text([f"{stage}: done" for stage in stages])
    page.keyboard.press("Escape")
    expect(row(page, name).get_by_text("Connected")).to_be_visible(timeout=SOON)


def answer(page: Page, words: str) -> Locator:
    """Write a reply; the line that says what became of its mail."""
    page.get_by_label("Text", exact=True).fill(words)
    page.get_by_role("button", name="Send reply").click()
    card = page.get_by_role("article", name="Ada Administrator").filter(has_text=words)
    expect(card).to_be_visible(timeout=SOON)
    return card.locator(".delivery")


def taken(sink: Sink, words: str) -> list[EmailMessage]:
    """The mails for Sam with these words that arrived there."""
    mails = [
        message_from_bytes(mail.raw, policy=default) for mail in list(sink.taken) if "sam@example.test" in mail.rcpt_to
    ]
    return [mail for mail in mails if (body := mail.get_body(("plain",))) and words in body.get_content()]


def sender(mail: EmailMessage) -> str:
    return str(mail["From"].addresses[0].addr_spec)


def test_servers_are_added_tested_used_and_replaced_while_one_is_down(scene: Scene) -> None:
    page = scene.page
    add_relay(scene)
    add_support(scene)
    stages = ["Host name", "Connection", "Encryption", "Capabilities", "Sign-in", "Sender", "Recipient", "Message"]
    try_out(page, "Support", stages, "The test mail was taken over for delivery.")
    inbox = scene.dovecot.base / "mail" / "ada@desk.test" / "new"
    confirmation = wait_for(lambda: [path.read_text() for path in inbox.glob("*")])
    assert "Test Connection: Support is set up properly" in confirmation[0]

    add_mailbox(scene)
    stages = ["Host name", "Connection", "Encryption", "Capabilities", "Sign-in", "Folder"]
    try_out(page, "Helpdesk", stages, "The mailbox can be read. Nothing was read or marked.")
    page.goto("/requests")
    with smtplib.SMTP("127.0.0.1", scene.postfix.port) as smtp:
        smtp.sendmail("sam@example.test", ["support@desk.test"], a_mail(subject="Printer on fire"))
    page.get_by_role("link", name="Printer on fire").click(timeout=SOON)

    expect(answer(page, "Please use water.")).to_contain_text("via Support", timeout=SOON)
    assert [sender(mail) for mail in wait_for(lambda: taken(scene.world, "use water"))] == ["support@desk.test"]
    request = page.url

    scene.postfix.stop()
    moved = answer(page, "Please use sand.")
    expect(moved).to_contain_text("Deferred", timeout=SOON)
    expect(moved).to_contain_text("via Relay", timeout=DOWN)
    expect(moved).to_contain_text("failover: Support unreachable, Primary used")
    [substitute] = wait_for(lambda: taken(scene.relay, "use sand"))
    assert (sender(substitute), str(substitute["Reply-To"])) == ("relay@desk.test", "support@desk.test")
    page.goto(OUTGOING)
    expect(row(page, "Support")).to_contain_text("Unreachable")
    expect(row(page, "Support")).to_contain_text("MAILCONREF")
    expect(page.locator("#banner")).to_contain_text("Support (outgoing): unreachable", timeout=SOON)

    scene.postfix.start()
    expect(row(page, "Support")).to_contain_text("Connected", timeout=UP)
    page.goto(request)
    expect(answer(page, "It is a new printer.")).to_contain_text("via Support", timeout=SOON)
    wait_for(lambda: taken(scene.world, "new printer"))
    assert not taken(scene.relay, "new printer")
    assert not taken(scene.world, "use sand")
