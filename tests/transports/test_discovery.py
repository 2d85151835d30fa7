"""From an address to its servers: what is known of providers, what a domain says, and whose exchangers it uses."""

from __future__ import annotations

import pytest

from postroom.transports.discovery import DnsResolver, Suggestion, discover


class Names:
    """A name service that knows what a test tells it. ``asked`` holds the questions."""

    def __init__(self, mx: dict[str, list[str]] | None = None, srv: dict[str, list[tuple[str, int]]] | None = None):
        self._mx, self._srv = mx or {}, srv or {}
        self.asked: list[str] = []

    def mx(self, domain: str) -> list[str]:
        self.asked.append(domain)
        return self._mx.get(domain, [])

    def srv(self, name: str) -> list[tuple[str, int]]:
        self.asked.append(name)
        return self._srv.get(name, [])


def places(found: list[Suggestion]) -> list[tuple[str, str, int | None, str]]:
    return [(one.protocol, one.host, one.port, one.security) for one in found]


@pytest.mark.parametrize(
    ("email", "reading", "sending"),
    [
        ("sam@gmail.com", "imap.gmail.com", "smtp.gmail.com"),
        ("sam@outlook.com", "outlook.office365.com", "smtp-mail.outlook.com"),
        ("sam@yahoo.com", "imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
        ("sam@icloud.com", "imap.mail.me.com", "smtp.mail.me.com"),
        ("sam@gmx.de", "imap.gmx.net", "mail.gmx.net"),
        ("sam@web.de", "imap.web.de", "smtp.web.de"),
        ("sam@fastmail.com", "imap.fastmail.com", "smtp.fastmail.com"),
        ("sam@zoho.com", "imap.zoho.com", "smtp.zoho.com"),
        ("sam@yandex.ru", "imap.yandex.com", "smtp.yandex.com"),
        ("sam@mail.ru", "imap.mail.ru", "smtp.mail.ru"),
    ],
)
def test_the_servers_of_a_well_known_provider_need_no_name_service(email: str, reading: str, sending: str) -> None:
    names = Names()

    found = discover(email, names)

    assert ("imap", reading, 993, "ssl") in places(found)
    assert sending in {one.host for one in found if one.direction == "outgoing"}
    assert {one.source for one in found} == {"preset"}
    assert {one.username for one in found} == {email}
    assert names.asked == []


@pytest.mark.parametrize(
    ("exchanger", "host"),
    [
        ("desk-test.mail.protection.outlook.com", "outlook.office365.com"),
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("smtp.google.com", "imap.gmail.com"),
        ("mx00.ionos.de", "imap.ionos.de"),
        ("mx1.mail.ovh.net", "ssl0.ovh.net"),
        ("in1-smtp.messagingengine.com", "imap.fastmail.com"),
        ("mx.zoho.eu", "imap.zoho.eu"),
    ],
)
def test_a_domain_of_ones_own_is_known_by_whose_exchangers_it_uses(exchanger: str, host: str) -> None:
    found = discover("support@desk.test", Names(mx={"desk.test": [exchanger]}))

    assert ("imap", host, 993, "ssl") in places(found)
    assert {one.source for one in found} == {"mx"}
    assert {one.direction for one in found} == {"incoming", "outgoing"}


def test_a_mailbox_at_microsoft_is_offered_the_sign_in_first() -> None:
    found = discover("support@desk.test", Names(mx={"desk.test": ["x.mail.protection.outlook.com"]}))

    assert [one.protocol for one in found if one.direction == "incoming"] == ["mapi", "imap"]
    assert "Sign in with Microsoft" in found[0].note


def test_what_the_domain_says_of_itself_comes_first() -> None:
    names = Names(
        mx={"desk.test": ["aspmx.l.google.com"]},
        srv={
            "_imaps._tcp.desk.test": [("imap.desk.test", 1993), ("imap2.desk.test", 993)],
            "_pop3s._tcp.desk.test": [("", 0)],
            "_submission._tcp.desk.test": [("smtp.desk.test", 587)],
            "_submissions._tcp.desk.test": [("smtp.desk.test", 465)],
        },
    )

    found = discover("Support@Desk.Test", names)

    assert places(found)[:3] == [
        ("imap", "imap.desk.test", 1993, "ssl"),
        ("smtp", "smtp.desk.test", 465, "ssl"),
        ("smtp", "smtp.desk.test", 587, "tls"),
    ]
    assert [one.source for one in found][:4] == ["srv", "srv", "srv", "mx"]
    assert found[0].username == "support@desk.test"


def test_a_domain_that_keeps_its_own_mail_gets_a_guess_that_is_called_one() -> None:
    found = discover("support@desk.test", Names(mx={"desk.test": ["mail.desk.test"]}))

    assert places(found) == [("imap", "mail.desk.test", 993, "ssl"), ("smtp", "mail.desk.test", 587, "tls")]
    assert all(one.note.startswith("A guess") for one in found)


@pytest.mark.parametrize("email", ["support@nobody.test", "nonsense", "@desk.test", "support@", f"a@{'x' * 80}.test"])
def test_nothing_is_made_up_where_nothing_is_known(email: str) -> None:
    assert discover(email, Names(mx={"nobody.test": ["mx.elsewhere.test"]})) == []


def test_a_domain_in_other_letters_is_asked_for_as_the_name_service_knows_it() -> None:
    names = Names()

    discover("hilfe@bücher.test", names)

    assert "xn--bcher-kva.test" in names.asked


def test_a_suggestion_is_shaped_as_the_pages_read_it() -> None:
    (first, *_) = discover("sam@gmail.com", Names())

    assert list(first.as_dict()) == [
        "direction", "protocol", "host", "port", "security", "username", "source", "note",
    ]  # fmt: skip


def test_a_name_service_that_does_not_answer_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    nowhere = dns.resolver.Resolver(configure=False)
    nowhere.nameservers, nowhere.port = ["127.0.0.1"], 1
    monkeypatch.setattr(dns.resolver, "default_resolver", nowhere)

    assert DnsResolver(seconds=0.2).mx("desk.test") == []
    assert DnsResolver(seconds=0.2).srv("_imaps._tcp.desk.test") == []
