"""Pictures of technicians' work on one request: ``SCREENSHOTS=docs/screenshots pytest`` of this file draws them.

Without the variable they go to a temporary folder, and the test still sees that each page fits its width.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from postroom.audit.services import Actor
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.tickets.models import BellNotice, Ticket, Visit
from postroom.tickets.services import link, mark_as_spam, merge, watch
from postroom.tickets.services.drafts import Written, save_draft
from postroom.tickets.services.replies import save_reply_template
from postroom.tickets.services.visits import note_writing
from tests.build import a_ticket, ada, an_entry, gita, tess, theo
from tests.web.conftest import Desk
from tests.web.scene import Scene, the_scene
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

APOLOGY = "Dear {{ requester }},\n\nwe are sorry for the delay with #{{ number }}.\n\n{{ me }}"


def busy(scene: Scene) -> Ticket:
    """The request of the scene with all that surrounds it."""
    ticket = scene.ticket
    ticket.refresh_from_db()
    other = a_ticket("Labels are printed twice", requester=scene.requester, status="open")
    an_entry(other, "description", "Each label comes out twice since Monday.", author=scene.requester)
    link(ticket, a_ticket("Packing station 3: new computer", requester=scene.requester).number, tess())
    merge(other, ticket.number, tess())
    watch(ticket, tess())
    an_entry(ticket, "note", "I had the same at the Gdynia warehouse.", author=gita(), flag="unknown_sender")
    OutboundEmail.objects.filter(state="deferred").update(
        state="bounced", reason="Not delivered to shipping@northwind.test: 550 5.1.1 No such user here"
    )
    Suppression.objects.create(address="shipping@northwind.test", reason="550 5.1.1 No such user here")
    save_reply_template(tess(), {"name": "Sorry for the delay", "text": APOLOGY})
    save_reply_template(ada(), {"name": "How to send a log file", "text": "Open Help > Logs.", "audience": "all"})
    Visit.objects.create(person=tess(), ticket=ticket, read_entry=ticket.entries.order_by("id")[4].pk)
    for kind, by, text in [
        ("bounced", "", "Not delivered to shipping@northwind.test: 550 5.1.1 No such user here"),
        ("reply", "Marta Kowalska", "With Shift held down it starts and prints. Great, thank you!"),
        ("assigned", "Theo Technician", ticket.subject),
    ]:
        read = timezone.now() if kind == "assigned" else None
        BellNotice.objects.create(person=ada(), kind=kind, ticket=ticket, by=by, text=text, read_at=read)
    mark_as_spam(a_ticket("You have won a prize", requester=gita()), tess(), Actor("Tess"))
    return ticket


def open_dialog(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    page.get_by_label("More actions").click()
    page.screenshot(path=file.with_name(f"menu-{file.name}"))
    page.get_by_role("link", name="Merge…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.screenshot(path=file)


def compose(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    page.locator(".templates > summary").click()
    expect(page.locator(".templates .menu-list")).to_be_in_viewport(ratio=1)
    page.screenshot(path=file)


def test_every_page_of_the_work_on_a_request_fits_a_desktop_and_a_phone(desk: Desk, tmp_path: Path) -> None:
    ticket = busy(the_scene())
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    request = f"/requests/{ticket.number}"
    pages = {
        "work-request": request,
        "work-other-info": f"{request}/other-info",
        "work-history": f"{request}/history",
        "work-split": f"{request}/entries/{ticket.entries.filter(kind='reply').latest('id').pk}/split",
        "reply-templates": "/reply-templates",
        "reply-template": "/reply-templates/new",
        "notices": "/notices",
        "spam": "/hidden-requests",
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, path in pages.items():
            if name == "work-request":
                note_writing(theo(), ticket, "reply")
                save_draft(
                    ada(), ticket, "forward", Written("Could you look at this, please?", to=("vendor@else.test",))
                )
            page = desk.open(ada(), width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            page.context.close()
        page = desk.open(tess(), width=width, height=height, dark=dark)
        open_dialog(page, request, folder / f"work-merge{look}.png")
        compose(page, request, folder / f"work-composer{look}.png")
        page.context.close()
