"""Which outgoing server a mail leaves by, why, and where answers to it go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from postroom.rules.conditions import all_or_any
from postroom.rules.model import Choice, RuleFacts, ServerFacts


def choose_server(
    picked: int | None,
    rules: Sequence[RuleFacts],
    servers: Sequence[ServerFacts],
    linked_id: int | None,
    mailbox_email: str,
    values: Mapping[str, object],
) -> Choice:
    """Choose the outgoing server of one mail, with failover where that server cannot send.

    Args:
        picked: the server that a technician picked for this mail.
        rules: all rules in their order; their numbers in reasons count from 1, disabled ones included.
        servers: all outgoing servers.
        linked_id: the server linked on the request's mailbox.
        mailbox_email: the address of the request's mailbox, or "".
        values: the fields of the conditions (see ``conditions``), as they are at the moment of the event.

    Returns:
        The server wanted is kept in ``wanted_id`` when another one sends or, with ``server_id`` None, the mail waits.
    """
    by_id = {server.id: server for server in servers}
    wanted_id, reason = _wanted(picked, rules, servers, linked_id, mailbox_email, values)
    if wanted_id is None:
        return Choice(None, "waiting: no outgoing server is enabled")
    wanted = by_id.get(wanted_id)
    if wanted is not None and _can_send(wanted):
        return Choice(wanted.id, reason, wanted_id=wanted.id)
    trouble = f"{wanted.name} {'unreachable' if wanted.enabled else 'disabled'}" if wanted else "server deleted"
    for substitute, name in _substitutes(wanted, servers):
        return Choice(substitute.id, f"failover: {trouble}, {name} used ({reason})", wanted_id, failover=True)
    return Choice(None, f"waiting: {trouble}, no other server can send ({reason})", wanted_id)


def choose_reply_to(
    server_reply_to: str, mailbox_email: str, enabled_mailboxes: Collection[str], primary_email: str
) -> str:
    """The Reply-To of a mail that leaves by a substitute, so that answers still reach a mailbox that we read.

    Args:
        server_reply_to: the Reply-To of the outgoing server wanted, or "".
        mailbox_email: the address of the request's mailbox, or "".
        enabled_mailboxes: addresses of the enabled incoming servers.
        primary_email: the address of the primary incoming server, or "".
    """
    if server_reply_to:
        return server_reply_to
    if mailbox_email and mailbox_email.lower() in {email.lower() for email in enabled_mailboxes}:
        return mailbox_email
    return primary_email


def first_match(rules: Sequence[RuleFacts], values: Mapping[str, object]) -> int | None:
    """The index of the first enabled rule whose conditions hold, or None."""
    matching = (i for i, rule in enumerate(rules) if rule.enabled and all_or_any(rule.match, rule.conditions, values))
    return next(matching, None)


def _wanted(
    picked: int | None,
    rules: Sequence[RuleFacts],
    servers: Sequence[ServerFacts],
    linked_id: int | None,
    mailbox_email: str,
    values: Mapping[str, object],
) -> tuple[int | None, str]:
    if picked is not None:
        return picked, "picked by the technician"
    index = first_match(rules, values)
    if index is not None:
        return rules[index].server_id, f"rule #{index + 1} {rules[index].name}"
    if linked_id is not None:
        return linked_id, f"linked on mailbox {mailbox_email}"
    same = _of_address(mailbox_email, servers)
    if same:
        return same[0].id, f"same address as mailbox {mailbox_email}"
    primary = next((server for server in servers if server.primary), None)
    return (primary.id, "primary") if primary else (None, "")


def _substitutes(wanted: ServerFacts | None, servers: Sequence[ServerFacts]) -> Iterator[tuple[ServerFacts, str]]:
    """Servers that can send now: first those of the wanted address, so that From stays, then the primary."""
    if wanted is not None:
        yield from ((server, server.name) for server in _of_address(wanted.email, servers) if _can_send(server))
    yield from ((server, "Primary") for server in servers if server.primary and _can_send(server))


def _of_address(email: str, servers: Sequence[ServerFacts]) -> list[ServerFacts]:
    """Enabled servers of an address, those that can send first."""
    same = [server for server in servers if email and server.enabled and server.email.lower() == email.lower()]
    return sorted(same, key=lambda server: not server.healthy)


def _can_send(server: ServerFacts) -> bool:
    return server.enabled and server.healthy
