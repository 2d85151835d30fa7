"""Make the person whom a refused mail is for a requester, and let their mail in (Allow Guest User off)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from postroom.accounts.models import User
from postroom.accounts.services import save_person
from postroom.audit.services import Actor
from postroom.channels.secret import thread_keys
from postroom.channels.storage import blobs
from postroom.inbox.facts import Configuration, Item, gather
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.manual import DISCARDED, NotPossible, release, release_many
from postroom.mail import parse
from postroom.mail.model import Address
from postroom.rules.fields import Invalid
from postroom.rules.inbound.requester import requester_of

REFUSED = "guest_not_allowed"
AT_ONCE = 500


def wanted_requester(row: InboundEmail) -> Address | None:
    """For whom the mail would open a request: From, Reply-To or the forwarded sender, as preferences say now."""
    if not row.raw_sha256:
        return None
    try:
        raw = blobs().get(row.raw_sha256)
    except FileNotFoundError:
        return None
    item = Item.of(row, parse(raw), thread_keys())
    configuration = Configuration.load()
    facts = gather([item], timezone.now(), configuration).facts_of(item)
    return requester_of(item.mail, facts, configuration.prefs)


def others_refused(row: InboundEmail) -> int:
    """How many more mails of the same sender were refused for want of a requester; counted to 500."""
    return len(_others(row).values_list("pk")[:AT_ONCE])


@transaction.atomic
def make_requester_and_release(row: InboundEmail, actor: Actor, *, name: str = "", with_others: bool = False) -> int:
    """Register the requester of a refused mail and release it; ``with_others`` the sender's other refused mails too.

    Returns how many mails were released. Raises NotPossible, and then nothing has changed.
    """
    address = wanted_requester(row)
    if address is None:
        raise NotPossible(f"Mail {row.pk} names nobody to make a requester of.")
    person = User.objects.filter(email=address.email.strip().lower()).first()
    try:
        if person is None:
            save_person(actor, {"email": address.email, "name": name.strip() or address.name})
        elif person.kind == User.Kind.GUEST:
            save_person(actor, {"kind": "registered", **({"name": name.strip()} if name.strip() else {})}, person)
    except Invalid as invalid:
        raise NotPossible(str(invalid)) from None
    release(row, actor)
    others = list(_others(row)[:AT_ONCE]) if with_others else []
    return 1 + release_many(others, actor, partly=True).done


def _others(row: InboundEmail) -> QuerySet[InboundEmail]:
    rows = InboundEmail.objects.filter(outcome=REFUSED, from_email=row.from_email).exclude(from_email="")
    return rows.exclude(pk=row.pk).exclude(reason_code=DISCARDED)
