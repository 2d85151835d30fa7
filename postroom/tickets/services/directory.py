"""People, groups and companies as the desk changes them: what follows for requests and rules.

Pages, REST and the configuration file all come through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from postroom.accounts import services as accounts
from postroom.accounts.models import Company, TechnicianGroup, User
from postroom.audit.services import Actor
from postroom.channels.models import Settings
from postroom.channels.services import rename_in_rules
from postroom.tickets.models import Entry, Ticket

OPEN = (Ticket.Status.OPEN, Ticket.Status.IN_PROGRESS, Ticket.Status.PENDING)


@transaction.atomic
def save_person(actor: Actor, data: object, instance: User | None = None, *, replace: bool = False) -> User:
    """As accounts.services.save_person; whoever is no technician any more, or archived, gives their open requests back.

    Where ``data`` of somebody new names no company, it is the one of their domain, for managed services providers.
    Raises Invalid.
    """
    worked = instance is not None and instance.is_technician
    if instance is None and isinstance(data, Mapping) and "company" not in data:
        data = _with_company(data)
    person = accounts.save_person(actor, data, instance, replace=replace)
    if worked and (person.archived or not person.is_technician):
        hand_back(actor, person)
    return person


def _with_company(data: Mapping[str, Any]) -> Mapping[str, Any]:
    company = accounts.company_of(str(data.get("email") or ""))
    if company is None or not Settings.load().managed_services_provider:
        return data
    return {**data, "company": company.name}


@transaction.atomic
def delete_person(actor: Actor, person: User) -> bool:
    """Delete a person; one who has requests is archived instead, and the answer is False."""
    hand_back(actor, person)
    return accounts.delete_person(actor, person)


def hand_back(actor: Actor, person: User) -> int:
    """Unassign the open requests of ``person``, each with an event that says why. Returns how many there were."""
    tickets = list(Ticket.objects.select_for_update(no_key=True).filter(technician=person, status__in=OPEN))
    now = timezone.now()
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(technician=None, updated_at=now)
    Entry.objects.bulk_create(
        [
            Entry(
                ticket=ticket,
                kind=Entry.Kind.EVENT,
                direction=Entry.Direction.INTERNAL,
                author_id=actor.id,
                author_name=actor.name,
                event={
                    "changes": [{"field": "technician", "old": str(person), "new": None}],
                    "because": f"{person} does not work on requests any more.",
                },
                created_at=now,
            )
            for ticket in tickets
        ]
    )
    return len(tickets)


@transaction.atomic
def anonymise_person(actor: Actor, person: User) -> User:
    """Take name and addresses from a requester and from what they wrote in their own requests. It cannot be undone.

    The words of conversations stay, and the mail log keeps its mails as long as it keeps all others. Raises Invalid.
    """
    addresses = [person.email or "", *person.secondary_emails.values_list("email", flat=True)]
    person = accounts.anonymise(actor, person)
    written = Entry.objects.filter(ticket__requester=person)
    written.filter(author=person).update(author_name=person.name, author_email="")
    written.filter(author_email__in=[address for address in addresses if address]).update(
        author_name=person.name, author_email=""
    )
    return person


@transaction.atomic
def save_group(
    actor: Actor, data: object, instance: TechnicianGroup | None = None, *, replace: bool = False
) -> TechnicianGroup:
    """As accounts.services.save_group; outgoing rules follow a new name. Raises Invalid."""
    old = instance.name if instance is not None else ""
    group = accounts.save_group(actor, data, instance, replace=replace)
    if old:
        rename_in_rules(actor, "technician_group", {old: group.name})
    return group


@transaction.atomic
def save_company(actor: Actor, data: object, instance: Company | None = None, *, replace: bool = False) -> Company:
    """As accounts.services.save_company; outgoing rules follow a new name, and people their domains. Raises Invalid.

    People of its domains who have no company come to it, for managed services providers.
    """
    old = instance.name if instance is not None else ""
    company = accounts.save_company(actor, data, instance, replace=replace)
    if Settings.load().managed_services_provider:
        accounts.place_by_domain()
    if old:
        rename_in_rules(actor, "company", {old: company.name})
    return company
