"""Configure Outgoing Email Rules: drawn as a draft, tried on a real request, stored by Update or not at all."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from postroom.audit.models import AuditEntry
from postroom.channels.models import OutgoingRule, OutgoingServer, Settings
from postroom.channels.services import delete_rule
from postroom.outbox.models import OutboundEmail
from postroom.tickets.services import Composed, add_reply
from tests.build import a_group, a_ticket, ada, an_incoming_server, tess
from tests.web.admin_routing_scene import ADA, HR, a_rule, the_rules, the_servers
from tests.web.conftest import Browse
from tests.web.forms import Pairs, fields_of

pytestmark = pytest.mark.django_db

PATH = "/admin/emails/outgoing/rules"
DRAFT = f"{PATH}/draft"


@pytest.fixture
def client(browse: Browse) -> Client:
    the_servers()
    return browse(ada())


class Panel:
    """The panel as somebody without scripts uses it: press a button, get the page again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.page = client.get(PATH).content.decode()

    @property
    def pairs(self) -> Pairs:
        return fields_of(self.page, "rules-form")

    def press(self, do: str) -> Panel:
        self._send(DRAFT, [*self.pairs, ("do", do)])
        return self

    def fill(self, **values: str) -> Panel:
        """Write into the last field of each name, and have the page drawn again."""
        pairs = self.pairs
        for name, value in values.items():
            at = max((index for index, (known, _) in enumerate(pairs) if known == name), default=None)
            assert at is not None, f"no field {name} in {pairs}"
            pairs[at] = (name, value)
        self._send(DRAFT, pairs)
        return self

    def tick(self, value: str) -> Panel:
        """Tick a value of the last picker."""
        pairs = self.pairs
        at = max(index for index, (name, _) in enumerate(pairs) if name == "operator")
        self._send(DRAFT, [*pairs[: at + 1], ("value", value), *pairs[at + 1 :]])
        return self

    def update(self) -> Any:
        return self._send(PATH, self.pairs)

    def _send(self, path: str, pairs: Pairs) -> Any:
        answer = self._client.post(path, urlencode(pairs), content_type="application/x-www-form-urlencoded")
        if answer.status_code != 302:
            self.page = answer.content.decode()
        return answer


def names() -> list[str]:
    return list(OutgoingRule.objects.values_list("name", flat=True))


def audited(earlier: int = 0) -> list[tuple[str, str]]:
    """What was audited after the ``earlier`` first entries."""
    return list(AuditEntry.objects.order_by("id").values_list("action", "object_name"))[earlier:]


def test_the_button_on_the_tab_of_outgoing_servers_leads_to_the_panel(client: Client) -> None:
    shown = client.get("/admin/emails/outgoing").content.decode()
    assert f'href="{PATH}"' in shown and "Configure Outgoing Email Rules" in shown


def test_a_rule_is_added_enabled_given_a_server_and_a_condition_and_stored_by_update(client: Client) -> None:
    """ORL-02"""
    a_group("HR")
    panel = Panel(client).press("add").fill(name="Staff", server="HR").tick("HR")
    assert not OutgoingRule.objects.exists()
    assert panel.update()["Location"] == "/admin/emails/outgoing"
    rule = OutgoingRule.objects.get()
    assert (rule.name, rule.enabled, rule.server.name, rule.match, rule.conditions) == ("Staff", True, "HR", "all", HR)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_type, entry.object_name) == ("created", "outgoingrule", "Staff")


def test_rules_are_shown_in_their_order_with_their_number_and_their_conditions_in_words(client: Client) -> None:
    the_rules()
    shown = Panel(client).page
    expected = ["Human resources", "Building and keys", "Urgent requests", "Payroll", "Everything else of"]
    places = [shown.index(f"<b>{name}") for name in expected]
    assert places == sorted(places)
    assert "Technician Group in HR and Tags contains payroll" in shown
    assert "Category is Building / Heating and (Location starts with Gdańsk or Requester email domain in" in shown


def test_an_update_of_nothing_stores_and_audits_nothing(client: Client) -> None:
    the_rules()
    before = list(OutgoingRule.objects.values())
    earlier = AuditEntry.objects.count()
    panel = Panel(client)
    for rule in OutgoingRule.objects.all():
        panel.press(f"fold:{rule.pk}")  # opened, so that each of them travels field by field
    assert panel.update().status_code == 302
    assert list(OutgoingRule.objects.values()) == before
    assert audited(earlier) == []


def test_one_update_writes_an_audit_entry_for_each_change(client: Client) -> None:
    """ORL-13, AUD-01"""
    kept, gone, off = a_rule("Kept"), a_rule("Gone"), a_rule("Off")
    earlier = AuditEntry.objects.count()
    panel = Panel(client).press(f"delete:{gone.pk}").press(f"fold:{kept.pk}").fill(name="Renamed")
    panel.page = panel.page.replace(f'id="rule-{off.pk}-enabled" name="enabled" value="on" checked', "")
    panel.press("add").fill(name="New", server="Support").fill(operator="not_empty")
    assert panel.update().status_code == 302
    assert names() == ["Renamed", "Off", "New"]
    assert audited(earlier) == [
        ("deleted", "Gone"),
        ("updated", "Renamed"),
        ("disabled", "Off"),
        ("created", "New"),
    ]
    renamed = AuditEntry.objects.get(action="updated", object_name="Renamed")
    assert renamed.changes == [{"field": "name", "old": "Kept", "new": "Renamed"}]
    assert (renamed.actor_name, renamed.ip) == ("Ada Administrator", "127.0.0.1")


def test_the_order_is_changed_by_buttons_and_audited_as_reordered_with_the_old_and_the_new_order(
    client: Client,
) -> None:
    """ORL-13"""
    first, second, third = a_rule("first"), a_rule("second"), a_rule("third")
    panel = Panel(client).press(f"up:{third.pk}").press(f"up:{third.pk}").press(f"up:{third.pk}")
    assert names() == ["first", "second", "third"]
    assert panel.update().status_code == 302
    assert names() == ["third", "first", "second"]
    (moved,) = AuditEntry.objects.filter(action="reordered")
    assert moved.changes == [
        {"field": "order", "old": ["first", "second", "third"], "new": ["third", "first", "second"]}
    ]
    Panel(client).press(f"down:{third.pk}").update()
    assert names() == ["first", "third", "second"]
    assert {first.pk, second.pk} < set(OutgoingRule.objects.values_list("pk", flat=True))


def test_the_order_of_the_fields_on_the_page_is_the_order_of_the_rules(client: Client) -> None:
    a_rule("first"), a_rule("second")
    pairs = Panel(client).pairs
    starts = [index for index, (name, _) in enumerate(pairs) if name == "rule"]
    head, first, second = pairs[: starts[0]], pairs[starts[0] : starts[1]], pairs[starts[1] :]
    body = urlencode([*head, *second, *first])
    client.post(PATH, body, content_type="application/x-www-form-urlencoded")
    assert names() == ["second", "first"]


def test_a_rule_without_conditions_is_refused_at_its_row_and_nothing_is_stored(client: Client) -> None:
    rule = a_rule("Kept")
    a_rule("Other")
    panel = Panel(client).press(f"fold:{rule.pk}").fill(name="Renamed").press(f"remove:{rule.pk}:0")
    panel.press("add").fill(name="Complete").fill(operator="not_empty")
    answer = panel.update()
    assert answer.status_code == 422
    assert f'id="rule-{rule.pk}-at-all-error"' in panel.page and "Add at least one condition." in panel.page
    assert 'value="Renamed"' in panel.page and "Complete" in panel.page
    assert names() == ["Kept", "Other"]
    assert OutgoingRule.objects.get(pk=rule.pk).conditions == HR


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": " "}, "Enter a name."),
        ({"server": ""}, "Choose an outgoing server."),
        ({"operator": "is"}, "Enter a value."),
    ],
)
def test_each_fault_of_a_new_rule_is_shown_at_its_field(client: Client, values: dict[str, str], message: str) -> None:
    panel = Panel(client).press("add").fill(**{"name": "New", **values})
    assert panel.update().status_code == 422
    assert message in panel.page and 'aria-invalid="true"' in panel.page
    assert not OutgoingRule.objects.exists() and not AuditEntry.objects.exists()


def test_a_fault_in_a_nested_group_is_shown_in_that_group(client: Client) -> None:
    panel = Panel(client).press("add").fill(name="Nested", server="HR").fill(operator="not_empty")
    panel.press("group:new-1:").press("condition:new-1:1").fill(field="location").fill(operator="starts_with")
    assert panel.update().status_code == 422
    assert 'id="rule-new-1-at-1-0-value-error"' in panel.page
    panel.press("remove:new-1:1-0").fill(value="Gda")
    assert panel.update().status_code == 302
    assert OutgoingRule.objects.get().conditions == [
        {"field": "technician_group", "operator": "not_empty"},
        {"match": "any", "conditions": [{"field": "location", "operator": "starts_with", "value": "Gda"}]},
    ]


def test_conditions_nest_as_deep_as_the_contract_allows_and_no_deeper(client: Client) -> None:
    panel = Panel(client).press("add")
    for depth in range(14):
        panel.press(f"group:new-1:{'-'.join(['1'] * depth)}")
    assert panel.page.count('name="group" value="open"') == 10
    assert "conditions[1].conditions" not in panel.page


def test_a_duplicate_goes_last_and_is_a_rule_of_its_own(client: Client) -> None:
    rule = a_rule("HR")
    a_rule("Other")
    panel = Panel(client).press(f"duplicate:{rule.pk}")
    panel.update()
    assert names() == ["HR", "Other", "HR copy"]
    assert OutgoingRule.objects.get(name="HR copy").conditions == HR


def test_what_was_deleted_comes_back_by_leaving_without_update(client: Client) -> None:
    rule = a_rule("HR")
    panel = Panel(client).press(f"delete:{rule.pk}")
    assert "1 deleted: not saved" in panel.page
    assert names() == ["HR"]
    assert "<b>HR</b>" in Panel(client).page


def test_the_panel_says_what_update_would_change(client: Client) -> None:
    a_rule("first")
    second = a_rule("second")
    assert 'data-changed="0"' in Panel(client).page
    panel = Panel(client).press(f"up:{second.pk}").press(f"fold:{second.pk}").fill(name="Second").press("add")
    assert "1 new, 1 changed, order changed: not saved" in panel.page


def test_a_rule_that_an_earlier_one_leaves_nothing_for_is_marked(client: Client) -> None:
    the_rules()
    panel = Panel(client)
    assert panel.page.count("Never matches:") == 1
    assert "Never matches: rule 1 Human resources catches everything first." in panel.page
    first = OutgoingRule.objects.get(name="Human resources")
    panel.press(f"delete:{first.pk}")
    assert "Never matches:" not in panel.page


def test_a_rule_whose_server_cannot_send_is_marked_and_says_which_one_sends_instead(client: Client) -> None:
    the_rules()
    shown = Panel(client).page
    assert "Facilities is unreachable: the rule still counts, and its mail leaves by Support." in shown
    OutgoingServer.objects.filter(name="HR").update(enabled=False)
    assert "HR is disabled: the rule still counts, and its mail leaves by Support." in Panel(client).page


def test_values_are_picked_from_what_the_desk_has(client: Client) -> None:
    a_group("Network"), tess(), an_incoming_server("Main", "main@desk.test")
    panel = Panel(client).press("add")
    for field, value in [
        ("technician_group", "Network"),
        ("assignee", "tess@desk.test"),
        ("mailbox", "main@desk.test"),
        ("priority", "urgent"),
        ("status", "pending"),
        ("kind", "service_request"),
        ("source", "portal"),
        ("notification", "reply"),
    ]:
        panel.fill(field=field).fill(operator="is")
        assert f'<option value="{value}">' in panel.page, field
        panel.fill(operator="in")
        assert f'type="checkbox" name="value" value="{value}"' in panel.page, field


@pytest.mark.parametrize("field", ["department", "location", "requester_domain", "recipient_domain", "tags"])
def test_other_values_are_written_and_several_of_them_between_commas(client: Client, field: str) -> None:
    panel = Panel(client).press("add").fill(name="New", server="HR").fill(field=field).fill(operator="not_in")
    panel.fill(values="one, two ,").update()
    assert OutgoingRule.objects.get().conditions == [{"field": field, "operator": "not_in", "value": ["one", "two"]}]


def test_all_attributes_and_operators_are_offered_and_company_only_to_managed_services_providers(
    client: Client,
) -> None:
    shown = Panel(client).press("add").page
    labels = [
        "Technician Group",
        "Category",
        "Department",
        "Location",
        "Assignee",
        "Priority",
        "Status",
        "Request Type",
        "Source",
        "Incoming mailbox",
        "Requester email domain",
        "Recipient email domain",
        "Notification type",
        "Tags",
        "Is",
        "Is not",
        "In",
        "Not in",
        "Contains",
        "Does not contain",
        "Starts with",
        "Ends with",
        "Is empty",
        "Is not empty",
    ]
    assert [label for label in labels if f">{label}</option>" not in shown] == []
    assert ">Company</option>" not in shown
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    assert ">Company</option>" in Panel(client).press("add").page


def test_a_value_that_was_deleted_since_stays_in_its_rule_and_says_so(client: Client) -> None:
    rule = a_rule("HR")
    panel = Panel(client).press(f"fold:{rule.pk}")
    assert "HR (not there any more)" in panel.page
    panel.update()
    assert OutgoingRule.objects.get().conditions == HR


def test_try_it_shows_which_rule_matches_and_which_server_sends_and_why(client: Client) -> None:
    the_rules()
    ticket = a_ticket(technician_group=a_group("HR"))
    panel = Panel(client).fill(try_request=f"#{ticket.number}")
    assert "Leaves by <b>HR</b> &lt;hr@desk.test&gt;" in panel.page
    assert "Because: rule #1 Human resources" in panel.page
    assert "3 further rules are not asked" in panel.page  # the disabled one is no question


def test_try_it_says_what_the_request_has_where_a_condition_does_not_hold(client: Client) -> None:
    a_rule("HR")
    ticket = a_ticket(technician_group=a_group("Network"))
    panel = Panel(client).fill(try_request=str(ticket.number))
    assert 'Technician Group in HR<span class="sub"> · the request has Network</span>' in panel.page
    assert "Leaves by <b>Support</b>" in panel.page and "Because: primary" in panel.page


def test_try_it_judges_the_rules_as_they_stand_in_the_panel_and_sends_nothing(client: Client) -> None:
    rule = a_rule("HR")
    ticket = a_ticket(technician_group=a_group("HR"))
    panel = Panel(client).fill(try_request=str(ticket.number)).press(f"delete:{rule.pk}")
    assert "Because: primary" in panel.page
    assert names() == ["HR"] and not OutboundEmail.objects.exists()


def test_try_it_follows_mailbox_and_failover_as_sending_does(client: Client) -> None:
    facilities = OutgoingServer.objects.get(name="Facilities")
    mailbox = an_incoming_server("Keys", "keys@desk.test", outgoing_server=facilities)
    ticket = a_ticket(mailbox=mailbox, mailbox_email=mailbox.email)
    panel = Panel(client).fill(try_request=str(ticket.number))
    reason = "failover: Facilities unreachable, Primary used (linked on mailbox keys@desk.test)"
    assert f"Because: {reason}" in panel.page
    add_reply(ticket, tess(), Composed(text="Done", to=("sam@example.test",)))
    assert OutboundEmail.objects.get().server_reason == reason


def test_try_it_on_a_request_that_does_not_exist_says_so(client: Client) -> None:
    for asked in ("999999", "printer", "²", "9" * 30):
        assert "There is no request" in Panel(client).fill(try_request=asked).page


def test_rules_that_somebody_changed_meanwhile_are_not_overwritten_unasked(client: Client) -> None:
    a_rule("mine")
    panel = Panel(client).press("add").fill(name="New", server="HR").fill(operator="not_empty")
    a_rule("theirs")
    assert panel.update().status_code == 422
    assert "Ada Administrator changed this on" in panel.page or "Ada changed this on" in panel.page
    assert names() == ["mine", "theirs"]
    assert panel.update().status_code == 302
    assert names() == ["mine", "New"]


def test_a_rule_that_somebody_deleted_meanwhile_can_be_put_back_by_asking_twice(client: Client) -> None:
    rule = a_rule("HR")
    panel = Panel(client)
    delete_rule(ADA, rule)
    assert panel.update().status_code == 422
    assert panel.update().status_code == 302
    assert names() == ["HR"]


@pytest.mark.parametrize(
    "body",
    [
        "rule=x&name=y",
        "name=y&field=z",
        "rule=1&rule=1&name=a&folded=%5B%5D",
        "rule=new-1&folded=no+json",
        "rule=new-1&folded=%7B%22conditions%22%3A+%7B%7D%7D",
        "rule=new-1&name=a&group=close&group=close&value=x&operator=is&match=some",
        "do=delete:1",
        "do=condition:new-1:9-9-9",
        f"rule={'9' * 5000}&name=a&do=remove:{'9' * 5000}:{'9' * 5000}",
        f"rule=new-1&name=a&do=condition:new-1:{'9' * 5000}-0",
        "rule=new-1&name=a&do=remove:new-1:x",
        "rule=new-1&name=a&field=colour&operator=like&value=red%00",
        "%ff=%fe",
    ],
)
def test_a_form_that_makes_no_sense_is_drawn_again_and_never_stored(client: Client, body: str) -> None:
    for path, status in ((DRAFT, 200), (PATH, 422)):
        answer = client.post(path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status
    assert not OutgoingRule.objects.exists()


def test_words_of_people_are_shown_as_text(client: Client) -> None:
    a_rule("<script>alert(1)</script>", conditions=[{"field": "tags", "operator": "is", "value": "<b>x</b>"}])
    shown = Panel(client).page
    assert "<script>alert(1)" not in shown and "<b>x</b>" not in shown


def test_htmx_gets_the_panel_alone(client: Client) -> None:
    answer = client.post(DRAFT, {"do": "add"}, headers={"HX-Request": "true"})
    shown = answer.content.decode()
    assert shown.lstrip().startswith("<dialog") and "<html" not in shown


def test_many_rules_cost_no_more_queries_than_few(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    the_rules()
    with django_assert_max_num_queries(30):
        client.get(PATH)
    for number in range(60):
        a_rule(f"rule {number}", conditions=[{"field": "assignee", "operator": "is", "value": f"{number}@desk.test"}])
    with django_assert_max_num_queries(30):
        client.get(PATH)
    assert Panel(client).press("add").update().status_code == 422
