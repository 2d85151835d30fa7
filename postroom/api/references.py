"""Names and addresses in a body, looked up: a reference is written by name, or address for people (CONTRACT)."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from postroom.accounts.models import User
from postroom.api.errors import Fault, wrong_values
from postroom.api.schemas import RequesterIn
from postroom.channels.models import OutgoingServer
from postroom.mail.model import Address
from postroom.tickets.services import guest_or_user

Row = TypeVar("Row", bound=Model)


class References:
    """Looks references up and collects those that lead nowhere; ``check`` refuses them all at once."""

    def __init__(self) -> None:
        self.errors: list[Fault] = []

    def check(self) -> None:
        """Raise Refused (400) if a reference led nowhere."""
        if self.errors:
            raise wrong_values(self.errors)

    def named(self, field: str, rows: QuerySet[Row], name: str | None) -> Row | None:
        """The row of that name in whatever case; None clears."""
        if name is None:
            return None
        row = rows.filter(name__iexact=name.strip()).first()
        if row is None:
            self.errors.append((field, f"There is no {rows.model._meta.verbose_name} named “{name}”."))
        return row

    def technician(self, field: str, address: str | None) -> User | None:
        """The technician with that address; None clears."""
        if address is None:
            return None
        roles = (User.Role.TECHNICIAN, User.Role.ADMIN)
        user = User.objects.filter(email=address.strip().lower(), role__in=roles).first()
        if user is None:
            self.errors.append((field, f"No technician has the address {address}."))
        return user

    def server(self, field: str, name: str | None) -> OutgoingServer | None:
        """The outgoing server of that name."""
        return self.named(field, OutgoingServer.objects.all(), name)


def requester_of(given: str | RequesterIn) -> User:
    """The person a request is for; an address that nobody has becomes a guest."""
    if isinstance(given, RequesterIn):
        return guest_or_user(Address(name=given.name, email=given.email))
    return guest_or_user(Address(name="", email=given))
