"""Two records of one person become one: requests, conversations, addresses and groups move to the one that stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction

from postroom.accounts.models import RequesterGroup, SecondaryEmail, TechnicianGroup, User
from postroom.accounts.shapes import show_person
from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid

# What signs somebody in stays with the record that it was made for, and ends with it.
_OWN_TABLES: tuple[type[models.Model], ...] = (
    SecondaryEmail,
    TechnicianGroup.members.through,
    RequesterGroup.members.through,
)
_LIKE_THE_PERSON = ("company", "department", "location")


@transaction.atomic
def merge_people(actor: Actor, gone: User, stays: User) -> User:
    """Move all of ``gone`` to ``stays`` and delete ``gone``. It cannot be undone. Raises Invalid.

    The addresses of ``gone`` become secondary ones, so that mail from them is of ``stays`` from now on. What ``stays``
    leaves empty (company, department, location) comes from ``gone``. Passwords, sessions and tokens of ``gone`` end.
    """
    locked = {row.pk: row for row in User.objects.select_for_update().filter(pk__in=[gone.pk, stays.pk]).order_by("pk")}
    if len(locked) < 2:
        raise Invalid([("into", "Choose another person to merge into.")])
    gone, stays = locked[gone.pk], locked[stays.pk]
    _check(gone, stays)
    before, shown = _shown(stays), _shown(gone)
    for model, field in _references():
        _move(model, field, gone, stays)
    address = gone.email
    record_delete(actor, gone, shown | {"merged_into": stays.email or stays.name})
    gone.delete()
    if address:
        SecondaryEmail.objects.create(user=stays, email=address)
    _fill(stays, gone)
    record_save(actor, stays, before, _shown(stays))
    return stays


def _check(gone: User, stays: User) -> None:
    if User.Kind.SERVICE in (gone.kind, stays.kind):
        raise Invalid([("into", "A service account is nobody to merge.")])
    if gone.is_technician:
        raise Invalid([("into", f"{gone} is a technician. Make them a requester first, or merge the other way round.")])
    if stays.archived or stays.email is None:
        raise Invalid([("into", f"{stays} is archived. Restore them first.")])


def _shown(person: User) -> dict[str, Any]:
    addresses = SecondaryEmail.objects.filter(user=person).order_by("pk").values_list("email", flat=True)
    return {**show_person(person), "secondary_emails": list(addresses)}


def _references() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of the product's own tables that points to a person, whichever app it is in."""
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("postroom.")}
    for relation in User._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model = relation.related_model
        assert isinstance(model, type)
        label = model._meta.app_label
        if model in _OWN_TABLES or (label in ours and label not in ("accounts", "audit")):
            yield model, relation.field.name


def _move(model: type[models.Model], field: str, gone: User, stays: User) -> None:
    """Point the rows to ``stays``; of two that would be the same the one of ``gone`` goes."""
    rows = model._base_manager.filter(**{field: gone.pk})
    try:
        with transaction.atomic():
            rows.update(**{field: stays.pk})
        return
    except IntegrityError:
        keys = list(rows.values_list("pk", flat=True))
    for key in keys:
        row = model._base_manager.filter(pk=key)
        try:
            with transaction.atomic():
                row.update(**{field: stays.pk})
        except IntegrityError:
            row.delete()


def _fill(stays: User, gone: User) -> None:
    for name in _LIKE_THE_PERSON:
        if not getattr(stays, name):
            setattr(stays, name, getattr(gone, name))
    if stays.name == stays.email and gone.name != gone.email:
        stays.name = gone.name
    stays.save()
