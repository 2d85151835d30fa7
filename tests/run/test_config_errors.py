"""What is wrong with a configuration file is said with the path of the value, and nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from postroom.channels.models import OutgoingServer
from postroom.rules.fields import Invalid
from postroom.run.configuration import apply_configuration, load
from tests.run.desk import postroom, write

pytestmark = pytest.mark.django_db

RELAY = {"name": "Support", "email": "support@desk.test", "host": "smtp.desk.test", "auth": {"type": "none"}}
MAILBOX = {
    "name": "Support",
    "email": "support@desk.test",
    "host": "imap.desk.test",
    "auth": {"type": "basic", "password": "secret"},
}
RULE = {"name": "HR", "server": "Support", "conditions": [{"field": "tags", "operator": "is", "value": "hr"}]}
OAUTH = {
    "type": "oauth",
    "client_id": "id",
    "client_secret": "secret",
    "authorization_url": "https://id.desk.test/authorize",
    "token_url": "https://id.desk.test/token",
    "scope": "mail",
}

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"outgoing_server": []}, "outgoing_server: Unknown field. Did you mean outgoing_servers?"),
    ({"outgoing_servers": RELAY}, "outgoing_servers: Must be a list."),
    ({"outgoing_servers": ["Support"]}, "outgoing_servers[0]: Must be a list of fields with values."),
    ({"outgoing_servers": [{**RELAY, "prot": 25}]}, "outgoing_servers[0].prot: Unknown field. Did you mean port?"),
    ({"outgoing_servers": [{**RELAY, "port": 0}]}, "outgoing_servers[0].port: Must be between 1 and 65535."),
    ({"outgoing_servers": [{**RELAY, "port": 70000}]}, "outgoing_servers[0].port: Must be between 1 and 65535."),
    ({"outgoing_servers": [{**RELAY, "port": "smtp"}]}, "outgoing_servers[0].port: Must be a whole number."),
    ({"outgoing_servers": [{**RELAY, "name": " "}]}, "outgoing_servers[0].name: Enter a name."),
    ({"outgoing_servers": [{**RELAY, "email": "support"}]}, "outgoing_servers[0].email: Must be a mail address"),
    ({"outgoing_servers": [{**RELAY, "host": "https://smtp"}]}, "outgoing_servers[0].host: Must be a host name alone"),
    ({"outgoing_servers": [{**RELAY, "host": "smtp desk"}]}, "outgoing_servers[0].host: Must be a host name without"),
    ({"outgoing_servers": [{**RELAY, "host": "smtp:25"}]}, "outgoing_servers[0].host: Must be a host name alone"),
    ({"outgoing_servers": [{**RELAY, "protocol": "imap"}]}, "outgoing_servers[0].protocol: Choose one of: smtp, mapi."),
    ({"outgoing_servers": [{**RELAY, "security": "starttls"}]}, "outgoing_servers[0].security: Choose one of"),
    ({"outgoing_servers": [{**RELAY, "enabled": "yes"}]}, "outgoing_servers[0].enabled: Must be true or false."),
    ({"outgoing_servers": [{**RELAY, "proxy": "no"}]}, 'outgoing_servers[0].proxy: There is no proxy named "no".'),
    (
        {"outgoing_servers": [{**RELAY, "auth": {"type": "basic"}}]},
        "outgoing_servers[0].auth.password: Enter the password.",
    ),
    ({"outgoing_servers": [{**RELAY, "auth": {"type": "basic", "password": 1}}]}, "auth.password: Must be a text."),
    ({"outgoing_servers": [{**RELAY, "auth": {"type": "magic"}}]}, "outgoing_servers[0].auth.type: Choose one of"),
    (
        {"outgoing_servers": [{**RELAY, "auth": {**OAUTH, "scope": ""}}]},
        "outgoing_servers[0].auth.scope: Enter the scope.",
    ),
    (
        {"outgoing_servers": [{**RELAY, "auth": {**OAUTH, "token_url": "http://id.desk.test"}}]},
        "auth.token_url: Must be",
    ),
    ({"outgoing_servers": [{**RELAY, "limits": {"per_minute": 0}}]}, "outgoing_servers[0].limits.per_minute: Must be"),
    ({"outgoing_servers": [RELAY, {**RELAY, "name": "support"}]}, "outgoing_servers[1].name: outgoing_servers[0] is"),
    (
        {"outgoing_servers": [{**RELAY, "primary": True}, {**RELAY, "name": "B", "primary": True}]},
        "outgoing_servers[1].primary: outgoing_servers[0] is the primary server already.",
    ),
    ({"outgoing_servers": [{**RELAY, "primary": True, "enabled": False}]}, "outgoing_servers[0].primary: A disabled"),
    ({"outgoing_rules": [RULE]}, 'outgoing_rules[0].server: There is no outgoing server named "Support".'),
    (
        {"outgoing_servers": [RELAY], "outgoing_rules": [{**RULE, "conditions": []}]},
        "outgoing_rules[0].conditions: Add",
    ),
    (
        {
            "outgoing_servers": [RELAY],
            "outgoing_rules": [{**RULE, "conditions": [{"field": "mood", "operator": "is", "value": "x"}]}],
        },
        "outgoing_rules[0].conditions[0].field: Unknown field",
    ),
    ({"incoming_servers": [{**MAILBOX, "auth": {"type": "none"}}]}, "incoming_servers[0].auth.type: Choose one of"),
    (
        {"incoming_servers": [{**MAILBOX, "aliases": ["help"]}]},
        "incoming_servers[0].aliases[0]: Must be a mail address.",
    ),
    ({"incoming_servers": [{**MAILBOX, "after": "archive"}]}, "incoming_servers[0].after: Choose one of"),
    ({"incoming_servers": [{**MAILBOX, "after": {"move": ""}}]}, "incoming_servers[0].after.move: Enter the folder."),
    ({"incoming_servers": [{**MAILBOX, "poll_seconds": 0}]}, "incoming_servers[0].poll_seconds: Must be between"),
    ({"incoming_servers": [{**MAILBOX, "category": "Cars"}]}, "incoming_servers[0].category: There is no category"),
    (
        {"incoming_servers": [{**MAILBOX, "filter": {"domains": ["a b"]}}]},
        "incoming_servers[0].filter.domains[0]: Must be",
    ),
    ({"incoming_servers": [{**MAILBOX, "filter": {"type": "drop"}}]}, "incoming_servers[0].filter.type: Choose one of"),
    (
        {"incoming_servers": [MAILBOX, {**MAILBOX, "name": "Again"}]},
        "incoming_servers[1].host: The incoming server Support reads the same mailbox already.",
    ),
    (
        {"incoming_servers": [{**MAILBOX, "provider": "microsoft", "protocol": "pop3", "auth": {"type": "oauth"}}]},
        "incoming_servers[0].protocol: Sign in with Microsoft offers IMAP or MAPI.",
    ),
    (
        {"preferences": {"closed_reply": {"grace_days": 366}}},
        "preferences.closed_reply.grace_days: Must be between 1 and",
    ),
    ({"preferences": {"cc_recipients": ["bcc"]}}, "preferences.cc_recipients[0]: Choose to, cc, or both."),
    ({"limits": {"message_size": "big"}}, "limits.message_size: Must be a size, such as 35MB."),
    ({"limits": {"hold_days": -1}}, "limits.hold_days: Must be between"),
    ({"alerts": {"webhook": "chat"}}, "alerts.webhook: Must be an http"),
    ({"security": {"block_senders": ["a b"]}}, "security.block_senders[0]: Must be a mail address or a domain."),
    ({"people": [{"email": "x@desk.test", "role": "boss"}]}, "people[0].role: Choose one of"),
    ({"people": [{"name": "Nobody"}]}, "people[0].email: Enter the mail address."),
    (
        {"technician_groups": [{"name": "A", "members": ["x@desk.test"]}]},
        "technician_groups[0].members[0]: There is no",
    ),
    ({"categories": ["Hardware / "]}, "categories[0]: Each part of the path needs a name."),
    ({"categories": [{"name": "Hardware"}]}, "categories[0]: Must be a text."),
    ({"proxies": [{"name": "p", "host": "proxy", "port": 1}]}, "proxies[0].type: Choose one of: http, socks5."),
    ({"notification_templates": [{"event": "created"}]}, "notification_templates[0].audience: Enter the audience."),
    (
        {"notification_templates": [{"event": "created", "audience": "requester", "text": "{{ password }}"}]},
        "notification_templates[0].text: Unknown placeholder 'password'.",
    ),
]


@pytest.mark.parametrize(("data", "said"), FAULTS, ids=[said.partition(":")[0] for _, said in FAULTS])
def test_each_fault_is_named_with_its_path(data: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as raised:
        apply_configuration(data)
    lines = [f"{path}: {message}" for path, message in raised.value.errors]
    assert len(lines) == 1, lines
    assert said in lines[0]


def test_all_faults_are_told_at_once_and_nothing_is_written() -> None:
    data = {"outgoing_servers": [RELAY, {**RELAY, "name": "B", "port": 0}], "limits": {"hold_days": 0}}
    with pytest.raises(Invalid) as raised:
        apply_configuration(data)
    assert {path for path, _ in raised.value.errors} == {"outgoing_servers[1].port", "limits.hold_days"}
    assert not OutgoingServer.objects.exists()


def test_what_refers_to_a_faulty_server_is_not_a_fault_of_its_own() -> None:
    with pytest.raises(Invalid) as raised:
        apply_configuration({"outgoing_servers": [{**RELAY, "port": 0}], "outgoing_rules": [RULE]})
    assert [path for path, _ in raised.value.errors] == ["outgoing_servers[0].port"]


def test_an_unset_variable_is_named_with_the_path(tmp_path: Path) -> None:
    text = 'proxies: [{name: p, type: http, host: h, port: 1, password: "${NOT_SET_ANYWHERE}"}]'
    with pytest.raises(CommandError, match=r"proxies\[0\]\.password: The environment variable NOT_SET_ANYWHERE is not"):
        postroom("config", "check", write(tmp_path, text))


def test_a_yaml_error_names_the_line_and_shows_nothing_of_the_file(tmp_path: Path) -> None:
    text = "people:\n  - {email: a@desk.test, password: canary-in-the-file\n  - ]"
    with pytest.raises(CommandError) as raised:
        postroom("config", "apply", write(tmp_path, text))
    assert "line 3" in str(raised.value)
    assert "canary" not in str(raised.value)


def test_a_key_that_is_written_twice_is_refused() -> None:
    with pytest.raises(Invalid, match=r"line 2, column 1: .*written twice"):
        load("limits: {}\nlimits: {}", {})


def test_a_value_from_the_environment_is_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISPLACED", "canary-of-nobody")
    text = 'outgoing_servers: [{name: A, email: a@desk.test, host: h, auth: {type: none}, proxy: "${MISPLACED}"}]'
    with pytest.raises(CommandError) as raised:
        postroom("config", "apply", write(tmp_path, text))
    assert "canary" not in str(raised.value)
    assert "${MISPLACED}" in str(raised.value)


def test_a_variable_may_stand_inside_a_text_and_give_a_number() -> None:
    environ = {"HOST": "smtp", "PORT": "2525"}
    data = load('{a: "${HOST}.desk.test", b: "${PORT}", c: "$${HOST}"}', environ).data
    assert data == {"a": "smtp.desk.test", "b": "2525", "c": "${HOST}"}
    apply_configuration({"outgoing_servers": [{**RELAY, "host": data["a"], "port": data["b"]}]})
    assert OutgoingServer.objects.get().port == 2525


def test_a_missing_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        postroom("config", "apply", str(tmp_path / "nowhere.yaml"))


def test_a_file_with_aliases_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

    with pytest.raises(Invalid, match="aliases"):
        load(bomb, {})
