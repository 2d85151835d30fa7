"""``postroom config export``: a file that applies again, without a single secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from postroom.audit.models import AuditEntry
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.run.configuration import apply_configuration
from tests import build
from tests.run.desk import FILE, postroom, write

pytestmark = pytest.mark.django_db


def exported() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(postroom("config", "export"))
    return data


def test_an_export_applies_again_and_changes_nothing(tmp_path: Path, canaries: dict[str, str]) -> None:
    postroom("config", "apply", write(tmp_path, FILE))
    first = postroom("config", "export")
    assert postroom("config", "apply", write(tmp_path, first), "--prune") == "Nothing to change.\n"
    assert postroom("config", "export") == first
    assert OutgoingServer.objects.get(name="Support").password == "canary-of-smtp"


def test_no_secret_is_exported_audited_or_printed(
    tmp_path: Path, canaries: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, FILE)
    printed = postroom("config", "check", file) + postroom("config", "apply", file) + postroom("config", "export")
    printed += "".join(capsys.readouterr())
    audited = str(list(AuditEntry.objects.values_list("changes", "object_name")))
    for canary in canaries.values():
        assert canary not in printed
        assert canary not in audited


def test_an_export_has_every_section(tmp_path: Path, canaries: dict[str, str]) -> None:
    postroom("config", "apply", write(tmp_path, FILE))
    written = yaml.safe_load(FILE)
    data = exported()
    assert list(data) == list(written)
    for section in ("companies", "categories", "preferences", "security", "limits", "alerts", "requester_groups"):
        assert data[section] == written[section]
    assert data["incoming_servers"][0]["auth"] == {"type": "basic", "username": "support"}


def test_a_dollar_sign_survives_the_round_trip() -> None:
    build.an_outgoing_server(sender_name="Costs ${5}")
    apply_configuration({})
    text = postroom("config", "export")
    assert "Costs $${5}" in text


def test_guests_and_service_accounts_are_not_exported() -> None:
    build.gita(), build.a_service_account(), build.tess()
    assert [person["email"] for person in exported()["people"]] == ["tess@desk.test"]


def test_a_microsoft_server_is_exported_without_host_and_port() -> None:
    auth = {"type": "oauth", "grant": "authorization_code", "refresh_token": "canary"}
    server = {"name": "M365", "email": "desk@contoso.test", "protocol": "mapi", "provider": "microsoft", "auth": auth}
    apply_configuration({"incoming_servers": [server]})
    assert IncomingServer.objects.get().grant.refresh_token == "canary"
    shown = exported()["incoming_servers"][0]
    assert not {"host", "port", "security"} & shown.keys()
    assert shown["auth"] == {"type": "oauth", "grant": "authorization_code", "username": "desk@contoso.test"}
    apply_configuration({"incoming_servers": [shown]})
    assert IncomingServer.objects.get().grant.refresh_token == "canary"
