"""Every path and verb with every kind of token: what the router has is what is asked, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from postroom.accounts.models import User
from postroom.api.application import api
from tests import build
from tests.api.conftest import Script

Make = Callable[..., Script]

READ_BY_TECHNICIANS = ("people", "companies", "technician-groups", "categories")
WORK_OF_TECHNICIANS = ("requests", "attachments", "reply-templates", "notices", "views")


def operations() -> Iterator[tuple[str, str]]:
    """Every (verb, path) of the router, hidden ones too, with 1 for each number in the path."""
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            whole = "/".join(part.strip("/") for part in (bound.prefix, path) if part.strip("/"))
            for operation in view.operations:
                for method in sorted(operation.methods):
                    yield method, whole.replace("{int:id}", "1").replace("{int:number}", "1")


EVERY = sorted(set(operations()))


def is_for_technicians(method: str, path: str) -> bool:
    """As the contract says it."""
    noun = path.split("/")[0]
    return noun in WORK_OF_TECHNICIANS or (noun in READ_BY_TECHNICIANS and method == "GET")


EVERYBODYS = [one for one in EVERY if is_for_technicians(*one)]
ADMINISTRATORS = [one for one in EVERY if not is_for_technicians(*one)]


def test_what_the_router_has_is_what_the_document_tells() -> None:
    document = api.get_openapi_schema(path_prefix="")["paths"]
    told = {
        (method.upper(), path.strip("/").replace("{id}", "1").replace("{number}", "1"))
        for path, methods in document.items()
        for method in methods
    }

    assert told == set(EVERY)
    assert len(EVERY) > 100


def test_every_path_of_the_contract_is_there() -> None:
    six = {"GET", "PUT", "PATCH", "DELETE"}
    lists = (
        "outgoing-servers incoming-servers outgoing-rules proxies notification-templates people companies "
        "announcements technician-groups categories requester-groups suppressions"
    )
    have: dict[str, set[str]] = {}
    for method, path in EVERY:
        have.setdefault(path, set()).add(method)

    for path in lists.split():
        assert have[path] == {"GET", "POST"}
        assert have[f"{path}/1"] == six
    for path in ["preferences", "support-portal", "security", "limits", "settings", "microsoft-app"]:
        assert have[path] == {"GET", "PATCH"}
    for path in ("outgoing-servers/1/test", "incoming-servers/1/test", "discovery", "mail/incoming/bulk"):
        assert have[path] == {"POST"}
    assert have["audit"] == have["health"] == {"GET"}
    assert have["requests/1/notifications"] == {"GET", "POST"}


@pytest.mark.parametrize(("method", "path"), EVERY, ids=lambda value: value)
def test_nobody_is_let_in_without_a_token_or_with_that_of_a_blocked_person(
    method: str, path: str, script: Make
) -> None:
    blocked = script(build.ada())
    User.objects.filter(email="ada@desk.test").update(blocked=True)
    for caller in (script(token=None), script(token="wrong"), blocked):
        assert caller.send(method, path, "{}").status_code == 401


@pytest.mark.parametrize(("method", "path"), ADMINISTRATORS, ids=lambda value: value)
def test_a_technician_may_not_and_learns_nothing_of_what_is_there(method: str, path: str, tess: Script) -> None:
    build.an_outgoing_server("Secret relay", "relay@desk.test", pk=1)
    there, absent = tess.send(method, path, "not even JSON"), tess.send(method, path.replace("1", "77"), "{}")

    assert there.status_code == absent.status_code == 403
    assert there.content == absent.content
    assert there.body["errors"] == []


@pytest.mark.parametrize(("method", "path"), EVERYBODYS, ids=lambda value: value)
def test_a_technician_works_on_requests_and_reads_the_directory(method: str, path: str, tess: Script) -> None:
    assert tess.send(method, path, "{}").status_code in (200, 400, 404)


@pytest.mark.parametrize(("method", "path"), EVERY, ids=lambda value: value)
def test_an_administrator_may_do_all(method: str, path: str, admin: Script) -> None:
    answer: Any = admin.send(method, path, "{}")

    assert answer.status_code in (200, 400, 404, 409)
