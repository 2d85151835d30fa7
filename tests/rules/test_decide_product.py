"""What is true of every decision, over thousands of combinations of mail, facts and preferences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest

from postroom.mail.model import AutoKind, ParsedMail
from postroom.rules.inbound import RULES, decide
from postroom.rules.model import Decision, Facts, Filter, Outcome, Preferences
from tests.rules.build import (
    CAST,
    COPIED,
    DESK,
    GITA,
    SAM,
    STRANGER,
    TESS,
    THEO,
    VENDOR,
    a_closed_thread,
    a_forward,
    a_mail,
    a_thread,
    addresses,
    decided,
    some_facts,
)

SENDERS = [SAM.email, GITA.email, TESS.email, THEO.email, COPIED, VENDOR, STRANGER, DESK, "", None]
TAGGED = a_thread(matched_by="subject", to_sender=False)
THREADS: list[dict[str, Any]] = [
    {},
    {"thread": a_thread()},
    {"thread": a_thread(status="resolved", to_sender=False)},
    {"thread": a_closed_thread()},
    {"thread": a_thread(deleted=True)},
    {"thread": a_thread(auto_replies=99)},
    {"subject_thread": TAGGED},
    {"subject_thread": replace(TAGGED, status="closed")},
]
FACTS: list[dict[str, Any]] = [
    {},
    {"authentication": "fail"},
    {"released_as": "request"},
    {"released_as": "reply"},
    {"mailbox": {"accept_automated": True, "filter": Filter("allow", emails=(SAM.email, "*@desk.test"))}},
    {"recent_requests": 20, "people": {}},
]
PREFERENCES = [
    Preferences(),
    Preferences(
        closed_action="new", other_technician_reply="reply", requester_from_reply_to=True, cc_recipients=("to",)
    ),
    Preferences(email_to_request=False, technicians_need_authentication=True),
    Preferences(allow_guests=False),
    Preferences(allow_senders=("test", "*@*"), closed_action="add"),
]
PUBLIC = ("description", "reply")


def mails() -> Iterator[ParsedMail]:
    for sender, auto in product([SAM.email, TESS.email, VENDOR, STRANGER], get_args(AutoKind)):
        yield a_mail(sender, auto=auto)
    yield a_mail(subject="", text="", reply_text="")
    for sender in SENDERS:
        yield a_mail(sender)
        yield a_mail(sender, reply_to=addresses(TESS.email, "broken"), cc=addresses("", "x", STRANGER))
        yield a_forward(GITA.email, by=sender or "")


def all_decisions() -> Iterator[tuple[ParsedMail, Facts, Decision]]:
    facts = [some_facts(**{**threads, **more}) for threads, more in product(THREADS, FACTS)]
    for mail, known, prefs in product(mails(), facts, PREFERENCES):
        yield mail, known, decide(mail, known, prefs)


@pytest.fixture(scope="module")
def grid() -> list[tuple[ParsedMail, Facts, Decision]]:
    return list(all_decisions())


def test_every_mail_ends_in_one_known_outcome_and_the_trace_says_how(grid: Any) -> None:
    names = [rule.name for rule in RULES]
    assert len(grid) > 10_000
    for _mail, _facts, decision in grid:
        assert decision.outcome in get_args(Outcome)
        assert [step.step for step in decision.trace] == names[: len(decision.trace)]
        assert [step.verdict for step in decision.trace[:-1]] == ["pass"] * (len(decision.trace) - 1)
        assert (decision.trace[-1].step, decision.trace[-1].verdict) == (decision.because, decision.outcome)
        assert all(step.detail for step in decision.trace)
        assert decision.code
        assert decision.reason == decision.trace[-1].detail


def test_the_grid_reaches_every_rule(grid: Any) -> None:
    reached = {decision.because for _mail, _facts, decision in grid}
    assert {rule.name for rule in RULES} - reached == {"duplicate", "blocked"}


def test_automatic_mail_never_reopens_and_is_never_acknowledged(grid: Any) -> None:
    for mail, _facts, decision in grid:
        if mail.auto != "no":
            assert not decision.acknowledge
        if mail.auto not in ("no", "bulk"):
            assert not decision.reopen
            assert decision.follow_up_of is None


def test_only_who_takes_part_is_ever_heard_by_the_requester(grid: Any) -> None:
    for mail, facts, decision in grid:
        sender = mail.sender.email if mail.sender else ""
        if decision.entry_kind == "reply" and not facts.released_as:
            assert sender in (SAM.email, COPIED, TESS.email, THEO.email)
        if decision.flag in ("unknown_sender", "third_party", "auto"):
            assert (decision.entry_kind, decision.direction) == ("note", "internal")
        if sender == VENDOR and decision.ticket_id and facts.released_as != "reply":
            assert decision.entry_kind not in PUBLIC


def test_only_a_proven_technician_ever_writes_to_the_requester(grid: Any) -> None:
    for mail, facts, decision in grid:
        if decision.mailed or decision.direction == "out" or decision.forwarded_by:
            assert facts.authentication != "fail"
            assert mail.sender is not None
            assert facts.people[mail.sender.email].is_technician
        if decision.mailed:
            assert facts.thread is not None
            assert facts.thread.to_sender


def test_entries_belong_to_a_request_and_requests_to_a_requester(grid: Any) -> None:
    for _mail, facts, decision in grid:
        if decision.outcome in ("replied", "collaborated", "reopened"):
            assert decision.ticket_id == 460
            assert decision.entry_kind in ("reply", "collaboration", "note")
        if decision.outcome == "created" and facts.released_as != "reply":
            assert decision.requester is not None
            assert decision.requester.email.lower() not in {email.lower() for email in decision.cc}
            assert not facts.own_addresses & {email.lower() for email in decision.cc}
        assert decision.reopen == (decision.outcome == "reopened")
        if decision.outcome != "created":
            assert not (decision.acknowledge or decision.requester or decision.cc or decision.follow_up_of)


KEPT_BACK: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("duplicate", {}, {"duplicate_of": 1}, {}),
    ("own", {}, {"from_ourselves": True}, {}),
    ("bounce", {"auto": "bounce"}, {}, {}),
    ("blocked", {}, {"people": {**CAST, GITA.email: replace(GITA, blocked=True)}}, {}),
    ("held", {}, {"too_large": True}, {}),
    ("loop", {}, {"recent_same": 1}, {}),
    ("filtered", {}, {"mailbox": {"filter": Filter(emails=(GITA.email,))}}, {}),
    ("email_to_request_off", {}, {}, {"email_to_request": False}),
    ("guest_not_allowed", {}, {}, {"allow_guests": False}),
    ("created", {}, {}, {}),
]


@pytest.mark.parametrize("first", range(len(KEPT_BACK)))
def test_of_several_reasons_the_earlier_one_is_given(first: int) -> None:
    mail: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    preferences: dict[str, Any] = {}
    for _outcome, more_mail, more_facts, more_preferences in KEPT_BACK[first:]:
        mail |= more_mail
        facts |= more_facts
        preferences |= more_preferences
    assert decided(a_mail(GITA.email, **mail), some_facts(**facts), **preferences).outcome == KEPT_BACK[first][0]
