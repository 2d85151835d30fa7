"""There is always somebody who can administer the instance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet

from postroom.accounts.models import User
from postroom.rules.fields import Invalid


class LastAdministrator(Invalid):
    """Nobody could administer the instance any more. Nothing was stored."""


def administrators() -> QuerySet[User]:
    """The people who can administer the instance."""
    return User.objects.filter(role=User.Role.ADMIN, kind=User.Kind.REGISTERED, is_active=True)


@contextmanager
def leaving_an_administrator() -> Iterator[None]:
    """Do what is inside, unless nobody could administer afterwards though somebody could before.

    Two at once cannot take the last two away from each other: the administrators are locked. Raises LastAdministrator.
    """
    with transaction.atomic():
        before = list(administrators().select_for_update(no_key=True).order_by("pk"))
        yield
        if before and not administrators().exists():
            raise LastAdministrator([("role", f"{before[0]} is the last administrator. Make somebody else one first.")])
