"""Put two requests about the same thing together, and take them apart again (THR-05).

The entries stay where they were written: the conversation of the other request shows them, to technicians alone. So
nobody on the requester's side sees anything that they did not see before, and it can be taken back. Later mail goes to
the other request.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import User
from postroom.tickets.models import Participant, Ticket
from postroom.tickets.services.log import locked, log_event, people_of, refuse_merged, refused


@transaction.atomic
def merge(ticket: Ticket, into: int, by: User, *, copy_people: bool = False) -> Ticket:
    """Close ``ticket`` as part of request ``into``; returns that one. Raises Invalid.

    Its requester and Cc become Cc of the other request only with ``copy_people``.
    """
    if ticket.pk == into:
        raise refused("A request cannot be merged into itself.", "into")
    source, target = locked(by, ticket.pk, into, field="into")
    refuse_merged(source)
    if target.merged_into_id:
        raise refused(f"#{target.pk} itself was merged into #{target.merged_into_id}. Merge into that one.", "into")
    old, now = source.status, timezone.now()
    source.status, source.closed_at, source.merged_into = Ticket.Status.CLOSED, source.closed_at or now, target
    source.save(update_fields=["status", "closed_at", "merged_into"])
    # What was merged into it goes along, so that mail finds its way in one step.
    Ticket.objects.filter(merged_into=source).update(merged_into=target)
    changes = [] if old == source.status else [{"field": "status", "old": old, "new": source.status}]
    log_event(source, by, action="merged_into", request=target.pk, changes=changes)
    log_event(target, by, action="merged", request=source.pk, changes=_take_people(source, target, copy_people))
    return target


def _take_people(source: Ticket, target: Ticket, copy_people: bool) -> list[dict[str, object]]:
    """Watchers and third parties go along: what they get and see does not grow by it. Returns the change of Cc."""
    people = source.participants.filter(role__in=[Participant.Role.WATCHER, Participant.Role.THIRD_PARTY])
    insiders = people_of(target)
    Participant.objects.bulk_create(
        [Participant(ticket=target, email=one.email, role=one.role) for one in people if one.email not in insiders],
        ignore_conflicts=True,
    )
    added = sorted(people_of(source) - insiders) if copy_people else []
    if not added:
        return []
    old = list(target.cc_emails)
    target.cc_emails = [*old, *added]
    target.save(update_fields=["cc_emails"])
    return [{"field": "cc_emails", "old": old, "new": target.cc_emails}]


@transaction.atomic
def unmerge(ticket: Ticket, by: User) -> Ticket:
    """Make ``ticket`` a request of its own again, open. Raises Invalid. Who was copied by the merge stays copied."""
    (source,) = locked(by, ticket.pk)
    target = source.merged_into
    if target is None:
        raise refused("This request was not merged.")
    old, source.status, source.closed_at, source.merged_into = source.status, Ticket.Status.OPEN, None, None
    source.save(update_fields=["status", "closed_at", "merged_into"])
    change = {"field": "status", "old": old, "new": source.status}
    log_event(source, by, action="unmerged_from", request=target.pk, changes=[change])
    log_event(target, by, action="unmerged", request=source.pk)
    return source
