"""A desk in which every secret has a word of its own, to be looked for in whatever anybody is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core import signing
from django.test import Client
from django.utils import timezone

from postroom.accounts.models import ApiToken, Company, RequesterGroup, TechnicianGroup, User
from postroom.audit.services import Actor, record
from postroom.channels.models import OutgoingServer, Probe, ProxyServer, Settings, SignIn
from postroom.channels.oauth.tokens import digest
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.tickets.models import (
    Announcement,
    Attachment,
    Category,
    Draft,
    DraftFile,
    Entry,
    Participant,
    ReplyTemplate,
    SavedView,
    Ticket,
)
from tests.build import (
    a_group,
    a_service_account,
    a_ticket,
    a_token,
    a_user,
    ada,
    an_entry,
    an_incoming_server,
    an_outgoing_server,
    gita,
    sam,
    tess,
    theo,
)
from tests.mails import a_mail
from tests.web import rights
from tests.web.scene import a_picture

HTML = '<p>canar{0}html</p><img src="cid:{0}">'

# Who may ever read the word. What is not public of a request is its team's; what belongs to servers is the staff's.
SEEN_BY: dict[str, rights.Allowed] = {
    **dict.fromkeys(("canarsubject", "canardescription", "canarreply", "canarpublicfile"), rights.READERS),
    **dict.fromkeys(
        (
            *("canarnote", "canarcollaboration", "canaranswer", "canarforward", "canarheld", "canarcancelled"),
            *("canarevent", "canarinternalfile", "canarrawmail", "canartag", "canarnotification", "canarreason"),
            "vendor@canarvendor.test",
        ),
        rights.TEAM,
    ),
    "canarforeign": rights.STAFF | {rights.STRANGER},
    "stranger@example.test": rights.STAFF | {rights.STRANGER},
    "canarserver": rights.STAFF,
    **dict.fromkeys(("canardraft", "canarcanned", "canarview"), rights.OWNER),
    **dict.fromkeys(("canarhost", "canarproxy", "canaraudit", "canarblocked", "canarannouncement"), rights.ADMINS),
    "canarpassword": rights.NOBODY,
}


@dataclass
class Scene:
    """``clients`` by role; ``things`` are the arguments of addresses by what they stand for in ``rights``."""

    ticket: Ticket
    clients: dict[str, Client]
    things: dict[str, dict[str, Any]]
    tokens: dict[str, str]


def _file(entry: Entry, name: str) -> Attachment:
    sha = blobs().put(a_picture(20, 20) + name.encode())
    return Attachment.objects.create(
        entry=entry, filename=f"{name}.png", content_type="image/png", size=900, sha256=sha, content_id=name
    )


def _said(ticket: Ticket, kind: str, word: str, **fields: Any) -> Entry:
    html = {"html": HTML.format(word[5:]), "quoted_html": f"<p>{word} quoted</p>"}
    return an_entry(ticket, kind, f"{word} text", **{**html, **fields})


def _mail(entry: Entry, **fields: Any) -> OutboundEmail:
    return OutboundEmail.objects.create(
        message_id=f"m{entry.pk}@desk.test",
        ticket=entry.ticket,
        entry=entry,
        to=entry.to or ["sam@example.test"],
        from_email="support@desk.test",
        subject=f"[#{entry.ticket_id}] canarsubject",
        text=entry.text,
        server_name="canarserver",
        server_reason="canarreason",
        server=OutgoingServer.objects.filter(primary=True).first(),
        **{"kind": "reply", "state": "sent", "attempts": 1, **fields},
    )


def _arrived(entry: Entry, word: str) -> InboundEmail:
    raw = a_mail(text=f"{word} text", files=[(f"{word}.txt", "text/plain", b"x")])
    return InboundEmail.objects.create(
        mailbox_email="support@desk.test",
        key=f"1/{entry.pk}",
        size=len(raw),
        received_at=entry.created_at,
        raw_sha256=blobs().put(raw),
        state="done",
        outcome="collaborated",
        ticket=entry.ticket,
        entry=entry,
        from_email=entry.author_email,
        subject=f"{word} subject",
    )


def _conversation(ticket: Ticket) -> dict[str, Entry]:
    """Everything that a conversation may hold, and the mails about it."""
    outwards = {"to": ["sam@example.test"], "author": tess()}
    vendor = {"author": tess(), "to": ["vendor@canarvendor.test"]}
    answer = {"author": a_user("third@example.test"), "flag": "third_party", "direction": "internal"}
    entries = {
        "description": _said(ticket, "description", "canardescription"),
        "reply": _said(ticket, "reply", "canarreply", **outwards),
        "note": _said(ticket, "note", "canarnote", author=tess()),
        "collaboration": _said(ticket, "collaboration", "canarcollaboration", author=tess()),
        "forward": _said(ticket, "forward", "canarforward", **vendor),
        "answer": _said(ticket, "note", "canaranswer", **answer),
        "held": _said(ticket, "reply", "canarheld", **outwards),
        "cancelled": _said(ticket, "reply", "canarcancelled", **outwards),
    }
    changes = [{"field": "tags", "old": [], "new": ["canartag"]}]
    an_entry(ticket, "event", "", author=tess(), event={"changes": changes, "because": "canarevent"})
    _mail(entries["reply"], sent_at=timezone.now())
    _mail(entries["forward"], kind="forward", sent_at=timezone.now())
    _mail(entries["cancelled"], state="cancelled", attempts=0)
    for name in ("description", "answer"):
        _arrived(entries[name], "canarrawmail")
    return entries


def _foreign() -> Ticket:
    stranger = a_user("stranger@example.test", "Stranger")
    ticket = a_ticket("canarforeign", requester=stranger, technician_group=None)
    _said(ticket, "description", "canarforeign")
    return ticket


def _settings(company: Company) -> None:
    Settings.objects.update_or_create(
        pk=1,
        defaults={"managed_services_provider": True, "block_senders": ["canarblocked.test"], "undo_seconds": 60},
    )
    sam().company = company
    User.objects.filter(email="sam@example.test").update(company=company)
    a_user("contact@example.test", "Contact", company=company, company_contact=True)


def _clients() -> tuple[dict[str, Client], dict[str, str]]:
    people = {
        rights.GUEST: gita(),
        rights.STRANGER: a_user("stranger@example.test"),
        rights.THIRD_PARTY: a_user("third@example.test"),
        rights.REQUESTER: sam(),
        rights.CONTACT: a_user("contact@example.test"),
        rights.OUTSIDER: theo(),
        rights.TECHNICIAN: tess(),
        rights.ADMINISTRATOR: ada(),
    }
    service = a_token(a_service_account(), role="technician")
    clients = {role: Client() for role in people}
    for role, person in people.items():
        clients[role].force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    clients[rights.ANONYMOUS] = Client()
    clients[rights.TOKEN] = Client(headers={"Authorization": f"Bearer {service}"})
    staff = (rights.OUTSIDER, rights.TECHNICIAN, rights.ADMINISTRATOR)
    return clients, {rights.TOKEN: service} | {role: a_token(people[role]) for role in staff}


def _oauth_server() -> OutgoingServer:
    provider = {"authorization_url": "https://127.0.0.1:1/authorize", "token_url": "https://127.0.0.1:1/token"}
    secret = {"auth_type": "oauth", "client_id": "id", "client_secret": "canarpassword", "scope": "mail"}
    return an_outgoing_server("canarserver with OAuth", "oauth@desk.test", **provider, **secret)


def _kept_by_people(ticket: Ticket, note: Entry) -> dict[str, dict[str, Any]]:
    """What Tess keeps for herself: a draft with a file, a reply template, a view; and what administrators wrote."""
    draft = Draft.objects.create(person=tess(), ticket=ticket, kind="reply", text="canardraft text")
    sha = blobs().put(b"canardraft")
    file = DraftFile.objects.create(draft=draft, filename="canardraft.txt", size=10, sha256=sha)
    canned = ReplyTemplate.objects.create(name="canarcanned", text="canarcanned text", owner=tess())
    view = SavedView.objects.create(name="canarview", owner=tess(), order="updated")
    announced = Announcement.objects.create(subject="canarannouncement", text="canarannouncement text")
    of_request = {"number": ticket.number}
    return {
        "draft file": {"pk": file.pk},
        "draft file of the request": {**of_request, "pk": file.pk},
        "reply template": {"pk": canned.pk},
        "reply template of the request": {**of_request, "pk": canned.pk},
        "view": {"pk": view.pk},
        "note of the request": {**of_request, "pk": note.pk},
        "announcement": {"pk": announced.pk},
        "suppression": {"pk": Suppression.objects.create(address="gone@example.test").pk},
        "announcement verb": {"pk": announced.pk, "verb": "pause"},
        "notification": {"event": "created", "audience": "requester"},
        "technician group": {"pk": TechnicianGroup.objects.get(name="Other").pk},
        "requester group": {"pk": RequesterGroup.objects.create(name="All").pk},
        "company": {"pk": Company.objects.get().pk},
        "category": {"pk": Category.objects.create(name="Hardware").pk},
        "api token": {"pk": ApiToken.objects.order_by("pk")[0].pk},
        "person deed": {"pk": gita().pk, "deed": "block"},
    }


def the_desk() -> Scene:
    """Two requests: Sam's, of the Network group and of a company, and a stranger's of no group."""
    company = Company.objects.create(name="Acme")
    _settings(company)
    network = a_group("Network", [tess()])
    a_group("Other", [theo()])
    proxy = ProxyServer.objects.create(
        name="canarproxy", type="http", host="canarhost", port=3128, password="canarpassword"
    )
    secret = {"username": "u", "password": "canarpassword", "host": "canarhost"}
    outgoing = an_outgoing_server("canarserver", primary=True, proxy=proxy, auth_type="basic", **secret)
    incoming = an_incoming_server("canarserver", primary=True, **secret)
    fields = {"technician_group": network, "company": company, "tags": ["canartag"], "mailbox": incoming}
    ticket = a_ticket("canarsubject", technician=tess(), mailbox_email=incoming.email, **fields)
    Participant.objects.create(ticket=ticket, email="third@example.test", role="third_party")
    entries = _conversation(ticket)
    held = _mail(entries["held"], state="queued", attempts=0, due_at=timezone.now() + timedelta(minutes=1))
    notice = {"kind": "notification", "to": ["vendor@canarvendor.test"], "text": "canarnotification text"}
    OutboundEmail.objects.create(message_id="n@desk.test", ticket=ticket, subject="canarnotification", **notice)
    foreign = _foreign()
    described = foreign.entries.get(kind="description")
    files = {
        "public file": _file(entries["description"], "canarpublicfile"),
        "internal file": _file(entries["note"], "canarinternalfile"),
        "foreign file": _file(described, "canarforeign"),
    }
    record(actor=Actor("Ada", ada().pk, None), action="updated", object_=outgoing, name="canaraudit", changes=[])
    arrived = InboundEmail.objects.get(entry=entries["answer"])
    probe = Probe.objects.create(kind="test_outgoing", outgoing=outgoing, state="done", ok=True)
    clients, tokens = _clients()
    oauth = _oauth_server()
    session = digest(clients[rights.ADMINISTRATOR].session.session_key or "")
    sign_in = SignIn.objects.create(outgoing=oauth, session=session, status="other_account")
    sent = OutboundEmail.objects.filter(entry=entries["reply"]).get()
    things: dict[str, dict[str, Any]] = {
        "": {},
        "request": {"number": ticket.number},
        "foreign": {"number": foreign.number},
        **{name: {"pk": entry.pk} for name, entry in {**entries, "foreign description": described}.items()},
        **{name: {"pk": file.pk} for name, file in files.items()},
        "held mail": {"number": ticket.number, "pk": held.pk},
        "held mail alone": {"pk": held.pk},
        "outgoing server": {"pk": outgoing.pk},
        "incoming server": {"pk": incoming.pk},
        "probe": {"pk": probe.pk},
        "sign-in": {"pk": sign_in.pk},
        "side": {"direction": "outgoing"},
        "side server": {"direction": "outgoing", "pk": oauth.pk},
        "new sign-in": {"direction": "outgoing", "": f"?id={uuid4()}&protocol=smtp&email=a@contoso.test"},
        "sent mail": {"pk": sent.pk},
        "proxy": {"pk": proxy.pk},
        "section": {"section": "limits"},
        "incoming mail": {"pk": arrived.pk},
        "incoming file": {"pk": arrived.pk, "place": 0},
        "kind": {"kind": "csv"},
        "person": {"pk": gita().pk},
        "link": {"purpose": "reset", "token": "guessed"},
        "provider": {"provider_id": "sso"},
        "token": {"pk": 0},
        "two requests": {"number": ticket.number, "other": foreign.number},
        **_kept_by_people(ticket, entries["note"]),
        "report": {"": f"?r={signing.dumps(46, salt='guest-report')}"},
    }
    return Scene(ticket, clients, things, tokens)
