"""The OpenAPI document: open to all, and true."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from postroom.api import shapes
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


def test_every_answer_has_exactly_the_shape_that_the_document_promises(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    ticket = build.a_ticket(technician=build.tess(), technician_group=build.a_group())
    admin.post(
        f"requests/{ticket.number}/replies", text="Hi", attachments=[{"filename": "a.txt", "content_base64": "YQ=="}]
    )
    arrived, waiting = an_arrived_mail(), a_waiting_mail()
    promised: list[tuple[str, Any]] = [
        ("requests", shapes.RequestPage),
        (f"requests/{ticket.number}", shapes.RequestOut),
        (f"requests/{ticket.number}/conversation", list[shapes.EntryOut]),
        ("mail/incoming", shapes.IncomingPage),
        (f"mail/incoming/{arrived.pk}", shapes.IncomingDetail),
        ("mail/outgoing", shapes.OutgoingPage),
        (f"mail/outgoing/{waiting.pk}", shapes.OutgoingDetail),
        ("people", shapes.PeoplePage),
        ("technician-groups", shapes.GroupPage),
        ("categories", shapes.CategoryPage),
        ("companies", shapes.CompanyPage),
        ("requests/999999", shapes.Problem),
    ]
    for path, shape in promised:
        TypeAdapter(shape).validate_python(admin.get(path).body, strict=True)
