"""Try it: which rule of the draft would match for a real request, which server would send, and why (ORL-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext

from postroom.accounts.models import User
from postroom.outbox.services.queue import Switchboard
from postroom.rules.conditions import all_or_any
from postroom.rules.model import Choice, RuleFacts
from postroom.rules.outgoing import first_match
from postroom.tickets import queries
from postroom.tickets.models import Ticket
from postroom.tickets.notifications import rule_values
from postroom.web.admin.routing.attributes import Pickers
from postroom.web.admin.routing.drafts import Condition, Draft, Group
from postroom.web.admin.routing.wording import words_of


@dataclass(frozen=True, slots=True)
class Line:
    """One condition that was asked: whether it holds, and what the request has there."""

    words: str
    holds: bool
    has: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule said: ``match``, ``no``, ``off`` (disabled) or ``later`` (an earlier one matched)."""

    number: int
    name: str
    verdict: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trial:
    """The answer. ``error`` says why there is none; ``server`` is None where the mail would wait."""

    asked: str = ""
    event: str = ""
    error: str = ""
    ticket: Ticket | None = None
    steps: list[Step] = field(default_factory=list)
    choice: Choice | None = None
    server: Any = None


def try_it(user: User, draft: Draft, asked: str, event: str, pickers: Pickers) -> Trial:
    """Judge the rules of the draft by a request as it is now. ``asked`` is its number, ``event`` the notification."""
    trial = Trial(asked=asked.strip(), event=event)
    number = trial.asked.removeprefix("#")
    if not number:
        return trial
    fits = number.isascii() and number.isdecimal() and len(number) < 18
    ticket = queries.ticket_for(user, int(number)) if fits else None
    if ticket is None:
        return replace(trial, error=gettext("There is no request %(number)s.") % {"number": trial.asked[:20]})
    board = Switchboard.load()
    servers = {server.name.casefold(): server.pk for server in board.servers.values()}
    board.rules = facts_of(draft, servers)
    values = rule_values(ticket, notification=event, recipient=ticket.requester.email or "")
    choice = board.choose(None, ticket.mailbox, values)
    return replace(
        trial,
        ticket=ticket,
        steps=_steps(draft, board.rules, values, pickers),
        choice=choice,
        server=board.servers.get(choice.server_id or 0),
    )


def facts_of(draft: Draft, servers: Mapping[str, int]) -> list[RuleFacts]:
    """The draft as the choice of a server reads rules; ``servers`` are keys by folded name."""
    return [
        RuleFacts(
            name=rule.name,
            enabled=rule.enabled,
            server_id=servers.get(rule.server.casefold(), 0),
            match="any" if rule.root.match == "any" else "all",
            conditions=tuple(rule.root.shape()["conditions"]),
        )
        for rule in draft.rules
    ]


def _steps(draft: Draft, rules: list[RuleFacts], values: Mapping[str, Any], pickers: Pickers) -> list[Step]:
    matched = first_match(rules, values)
    steps = []
    for index, rule in enumerate(draft.rules):
        if not rule.enabled:
            verdict = "off"
        elif matched is not None and index >= matched:
            verdict = "match" if index == matched else "later"
        else:
            verdict = "no"
        lines = list(_lines(rule.root, values, pickers)) if verdict in ("match", "no") else []
        steps.append(Step(index + 1, rule.name, verdict, lines))
    return steps


def _lines(group: Group, values: Mapping[str, Any], pickers: Pickers, depth: int = 0) -> list[Line]:
    found: list[Line] = []
    for item in group.items:
        holds = all_or_any("all", [item.shape()], values)
        if isinstance(item, Condition):
            found.append(Line(words_of(item, pickers), holds, _has(item.field, values, pickers), depth))
        else:
            words = gettext("Any of these") if item.match == "any" else gettext("All of these")
            found += [Line(words, holds, "", depth), *_lines(item, values, pickers, depth + 1)]
    return found


def _has(name: str, values: Mapping[str, Any], pickers: Pickers) -> str:
    value = values.get(name)
    many = value if isinstance(value, list) else [value]
    return ", ".join(pickers.label(name, str(one)) for one in many if one not in (None, "")) or gettext("none")
