"""The OpenAPI document: open to all, and true."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from postroom.accounts.services import COMPANY_FIELDS, GROUP_FIELDS, PERSON_FIELDS, TECHNICIAN_GROUP_FIELDS
from postroom.api import server_shapes, shapes
from postroom.channels.services import (
    INCOMING_FIELDS,
    MICROSOFT_APP_FIELDS,
    OUTGOING_FIELDS,
    PREFERENCE_FIELDS,
    PROXY_FIELDS,
    RULE_FIELDS,
    SECTIONS,
)
from postroom.outbox.services.suppressions import SUPPRESSION_FIELDS
from postroom.tickets.services.categories import CATEGORY_FIELDS
from postroom.tickets.services.templates import TEMPLATE_FIELDS
from tests import build
from tests.api.conftest import Script
from tests.api.test_mail import a_waiting_mail, an_arrived_mail


def test_the_document_names_every_resource_and_its_token() -> None:
    document = Script(None).get("openapi.json").body

    assert document["openapi"].startswith("3.")
    assert {"/api/v1/requests", "/api/v1/requests/{number}/conversation", "/api/v1/mail/incoming/bulk"} <= set(
        document["paths"]
    )
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["security"], (path, method)
            assert operation["description"], (path, method)


BODIES = {
    "outgoing-servers": OUTGOING_FIELDS,
    "incoming-servers": INCOMING_FIELDS,
    "outgoing-rules": (*RULE_FIELDS, "position"),
    "proxies": PROXY_FIELDS,
    "notification-templates": TEMPLATE_FIELDS,
    "suppressions": SUPPRESSION_FIELDS,
    "people": PERSON_FIELDS,
    "companies": COMPANY_FIELDS,
    "technician-groups": TECHNICIAN_GROUP_FIELDS,
    "requester-groups": GROUP_FIELDS,
    "categories": CATEGORY_FIELDS,
    "preferences": PREFERENCE_FIELDS,
    "settings": ("managed_services_provider", *SECTIONS),
    "limits": SECTIONS["limits"],
    "security": SECTIONS["security"],
    "support-portal": SECTIONS["support_portal"],
    "microsoft-app": MICROSOFT_APP_FIELDS,
}


@pytest.mark.parametrize(("path", "fields"), BODIES.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_body_is_described_by_exactly_the_fields_that_are_taken(path: str, fields: tuple[str, ...]) -> None:
    verbs = Script(None).get("openapi.json").body["paths"][f"/api/v1/{path}"]
    body = (verbs.get("post") or verbs["patch"])["requestBody"]["content"]["application/json"]["schema"]

    assert body["properties"].keys() == set(fields)
    assert not body["additionalProperties"]


def test_secrets_are_described_as_written_and_never_read() -> None:
    verbs = Script(None).get("openapi.json").body["paths"]["/api/v1/outgoing-servers"]
    auth = verbs["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["auth"]["properties"]

    for name in ("password", "client_secret", "refresh_token"):
        assert auth[name] == {"type": "string", "writeOnly": True}
        assert name not in str(verbs["get"])


def test_every_operation_has_a_name_of_its_own() -> None:
    paths = Script(None).get("openapi.json").body["paths"]
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]

    assert len(names) == len(set(names))


def test_every_answer_has_exactly_the_shape_that_the_document_promises(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    ticket = build.a_ticket(technician=build.tess(), technician_group=build.a_group())
    admin.post(
        f"requests/{ticket.number}/replies", text="Hi", attachments=[{"filename": "a.txt", "content_base64": "YQ=="}]
    )
    arrived, waiting = an_arrived_mail(), a_waiting_mail()
    admin.post(f"requests/{ticket.number}/notifications", subject="News", text="Hi", to=["a@example.test"])
    sender = admin.get("outgoing-servers").body["results"][0]["id"]
    mailbox = build.an_incoming_server(after="move", after_folder="Done").pk
    admin.post("proxies", name="office", type="http", host="10.0.0.1", port=3128)
    admin.post("suppressions", address="gone@example.test")
    admin.post("notification-templates", event="created", audience="requester", language="en")
    condition = {"field": "priority", "operator": "is", "value": "high"}
    admin.post("outgoing-rules", name="HR", server="Support", conditions=[condition])
    admin.post("requester-groups", name="Staff", members=["sam@example.test"])
    promised: list[tuple[str, Any]] = [
        ("requests", shapes.RequestPage),
        (f"requests/{ticket.number}", shapes.RequestOut),
        (f"requests/{ticket.number}/conversation", list[shapes.EntryOut]),
        ("mail/incoming", shapes.IncomingPage),
        (f"mail/incoming/{arrived.pk}", shapes.IncomingDetail),
        ("mail/outgoing", shapes.OutgoingPage),
        (f"mail/outgoing/{waiting.pk}", shapes.OutgoingDetail),
        ("people", shapes.PeoplePage),
        ("technician-groups", shapes.TechnicianGroupPage),
        ("categories", shapes.CategoryPage),
        ("companies", shapes.CompanyPage),
        (f"requests/{ticket.number}/notifications", shapes.NotificationPage),
        ("requester-groups", shapes.GroupPage),
        ("outgoing-servers", server_shapes.OutgoingServerPage),
        (f"outgoing-servers/{sender}", server_shapes.OutgoingServerOut),
        (f"outgoing-servers/{sender}/health", server_shapes.ServerStatusOut),
        ("incoming-servers", server_shapes.IncomingServerPage),
        (f"incoming-servers/{mailbox}", server_shapes.IncomingServerOut),
        ("proxies", server_shapes.ProxyPage),
        ("outgoing-rules", server_shapes.RulePage),
        ("notification-templates", server_shapes.TemplatePage),
        ("suppressions", server_shapes.SuppressionPage),
        ("preferences", server_shapes.PreferencesOut),
        ("settings", server_shapes.SettingsOut),
        ("limits", server_shapes.LimitsOut),
        ("security", server_shapes.SecurityOut),
        ("support-portal", server_shapes.SupportPortalOut),
        ("microsoft-app", server_shapes.MicrosoftAppOut),
        ("audit", server_shapes.AuditPage),
        ("health", server_shapes.StatusOut),
        ("requests/999999", shapes.Problem),
    ]
    for path, shape in promised:
        TypeAdapter(shape).validate_python(admin.get(path).body, strict=True)
