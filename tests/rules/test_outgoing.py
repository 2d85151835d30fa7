"""Which outgoing server a mail leaves by, and what happens while that server is down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from postroom.rules.model import Choice, RuleFacts, ServerFacts
from postroom.rules.outgoing import choose_reply_to, choose_server, first_match

PRIMARY = ServerFacts(1, "Main", "desk@desk.test", primary=True)
SUPPORT = ServerFacts(2, "Support", "support@desk.test")
HR = ServerFacts(3, "HR", "hr@desk.test")
SPARE = ServerFacts(4, "Spare", "Support@desk.test")
MAILBOX = "support@desk.test"


def a_rule(server: int, group: str, *, enabled: bool = True, match: Literal["all", "any"] = "all") -> RuleFacts:
    condition = {"field": "technician_group", "operator": "is", "value": group}
    return RuleFacts(group, enabled, server, match, (condition,))


def chosen(servers: list[ServerFacts] | None = None, **given: Any) -> Choice:
    asked: dict[str, Any] = {"picked": None, "rules": (), "linked_id": None, "mailbox_email": "", "values": {}, **given}
    return choose_server(servers=servers if servers is not None else [PRIMARY, SUPPORT, HR], **asked)


EVERYTHING: dict[str, Any] = {
    "picked": HR.id,
    "rules": (a_rule(SUPPORT.id, "HR"),),
    "linked_id": HR.id,
    "mailbox_email": MAILBOX,
    "values": {"technician_group": "HR"},
}


@pytest.mark.parametrize(
    ("missing", "server", "reason"),
    [
        ({}, HR, "picked by the technician"),
        ({"picked": None}, SUPPORT, "rule #1 HR"),
        ({"picked": None, "rules": ()}, HR, f"linked on mailbox {MAILBOX}"),
        ({"picked": None, "rules": (), "linked_id": None}, SUPPORT, f"same address as mailbox {MAILBOX}"),
        ({"picked": None, "rules": (), "linked_id": None, "mailbox_email": ""}, PRIMARY, "primary"),
    ],
)
def test_the_server_is_picked_ruled_linked_of_the_same_address_or_the_primary(
    missing: dict[str, Any], server: ServerFacts, reason: str
) -> None:
    assert chosen(**{**EVERYTHING, **missing}) == Choice(server.id, reason, wanted_id=server.id)


def test_the_first_enabled_matching_rule_wins_and_is_named_by_its_number() -> None:
    rules = [a_rule(1, "IT"), a_rule(1, "HR", enabled=False), a_rule(HR.id, "HR"), a_rule(SUPPORT.id, "HR")]
    choice = chosen(rules=rules, values={"technician_group": "hr"})
    assert (choice.server_id, choice.reason) == (HR.id, "rule #3 HR")
    assert first_match(rules, {"technician_group": "Sales"}) is None


def test_a_rule_without_conditions_matches_nothing() -> None:
    empty = RuleFacts("Empty", True, HR.id, "any", ())
    assert chosen(rules=[empty]).server_id == PRIMARY.id


def test_a_disabled_server_of_the_same_address_is_not_wanted() -> None:
    assert chosen([PRIMARY, replace(SUPPORT, enabled=False)], mailbox_email=MAILBOX).reason == "primary"


def test_of_two_servers_with_the_mailboxs_address_the_one_that_works_is_wanted() -> None:
    choice = chosen([PRIMARY, replace(SUPPORT, healthy=False), SPARE], mailbox_email=MAILBOX)
    assert (choice.server_id, choice.failover) == (SPARE.id, False)


def test_the_primary_server_is_used_while_the_chosen_one_is_down_and_not_after() -> None:
    down = chosen([PRIMARY, replace(SUPPORT, healthy=False)], mailbox_email=MAILBOX)
    assert (down.server_id, down.wanted_id, down.failover) == (PRIMARY.id, SUPPORT.id, True)
    assert down.reason.startswith("failover: Support unreachable, Primary used")
    back = chosen([PRIMARY, SUPPORT], mailbox_email=MAILBOX)
    assert (back.server_id, back.failover) == (SUPPORT.id, False)


def test_a_server_with_the_same_address_stands_in_before_the_primary() -> None:
    choice = chosen([PRIMARY, replace(SUPPORT, healthy=False), SPARE], linked_id=SUPPORT.id, mailbox_email=MAILBOX)
    assert (choice.server_id, choice.failover) == (SPARE.id, True)
    assert "Spare used" in choice.reason


@pytest.mark.parametrize("trouble", [{"healthy": False}, {"enabled": False}])
def test_a_stand_in_that_cannot_send_is_passed_over(trouble: dict[str, Any]) -> None:
    servers = [PRIMARY, replace(SUPPORT, healthy=False), replace(SPARE, **trouble)]
    assert chosen(servers, linked_id=SUPPORT.id, mailbox_email=MAILBOX).server_id == PRIMARY.id


@pytest.mark.parametrize(
    ("servers", "word"),
    [
        ([PRIMARY, replace(HR, enabled=False)], "HR disabled"),
        ([PRIMARY, replace(HR, healthy=False)], "HR unreachable"),
        ([PRIMARY], "server deleted"),
    ],
)
def test_a_rule_whose_server_cannot_send_still_counts_and_the_primary_sends(
    servers: list[ServerFacts], word: str
) -> None:
    rules = [a_rule(HR.id, "HR"), a_rule(SUPPORT.id, "HR")]
    choice = chosen(servers, rules=rules, values={"technician_group": "HR"})
    assert (choice.server_id, choice.wanted_id, choice.failover) == (PRIMARY.id, HR.id, True)
    assert word in choice.reason
    assert "rule #1 HR" in choice.reason


def test_mail_waits_for_the_server_it_wants_when_nothing_can_send() -> None:
    servers = [replace(PRIMARY, healthy=False), replace(SUPPORT, healthy=False), HR]
    choice = chosen(servers, linked_id=SUPPORT.id, mailbox_email=MAILBOX)
    assert (choice.server_id, choice.wanted_id) == (None, SUPPORT.id)
    assert choice.reason.startswith("waiting: Support unreachable")
    assert chosen(servers).wanted_id == PRIMARY.id


def test_mail_waits_where_there_is_no_outgoing_server() -> None:
    choice = chosen([])
    assert (choice.server_id, choice.wanted_id) == (None, None)
    assert choice.reason == "waiting: no outgoing server is enabled"


@pytest.mark.parametrize(
    ("server_reply_to", "enabled", "expected"),
    [
        ("help@desk.test", [MAILBOX], "help@desk.test"),
        ("", ["Support@Desk.test"], MAILBOX),
        ("", [], "desk@desk.test"),
    ],
)
def test_answers_to_a_mail_that_failed_over_reach_a_mailbox_that_we_read(
    server_reply_to: str, enabled: list[str], expected: str
) -> None:
    assert choose_reply_to(server_reply_to, MAILBOX, enabled, "desk@desk.test") == expected


def test_a_request_without_a_mailbox_is_answered_to_the_primary() -> None:
    assert choose_reply_to("", "", [MAILBOX], "desk@desk.test") == "desk@desk.test"
