"""The only writer of categories: paths such as ``Hardware / Laptop``, whose parents come into being with them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.channels.services import rename_in_rules
from postroom.rules.fields import Fields, Invalid, unknown_name
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
    if instance is not None and _is_within(name, instance.name) and len(name) > len(instance.name):
        fields.fail("name", "A category cannot be below itself.")
    category = instance or Category()
    below = list(Category.objects.filter(name__istartswith=f"{category.name}{SEPARATOR}")) if instance else []
    if any(len(name) + len(child.name) - len(category.name) > _LONGEST for child in below):
        fields.fail("name", f"With this name a category below it would have more than {_LONGEST} characters.")
    fields.done()
    before = {"name": instance.name} if instance is not None else None
    for child in below:
        child.name = name + child.name[len(category.name) :]
    category.name, category.parent = name, _parent(actor, name)
    category.save()
    Category.objects.bulk_update(below, ["name"])
    record_save(actor, category, before, {"name": name})
    if before is not None:
        old = before["name"]
        rename_in_rules(actor, "category", {old: name} | {old + child.name[len(name) :]: child.name for child in below})
    return category


@transaction.atomic
def place_category(actor: Actor, data: object, instance: Category | None = None) -> Category:
    """Make a category of ``data`` {name, below}: its own name, and the path of what it is below ("" for none).

    A category that is there is renamed or moved, with all that is below it. Raises Invalid.
    """
    fields = Fields(data, ["name", "below"])
    name = fields.text("name", required="Enter a name.", longest=_LONGEST)
    if "/" in name:
        fields.fail("name", "Leave out the slash, and choose below what it stands.")
    wanted = path_of(fields.text("below", longest=_LONGEST)) if fields.raw("below") else ""
    above = Category.objects.filter(name__iexact=wanted).first() if wanted else None
    if wanted and above is None:
        fields.fail("below", unknown_name("category", wanted))
    if instance is not None and above is not None and _is_within(above.name, instance.name):
        fields.fail("below", "A category cannot be below itself.")
    fields.done()
    return save_category(actor, {"name": f"{above.name}{SEPARATOR}{name}" if above else name}, instance)


def _is_within(path: str, whole: str) -> bool:
    return f"{path}{SEPARATOR}".casefold().startswith(f"{whole}{SEPARATOR}".casefold())


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
