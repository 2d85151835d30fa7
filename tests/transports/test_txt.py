"""TXT records from a name server on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from postroom.mail.authentication import ResolverError
from postroom.transports.txt import TxtResolver

ZONE = {"rsa._domainkey.example.test.": '"v=DKIM1; " "p=AAAA"'}


def answer(question: bytes) -> bytes | None:
    asked = dns.message.from_wire(question)
    name = asked.question[0].name
    if name.to_text() == "slow.test.":
        return None
    reply = dns.message.make_response(asked)
    reply.flags |= dns.flags.RA
    if (record := ZONE.get(name.to_text())) is not None:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", record))
    else:
        reply.set_rcode(dns.rcode.SERVFAIL if name.to_text() == "broken.test." else dns.rcode.NXDOMAIN)
    return reply.to_wire()


@pytest.fixture
def at() -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    question, sender = server.recvfrom(4096)
                except TimeoutError:
                    continue
                if (said := answer(question)) is not None:
                    server.sendto(said, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()
        ending.set()
        thread.join()


def test_a_record_in_pieces_is_one_string(at: tuple[str, int]) -> None:
    assert TxtResolver(time.monotonic() + 5, at)("rsa._domainkey.example.test") == ["v=DKIM1; p=AAAA"]


def test_a_name_that_does_not_exist_has_no_records(at: tuple[str, int]) -> None:
    assert TxtResolver(time.monotonic() + 5, at)("nowhere.test") == []


@pytest.mark.parametrize("name", ["broken.test", "slow.test", "a" * 70 + ".test"])
def test_a_name_server_that_cannot_say_is_no_missing_record(at: tuple[str, int], name: str) -> None:
    with pytest.raises(ResolverError):
        TxtResolver(time.monotonic() + 0.3, at)(name)


def test_nothing_is_asked_when_the_time_is_over(at: tuple[str, int]) -> None:
    with pytest.raises(ResolverError, match="No time was left"):
        TxtResolver(time.monotonic() - 1, at)("rsa._domainkey.example.test")
