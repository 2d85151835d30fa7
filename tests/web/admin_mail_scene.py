"""A desk's mail log after a busy morning: every outcome with its real trace, every state of a mail, and an audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor, record
from postroom.channels.models import (
    EmailPreferences,
    HealthState,
    IncomingServer,
    OutgoingServer,
    ServerHealth,
    Settings,
)
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services import discard
from postroom.inbox.services.keep import NewInbound, keep
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from tests.build import a_user, ada, an_incoming_server, an_outgoing_server, tess
from tests.mails import a_mail

_keys = count(1)


def ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def a_mailbox(**fields: Any) -> IncomingServer:
    """The mailbox of the desk, the same one whenever asked for again."""
    found = IncomingServer.objects.filter(email=fields.get("email", "support@desk.test")).first()
    return found or an_incoming_server(**{"primary": not IncomingServer.objects.exists(), **fields})


def arrived(raw: bytes, minutes: float = 0, *, mailbox: IncomingServer | None = None, **fields: Any) -> InboundEmail:
    """A mail that came so many minutes ago, with its decision."""
    key = f"1/{next(_keys)}"
    box = mailbox or a_mailbox()
    too_large = bool(fields.get("too_large"))
    keep(box, [NewInbound(key, raw, ago(minutes), fields.get("size", len(raw)), too_large=too_large)])
    while receive("worker"):
        pass
    InboundEmail.objects.filter(key=key).update(acknowledged_at=ago(minutes), kept_at=ago(minutes))
    return InboundEmail.objects.get(key=key)


def a_held_mail(subject: str = "", **fields: Any) -> InboundEmail:
    """A blank mail of Sam's: it waits for a person."""
    return arrived(a_mail(subject=subject, text="", **fields))


def a_refused_mail(sender: str = "Gita Guest <gita@example.test>", **fields: Any) -> InboundEmail:
    """A mail of a guest while guests may not write."""
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_guests=False)
    return arrived(a_mail(sender=sender, **fields))


def sent(state: str = "sent", minutes: float = 0, answer: str = "", **fields: Any) -> OutboundEmail:
    """An outgoing mail in this state; ``answer`` is what the server said of its recipients."""
    names = ("kind", "to", "subject", "text", "html", "cc")
    new: dict[str, Any] = {"kind": "reply", "to": ["sam@example.test"], "subject": "Hello", "text": "Hello Sam,\n\nus"}
    (mail,) = queue([NewMail(**{**new, **{name: fields.pop(name) for name in names if name in fields}})])
    code, _, text = answer.partition(" ")
    told = {"code": int(code), "enhanced": text.partition(" ")[0], "text": text.partition(" ")[2]} if answer else {}
    mail.state, mail.created_at = state, ago(minutes)
    mail.recipients = [{**recipient, "state": state, **told} for recipient in mail.recipients]
    mail.attempts = 0 if state in ("queued", "cancelled") else 1
    mail.sent_at = ago(minutes) if state in ("sent", "bounced") else None
    for name, value in fields.items():
        setattr(mail, name, value)
    mail.save()
    return mail


@dataclass
class Scene:
    """``ada`` looks at it; the mails are those whose pages are shown."""

    ada: User
    held: InboundEmail
    refused: InboundEmail
    created: InboundEmail
    deferred: OutboundEmail


PHOTO = b"\x89PNG\r\n\x1a\n" + b"x" * 61_000
INVOICE = """Good morning,

please find attached the photos of the damaged pallet and the delivery note. The forklift hit it on Friday evening.

Could somebody come and have a look before noon?

Kind regards
Marta Kowalska"""
HTML = """<p>Good morning,</p><p>the <b>label printer</b> of packing station 3 prints half of each label since this
morning. <a href="https://labels.northwind.test/station/3">Station 3</a> is the one beside the door.</p>
<p>Thank you<br>Jonas</p><img src="https://track.example.test/x.png" width="1" height="1">"""


def _incoming() -> tuple[InboundEmail, InboundEmail, InboundEmail]:
    support, hr = a_mailbox(filter_domains=["win-prizes.test"]), a_mailbox(name="HR", email="people@desk.test")
    people = [("marta", "Marta Kowalska"), ("jonas", "Jonas Lindqvist"), ("amara", "Amara Osei"), ("wen", "Wen Zhao")]
    for name, full in people:
        a_user(f"{name}@northwind.test", full)
    a_user("old@northwind.test", "Former Colleague", archived=True)
    arrived(a_mail(sender="Amara Osei <amara@northwind.test>", subject="VPN drops every few minutes"), 340)
    created = arrived(
        a_mail(
            sender="Jonas Lindqvist <jonas@northwind.test>",
            subject="Label printer prints half labels",
            html=HTML,
            message_id="labels@northwind.test",
        ),
        290,
    )
    arrived(
        a_mail(
            sender="Jonas Lindqvist <jonas@northwind.test>",
            subject="Re: Label printer prints half labels",
            in_reply_to="labels@northwind.test",
            text="It is the ribbon, I think.",
        ),
        260,
    )
    prize = "Congratulations, your parcel is waiting for you"
    arrived(a_mail(sender="Lucky Draw <draw@win-prizes.test>", subject=prize), 251)
    arrived(a_mail(sender="Lucky Draw <draw@win-prizes.test>", subject="Last reminder: your parcel"), 198)
    arrived(a_mail(sender="old@northwind.test", subject="My old laptop"), 187)
    arrived(a_mail(sender="Wen Zhao <wen@northwind.test>", subject="Leave on 12 December"), 171, mailbox=hr)
    away = [("Auto-Submitted", "auto-replied")]
    arrived(a_mail(sender="amara@northwind.test", subject="Out of office: VPN drops", headers=away), 160)
    same = a_mail(sender="Wen Zhao <wen@northwind.test>", subject="Meeting room 4 is dark", message_id="room@nw.test")
    arrived(same, 140)
    arrived(same, 139, mailbox=hr)
    arrived(a_mail(sender="Amara Osei <amara@northwind.test>", subject="", text=""), 118)
    large = a_mail(sender="Wen Zhao <wen@northwind.test>", subject="Video of the noise").split(b"\r\n\r\n")[0]
    arrived(large + b"\r\n\r\n", 96, too_large=True, size=48_200_000)
    EmailPreferences.load()
    EmailPreferences.objects.update(allow_guests=False)
    refused = arrived(
        a_mail(sender="Lucía Fernández <lucia@harbour.test>", subject="Invoice shows the wrong VAT number"), 74
    )
    arrived(a_mail(sender="Lucía Fernández <lucia@harbour.test>", subject="Re: Invoice, second try"), 41)
    arrived(a_mail(sender="Hannah Vogel <hannah@harbour.test>", subject="Certificate of shop.harbour.test"), 38)
    Settings.load()
    Settings.objects.update(message_size=60_000)
    held = arrived(
        a_mail(
            sender="Marta Kowalska <marta@northwind.test>",
            cc="shipping@northwind.test",
            subject="Photos of the damaged pallet, delivery note 4711",
            text=INVOICE,
            files=[("pallet.png", "image/png", PHOTO), ("note-4711.pdf", "application/pdf", b"%PDF" + b"x" * 18_400)],
        ),
        12,
    )
    Settings.objects.update(message_size=35_000_000)
    arrived(a_mail(sender="Amara Osei <amara@northwind.test>", subject="VPN is better now, thank you"), 5)
    failed = InboundEmail.objects.filter(subject="My old laptop")
    failed.update(outcome="failed", reason_code="unprocessable", reason="Given up after 3 tries. DataError: too long")
    done = InboundEmail.objects.get(subject="Last reminder: your parcel")
    discard([done], Actor("Ada Administrator", ada().pk, "192.0.2.14"))
    keep(support, [NewInbound("1/waiting", a_mail(), timezone.now(), 900)])
    InboundEmail.objects.filter(key="1/waiting").update(
        from_email="priya@northwind.test", from_name="Priya Raman", subject="Shared calendar does not open"
    )
    return held, refused, created


def _outgoing() -> OutboundEmail:
    support = an_outgoing_server(primary=True, sender_name="Support Desk")
    hr = an_outgoing_server("HR", "people@desk.test")
    ServerHealth.objects.create(
        outgoing=hr,
        state=HealthState.UNREACHABLE,
        code="MAILCONREF",
        message="smtp.hr.desk.test:587 refused the connection.",
        since=ago(26),
    )
    ok = "250 2.0.0 OK, queued as 4XJ2s91"
    by_hr = {"server": hr, "server_name": "HR", "server_reason": "rule 2 HR"}
    rows: list[tuple[str, float, str, dict[str, Any]]] = [
        ("sent", 330, ok, {"kind": "acknowledgement", "to": ["amara@northwind.test"], "subject": "[#1] VPN drops"}),
        ("sent", 280, ok, {"to": ["jonas@northwind.test"], "subject": "[#2] Label printer prints half labels"}),
        (
            "failed",
            244,
            "550 5.1.1 No such user here",
            {
                "to": ["jnas@northwind.test"],
                "subject": "[#2] Label printer prints half labels",
                "reason": "The server refused jnas@northwind.test: 550 5.1.1 No such user here",
            },
        ),
        (
            "bounced",
            201,
            "550 5.2.2 Mailbox full",
            {
                "kind": "notification",
                "to": ["wen@northwind.test"],
                "subject": "[#4] Meeting room 4 is dark",
                "reason": "Not delivered to wen@northwind.test: 550 5.2.2 Mailbox full",
            },
        ),
        ("sent", 133, ok, {"kind": "forward", "to": ["facility@northwind.test"], "subject": "[#4] Meeting room 4"}),
        (
            "uncertain",
            52,
            "",
            {
                "to": ["amara@northwind.test"],
                "subject": "[#1] VPN drops every few minutes",
                "reason": "The worker ended while the server was taking the mail over. It is tried once more.",
                "due_at": timezone.now() + timedelta(minutes=1),
            },
        ),
        ("cancelled", 47, "", {"to": ["wen@northwind.test"], "subject": "[#4] Sorry", "reason": "Cancelled by Tess."}),
        ("queued", 21, "", {"to": ["wen@northwind.test"], "subject": "[#3] Leave on 12 December", **by_hr}),
        ("queued", 19, "", {"kind": "notification", "to": ["tess@desk.test"], "subject": "[#3] Assigned", **by_hr}),
        ("sent", 8, ok, {"kind": "alert", "to": ["ada@desk.test"], "subject": "HR is unreachable"}),
    ]
    for state, minutes, answer, fields in rows:
        sent(state, minutes, answer, **fields)
    text = "Hello Marta,\n\nTheo comes to the loading bay at eleven. Please leave the pallet as it is.\n\nTess"
    deferred = sent(
        "deferred",
        4,
        "451 4.7.1 Greylisted, try again in 60 seconds",
        to=["marta@northwind.test", "shipping@northwind.test"],
        subject="[#6] Photos of the damaged pallet",
        text=text,
        attempts=2,
        reason="The server said for now: 451 Greylisted, try again in 60 seconds",
        first_failed_at=ago(4),
        due_at=timezone.now() + timedelta(minutes=2),
    )
    deferred.recipients[0].update(state="sent", code=250, enhanced="2.0.0", text="OK")
    deferred.save()
    assert support.primary
    return deferred


def an_audit() -> None:
    """What two administrators changed, and what a command did."""
    person, ann = ada(), a_user("ann@desk.test", "Ann Berg", "admin")
    support = OutgoingServer.objects.get(name="Support") if OutgoingServer.objects.exists() else an_outgoing_server()
    by_ada = Actor(person.name, person.pk, "192.0.2.14")
    by_ann = Actor(ann.name, ann.pk, "2001:db8::7")

    def change(field: str, old: Any, new: Any) -> dict[str, Any]:
        return {"field": field, "old": old, "new": new}

    made = [
        change(field, None, new)
        for field, new in [
            ("name", "Support"),
            ("email", "support@desk.test"),
            ("host", "smtp.desk.test"),
            ("port", 587),
            ("security", "tls"),
            ("auth.type", "basic"),
            ("auth.username", "support"),
            ("auth.password", "changed"),
        ]
    ]
    record(actor=Actor("postroom config apply"), action="created", object_=support, name="Support", changes=made)
    secret = [change("auth.password", None, "changed"), change("limits.per_minute", None, 30)]
    record(actor=by_ada, action="updated", object_=support, name="Support", changes=secret)
    prefs = [change("allow_guests", True, False), change("closed_reply.grace_days", 7, 14)]
    record(actor=by_ann, action="updated", object_=EmailPreferences.load(), name="Email Preference", changes=prefs)
    lists = [change("block_senders", [], ["draw@win-prizes.test", "mallory@example.test"])]
    record(actor=by_ada, action="updated", object_=Settings.load(), name="Security", changes=lists)
    record(actor=by_ann, action="disabled", object_=support, name="HR", changes=[change("enabled", True, False)])


def the_scene() -> Scene:
    """Everything at once."""
    tess()
    deferred = _outgoing()
    held, refused, created = _incoming()
    an_audit()
    return Scene(ada(), held, refused, created, deferred)
