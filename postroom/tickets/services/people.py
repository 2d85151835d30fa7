"""Whoever writes becomes a person: the known one, or a guest (USR-01, PRF-10)."""

from __future__ import annotations

from collections.abc import Iterable

from postroom.accounts.models import CompanyDomain, SecondaryEmail, User
from postroom.channels.models import Settings
from postroom.mail.model import Address


def users_by_address(addresses: Iterable[str]) -> dict[str, User]:
    """The users that own these addresses (first or secondary), by lower-cased address."""
    wanted = {address.lower() for address in addresses if address}
    found = {user.email or "": user for user in User.objects.filter(email__in=wanted)}
    if missing := wanted - found.keys():
        for row in SecondaryEmail.objects.filter(email__in=missing).select_related("user"):
            found[row.email] = row.user
    return found


def names_of_technicians() -> tuple[tuple[str, str], ...]:
    """(name, address) of each active technician and administrator, so that nobody else writes under their names."""
    people = User.objects.filter(role__in=(User.Role.ADMIN, User.Role.TECHNICIAN), is_active=True, archived=False)
    return tuple((name, email or "") for name, email in people.order_by("pk").values_list("name", "email"))


def guests_for(addresses: Iterable[Address], known: dict[str, User]) -> dict[str, User]:
    """``known`` and a guest for each address that is not in it, made in one statement (safe against a race).

    For a managed services provider a guest belongs to the company that has the domain of the address.
    """
    fresh: dict[str, User] = {}
    for address in addresses:
        email = address.email.lower()
        if email not in known and email not in fresh:
            fresh[email] = User(
                email=email,
                name=(address.name or email)[:200],
                role=User.Role.REQUESTER,
                kind=User.Kind.GUEST,
                password="!",  # noqa: S106  unusable: a guest has no account
            )
    if not fresh:
        return known
    _place(fresh)
    # In one order everywhere, so that two batches with the same new people cannot wait for each other.
    User.objects.bulk_create([fresh[email] for email in sorted(fresh)], ignore_conflicts=True)
    return {**known, **users_by_address(fresh)}


def _place(fresh: dict[str, User]) -> None:
    """Give guests the company of their domain (USR-01)."""
    domains = {email.rpartition("@")[2] for email in fresh}
    mapped = dict(CompanyDomain.objects.filter(domain__in=domains).values_list("domain", "company"))
    if mapped and Settings.load().managed_services_provider:
        for email, person in fresh.items():
            person.company_id = mapped.get(email.rpartition("@")[2])


def guest_or_user(address: Address) -> User:
    """The user of one address, made as a guest where there is none."""
    return guests_for([address], users_by_address([address.email]))[address.email.lower()]
