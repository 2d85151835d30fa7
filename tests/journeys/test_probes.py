"""Test Connection as pages and REST ask for it, on real servers and by a real worker: the stages, and what is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from postroom.audit.services import Actor
from postroom.channels.models import Probe
from postroom.channels.queries import probe_of
from postroom.channels.services import start_probe
from tests.mails import a_mail
from tests.servers.dovecot import EXPIRED, PASSWORD, Dovecot

pytestmark = pytest.mark.dovecot
Eventually = Callable[..., Any]
ADA = Actor("Ada")


def values(dovecot: Dovecot, protocol: str, **parts: object) -> dict[str, object]:
    """An incoming server that is not saved."""
    return {
        "name": "Support",
        "email": "probed@desk.test",
        "protocol": protocol,
        "host": "localhost",
        "port": dovecot.tls_port if protocol == "imap" else dovecot.pop3_tls_port,
        "security": "ssl",
        "ca_file": str(dovecot.ca.ca_file),
        "auth": {"type": "basic", "username": "probed@desk.test", "password": PASSWORD},
        **parts,
    }


def done(probe: Probe, eventually: Eventually) -> Probe:
    def look() -> Probe | None:
        found = probe_of(probe.pk)
        return found if found and found.state == "done" else None

    found: Probe = eventually(look)
    return found


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_mailbox_is_tested_and_counted_before_it_is_saved_and_nothing_is_marked(
    transactional_db: None, dovecot: Dovecot, roles: None, eventually: Eventually, protocol: str
) -> None:
    dovecot.deliver("probed@desk.test", a_mail())
    start = time.monotonic()

    tested = done(start_probe(ADA, "test_incoming", data=values(dovecot, protocol)), eventually)
    counted = done(start_probe(ADA, "count", data=values(dovecot, protocol)), eventually)

    assert (tested.ok, tested.message) == (True, "")
    assert [stage["name"] for stage in tested.stages] == ["dns", "tcp", "tls", "capabilities", "login", "folder"]
    certificate = tested.result["certificate"]
    assert "localhost" in certificate["names"]
    assert set(certificate) == {"subject", "issuer", "expires", "names"}
    there = len(dovecot.flags("probed@desk.test"))
    assert counted.result == {"messages": there, "unseen": there}
    assert set(dovecot.flags("probed@desk.test")) == {""}
    assert time.monotonic() - start < 5


def test_an_expired_certificate_is_shown_with_the_stage_that_failed(
    transactional_db: None, dovecot: Dovecot, roles: None, eventually: Eventually
) -> None:
    found = done(start_probe(ADA, "test_incoming", data=values(dovecot, "imap", host=EXPIRED)), eventually)

    assert (found.ok, found.code, found.stages[-1]["name"]) == (False, "MAILCONTLS", "tls")
    assert found.result["certificate"]["names"] == [EXPIRED]
    assert "has expired" in found.message


def test_a_well_known_provider_is_found_by_the_address(
    transactional_db: None, roles: None, eventually: Eventually
) -> None:
    found = done(start_probe(ADA, "discover", data={"email": "Sam@Gmail.com"}), eventually)

    assert found.ok
    assert found.result["suggestions"][0] == {
        "direction": "incoming",
        "protocol": "imap",
        "host": "imap.gmail.com",
        "port": 993,
        "security": "ssl",
        "username": "sam@gmail.com",
        "source": "preset",
        "note": "Use OAuth, or an app password, which needs 2-Step Verification.",
    }
