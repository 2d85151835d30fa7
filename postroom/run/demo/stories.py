"""A week at the demo's desk: what people wrote, by mail and in the portal, and what was done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SAM, NORA, OMAR = "sam@example.test", "nora@example.test", "omar@example.test"
GITA = "gita@elsewhere.test"
TESS, THEO = "tess@desk.test", "theo@desk.test"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, ``ago`` hours before the demo was made.

    ``mail`` comes in by mail, ``reply``, ``note`` and ``collaboration`` are written in the portal, ``change`` sets
    attributes of the request (people by address, groups and categories by name).
    """

    ago: float
    does: Literal["mail", "reply", "note", "collaboration", "change"]
    who: str
    text: str = ""
    html: str = ""
    cc: tuple[str, ...] = ()
    file: tuple[str, str, bytes] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    change: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """A request, or a mail that became none, from its first mail on."""

    subject: str
    steps: tuple[Step, ...]


def _change(ago: float, who: str, **change: str) -> Step:
    return Step(ago, "change", who, change=change)


_LOG = b"10:02:11 GET http://intranet.example.test/start 504\n10:03:40 GET http://intranet.example.test/start 504\n"

STORIES = (
    Story(
        "Laptop does not wake up after lunch",
        (
            Step(
                150,
                "mail",
                SAM,
                "Hello,\n\nsince Monday my laptop stays black when I open the lid after lunch. I have to hold the "
                "power button for ten seconds, and then everything that I had open is gone.\n\nThanks\nSam",
            ),
            _change(149, TESS, technician=TESS, category="Hardware / Laptop"),
            Step(149, "reply", TESS, "Hello Sam,\n\nis it docked when that happens, or on its own?\n\nTess"),
            Step(146, "mail", SAM, "Only in the dock. On the train it wakes up fine."),
            Step(145, "note", TESS, "Third one with this dock. The firmware of the dock is from last year."),
            Step(
                144,
                "reply",
                TESS,
                "Then it is the dock. I have put a new firmware on the network share. Please run “Dock update”, leave "
                "the laptop in the dock meanwhile, and tell me tomorrow whether it helped.\n\nTess",
            ),
            Step(120, "mail", SAM, "It woke up at once, twice. Thank you, that is solved."),
            _change(119, TESS, status="closed"),
        ),
    ),
    Story(
        "Access to the sales folder",
        (
            Step(
                98,
                "mail",
                NORA,
                "Hi,\n\nI have moved to Sales and need to read and write in the sales folder. Omar knows about it.\n\n"
                "Nora Nilsson\nExample Ltd, Sales\n+46 8 555 0100",
                cc=(OMAR,),
            ),
            _change(97, TESS, technician=TESS, category="Access"),
            Step(97, "reply", TESS, "Hello Nora,\n\nhappy to. Omar, is that all right with you?\n\nTess"),
            Step(95, "mail", OMAR, "Yes, please give her the same rights as Ines had."),
            _change(94, TESS, status="resolved"),
            Step(94, "reply", TESS, "Done. Please sign out and in again, then the folder is in the list."),
        ),
    ),
    Story(
        "WLAN in meeting room 2 drops every few minutes",
        (
            Step(
                74,
                "mail",
                OMAR,
                "The video call with our customer broke off three times this morning. Room 1 is fine, room 2 is not.",
                html="<p>The video call with our customer broke off <b>three times</b> this morning.</p>"
                "<ul><li>Room 1: fine</li><li>Room 2: <b>not</b></li></ul>",
            ),
            _change(73, TESS, technician_group="Network", technician=THEO, category="Network", priority="high"),
            Step(73, "collaboration", TESS, "Theo, can you look at this one? The customer is here again on Thursday."),
            Step(72, "collaboration", THEO, "Channel 11 is full there since the neighbours moved in. I move ours."),
            Step(50, "reply", THEO, "Hello Omar,\n\nwe have moved room 2 to another channel. How is it now?\n\nTheo"),
            _change(50, THEO, status="pending"),
        ),
    ),
    Story(
        "Frage zur Rechnung Nr. 2026-118 – Überweisung möglich?",
        (
            Step(
                52,
                "mail",
                GITA,
                "Guten Tag,\n\nkönnen wir die Rechnung auch überweisen? Auf der Seite steht nur „Kreditkarte“.\n\n"
                "Mit freundlichen Grüßen\nGita Gast",
            ),
            _change(51, THEO, technician=THEO),
            Step(
                51,
                "reply",
                THEO,
                "Guten Tag Frau Gast,\n\ngern: Die Bankverbindung steht auf Seite 2.\n\nTheo",
            ),
        ),
    ),
    Story(
        "Intranet does not load since the update",
        (
            Step(
                47,
                "mail",
                NORA,
                "The start page stays white. I attach what the proxy wrote.",
                file=("proxy.log", "text/plain", _LOG),
            ),
            _change(46, THEO, technician=THEO, priority="urgent", category="Network", status="in_progress"),
            Step(46, "note", THEO, "504 from the new load balancer. The old one still answers; rolling back."),
            Step(45, "reply", THEO, "Hello Nora,\n\nwe have found the reason and are working on it.\n\nTheo"),
        ),
    ),
    Story(
        "New monitor",
        (
            Step(30, "mail", OMAR, "Could I have a second monitor for the accounts desk? 27 inches would be great."),
            _change(29, TESS, kind="service_request", category="Hardware"),
            Step(28, "note", TESS, "Two are in the store room."),
        ),
    ),
    Story(
        "Phone number of the canteen",
        (
            Step(26, "mail", SAM, "Does anybody know the new number of the canteen? The old one rings for ever."),
            Step(25, "reply", TESS, "It is 4711 now. Enjoy your lunch!"),
            _change(25, TESS, technician=TESS, status="closed"),
        ),
    ),
    Story(
        "Cannot sign in to the time sheet",
        (
            Step(20, "mail", NORA, "It says that my account is locked. I did change my password yesterday."),
            _change(19, TESS, technician=TESS, category="Access"),
            Step(19, "reply", TESS, "Hello Nora,\n\nunlocked. Does your phone still use the old password?\n\nTess"),
            Step(
                18.9,
                "mail",
                NORA,
                "I am out of the office until Thursday. In urgent matters please write to Omar Haddad.",
                headers=(("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
            ),
        ),
    ),
    Story(
        "You have won a prize",
        (Step(17, "mail", "lucky@spam.test", "Dear winner, click here to get your prize."),),
    ),
    Story(
        "Printer on floor 3 prints stripes",
        (Step(6, "mail", SAM, "Every page has a pink stripe on the left, in colour and in black and white."),),
    ),
    Story(
        "Please install the drawing program",
        (
            Step(4, "mail", OMAR, "I need it for the plans of the new warehouse, by Friday if you can."),
            _change(3, THEO, technician=THEO, kind="service_request", category="Software"),
        ),
    ),
    Story(
        "Badge does not open the side door",
        (Step(2, "mail", NORA, "The main door works, the side door stays red."),),
    ),
    Story(
        "Where do I send a repair?",
        (Step(0.7, "mail", GITA, "Hello,\n\nmy device from your shop hums. Where can I send it?\n\nGita"),),
    ),
)
