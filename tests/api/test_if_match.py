"""If-Match: a change counts only for the version that its caller has read (RFC 9110, 13.1.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, OutgoingServer, Settings
from postroom.channels.services import save_outgoing_server, save_preferences
from tests.api.conftest import Script
from tests.api.test_servers import RELAY

GRACE = Actor("Grace Colleague")


def change(script: Script, method: str, path: str, tag: str, **body: Any) -> Any:
    client: Client = script._client
    sent = json.dumps(body)
    return client.generic(method, f"/api/v1/{path}", sent, "application/json", headers={"If-Match": tag})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_server_that_somebody_changed_meanwhile_is_neither_changed_nor_deleted(admin: Script, method: str) -> None:
    made = admin.post("outgoing-servers", **RELAY)
    path = f"outgoing-servers/{made.body['id']}"
    tag = admin.get(path).headers["ETag"]
    save_outgoing_server(GRACE, {"reply_to": "help@desk.test"}, OutgoingServer.objects.get())

    refused = change(admin, method, path, tag, **({**RELAY, "port": 1}))
    assert refused.status_code == 412
    assert "Grace Colleague changed this on" in refused.json()["message"]
    assert (OutgoingServer.objects.get().port, OutgoingServer.objects.get().reply_to) == (587, "help@desk.test")


def test_the_version_that_was_read_lets_a_change_through_and_each_answer_carries_the_next(admin: Script) -> None:
    made = admin.post("outgoing-servers", **RELAY)
    path = f"outgoing-servers/{made.body['id']}"
    first = admin.get(path).headers["ETag"]
    answer = change(admin, "PATCH", path, f'"other", {first}', port=2525)
    assert answer.status_code == 200 and answer.headers["ETag"] not in ("", first)
    assert change(admin, "PATCH", path, answer.headers["ETag"], port=2526).status_code == 200
    assert change(admin, "PATCH", path, "*", port=2527).status_code == 200
    assert admin.patch(path, port=2528).status_code == 200, "without the header the last one wins"


def test_preferences_and_sections_of_the_settings_have_versions_too(admin: Script) -> None:
    tag = admin.get("preferences").headers["ETag"]
    save_preferences(GRACE, {"allow_guests": False})
    assert change(admin, "PATCH", "preferences", tag, allow_guests=True).status_code == 412
    assert not EmailPreferences.load().allow_guests
    limits, security = (admin.get(name).headers["ETag"] for name in ("limits", "security"))
    assert change(admin, "PATCH", "limits", limits, hold_days=3).status_code == 200
    assert change(admin, "PATCH", "security", security, block_senders=["spam.test"]).status_code == 200
    assert change(admin, "PATCH", "limits", limits, hold_days=4).status_code == 412
    assert Settings.load().hold_days == 3
