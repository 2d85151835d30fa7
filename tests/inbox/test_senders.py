"""Senders: our own look at signatures where it is switched on, and people who pass for somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, Settings
from postroom.channels.secret import thread_keys
from postroom.channels.storage import blobs
from postroom.inbox.authentication import check_senders
from postroom.inbox.facts import Configuration, Item, gather
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.keep import NewInbound, keep
from postroom.mail import parse
from postroom.mail.authentication import Resolver, ResolverError
from tests.inbox.conftest import Arrive
from tests.mail.test_authentication_verify import signed, zone
from tests.mails import a_mail


@pytest.fixture
def checked(support: IncomingServer) -> Callable[..., str]:
    """What the decision is told of a kept mail's authentication, with the check switched on."""
    Settings.objects.update_or_create(pk=1, defaults={"check_senders": True, "trusted_authserv_ids": ["mx.desk.test"]})

    def check(raw: bytes, resolver: Resolver) -> str:
        keep(support, [NewInbound("1/1", raw, timezone.now(), len(raw))])
        row = InboundEmail.objects.get()
        item = Item.of(row, parse(blobs().get(row.raw_sha256)), thread_keys())
        configuration = Configuration.load()
        check_senders([item], configuration, lambda _until: resolver)
        return gather([item], timezone.now(), configuration).facts_of(item).authentication

    return check


def test_a_signed_mail_without_a_servers_word_is_checked_here(checked: Callable[..., str]) -> None:
    assert checked(signed(), zone()) == "pass"


def test_the_word_of_a_trusted_server_is_not_asked_again(checked: Callable[..., str]) -> None:
    def asked(name: str) -> list[str]:
        raise AssertionError(f"{name} was looked up")

    raw = b"Authentication-Results: mx.desk.test; dmarc=fail header.from=example.test\r\n" + signed()

    assert checked(raw, asked) == "fail"


def test_a_silent_name_service_leaves_it_open(checked: Callable[..., str]) -> None:
    def silent(name: str) -> list[str]:
        raise ResolverError("no answer")

    assert checked(signed(), silent) == "none"


def test_no_name_is_looked_up_unless_the_check_is_switched_on(checked: Callable[..., str]) -> None:
    Settings.objects.update(check_senders=False)

    assert checked(signed(), zone()) == "none"


def test_many_mails_are_looked_up_at_the_same_time(support: IncomingServer) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"check_senders": True})
    raw = signed()
    keep(support, [NewInbound(f"1/{number}", raw, timezone.now(), len(raw)) for number in range(2)])
    items = [Item.of(row, parse(raw), thread_keys()) for row in InboundEmail.objects.all()]
    under_way: list[str] = []

    def patient(name: str) -> list[str]:
        under_way.append(name)
        until = time.monotonic() + 5
        while len(under_way) < 2 and time.monotonic() < until:
            time.sleep(0.001)
        return zone()(name)

    check_senders(items, Configuration.load(), lambda _until: patient)

    assert [item.checked for item in items] == ["pass", "pass"]
    assert under_way[0] == under_way[1]  # the second was asked while the first waited


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ('"ada@desk.test" <eve@evil.test>', "the display name shows an address"),
        ("Tess Technician <tess.technician@mail.test>", "name of a technician"),
        ("Support <support@d\u0435sk.test>", "one of ours"),
        ("Help Desk <help@clesk.test>", "one of ours"),
    ],
)
def test_somebody_who_passes_for_another_is_marked_and_the_trace_says_why(
    arrive: Arrive, tess: User, sender: str, words: str
) -> None:
    row = arrive(a_mail(sender=sender))

    assert row.outcome == "created"
    assert row.entry is not None
    assert row.entry.flag == "suspicious_sender"
    (step,) = [step for step in row.trace if step["step"] == "sender"]
    assert step["verdict"] == "warning"
    assert words in step["detail"]


def test_a_colleague_with_the_name_of_a_technician_is_not_marked(arrive: Arrive, tess: User) -> None:
    User.objects.create(email="tess@example.test", name="Tess Technician")

    row = arrive(a_mail(sender="Tess Technician <tess@example.test>"))

    assert row.entry is not None
    assert row.entry.flag == ""
