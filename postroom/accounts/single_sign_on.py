"""Whom the word of an OpenID provider stands for: the person of its verified address, found or made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from postroom.accounts.models import SecondaryEmail, User
from postroom.audit.services import Actor, record
from postroom.mail.addresses import is_valid


class Refusal(Exception):
    """Why the provider's word lets nobody in; fit to be read by whoever tries."""


@dataclass(frozen=True, slots=True)
class Said:
    """The claims of OpenID Connect Core, 5.1, as they came; ``verified`` is None where the provider does not say."""

    subject: str
    email: str
    verified: object
    name: str
    ip: str | None


@transaction.atomic
def person_for(said: Said, linked: User | None, domains: Collection[str], creates: bool, trusts: bool) -> User:
    """The person who signs in: the one that is ``linked`` to the subject, else the one of the address.

    ``domains`` may sign in; ``creates`` makes requesters of unknown people; ``trusts`` takes an address for verified
    where the provider does not say. Raises Refusal.
    """
    email = said.email.strip().lower()
    if not is_valid(email):
        raise Refusal(_("The provider told no mail address. Ask your administrator."))
    if not (said.verified is True or (said.verified is None and trusts)):
        raise Refusal(_("The provider has not verified your mail address."))
    if email.rpartition("@")[2] not in domains:
        raise Refusal(_("People of your mail domain do not sign in here."))
    person = linked or _known(email) or (_made(said, email) if creates else None)
    if person is None:
        raise Refusal(_("There is no account for your mail address. Ask your administrator for an invitation."))
    if person.blocked or person.archived or not person.is_active:
        raise Refusal(_("This account may not sign in. Ask your administrator."))
    if linked is None:
        _link(person, said)
    return person


def _known(email: str) -> User | None:
    person = User.objects.filter(email=email).exclude(kind=User.Kind.SERVICE).first()
    if person is None:
        second = SecondaryEmail.objects.filter(email=email).select_related("user").first()
        person = second.user if second else None
    return person


def _made(said: Said, email: str) -> User:
    person = User(email=email, name=said.name.strip()[:200] or email)
    person.set_unusable_password()
    person.save()
    return person


def _link(person: User, said: Said) -> None:
    """The provider verified the address: a guest who wrote from it before has an account now."""
    if not person.verified or person.kind == User.Kind.GUEST:
        person.verified, person.kind = True, User.Kind.REGISTERED
        person.save(update_fields=["verified", "kind"])
    change = {"field": "single_sign_on", "old": None, "new": said.subject}
    who = Actor(str(person), person.pk, said.ip)
    record(actor=who, action="linked", object_=person, name=str(person), changes=[change])
