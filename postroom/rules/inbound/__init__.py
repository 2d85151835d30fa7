"""What becomes of an incoming mail: an ordered list of small rules, of which the first answer wins.

Facts in, decision out: nothing here reads a clock, a database or a network, and nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from postroom.mail.model import ParsedMail
from postroom.rules.inbound import gates, openings, replies
from postroom.rules.model import Decision, Facts, Preferences, Step

__all__ = ["PASSES", "RULES", "Rule", "decide"]

WAIVED = "Not asked: an administrator released the mail."


@dataclass(frozen=True, slots=True)
class Rule:
    """A question put to each mail, what the trace says when it does not apply, and whether a release waives it."""

    ask: Callable[[ParsedMail, Facts, Preferences], Decision | None]
    passes: str
    waived_on_release: bool = False

    @property
    def name(self) -> str:
        return self.ask.__name__


RULES: tuple[Rule, ...] = (
    Rule(gates.duplicate, "The mail was not taken before."),
    Rule(gates.own, "It comes from somebody else."),
    Rule(gates.bounce, "It is no delivery status notification.", waived_on_release=True),
    Rule(gates.auto_reply, "It is no automatic mail, or one that may open a request.", waived_on_release=True),
    Rule(gates.blocked, "Neither a block list nor a blocked or archived user concerns it.", waived_on_release=True),
    Rule(gates.held, "Size and parts are within limits, it is not blank, its request exists.", waived_on_release=True),
    Rule(gates.no_sender, "It has a sender."),
    Rule(gates.loop, "The sender's mail does not look like a loop.", waived_on_release=True),
    Rule(gates.filtered, "The filter of the mailbox lets it pass.", waived_on_release=True),
    Rule(replies.technician_not_verified, "It is no technician's mail that needs more proof."),
    Rule(replies.assignee_reply, "It is no reply of the assigned technician."),
    Rule(replies.other_technician_reply, "It is no reply of another technician."),
    Rule(replies.reply_to_closed, "It is no reply to a closed request that is added there."),
    Rule(replies.reply_of_participant, "It is no reply of somebody who takes part in a request."),
    Rule(replies.answer_of_third_party, "It is no answer of somebody a request was forwarded to."),
    Rule(replies.mail_of_stranger, "It is no mail of a stranger on a request."),
    Rule(openings.email_to_request_off, "Email to Ticket is on.", waived_on_release=True),
    Rule(openings.guest_not_allowed, "The requester is known, or guests may write.", waived_on_release=True),
    Rule(openings.created, ""),
)

PASSES = {rule.name: rule.passes for rule in RULES}


def decide(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision:
    """Ask the rules in order; the first answer is the decision, and the trace says what each one answered.

    ``mail`` and ``facts`` are complete: times are aware, addresses in ``facts`` are lower-cased. Never raises.
    """
    trace: list[Step] = []
    for rule in RULES[:-1]:
        if facts.released_as and rule.waived_on_release:
            trace.append(Step(rule.name, "pass", WAIVED))
            continue
        decision = rule.ask(mail, facts, prefs)
        if decision is not None:
            return _concluded(decision, rule.name, trace, facts)
        trace.append(Step(rule.name, "pass", rule.passes))
    return _concluded(openings.created(mail, facts, prefs), RULES[-1].name, trace, facts)


def _concluded(decision: Decision, name: str, trace: list[Step], facts: Facts) -> Decision:
    if facts.tricks and decision.entry_kind is not None:
        trace.append(Step("sender", "warning", f"Look twice: {', '.join(facts.tricks)}."))
        decision = replace(decision, flag=decision.flag or "suspicious_sender")
    last = Step(name, decision.outcome, decision.reason)
    return replace(decision, because=name, code=decision.code or name, trace=(*trace, last))
