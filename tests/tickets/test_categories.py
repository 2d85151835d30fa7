"""Categories are paths; what is above comes into being with them, what is below moves with them."""

from __future__ import annotations

import pytest

from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.models import Category
from postroom.tickets.services.categories import delete_category, save_category
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")


def names() -> list[str]:
    return sorted(Category.objects.values_list("name", flat=True))


def test_a_path_makes_its_parents() -> None:
    laptop = save_category(ADA, {"name": "Hardware/Laptop /  Screen"})
    assert names() == ["Hardware", "Hardware / Laptop", "Hardware / Laptop / Screen"]
    assert laptop.parent and laptop.parent.parent and laptop.parent.parent.name == "Hardware"


def test_a_renamed_category_takes_what_is_below_along() -> None:
    save_category(ADA, {"name": "Hardware / Laptop"})
    save_category(ADA, {"name": "Devices"}, Category.objects.get(name="Hardware"))
    assert names() == ["Devices", "Devices / Laptop"]


def test_a_category_cannot_be_moved_below_itself() -> None:
    hardware = save_category(ADA, {"name": "Hardware"})
    with pytest.raises(Invalid):
        save_category(ADA, {"name": "Hardware / Hardware"}, hardware)


def test_a_category_in_use_is_not_deleted() -> None:
    laptop = save_category(ADA, {"name": "Hardware / Laptop"})
    with pytest.raises(Invalid, match="used by Hardware / Laptop"):
        delete_category(ADA, Category.objects.get(name="Hardware"))
    build.an_incoming_server(category=laptop)
    with pytest.raises(Invalid, match="used by Support"):
        delete_category(ADA, laptop)
