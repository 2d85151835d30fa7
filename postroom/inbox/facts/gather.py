"""Gather the facts of a batch: parse is done, rules come next; nothing else reads the database for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import mailbox_facts, own_addresses, preferences, with_routes
from postroom.channels.secret import fingerprints
from postroom.inbox.facts import counters, senders, threads
from postroom.inbox.models import InboundEmail
from postroom.mail.authentication import Verdict, verdict
from postroom.mail.identify import content_hash
from postroom.mail.model import ParsedMail
from postroom.outbox.models import OutboundEmail
from postroom.rules.loops import fingerprint
from postroom.rules.model import Facts, Mailbox, Person, Preferences
from postroom.tickets.notifications import LOOP_HEADER
from postroom.tickets.services.people import names_of_technicians, users_by_address


@dataclass(slots=True)
class Item:
    """One mail of the batch: its row, what it says, and what recognises it and its words."""

    row: InboundEmail
    mail: ParsedMail
    content_hash: str
    fingerprint: str
    about: threads.References
    checked: Verdict = "none"  # by ourselves, where nobody that is trusted has said

    @classmethod
    def of(cls, row: InboundEmail, mail: ParsedMail, keys: Sequence[bytes]) -> Item:
        row.message_id = mail.message_id or ""
        return cls(row, mail, content_hash(mail), fingerprint(mail), threads.read_references(mail, keys))

    @property
    def sender(self) -> str:
        return self.mail.sender.email.lower() if self.mail.sender else ""

    @property
    def identity(self) -> str:
        return self.row.message_id or self.sender


@dataclass(frozen=True, slots=True)
class Configuration:
    """What administrators have set, read once for a batch."""

    prefs: Preferences
    mailboxes: dict[int, IncomingServer]
    mailbox_facts: dict[int, Mailbox]
    own: frozenset[str]
    trusted: tuple[str, ...]
    loop_marks: frozenset[str]
    checks_senders: bool
    technicians: tuple[tuple[str, str], ...]

    @classmethod
    def load(cls) -> Configuration:
        """Seven queries; secrets are left where they are."""
        settings = Settings.load()
        incoming = with_routes(IncomingServer.objects.select_related("technician_group", "category", "company"))
        mailboxes = {server.pk: server for server in incoming.defer("password", "client_secret")}
        return cls(
            prefs=preferences(),
            mailboxes=mailboxes,
            mailbox_facts={pk: mailbox_facts(server) for pk, server in mailboxes.items()},
            own=own_addresses(mailboxes.values(), OutgoingServer.objects.defer("password", "client_secret")),
            trusted=tuple(settings.trusted_authserv_ids),
            loop_marks=frozenset(fingerprints()),
            checks_senders=settings.check_senders,
            technicians=names_of_technicians(),
        )


@dataclass(slots=True)
class Gathered:
    """The facts of a batch. ``facts_of`` is asked in order of arrival, so that earlier mails of the batch count."""

    now: datetime
    configuration: Configuration
    users: dict[str, User]
    outbound: dict[str, OutboundEmail]
    found: threads.Threads
    counted: counters.Counters

    def facts_of(self, item: Item) -> Facts:
        """All that is known about one mail besides the mail."""
        row, mail, sender = item.row, item.mail, item.sender
        received = row.received_at
        bounced = mail.bounce and mail.bounce.original_message_id
        thread = self.found.find(item.about, sender)
        if row.released_as == "reply" and row.released_to_id:
            thread = self.found.tickets.get(row.released_to_id)
        return Facts(
            mailbox=self._mailbox(row),
            received_at=received,
            size=row.size,
            own_addresses=self.configuration.own,
            people=self._people(mail),
            thread=thread,
            subject_thread=self.found.by_subject(item.about),
            duplicate_of=self.counted.duplicate_of(item.identity, item.content_hash),
            from_ourselves=mail.header(LOOP_HEADER.lower()) in self.configuration.loop_marks,
            bounced_outbound_id=self.outbound[bounced].pk if bounced and bounced in self.outbound else None,
            authentication=self._authentication(item),
            tricks=senders.tricks(mail, self.users.get(sender), self.configuration.own, self.configuration.technicians),
            recent_requests=self.counted.requests_before(sender, received),
            recent_same=self.counted.same_before(sender, item.fingerprint, received),
            recent_acknowledgements=self.counted.acknowledged.get(sender, 0),
            recent_guest_answers=self.counted.guest_answers,
            too_large=row.too_large,
            too_many_parts="too_many_parts" in mail.defects,
            released_as=row.released_as,  # type: ignore[arg-type]
            now=self.now,
        )

    def note_answered(self, address: str) -> int:
        """Count an acknowledgement of the batch; 1 where it goes to an unverified guest, else 0."""
        self.counted.acknowledged[address] += 1
        user = self.users.get(address)
        guest = int(user is None or (user.kind == User.Kind.GUEST and not user.verified))
        self.counted.guest_answers += guest
        return guest

    def _authentication(self, item: Item) -> Verdict:
        trusted = verdict(item.mail, self.configuration.trusted)
        return item.checked if trusted == "none" else trusted

    def _mailbox(self, row: InboundEmail) -> Mailbox:
        known = self.configuration.mailbox_facts.get(row.mailbox_id or 0)
        return known or Mailbox(id=0, email=row.mailbox_email, addresses=frozenset({row.mailbox_email.lower()}))

    def _people(self, mail: ParsedMail) -> dict[str, Person]:
        users = ((address, self.users.get(address)) for address in addresses_of(mail))
        return {address: as_person(user) for address, user in users if user is not None}


def addresses_of(mail: ParsedMail) -> set[str]:
    """Lower-cased addresses whose owners matter: From, Reply-To, the sender of a forwarded mail."""
    found = {address.email.lower() for address in mail.reply_to}
    if mail.sender:
        found.add(mail.sender.email.lower())
    if mail.forwarded:
        found.add(mail.forwarded.sender.email.lower())
    return found


def as_person(user: User) -> Person:
    return Person(
        id=user.pk,
        email=user.email or "",
        name=user.name,
        role=user.role,
        kind=user.kind,
        blocked=user.blocked,
        archived=user.archived or not user.is_active,
    )


def gather(items: Sequence[Item], now: datetime, configuration: Configuration) -> Gathered:
    """Read what the decisions on these mails need: about ten queries, however many mails there are."""
    names = {item.mail.bounce.original_message_id for item in items if item.mail.bounce}
    bounced = OutboundEmail.objects.filter(message_id__in=names) if names - {None} else ()
    about = [item.about for item in items]
    released = [item.row.released_to_id for item in items if item.row.released_to_id]
    about += [threads.References(number, (), None, None) for number in released]
    return Gathered(
        now=now,
        configuration=configuration,
        users=users_by_address(set().union(*(addresses_of(item.mail) for item in items))),
        outbound={mail.message_id: mail for mail in bounced},
        found=threads.look_up(about),
        counted=counters.look_up(
            [item.row for item in items], {i.sender for i in items}, {i.content_hash for i in items}, now
        ),
    )
