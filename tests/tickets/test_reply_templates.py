"""Canned replies: who may use and change them, and what stands in for their placeholders."""

from __future__ import annotations

import pytest

from postroom.tickets.services import Invalid
from postroom.tickets.services.replies import delete_reply_template, filled, save_reply_template, templates_for
from tests.build import a_group, a_ticket, ada, tess, theo

pytestmark = pytest.mark.django_db

TEXT = "Hello {{requester}}, #{{ number }} is with {{ technician_group }}{{ category }}. {{ me }}"


def names(user: object) -> list[str]:
    return [row.name for row in templates_for(user)]  # type: ignore[arg-type]


def test_a_canned_reply_is_for_its_author_their_group_or_everybody() -> None:
    a_group("HR", [theo()])
    a_group("Network", [tess(), theo()])
    save_reply_template(tess(), {"name": "Mine", "text": "x"})
    save_reply_template(tess(), {"name": "Ours", "text": "x", "audience": "group", "group": "network"})
    save_reply_template(ada(), {"name": "All", "text": "x", "audience": "all"})
    save_reply_template(theo(), {"name": "HR's", "text": "x", "audience": "group", "group": "HR"})

    assert names(tess()) == ["All", "Mine", "Ours"]
    assert names(theo()) == ["All", "HR's", "Ours"]
    assert names(ada()) == ["All", "HR's", "Ours"]


def test_what_is_not_allowed_is_refused_at_its_field() -> None:
    a_group("HR", [theo()])
    for data, field in [
        ({"name": "A", "text": "x", "audience": "all"}, "audience"),
        ({"name": "A", "text": "x", "audience": "group", "group": "HR"}, "group"),
        ({"name": "A", "text": "{{ password }}"}, "text"),
        ({"name": "", "text": "x"}, "name"),
    ]:
        with pytest.raises(Invalid) as error:
            save_reply_template(tess(), data)
        assert [name for name, _ in error.value.errors] == [field]
    shared = save_reply_template(ada(), {"name": "All", "text": "x", "audience": "all"})
    with pytest.raises(Invalid):
        save_reply_template(tess(), {"text": "y"}, shared)
    with pytest.raises(Invalid):
        delete_reply_template(tess(), shared)


def test_placeholders_are_filled_with_the_values_of_the_request() -> None:
    ticket = a_ticket("Printer", technician_group=a_group("Network"))
    row = save_reply_template(
        tess(),
        {
            "name": "Hello",
            "text": "Hello {{requester}}, #{{ number }} is with {{ technician_group }}{{ category }}. {{ me }}",
        },
    )
    assert filled(row, ticket, tess()) == f"Hello Sam Requester, #{ticket.number} is with Network. Tess Technician"
