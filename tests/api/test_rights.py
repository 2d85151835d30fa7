"""Who may do what with which token, where it is not the same for every path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.accounts.models import ApiToken, User
from tests import build
from tests.api.conftest import Script

Make = Callable[..., Script]


@pytest.mark.parametrize("path", ["requests", "people", "requests/1/conversation", "attachments/1", "mail/incoming"])
def test_without_a_valid_token_everything_answers_the_same_401(path: str, script: Make) -> None:
    revoked = build.a_token(build.ada(), revoked_at=timezone.now())
    tokens = [None, "", "wrong", revoked, "ünïcode", "x" * 8000]
    answers = [script(token=token).get(path) for token in tokens]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert answers[0].body == {
        "code": "unauthorized",
        "message": "Give a valid token: Authorization: Bearer TOKEN.",
        "errors": [],
    }


@pytest.mark.parametrize(
    "state", [{"is_active": False}, {"blocked": True}, {"archived": True}, {"role": "requester"}], ids=str
)
def test_a_token_ends_with_the_rights_of_its_person(state: dict[str, object], script: Make) -> None:
    caller = script(build.tess())
    User.objects.filter(email="tess@desk.test").update(**state)

    assert caller.get("requests").status_code == 401


def test_a_technician_token_of_an_administrator_stays_a_technicians(script: Make) -> None:
    assert script(build.ada(), role="technician").get("mail/incoming").status_code == 403


def test_an_administrator_token_ends_when_its_person_is_no_longer_one(script: Make) -> None:
    caller = script(build.ada())
    User.objects.filter(email="ada@desk.test").update(role="technician")

    assert caller.get("mail/incoming").status_code == 403
    assert caller.get("requests").status_code == 200


def test_a_service_account_sees_all_requests_and_administers_only_with_an_administrators_token(script: Make) -> None:
    ticket = build.a_ticket(technician_group=build.a_group("HR"))
    plain, administering = script(build.a_service_account()), script(build.a_service_account("ops", "admin"))

    assert plain.get(f"requests/{ticket.number}").status_code == 200
    assert plain.get("mail/incoming").status_code == 403
    assert administering.get("mail/incoming").status_code == 200


def test_a_technician_sees_only_requests_of_their_groups(tess: Script, theo: Script, admin: Script) -> None:
    hers = build.a_ticket("Printer", technician_group=build.a_group("Service Desk"))
    his = build.a_ticket("Salary", technician_group=build.a_group("HR"))
    nobodys = build.a_ticket("Chair")

    assert [row["number"] for row in tess.get("requests").body["results"]] == [nobodys.number, hers.number]
    assert [row["number"] for row in theo.get("requests").body["results"]] == [nobodys.number, his.number]
    assert admin.get("requests").body["count"] == 3


@pytest.mark.parametrize("kind", ["", "/conversation"])
def test_a_request_of_another_group_is_as_absent_as_one_that_never_was(kind: str, tess: Script) -> None:
    his = build.a_ticket("Salary", technician_group=build.a_group("HR"))

    hidden, absent = tess.get(f"requests/{his.number}{kind}"), tess.get(f"requests/999999{kind}")

    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


@pytest.mark.parametrize("kind", ["replies", "notes", "collaborations", "forwards"])
def test_nobody_writes_into_a_request_that_they_may_not_see(kind: str, tess: Script) -> None:
    his = build.a_ticket("Salary", technician_group=build.a_group("HR"))

    assert tess.post(f"requests/{his.number}/{kind}", text="Hello", to=["sam@example.test"]).status_code == 404
    assert tess.patch(f"requests/{his.number}", subject="Mine").status_code == 404
    assert his.entries.count() == 0


def test_the_last_use_of_a_token_is_written_at_most_once_a_minute(script: Make) -> None:
    caller = script(build.tess())
    caller.get("categories")
    first = ApiToken.objects.get().last_used_at
    caller.get("categories")
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first

    long_ago = first - timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=long_ago)
    caller.get("categories")
    assert ApiToken.objects.filter(last_used_at__gte=first).exists()
