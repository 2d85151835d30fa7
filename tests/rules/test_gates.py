"""What keeps a mail from becoming a request: known already, ours, automatic, blocked, held, looping, filtered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.mail.model import Address, Attachment, Bounce, ParsedMail
from postroom.rules.model import Facts
from tests.rules.build import (
    CAST,
    DESK,
    GITA,
    SAM,
    STRANGER,
    TESS,
    a_closed_thread,
    a_forward,
    a_mail,
    a_thread,
    decided,
    filtering,
    some_facts,
)

AUTOMATIC = ["auto-replied", "auto-generated", "read-receipt"]


def test_the_same_mail_in_two_mailboxes_makes_one_request() -> None:
    decision = decided(facts=some_facts(duplicate_of=7))
    assert (decision.outcome, decision.ticket_id) == ("duplicate", None)
    assert "7" in decision.reason


@pytest.mark.parametrize("sender", [DESK, "HELP@desk.test", "support+46@desk.test"])
def test_a_mail_from_one_of_our_own_addresses_is_never_a_request(sender: str) -> None:
    assert decided(a_mail(sender)).outcome == "own"


def test_a_mail_that_we_sent_and_that_came_back_is_recognised_as_our_own() -> None:
    assert decided(facts=some_facts(from_ourselves=True)).outcome == "own"


@pytest.mark.parametrize(("thread", "ticket"), [(None, None), (a_closed_thread(), 460)])
def test_a_bounce_makes_no_entry_and_names_the_request_it_is_about(thread: Any, ticket: int | None) -> None:
    mail = a_mail("mailer-daemon@example.test", auto="bounce", bounce=Bounce([], None))
    decision = decided(mail, some_facts(thread=thread))
    assert (decision.outcome, decision.ticket_id) == ("bounce", ticket)
    assert (decision.entry_kind, decision.reopen, decision.acknowledge) == (None, False, False)


@pytest.mark.parametrize("auto", AUTOMATIC)
@pytest.mark.parametrize("thread", [a_thread(), a_thread(status="resolved"), a_closed_thread()])
def test_an_out_of_office_answer_is_noted_on_its_request_and_never_reopens_it(auto: Any, thread: Any) -> None:
    decision = decided(a_mail(auto=auto), some_facts(thread=thread))
    assert (decision.outcome, decision.ticket_id) == ("auto_reply", 460)
    assert (decision.entry_kind, decision.flag, decision.direction) == ("note", "auto", "internal")
    assert not decision.reopen
    assert not decision.mailed


def test_an_out_of_office_answer_with_the_subject_tag_alone_is_noted_if_its_sender_takes_part() -> None:
    facts = some_facts(subject_thread=a_thread(matched_by="subject", to_sender=False))
    assert decided(a_mail(auto="auto-replied"), facts).ticket_id == 460
    assert decided(a_mail(STRANGER, auto="auto-replied"), facts).ticket_id is None


def test_automatic_mail_without_a_sender_takes_part_in_no_request() -> None:
    facts = some_facts(subject_thread=a_thread(requester_id=None, requester_email="", matched_by="subject"))
    assert decided(a_mail("", auto="auto-replied"), facts).ticket_id is None


def test_automatic_mail_on_a_deleted_request_makes_no_entry() -> None:
    decision = decided(a_mail(auto="auto-replied"), some_facts(thread=a_thread(deleted=True)))
    assert (decision.outcome, decision.ticket_id, decision.entry_kind) == ("auto_reply", None, None)


@pytest.mark.parametrize("auto", AUTOMATIC)
def test_automatic_mail_on_no_request_makes_none(auto: Any) -> None:
    decision = decided(a_mail(auto=auto))
    assert (decision.outcome, decision.entry_kind) == ("auto_reply", None)


@pytest.mark.parametrize(
    ("mailbox", "preferences"),
    [
        ({"accept_automated": True}, {}),
        ({}, {"allow_senders": (SAM.email,)}),
        ({}, {"allow_senders": ("example.test",)}),
    ],
)
def test_automatic_mail_opens_a_request_where_it_is_accepted_but_is_never_answered(
    mailbox: dict[str, Any], preferences: dict[str, Any]
) -> None:
    decision = decided(a_mail(auto="auto-generated"), some_facts(mailbox=mailbox), **preferences)
    assert (decision.outcome, decision.acknowledge) == ("created", False)
    assert decision.no_acknowledgement == "automatic mail"


def test_list_mail_may_open_a_request_and_reply_but_is_never_answered() -> None:
    opened = decided(a_mail(auto="bulk"))
    assert (opened.outcome, opened.acknowledge, opened.no_acknowledgement) == ("created", False, "list mail")
    assert decided(a_mail(auto="bulk"), some_facts(thread=a_thread())).outcome == "replied"


def test_automatic_mail_that_keeps_coming_on_one_request_is_a_loop() -> None:
    flooded = some_facts(thread=a_thread(auto_replies=20))
    assert decided(a_mail(auto="auto-replied"), flooded).outcome == "loop"
    assert decided(a_mail(auto="auto-replied"), some_facts(thread=a_thread(auto_replies=19))).outcome == "auto_reply"
    assert decided(a_mail(), flooded).outcome == "replied"
    assert decided(a_mail(auto="auto-replied"), flooded, allow_senders=(SAM.email,)).outcome == "auto_reply"


@pytest.mark.parametrize(
    ("state", "code"), [({"blocked": True}, "blocked_user"), ({"archived": True}, "archived_user")]
)
def test_mail_of_a_blocked_or_archived_user_becomes_nothing_not_even_a_reply(state: dict[str, Any], code: str) -> None:
    people = {**CAST, SAM.email: replace(SAM, **state)}
    for facts in (some_facts(people=people), some_facts(people=people, thread=a_thread())):
        decision = decided(a_mail(), facts, allow_senders=(SAM.email,))
        assert (decision.outcome, decision.code) == ("blocked", code)


@pytest.mark.parametrize("entry", [SAM.email, "SAM@Example.TEST", "example.test", "@example.test", "*@example.test"])
def test_the_global_block_list_holds_addresses_and_domains_and_the_allow_list_overrides_it(entry: str) -> None:
    decision = decided(block_senders=(entry,))
    assert (decision.outcome, decision.code) == ("blocked", "block_list")
    assert entry in decision.reason
    assert decided(block_senders=(entry,), allow_senders=(SAM.email,)).outcome == "created"


def test_a_blocked_user_cannot_open_a_request_by_way_of_reply_to() -> None:
    people = {**CAST, GITA.email: replace(GITA, blocked=True)}
    mail = a_mail(reply_to=[Address("", GITA.email)])
    assert decided(mail, some_facts(people=people), requester_from_reply_to=True).outcome == "blocked"
    assert decided(mail, some_facts(people=people), requester_from_reply_to=False).outcome == "created"


BLANK: dict[str, Any] = {"subject": " ", "text": "\n", "reply_text": ""}


@pytest.mark.parametrize(
    ("mail", "facts", "code"),
    [
        (a_mail(**BLANK), some_facts(), "blank"),
        (a_mail(text="", reply_text=""), some_facts(thread=a_thread()), "blank"),
        (a_mail(), some_facts(too_large=True), "too_large"),
        (a_mail(), replace(some_facts(), size=35_000_001), "too_large"),
        (a_mail(), some_facts(too_many_parts=True), "too_many_parts"),
        (a_mail(), some_facts(malware=True), "malware"),
        (a_mail(), some_facts(thread=a_thread(deleted=True)), "deleted_request"),
        (a_mail(STRANGER), some_facts(thread=a_thread(deleted=True)), "deleted_request"),
        (a_mail(None), some_facts(), "no_sender"),
        (a_mail("undisclosed"), some_facts(), "no_sender"),
    ],
)
def test_a_mail_that_cannot_be_used_is_held_with_its_cause(mail: ParsedMail, facts: Facts, code: str) -> None:
    decision = decided(mail, facts)
    assert (decision.outcome, decision.code) == ("held", code)
    assert decision.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Printer on fire"},
        {"text": "Help"},
        {"attachments": [Attachment("a.png", "image/png", 1, None, False, "")]},
        {"html": '<p><img src="cid:1"></p>'},
        {"encrypted": "pgp"},
    ],
)
def test_a_mail_that_says_anything_at_all_is_not_blank(fields: dict[str, Any]) -> None:
    assert decided(a_mail(**{**BLANK, **fields})).outcome == "created"


def test_a_mail_of_exactly_the_allowed_size_is_taken() -> None:
    assert decided(facts=replace(some_facts(), size=35_000_000)).outcome == "created"


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"recent_requests": 19}, "created"),
        ({"recent_requests": 20}, "loop"),
        ({"recent_same": 1}, "loop"),
        ({"recent_requests": 20, "recent_same": 1, "thread": a_thread()}, "replied"),
        ({"recent_requests": 20, "thread": a_closed_thread()}, "reopened"),
    ],
)
def test_a_sender_who_opens_too_many_requests_is_a_loop_but_may_go_on_replying(facts: Any, outcome: str) -> None:
    assert decided(facts=some_facts(**facts)).outcome == outcome


def test_a_reply_that_would_open_a_follow_up_counts_for_the_loop_limit() -> None:
    facts = some_facts(recent_same=1, thread=a_closed_thread())
    assert decided(facts=facts, closed_action="new").outcome == "loop"


def test_the_loop_limit_is_a_preference_and_spares_senders_on_the_allow_list() -> None:
    facts = some_facts(recent_requests=3)
    assert decided(facts=facts, requests_per_sender_per_hour=3).outcome == "loop"
    assert decided(facts=facts, requests_per_sender_per_hour=3, allow_senders=(SAM.email,)).outcome == "created"


def test_a_filter_ignores_new_mail_by_address_domain_or_keyword_and_names_the_entry() -> None:
    for lists, named in (
        ({"emails": (SAM.email,)}, SAM.email),
        ({"domains": ("example.test",)}, "example.test"),
        ({"keywords": ("fire",)}, "fire"),
        ({"keywords": ("come",)}, "come"),
    ):
        decision = decided(facts=filtering(**lists))
        assert decision.outcome == "filtered"
        assert named in decision.reason


def test_a_reply_is_stopped_by_ignored_addresses_and_domains_but_by_no_keyword_and_no_allow_list() -> None:
    for lists, outcome in (
        ({"emails": (SAM.email,)}, "filtered"),
        ({"domains": ("example.test",)}, "filtered"),
        ({"keywords": ("fire",)}, "replied"),
        ({"type": "allow", "emails": ("boss@example.test",)}, "replied"),
    ):
        assert decided(facts=replace(filtering(**lists), thread=a_thread())).outcome == outcome


def test_a_technicians_forward_is_filtered_by_its_original_sender_too() -> None:
    assert decided(a_forward(), filtering(emails=(GITA.email,))).outcome == "filtered"
    assert decided(a_forward(), filtering(type="allow", emails=(GITA.email,))).outcome == "created"
    assert decided(a_forward(), filtering(keywords=("burns",))).outcome == "filtered"


def test_a_forward_by_somebody_else_is_filtered_by_who_sent_it() -> None:
    assert decided(a_forward(by=SAM.email), filtering(emails=(GITA.email,))).outcome == "created"
    assert decided(a_forward(by=SAM.email), filtering(type="allow", emails=(GITA.email,))).outcome == "filtered"


def test_a_technicians_reply_that_quotes_an_ignored_sender_is_not_filtered() -> None:
    facts = replace(filtering(emails=(GITA.email,)), thread=a_thread())
    assert decided(a_forward(by=TESS.email), facts).outcome == "replied"


def test_quoted_history_is_not_searched_for_keywords() -> None:
    mail = a_mail(subject="Question", reply_text="Hello", text="Hello\n> winner")
    assert decided(mail, filtering(keywords=("winner",))).outcome == "created"


RELEASED = [
    (a_mail(**BLANK), {}, {}),
    (a_mail(), {"too_large": True}, {}),
    (a_mail(), {"recent_requests": 99, "recent_same": 9}, {}),
    (a_mail(), {"thread": a_thread(deleted=True)}, {}),
    (a_mail(auto="auto-replied"), {}, {}),
    (a_mail(), {}, {"block_senders": ("example.test",)}),
    (a_mail(), {}, {"email_to_request": False}),
    (a_mail(STRANGER), {}, {"allow_guests": False}),
    (a_mail(), {"mailbox": filtering(keywords=("fire",)).mailbox}, {}),
]


@pytest.mark.parametrize(("mail", "fields", "preferences"), RELEASED)
def test_what_was_kept_back_becomes_a_request_when_an_administrator_releases_it(
    mail: ParsedMail, fields: dict[str, Any], preferences: dict[str, Any]
) -> None:
    kept_back = replace(some_facts(), **fields)
    assert decided(mail, kept_back, **preferences).outcome not in ("created", "replied", "collaborated")
    released = decided(mail, replace(kept_back, released_as="request"), **preferences)
    assert released.outcome == "created"
    assert released.requester == mail.sender


@pytest.mark.parametrize("status", ["open", "closed"])
def test_a_mail_released_as_a_reply_is_one_on_the_request_that_the_administrator_chose(status: str) -> None:
    facts = some_facts(thread=a_thread(status=status, closed_at=None), released_as="reply")
    decision = decided(a_mail(STRANGER), facts, closed_action="new")
    assert (decision.outcome, decision.entry_kind, decision.ticket_id) == ("replied", "reply", 460)


def test_a_release_never_takes_the_same_mail_twice_nor_our_own() -> None:
    assert decided(facts=some_facts(duplicate_of=7, released_as="request")).outcome == "duplicate"
    assert decided(facts=some_facts(from_ourselves=True, released_as="request")).outcome == "own"


def test_a_mail_without_a_sender_can_be_released_as_a_reply_but_not_as_a_request() -> None:
    assert decided(a_mail(None), some_facts(released_as="request")).outcome == "held"
    assert decided(a_mail(None), some_facts(released_as="reply", thread=a_thread())).outcome == "replied"
