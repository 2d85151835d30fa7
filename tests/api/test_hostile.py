"""Whatever is sent, the answer is one of the contract's, in its shape, and never an error of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from postroom.api.application import api
from tests import build
from tests.api.conftest import Script

STRINGS = [
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\U0001f4a9",
    "\u202e",
    "ı",
    "ß" * 2000,
    "%",
    "\\",
    "'; --",
    "x" * 70_000,
    "\r\n",
]
VALUES: list[Any] = [
    *STRINGS,
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    1e308,
    [],
    [[]],
    {},
    {"\x00": 1},
    ["\x00"],
    [None],
    [{"a": []}],
]
BODIES = [
    b"", b"{", b"null", b"[]", b'"text"', b"1", b"NaN", b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000,
    b'{"a":' * 100_000, b"9" * 5000, b'{"subject": 1, "subject": 2}', b"--x\r\n", b'{"\\ud800": 1}',
    b'{"text": ' + b"9" * 5000 + b"}",
]  # fmt: skip
NUMBERS = ["0", "-1", "abc", "1.5", "1e9", "9" * 19, "9" * 30, "9" * 5000, "\x00", "NaN", "٣", " 1", "", "²"]


def routes() -> list[tuple[str, str]]:
    """Every (method, path) that OpenAPI names."""
    return [
        (method.upper(), path)
        for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        for method in methods
    ]


def below(path: str, id: str) -> str:
    return path.replace("{number}", id).replace("{id}", id)


@pytest.fixture
def desk(admin: Script) -> Script:
    """An administrator's script on a desk where request, attachment and mail number 1 could be."""
    build.a_ticket()
    return admin


def is_proper(answer: Any) -> bool:
    if answer.status_code < 400:
        return answer.status_code in (200, 201, 204)
    named = answer.body.keys() == {"code", "message", "errors"}
    return named and answer.status_code in (400, 404, 405, 409)


@pytest.mark.parametrize(("method", "path"), routes(), ids=lambda value: value)
def test_any_number_in_a_path_is_answered(method: str, path: str, desk: Script) -> None:
    for number in NUMBERS if "{" in path else ["1"]:
        answer = desk.send(method, below(path, quote(number)), "{}")
        assert is_proper(answer), (number, answer.status_code)


@pytest.mark.parametrize(
    ("method", "path"), [route for route in routes() if route[0] != "GET"], ids=lambda value: value
)
def test_any_body_is_answered(method: str, path: str, desk: Script) -> None:
    ticket = build.a_ticket()
    for body in BODIES:
        answer = desk.send(method, below(path, str(ticket.number)), body)
        assert is_proper(answer), (body[:40], answer.status_code)


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        (
            "POST",
            "requests",
            "subject requester text html priority technician category company tags cc_emails attachments",
        ),
        (
            "PATCH",
            "requests/{number}",
            "subject requester status kind technician technician_group tags cc_emails location",
        ),
        ("POST", "requests/{number}/replies", "text html to cc outgoing_server attachments"),
        ("POST", "requests/{number}/forwards", "text html to cc outgoing_server attachments"),
        ("POST", "requests/{number}/notes", "text html attachments"),
        ("POST", "requests/{number}/notifications", "subject text html to cc groups outgoing_server attachments"),
        ("POST", "mail/incoming/bulk", "ids action"),
        (
            "POST",
            "outgoing-servers",
            "name email protocol provider host port security ca_file auth proxy enabled primary sender_name limits",
        ),
        ("POST", "incoming-servers", "aliases folder start after poll_seconds filter technician_group category auth"),
        ("POST", "outgoing-rules", "name server match conditions position"),
        ("POST", "proxies", "name type host port username password"),
        ("POST", "notification-templates", "event audience language enabled subject text html"),
        ("POST", "people", "email name role kind password department secondary_emails company blocked"),
        ("POST", "companies", "name domains"),
        ("POST", "technician-groups", "name members"),
        ("POST", "categories", "name"),
        ("POST", "suppressions", "address reason"),
        ("PATCH", "preferences", "allow_guests cc_recipients closed_reply other_technician_reply"),
        ("PATCH", "security", "trusted_authserv_ids allow_senders block_senders"),
        ("PATCH", "limits", "message_size hold_days"),
        ("PATCH", "settings", "managed_services_provider limits alerts"),
        ("PATCH", "microsoft-app", "client_id client_secret tenant"),
        ("POST", "mail/incoming/1/release", "as request"),
        ("POST", "mail/outgoing/1/resend", "to server"),
    ],
)
def test_any_value_in_a_body_is_answered(method: str, path: str, fields: str, desk: Script) -> None:
    ticket = build.a_ticket()
    build.an_outgoing_server()
    good = {
        "subject": "Hi",
        "requester": "sam@example.test",
        "text": "Hi",
        "to": ["sam@example.test"],
        "name": "One",
        "email": "one@desk.test",
        "host": "mail.desk.test",
        "auth": {"type": "basic", "password": "x"},
        "server": "Support",
        "type": "http",
        "port": 25,
        "event": "created",
        "audience": "requester",
        "conditions": [{"field": "priority", "operator": "is", "value": "high"}],
    }
    names = fields.split()
    rest = {name: value for name, value in good.items() if name in names and method == "POST"}
    for name in names:
        for value in VALUES:
            body = json.dumps({**rest, name: value})
            answer = desk.send(method, path.replace("{number}", str(ticket.number)), body)
            assert is_proper(answer), (name, value, answer.status_code)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("requests", "search status requester mailbox technician page page_size"),
        ("mail/incoming", "mailbox outcome message_id state page page_size"),
        ("mail/outgoing", "state server request kind page page_size"),
        ("people", "search role page page_size"),
        ("companies", "search page page_size"),
        ("outgoing-servers", "search page page_size"),
        ("suppressions", "search"),
        ("audit", "actor object action since until format page page_size"),
    ],
)
def test_any_value_in_a_query_is_answered(path: str, names: str, desk: Script) -> None:
    for name in names.split():
        for value in [*STRINGS[:-2], *NUMBERS, "1,2"]:
            query = f"{name}={quote(value, errors='surrogatepass')}"
            assert is_proper(desk.get(f"{path}?{query}")), (name, value[:40])
        assert is_proper(desk.get(f"{path}?{name}=%ff%fe&{name}=%00"))


@pytest.mark.parametrize(
    "query", ["page=0", "page=99999999999999999999", "page=x", "page_size=501", "page_size=0", "search=%00"]
)
def test_a_page_that_cannot_be_is_refused_at_its_field(query: str, desk: Script) -> None:
    answer = desk.get(f"requests?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.body["errors"]] == [query.partition("=")[0]]


def test_a_page_beyond_the_last_is_empty(desk: Script) -> None:
    body = desk.get("requests", page=100_000, page_size=500).body

    assert (body["results"], body["next"]) == ([], None)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v2/requests", "/api/v1/nothing", "/api/v1/requests/", "/api/v1/docs"]
)
def test_an_unknown_path_is_a_404_in_the_one_shape(path: str, desk: Script) -> None:
    for caller in (desk, Script(None)):
        answer = caller.get(path)
        assert (answer.status_code, answer.body["code"]) == (404, "not_found")


def test_a_script_that_posts_to_an_unknown_path_is_not_asked_for_a_form_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/nothing", "{}", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("requester", "field"),
    [("nonsense", "requester"), (7, "requester"), ({"email": "x"}, "requester.email"), ({}, "requester.email")],
)
def test_a_requester_that_is_none_is_refused_at_the_field_that_is_wrong(
    requester: object, field: str, desk: Script
) -> None:
    answer = desk.post("requests", subject="Hi", text="x", requester=requester)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_a_method_that_a_path_does_not_have_is_named(desk: Script) -> None:
    answer = desk.send("DELETE", "requests", "")

    assert (answer.status_code, answer.body["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_beyond_the_limit_is_refused(desk: Script, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = desk.post("requests", subject="Hi", text="x" * 2000)

    assert (answer.status_code, answer.body["code"]) == (400, "too_large")
