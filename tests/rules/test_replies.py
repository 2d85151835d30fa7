"""What a mail on an existing request becomes: reply, collaboration or note; and what it does to the status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postroom.mail.model import Address
from tests.rules.build import (
    ADA,
    CAST,
    COPIED,
    GITA,
    NOON,
    SAM,
    STRANGER,
    TESS,
    THEO,
    VENDOR,
    a_closed_thread,
    a_mail,
    a_thread,
    decided,
    some_facts,
)

TAGGED = a_thread(matched_by="subject", to_sender=False)


@pytest.mark.parametrize("sender", [SAM.email, "Sam@EXAMPLE.test", COPIED])
def test_a_reply_of_the_requester_or_of_somebody_copied_is_a_reply(sender: str) -> None:
    decision = decided(a_mail(sender), some_facts(thread=a_thread()))
    assert (decision.outcome, decision.entry_kind, decision.direction) == ("replied", "reply", "in")
    assert (decision.ticket_id, decision.reopen, decision.mailed) == (460, False, False)


def test_a_reply_from_a_second_address_of_the_requester_is_the_requesters() -> None:
    people = {**CAST, "sam@home.test": SAM}
    decision = decided(a_mail("sam@home.test"), some_facts(people=people, thread=a_thread()))
    assert (decision.outcome, decision.author_id) == ("replied", SAM.id)


def test_a_guest_may_reply_even_where_guests_may_not_open() -> None:
    thread = a_thread(requester_id=GITA.id, requester_email=GITA.email)
    assert decided(a_mail(GITA.email), some_facts(thread=thread), allow_guests=False).outcome == "replied"


def test_replies_keep_flowing_while_email_to_ticket_is_off() -> None:
    assert decided(facts=some_facts(thread=a_thread()), email_to_request=False).outcome == "replied"


def test_the_assigned_technicians_mail_is_always_a_reply_that_goes_out_to_the_requester() -> None:
    decision = decided(a_mail(TESS.email), some_facts(thread=a_thread()), other_technician_reply="collaboration")
    assert (decision.outcome, decision.entry_kind, decision.direction) == ("replied", "reply", "out")
    assert (decision.mailed, decision.author_id) == (True, TESS.id)


@pytest.mark.parametrize("technician", [THEO, ADA])
@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        ("collaboration", ("collaborated", "collaboration", "internal", False)),
        ("reply", ("replied", "reply", "out", True)),
    ],
)
def test_a_reply_by_another_technician_is_collaboration_or_reply_by_preference(
    technician: Any, preference: str, expected: tuple[object, ...]
) -> None:
    facts = some_facts(thread=a_thread())
    decision = decided(a_mail(technician.email), facts, other_technician_reply=preference)
    assert (decision.outcome, decision.entry_kind, decision.direction, decision.mailed) == expected
    assert decision.author_id == technician.id


def test_on_an_unassigned_request_every_technician_is_another_one() -> None:
    decision = decided(a_mail(TESS.email), some_facts(thread=a_thread(assignee_id=None)))
    assert (decision.outcome, decision.entry_kind) == ("collaborated", "collaboration")


@pytest.mark.parametrize("assignee", [TESS.id, THEO.id, None])
def test_a_technician_who_acts_on_their_own_request_counts_as_its_requester(assignee: int | None) -> None:
    thread = a_thread(requester_id=TESS.id, requester_email=TESS.email, assignee_id=assignee, to_sender=False)
    decision = decided(a_mail(TESS.email), some_facts(thread=replace(thread, status="resolved")))
    assert (decision.outcome, decision.direction, decision.mailed) == ("reopened", "in", False)


UNPROVED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"thread": a_thread(to_sender=False)}, {}),
    ({"thread": a_thread(matched_by="footer", to_sender=False)}, {}),
    ({"thread": a_thread(matched_by="references", to_sender=False)}, {}),
    ({"subject_thread": TAGGED}, {}),
    ({"subject_thread": replace(TAGGED, to_sender=True)}, {}),
    ({"thread": a_thread(), "authentication": "fail"}, {}),
    ({"thread": a_thread(), "authentication": "none"}, {"technicians_need_authentication": True}),
]


@pytest.mark.parametrize("technician", [TESS, THEO])
@pytest.mark.parametrize(("fields", "preferences"), UNPROVED)
def test_a_technician_without_proof_is_noted_and_nothing_goes_out(
    technician: Any, fields: Any, preferences: Any
) -> None:
    facts = some_facts(**fields)
    decision = decided(a_mail(technician.email), facts, other_technician_reply="reply", **preferences)
    assert (decision.outcome, decision.entry_kind, decision.flag) == ("collaborated", "note", "sender_not_verified")
    assert (decision.mailed, decision.author_id, decision.direction) == (False, None, "internal")


@pytest.mark.parametrize(("verdict", "needed"), [("none", False), ("pass", False), ("pass", True)])
def test_a_technician_with_proof_acts_as_one(verdict: Any, needed: bool) -> None:
    facts = some_facts(thread=a_thread(), authentication=verdict)
    assert decided(a_mail(TESS.email), facts, technicians_need_authentication=needed).mailed


@pytest.mark.parametrize("matched_by", ["token", "references", "footer"])
def test_a_technician_answers_by_any_reference_to_a_mail_sent_to_them(matched_by: Any) -> None:
    assert decided(a_mail(TESS.email), some_facts(thread=a_thread(matched_by=matched_by))).mailed


def test_a_reply_to_that_names_another_technician_takes_the_rights_of_a_technician_away() -> None:
    mail = a_mail(TESS.email, reply_to=[Address("", THEO.email)])
    assert decided(mail, some_facts(thread=a_thread())).flag == "sender_not_verified"
    own = a_mail(TESS.email, reply_to=[Address("", TESS.email)])
    assert decided(own, some_facts(thread=a_thread())).mailed


def test_a_stranger_on_a_request_is_noted_and_never_reopens_it() -> None:
    for thread in (a_thread(), a_thread(status="resolved"), a_closed_thread()):
        for sender in (STRANGER, GITA.email):
            decision = decided(a_mail(sender), some_facts(thread=thread), closed_action="new")
            assert (decision.outcome, decision.entry_kind, decision.flag) == ("collaborated", "note", "unknown_sender")
            assert (decision.direction, decision.reopen, decision.acknowledge) == ("internal", False, False)


def test_whoever_a_request_was_forwarded_to_answers_the_technicians_alone() -> None:
    for thread in (a_thread(), a_thread(status="resolved"), a_closed_thread()):
        decision = decided(a_mail(VENDOR), some_facts(thread=thread), closed_action="new")
        assert (decision.outcome, decision.entry_kind, decision.flag) == ("collaborated", "note", "third_party")
        assert (decision.direction, decision.reopen) == ("internal", False)


@pytest.mark.parametrize("sender", [SAM.email, COPIED])
def test_the_subject_tag_is_enough_for_somebody_who_takes_part(sender: str) -> None:
    decision = decided(a_mail(sender), some_facts(subject_thread=TAGGED))
    assert (decision.outcome, decision.ticket_id) == ("replied", 460)


@pytest.mark.parametrize("sender", [STRANGER, GITA.email])
def test_the_subject_tag_of_anybody_else_opens_a_new_request_that_mentions_the_old_one(sender: str) -> None:
    decision = decided(a_mail(sender), some_facts(subject_thread=TAGGED))
    assert (decision.outcome, decision.ticket_id, decision.mentions) == ("created", None, 460)


def test_a_reference_counts_more_than_a_subject_tag() -> None:
    decision = decided(facts=some_facts(thread=a_thread(), subject_thread=replace(TAGGED, ticket_id=999)))
    assert decision.ticket_id == 460


def test_the_reason_says_how_the_request_was_found() -> None:
    decision = decided(facts=some_facts(thread=a_thread(matched_by="references")))
    assert "#46 was found by references" in decision.reason


@pytest.mark.parametrize("action", ["add", "reopen", "new"])
def test_a_reply_to_a_resolved_request_always_reopens_it(action: str) -> None:
    decision = decided(facts=some_facts(thread=a_thread(status="resolved")), closed_action=action)
    assert (decision.outcome, decision.reopen) == ("reopened", True)


GRACE = timedelta(days=7)


@pytest.mark.parametrize(
    ("action", "age", "outcome"),
    [
        ("add", timedelta(0), "replied"),
        ("add", 10 * GRACE, "replied"),
        ("reopen", timedelta(0), "reopened"),
        ("reopen", GRACE, "reopened"),
        ("reopen", GRACE + timedelta(seconds=1), "created"),
        ("new", timedelta(0), "created"),
    ],
)
@pytest.mark.parametrize("sender", [SAM.email, COPIED])
def test_a_reply_to_a_closed_request_follows_the_preference(
    action: str, age: timedelta, outcome: str, sender: str
) -> None:
    facts = some_facts(thread=a_thread(status="closed", closed_at=NOON - age))
    decision = decided(a_mail(sender), facts, closed_action=action)
    assert decision.outcome == outcome
    assert decision.reopen == (outcome == "reopened")
    assert decision.follow_up_of == (460 if outcome == "created" else None)
    assert decision.ticket_id == (None if outcome == "created" else 460)


def test_the_grace_period_counts_in_the_days_of_the_preference() -> None:
    facts = some_facts(thread=a_thread(status="closed", closed_at=NOON - timedelta(days=30)))
    assert decided(facts=facts, grace_days=30).outcome == "reopened"
    assert decided(facts=facts, grace_days=29).outcome == "created"


def test_a_follow_up_keeps_the_requester_and_copies_whoever_wrote_it() -> None:
    thread = a_closed_thread(requester_name="Sam")
    decision = decided(a_mail(COPIED), some_facts(thread=thread), closed_action="new")
    assert decision.requester == Address("Sam", SAM.email)
    assert decision.cc == (COPIED,)


def test_a_follow_up_opens_a_request_and_so_obeys_the_switches_that_forbid_it() -> None:
    facts = some_facts(thread=a_closed_thread(requester_id=GITA.id, requester_email=GITA.email))
    mail = a_mail(GITA.email)
    assert decided(mail, facts, closed_action="new").outcome == "created"
    assert decided(mail, facts, closed_action="new", email_to_request=False).outcome == "email_to_request_off"
    assert decided(mail, facts, closed_action="new", allow_guests=False).outcome == "guest_not_allowed"


def test_a_follow_up_that_somebody_copied_writes_is_judged_by_its_requester() -> None:
    for guest, outcome in ((True, "guest_not_allowed"), (False, "created")):
        facts = some_facts(people={}, thread=a_closed_thread(requester_guest=guest))
        assert decided(a_mail(COPIED), facts, closed_action="new", allow_guests=False).outcome == outcome


def test_technicians_write_on_closed_requests_without_reopening_them() -> None:
    decision = decided(a_mail(TESS.email), some_facts(thread=a_closed_thread()), closed_action="new")
    assert (decision.outcome, decision.reopen, decision.mailed) == ("replied", False, True)
