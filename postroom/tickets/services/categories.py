"""The only writer of categories: paths such as ``Hardware / Laptop``, whose parents come into being with them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.rules.fields import Fields, Invalid
from postroom.tickets.models import Category

CATEGORY_FIELDS = ("name",)
SEPARATOR = " / "
_LONGEST = 500


def path_of(name: str) -> str:
    """The path as it is stored: one space around each slash.

    >>> path_of("Hardware/ Laptop")
    'Hardware / Laptop'
    """
    return SEPARATOR.join(" ".join(part.split()) for part in name.split("/"))


@transaction.atomic
def save_category(actor: Actor, data: object, instance: Category | None = None) -> Category:
    """Make a category of ``data`` {name}, or rename ``instance`` and with it what is below it. Raises Invalid."""
    fields = Fields(data, CATEGORY_FIELDS)
    name = path_of(fields.text("name", instance.name if instance else "", required="Enter a name.", longest=_LONGEST))
    if name and not all(name.split(SEPARATOR)):
        fields.fail("name", "Each part of the path needs a name.")
    taken = Category.objects.filter(name__iexact=name).exclude(pk=instance.pk if instance else 0)
    if name and taken.exists():
        fields.fail("name", "There is another category of this name.")
    if (
        instance is not None
        and f"{name}{SEPARATOR}".lower().startswith(f"{instance.name}{SEPARATOR}".lower())
        and (len(name) > len(instance.name))
    ):
        fields.fail("name", "A category cannot be below itself.")
    fields.done()
    before = {"name": instance.name} if instance is not None else None
    category = instance or Category()
    below = list(Category.objects.filter(name__istartswith=f"{category.name}{SEPARATOR}")) if instance else []
    for child in below:
        child.name = name + child.name[len(category.name) :]
    category.name, category.parent = name, _parent(actor, name)
    category.save()
    Category.objects.bulk_update(below, ["name"])
    record_save(actor, category, before, {"name": name})
    return category


def _parent(actor: Actor, name: str) -> Category | None:
    above = name.rpartition(SEPARATOR)[0]
    if not above:
        return None
    return Category.objects.filter(name__iexact=above).first() or save_category(actor, {"name": above})


@transaction.atomic
def delete_category(actor: Actor, category: Category) -> None:
    """Delete a category; requests in it lose it. Raises Invalid where a mailbox or a category below it stands on it."""
    try:
        with transaction.atomic():
            record_delete(actor, category, {"name": category.name})
            category.delete()
    except ProtectedError as error:
        users = ", ".join(sorted({str(user) for user in error.protected_objects}))
        raise Invalid([("", f"{category.name} is used by {users}.")]) from None
