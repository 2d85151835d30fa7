"""For whom a mail opens a request, who is copied, who may not, and whether it is acknowledged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postroom.mail.model import Address
from tests.rules.build import (
    CAST,
    COPIED,
    DESK,
    GITA,
    NOON,
    SAM,
    STRANGER,
    TESS,
    THEO,
    a_closed_thread,
    a_forward,
    a_mail,
    a_thread,
    addresses,
    decided,
    some_facts,
)

JERRY, JOHN, JAMES = "jerry@example.test", "john@example.test", "james@example.test"


def test_a_new_mail_opens_a_request_for_its_sender_and_is_acknowledged() -> None:
    decision = decided()
    assert (decision.outcome, decision.entry_kind, decision.direction) == ("created", "description", "in")
    assert decision.requester == Address("", SAM.email)
    assert (decision.author_id, decision.acknowledge, decision.no_acknowledgement) == (SAM.id, True, "")
    assert decision.because == "created"


def test_a_new_mail_opens_nothing_while_email_to_ticket_is_off() -> None:
    assert decided(email_to_request=False).outcome == "email_to_request_off"


@pytest.mark.parametrize("sender", [STRANGER, GITA.email])
@pytest.mark.parametrize(
    ("by_mail", "by_portal", "outcome"),
    [
        (True, True, "created"),
        (False, True, "guest_not_allowed"),
        (True, False, "guest_not_allowed"),
        (False, False, "guest_not_allowed"),
    ],
)
def test_a_guest_opens_a_request_only_where_both_switches_allow_it(
    sender: str, by_mail: bool, by_portal: bool, outcome: str
) -> None:
    preferences: dict[str, Any] = {"allow_guests": by_mail, "allow_guest_requests": by_portal}
    assert decided(a_mail(sender), **preferences).outcome == outcome
    assert decided(a_mail(SAM.email), **preferences).outcome == "created"


@pytest.mark.parametrize(
    ("recipients", "expected"),
    [
        (("to", "cc"), (JERRY, JOHN, JAMES)),
        (("to",), (JERRY,)),
        (("cc",), (JOHN, JAMES)),
        ((), ()),
    ],
)
def test_cc_emails_are_the_recipient_types_chosen_without_our_own_addresses(
    recipients: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    mail = a_mail(to=addresses(DESK, JERRY, "Help@desk.test"), cc=addresses(JOHN, "hr@desk.test", JAMES))
    assert decided(mail, cc_recipients=recipients).cc == expected


def test_cc_emails_hold_no_requester_no_repetition_and_no_undisclosed_group() -> None:
    copied = addresses(
        JOHN, "JOHN@example.test", "SAM@example.test", "undisclosed-recipients", "", "support+4@desk.test"
    )
    assert decided(a_mail(cc=copied)).cc == (JOHN,)


def test_too_many_copied_addresses_are_cut_and_the_reason_says_so() -> None:
    copied = addresses(*(f"p{number}@example.test" for number in range(60)))
    decision = decided(a_mail(cc=copied))
    assert len(decision.cc) == 50
    assert "10 more were left out" in decision.reason
    assert len(decided(a_mail(cc=copied), cc_per_request=3).cc) == 3


@pytest.mark.parametrize(
    ("reply_to", "switch", "expected"),
    [
        ([GITA.email], True, GITA.email),
        ([GITA.email], False, SAM.email),
        ([], True, SAM.email),
        ([DESK], True, SAM.email),
        (["broken", DESK, GITA.email, JOHN], True, GITA.email),
    ],
)
def test_the_requester_is_the_first_usable_reply_to_where_that_is_switched_on(
    reply_to: list[str], switch: bool, expected: str
) -> None:
    requester = decided(a_mail(reply_to=addresses(*reply_to)), requester_from_reply_to=switch).requester
    assert requester is not None
    assert requester.email == expected


def test_the_guest_rule_looks_at_the_requester_that_would_be_chosen() -> None:
    mail = a_mail(SAM.email, reply_to=addresses(STRANGER))
    assert decided(mail, requester_from_reply_to=True, allow_guests=False).outcome == "guest_not_allowed"
    assert decided(mail, requester_from_reply_to=False, allow_guests=False).outcome == "created"


def test_a_reply_to_that_belongs_to_a_technician_gives_no_rights_and_is_flagged() -> None:
    decision = decided(a_mail(SAM.email, reply_to=addresses(TESS.email)), requester_from_reply_to=True)
    assert (decision.flag, decision.author_id) == ("sender_not_verified", SAM.id)


def test_a_forward_by_a_technician_is_opened_for_the_original_sender() -> None:
    decision = decided(a_forward(GITA.email))
    assert decision.requester == Address("", GITA.email)
    assert (decision.forwarded_by, decision.author_id) == (TESS.id, TESS.id)


@pytest.mark.parametrize(
    ("mail", "facts", "preferences"),
    [
        (a_forward(), {}, {"technician_forward_uses_original_sender": False}),
        (a_forward(), {"authentication": "fail"}, {}),
        (a_forward(), {}, {"technicians_need_authentication": True}),
        (a_forward(sender=DESK), {}, {}),
        (a_forward(sender="unknown"), {}, {}),
        (a_forward(by=SAM.email), {}, {}),
    ],
)
def test_any_other_forward_is_opened_for_whoever_sent_it(mail: Any, facts: Any, preferences: Any) -> None:
    decision = decided(mail, some_facts(**facts), **preferences)
    assert decision.requester == mail.sender
    assert decision.forwarded_by is None


def test_a_technician_who_has_left_forwards_nothing() -> None:
    people = {**CAST, TESS.email: replace(TESS, archived=True)}
    decision = decided(a_forward(), some_facts(people=people, released_as="request"))
    assert (decision.forwarded_by, decision.flag) == (None, "sender_not_verified")
    assert decision.requester == Address("", TESS.email)


def test_a_technician_who_continues_their_own_closed_request_forwards_nothing() -> None:
    thread = a_closed_thread(requester_id=TESS.id, requester_email=TESS.email)
    decision = decided(a_forward(cc=addresses(JOHN)), some_facts(thread=thread), closed_action="new")
    assert (decision.follow_up_of, decision.forwarded_by, decision.cc) == (460, None, ())
    assert decision.mentions is None


def test_a_request_that_was_deleted_is_not_mentioned() -> None:
    facts = some_facts(subject_thread=a_thread(matched_by="subject", deleted=True))
    decision = decided(a_mail(STRANGER), facts)
    assert (decision.outcome, decision.mentions) == ("created", None)


def test_one_of_our_own_addresses_is_not_acknowledged() -> None:
    thread = a_closed_thread(requester_id=None, requester_email=DESK)
    decision = decided(a_mail(COPIED), some_facts(thread=thread), closed_action="new")
    assert (decision.outcome, decision.acknowledge) == ("created", False)


def test_the_forwarded_mail_says_who_is_copied_and_the_technician_is_not() -> None:
    mail = a_forward(to=addresses(TESS.email, JERRY, DESK), cc=addresses(JOHN, GITA.email))
    mail.cc = addresses(JAMES)
    assert decided(mail, cc_recipients=("to", "cc")).cc == (JERRY, JOHN)


def test_a_guest_whose_mail_a_technician_forwards_needs_the_guest_switch() -> None:
    assert decided(a_forward(STRANGER), allow_guests=False).outcome == "guest_not_allowed"
    assert decided(a_forward(SAM.email), allow_guests=False).outcome == "created"


def test_a_technicians_mail_on_a_request_stays_there_even_if_it_is_a_forward() -> None:
    assert decided(a_forward(), some_facts(thread=a_thread())).outcome == "replied"


def test_the_forwarded_sender_is_never_trusted_to_act() -> None:
    thread = a_thread(status="resolved", requester_id=GITA.id, requester_email=GITA.email)
    decision = decided(a_forward(GITA.email, by=STRANGER), some_facts(thread=thread))
    assert (decision.flag, decision.reopen) == ("unknown_sender", False)


def test_a_mail_that_claims_to_come_from_a_technician_without_proof_is_flagged() -> None:
    assert decided(a_mail(TESS.email), some_facts(authentication="fail")).flag == "sender_not_verified"
    assert decided(a_mail(TESS.email)).flag == ""


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@example.test",
        "No-Reply@x.test",
        "do_not_reply@x.test",
        "donotreply+4@x.test",
        "noreply-billing@x.test",
        "mailer-daemon@x.test",
        "owner-list@x.test",
        "list-request@x.test",
    ],
)
def test_addresses_that_nobody_reads_are_not_acknowledged(sender: str) -> None:
    decision = decided(a_mail(sender))
    assert (decision.outcome, decision.acknowledge) == ("created", False)
    assert decision.no_acknowledgement


@pytest.mark.parametrize(
    ("mail", "facts"),
    [
        (a_mail(auto="bulk"), {}),
        (a_mail(headers=[("x-auto-response-suppress", "DR, AutoReply")]), {}),
        (a_mail(headers=[("return-path", "<>")]), {}),
        (a_mail(), {"now": NOON + timedelta(hours=24, seconds=1)}),
        (a_mail(), {"recent_acknowledgements": 5}),
        (a_mail(), {"authentication": "fail"}),
        (a_mail(), {"recent_same": 1, "released_as": "request"}),
    ],
)
def test_a_request_is_opened_without_an_acknowledgement_where_one_could_do_harm(
    mail: Any, facts: dict[str, Any]
) -> None:
    decision = decided(mail, replace(some_facts(), **facts))
    assert (decision.outcome, decision.acknowledge) == ("created", False)
    assert decision.no_acknowledgement


@pytest.mark.parametrize("facts", [{"now": NOON + timedelta(hours=24)}, {"now": None}, {"recent_acknowledgements": 4}])
def test_a_request_within_all_limits_is_acknowledged(facts: dict[str, Any]) -> None:
    assert decided(facts=some_facts(**facts)).acknowledge


def test_the_limits_of_acknowledgements_are_preferences() -> None:
    facts = some_facts(now=NOON + timedelta(hours=2), recent_acknowledgements=1)
    assert decided(facts=facts).acknowledge
    assert not decided(facts=facts, acknowledge_within_hours=1).acknowledge
    assert not decided(facts=facts, acknowledgements_per_sender_per_hour=1).acknowledge


def test_only_a_created_request_is_acknowledged() -> None:
    assert not decided(facts=some_facts(thread=a_thread())).acknowledge
    assert not decided(a_mail(THEO.email), some_facts(thread=a_thread())).acknowledge
