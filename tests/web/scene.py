"""A desk on an ordinary morning, for browser tests and for the pictures in the documentation."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.mail.html import sanitise
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Attachment, Category, Entry, Ticket
from tests.build import a_group, a_ticket, a_user, an_entry, an_incoming_server, an_outgoing_server, tess, theo


@dataclass
class Scene:
    """``ticket`` is the request with the long conversation."""

    ticket: Ticket
    tess: User
    requester: User


def _ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def a_picture(width: int = 420, height: int = 150) -> bytes:
    """A PNG that looks like a window with an error in it."""

    def colour(x: int, y: int) -> bytes:
        if y < 26:
            return b"\x2f\x3b\x45"
        if 40 < y < 110 and 24 < x < 84:
            return b"\xd9\x4f\x43" if (x - 54) ** 2 + (y - 75) ** 2 < 800 else b"\xf4\xf5\xf6"
        if (56 < y < 66 and 100 < x < 330) or (78 < y < 86 and 100 < x < 380) or (94 < y < 102 and 100 < x < 290):
            return b"\xc3\xc9\xce"
        if 120 < y < 142 and 320 < x < 400:
            return b"\x2a\x7a\xc7"
        return b"\xf4\xf5\xf6"

    rows = b"".join(b"\x00" + b"".join(colour(x, y) for x in range(width)) for y in range(height))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _others(groups: dict[str, TechnicianGroup]) -> None:
    """The rest of the list."""
    people = {
        name: a_user(f"{name.split()[0].lower()}@{domain}", name, kind=kind)
        for name, domain, kind in [
            ("Amara Osei", "northwind.test", "registered"),
            ("Jonas Lindqvist", "northwind.test", "registered"),
            ("Priya Raman", "northwind.test", "registered"),
            ("Lucía Fernández", "harbour.test", "guest"),
            ("Wen Zhao", "northwind.test", "registered"),
            ("Hannah Vogel", "harbour.test", "guest"),
        ]
    }
    rows: list[tuple[str, str, str, str, User | None, str, float]] = [
        (
            "VPN drops every few minutes from the Lisbon office",
            "Amara Osei",
            "in_progress",
            "high",
            tess(),
            "Network",
            6,
        ),
        (
            "New starter on 1 December: laptop, badge and accounts",
            "Jonas Lindqvist",
            "open",
            "medium",
            None,
            "Service Desk",
            14,
        ),
        ("Invoice PDF shows the wrong VAT number", "Lucía Fernández", "open", "medium", None, "", 31),
        (
            "Cannot open the shared calendar after the password change",
            "Priya Raman",
            "pending",
            "low",
            theo(),
            "Service Desk",
            58,
        ),
        ("Meeting room 4: the screen stays black over HDMI", "Wen Zhao", "open", "low", None, "Service Desk", 95),
        (
            "Request access to the Finance share (approved by M. Brandt)",
            "Hannah Vogel",
            "in_progress",
            "medium",
            theo(),
            "Network",
            170,
        ),
        (
            "Outlook asks for the password again and again",
            "Jonas Lindqvist",
            "open",
            "high",
            tess(),
            "Service Desk",
            260,
        ),
        ("Warehouse scanner 12 does not join the Wi-Fi", "Wen Zhao", "pending", "medium", tess(), "Network", 420),
        (
            "Domain certificate of shop.harbour.test expires on Friday",
            "Hannah Vogel",
            "open",
            "urgent",
            theo(),
            "Network",
            610,
        ),
        ("Old mailbox of the sales team: please archive", "Amara Osei", "open", "low", None, "", 1500),
        (
            "Re: Re: Fwd: Printer on floor 2 prints blank pages",
            "Priya Raman",
            "in_progress",
            "medium",
            theo(),
            "Service Desk",
            2900,
        ),
        (
            "Phone forwarding to the duty line during the holidays",
            "Lucía Fernández",
            "open",
            "medium",
            None,
            "Service Desk",
            4400,
        ),
        ("Licence for the drawing program", "Wen Zhao", "resolved", "low", tess(), "Service Desk", 5800),
    ]
    for subject, name, status, priority, technician, group, minutes in rows:
        a_ticket(
            subject,
            requester=people[name],
            status=status,
            priority=priority,
            technician=technician,
            technician_group=groups.get(group),
            created_at=_ago(minutes + 90),
            updated_at=_ago(minutes),
        )


def _mail(ticket: Ticket, entry: Entry, **fields: Any) -> None:
    number = OutboundEmail.objects.count()
    defaults = {
        "server_name": "Support",
        "server_reason": "linked to the mailbox",
        "attempts": 1,
        "to": entry.to,
        "created_at": entry.created_at,
    }
    OutboundEmail.objects.create(
        message_id=f"r{ticket.number}.{number}@desk.test",
        ticket=ticket,
        entry=entry,
        from_name="Support Desk",
        from_email="support@desk.test",
        text=entry.text,
        subject=f"[#{ticket.number}] {ticket.subject}",
        **{"kind": "reply", "state": "sent", **defaults, **fields},
    )


HTML = """<p>Good morning,</p>
<p>since this morning the label program on <b>packing station 3</b> closes with the window below as soon as I print a
return label. Stations 1 and 2 work.</p>
<p><img src="cid:shot@northwind" width="420"></p>
<p>We have 140 parcels to send before the truck comes at 15:00, so this is
<span style="color:#b3261e">urgent</span> for us.</p>
<p>Thank you!<br>Marta<br><img src="https://track.example.test/sig.png" alt="" width="1" height="1"></p>"""
QUOTED = "<blockquote>Support Desk wrote:<br>Hello Marta, thanks for the picture, that helps.</blockquote>"
ADVICE = """Hello Marta,

thanks for the picture, that helps. Could you restart the program once with the Shift key held down? It then starts \
without its add-ins.

Until it works again you can print from station 1: https://labels.northwind.test/station/1

Tess"""
QUESTION = """Station 3 got the add-in update last night, 1 and 2 did not. Theo, can you roll it back \
there and stop it for the others?"""
THANKS = "With Shift held down it starts and prints. Great, thank you! Should I leave it like this?"
END = "Yes, please. We have taken the update back; from tomorrow you can start it as usual.\n\nTess"
GREYLISTED = "The server said for now: 451 Greylisted, try again in 60 seconds"


def _description(ticket: Ticket, requester: User) -> None:
    entry = an_entry(
        ticket,
        "description",
        "Good morning,",
        html=sanitise(HTML),
        author=requester,
        created_at=_ago(52),
        to=["support@desk.test"],
        cc=["shipping@northwind.test"],
    )
    for name, kind, content, content_id in [
        ("error.png", "image/png", a_picture(), "shot@northwind"),
        ("labels-log.txt", "text/plain", b"x" * 48_213, ""),
    ]:
        sha = blobs().put(content)
        more = {"content_id": content_id, "inline": bool(content_id)}
        Attachment.objects.create(entry=entry, filename=name, content_type=kind, size=len(content), sha256=sha, **more)
    raw = blobs().put(b"From: marta@northwind.test\r\n\r\nGood morning")
    InboundEmail.objects.create(
        mailbox_email="support@desk.test", key="1/1", size=43, received_at=entry.created_at, entry=entry, raw_sha256=raw
    )


def _conversation(ticket: Ticket, requester: User) -> None:
    _description(ticket, requester)
    outwards = {"to": ["marta@northwind.test"], "cc": ["shipping@northwind.test"]}
    changes = [
        {"field": "technician", "old": None, "new": "Tess Technician"},
        {"field": "priority", "old": "medium", "new": "urgent"},
    ]
    an_entry(ticket, "event", "", author=tess(), created_at=_ago(47), event={"changes": changes})
    advice = an_entry(ticket, "reply", ADVICE, author=tess(), created_at=_ago(41), **outwards)
    _mail(ticket, advice, sent_at=_ago(41))
    an_entry(ticket, "collaboration", QUESTION, author=tess(), created_at=_ago(36))
    an_entry(ticket, "note", "Rolled back to 4.2.1 and the deployment is paused.", author=theo(), created_at=_ago(22))
    an_entry(
        ticket, "reply", THANKS, author=requester, created_at=_ago(12), to=["support@desk.test"], quoted_html=QUOTED
    )
    end = an_entry(ticket, "reply", END, author=tess(), created_at=_ago(3), **outwards)
    _mail(ticket, end, state="deferred", reason=GREYLISTED, due_at=timezone.now() + timedelta(minutes=1))


def the_scene() -> Scene:
    """Fourteen requests, one of them with all that a conversation can hold."""
    tess(), theo()
    an_incoming_server(primary=True)
    an_outgoing_server(primary=True, sender_name="Support Desk")
    groups = {name: a_group(name, [tess(), theo()]) for name in ("Network", "Service Desk")}
    marta = a_user("marta@northwind.test", "Marta Kowalska", department="Shipping", location="Gdańsk")
    earlier = [
        ("Second monitor for the packing desk", "closed", 30_000),
        ("Scanner beeps twice", "resolved", 12_000),
        ("Label printer: paper size", "closed", 70_000),
    ]
    for subject, status, minutes in earlier:
        a_ticket(
            subject,
            requester=marta,
            status=status,
            updated_at=_ago(minutes),
            created_at=_ago(minutes + 60),
            technician=tess(),
        )
    _others(groups)
    ticket = a_ticket(
        "Label program crashes when printing return labels",
        requester=marta,
        technician=tess(),
        technician_group=groups["Service Desk"],
        category=Category.objects.create(name="Software / Shipping"),
        priority="urgent",
        status="in_progress",
        cc_emails=["shipping@northwind.test"],
        mailbox_email="support@desk.test",
        created_at=_ago(52),
        updated_at=_ago(3),
    )
    _conversation(ticket, marta)
    return Scene(ticket, tess(), marta)
