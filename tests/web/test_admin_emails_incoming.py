"""The side panel of an incoming server (SPEC A11)."""

from __future__ import annotations

import pytest

from postroom.accounts.models import Company
from postroom.channels.models import (
    IncomingServer,
    Settings,
)
from postroom.tickets.models import Category
from tests.build import a_group, ada, an_outgoing_server
from tests.web.admin_emails import (
    HTMX,
    IMAP,
    INCOMING,
    assert_fault_at,
    labels,
    page,
    send,
    shown,
    value_of,
)
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def test_the_incoming_form_has_every_field_of_the_specification(browse: Browse) -> None:
    """INC.<field>"""
    client = browse(ada())
    text = page(client, f"{INCOMING}/new", **HTMX)
    assert labels(text) >= {
        "Name",
        "Email",
        "Technician Group",
        "Category",
        "Proxy Server",
        "Email Provider",
        "Protocol",
        "Server",
        "Port",
        "Security Type",
        "Email Auth Type",
        "Username",
        "Password",
        "Enabled",
        "Primary",
        "Outgoing Email Servers",
        "Filter Type",
        "Emails",
        "Domains",
        "Keywords",
        "Aliases",
        "Folder",
        "After processing",
        "Start with",
    }
    assert not labels(text) & {"Company", "Authentication Needed"}
    assert value_of(text, "port") == "993" and 'value="ssl" checked' in text and 'value="imap" checked' in text
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    assert "Company" in labels(page(client, f"{INCOMING}/new", **HTMX))


def test_group_category_company_and_linked_server_are_stored(browse: Browse) -> None:
    """INC-02, INC-12, INC.Company"""
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    a_group("Network")
    Category.objects.create(name="Hardware")
    Company.objects.create(name="Acme")
    an_outgoing_server("Relay")
    client = browse(ada())
    form = {**IMAP, "technician_group": "Network", "category": "Hardware", "company": "Acme"}
    assert "Answers leave by" not in labels(shown(client, f"{INCOMING}/new", form))
    assert "Answers leave by" in labels(shown(client, f"{INCOMING}/new", form, outgoing_linked="on"))
    assert send(client, f"{INCOMING}/new", form, outgoing_linked="on", outgoing_server="Relay")[0] == 204
    server = IncomingServer.objects.get()
    stored = (server.technician_group, server.category, server.company, server.outgoing_server)
    assert [str(row) for row in stored] == ["Network", "Hardware", "Acme", "Relay"]
    send(client, f"{INCOMING}/{server.pk}", form, outgoing_linked="", outgoing_server="Relay")
    server.refresh_from_db()
    assert server.outgoing_server is None


def test_pop3_says_that_it_delays_and_offers_what_it_can(browse: Browse) -> None:
    """INC-04, INC-07"""
    client = browse(ada())
    text = shown(client, f"{INCOMING}/new", IMAP, protocol="pop3", after="delete_after_days")
    assert "POP3 delays the reception of mail" in text and "Prefer MAPI or IMAP." in text
    assert "Folder" not in labels(text) and "Delete after (days)" in labels(text) and "Mark as seen" not in text
    assert "POP3 delays" not in shown(client, f"{INCOMING}/new", IMAP)
    form = {**IMAP, "protocol": "pop3", "port": "995", "after": "delete_after_days"}
    status, text = send(client, f"{INCOMING}/new", form)
    assert status == 422 and "Enter a number." in text
    assert send(client, f"{INCOMING}/new", form, after__delete_after_days="14")[0] == 204
    assert IncomingServer.objects.get().after_days == 14


def test_mail_can_be_moved_to_a_folder_after_processing(browse: Browse) -> None:
    """INC-07"""
    client = browse(ada())
    assert "Move to folder" in labels(shown(client, f"{INCOMING}/new", IMAP, after="move"))
    assert send(client, f"{INCOMING}/new", IMAP, after="move", after__move="Done", folder="Desk")[0] == 204
    server = IncomingServer.objects.get()
    assert (server.after, server.after_folder, server.folder) == ("move", "Done", "Desk")
    assert value_of(page(client, f"{INCOMING}/{server.pk}"), "after.move") == "Done"


def test_a_second_server_for_the_same_mailbox_is_refused_at_the_field(browse: Browse) -> None:
    """INC-03"""
    client = browse(ada())
    assert send(client, f"{INCOMING}/new", IMAP)[0] == 204
    status, text = send(client, f"{INCOMING}/new", IMAP, name="Twin")
    assert status == 422 and "The incoming server Sales reads the same mailbox already." in text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter a name."),
        ("email", "support", "Must be a mail address"),
        ("host", "169.254.169.254", "No server has this address"),
        ("port", "imap", "Must be a whole number."),
        ("auth.password", "", "Enter the password."),
        ("folder", "x" * 400, "Must have at most"),
        ("poll_seconds", "0", "Must be between"),
        ("technician_group", "Nobody", "There is no technician group"),
        ("category", "Nothing", "There is no category"),
        ("proxy", "nowhere", "There is no proxy"),
        ("aliases", "help", "help: Must be a mail address"),
        ("filter.emails", "@", "@: Must be a mail address"),
        ("filter.domains", "no domain", "no domain: Must be a domain"),
        ("filter.keywords", "x" * 5000, "Is too long."),
    ],
)
def test_a_fault_of_a_mailbox_stands_at_its_field_which_gets_the_focus(
    browse: Browse, field: str, value: str, message: str
) -> None:
    """INC-03"""
    status, text = send(browse(ada()), f"{INCOMING}/new", {**IMAP, field: value})
    assert status == 422 and not IncomingServer.objects.exists()
    assert_fault_at(text, field, message)


def test_aliases_and_filters_are_lists_of_entries_and_a_wrong_one_is_named(browse: Browse) -> None:
    """INC-08, FLT-01"""
    client = browse(ada())
    lists = {
        "aliases": "help@desk.test\r\nhelp@desk.test",
        "filter.type": "allow",
        "filter.emails": "joe@yahoo.com",
        "filter.domains": "yahoo.com\n*.example.com",
        "filter.keywords": "out of office\nsale",
    }
    status, text = send(client, f"{INCOMING}/new", {**IMAP, **lists}, filter__domains="yahoo.com\nno domain")
    assert status == 422 and "no domain: Must be a domain" in text
    assert send(client, f"{INCOMING}/new", {**IMAP, **lists})[0] == 204
    server = IncomingServer.objects.get()
    assert (server.aliases, server.filter_type) == (["help@desk.test"], "allow")
    assert server.filter_domains == ["yahoo.com", "*.example.com"]
    assert (server.filter_emails, server.filter_keywords) == (["joe@yahoo.com"], ["out of office", "sale"])
    assert ">yahoo.com\n*.example.com</textarea>" in page(client, f"{INCOMING}/{server.pk}")


@pytest.mark.parametrize(
    ("filter_type", "sender", "subject", "words", "reply"),
    [
        ("ignore", "joe@spam.test", "Hi", "Kept out: ignored: domain spam.test.", "As a reply to a request too."),
        ("ignore", "a@b.test", "Huge SALE", "Kept out: ignored: keyword sale in the subject.", "it passes."),
        ("ignore", "a@b.test", "Hi", "Passes: it may open a request.", ""),
        ("allow", "a@b.test", "Hi", "Kept out: not allowed: no entry of the Allow lists matches.", "it passes."),
    ],
)
def test_a_sample_shows_what_the_filters_do_and_which_entry_does_it(
    browse: Browse, filter_type: str, sender: str, subject: str, words: str, reply: str
) -> None:
    """FLT-01, FLT-02, FLT-05, FLT-07"""
    form = {**IMAP, "filter.type": filter_type, "filter.domains": "spam.test", "filter.keywords": "sale"}
    sample = {"sample.from": sender, "sample.subject": subject, "sample.text": "Hello"}
    status, text = send(browse(ada()), f"{INCOMING}/new", {**form, **sample}, action="sample")
    assert status == 200 and words in text and reply in text
    assert "A reply to a request is kept out by ignored addresses and domains only." in text


def test_an_alias_gets_a_group_and_category_of_its_own(browse: Browse) -> None:
    """INC-08"""
    a_group("HR")
    Category.objects.create(name="Leave")
    client = browse(ada())
    form = {**IMAP, "aliases": "HR@desk.test\nkeys@desk.test"}
    text = shown(client, f"{INCOMING}/new", form)
    assert "Technician Group of hr@desk.test" in text and "Category of keys@desk.test" in text
    assert "As the mailbox" in text
    routed = {"route.hr@desk.test.technician_group": "HR", "route.hr@desk.test.category": "Leave"}
    assert send(client, f"{INCOMING}/new", {**form, **routed})[0] == 204
    server = IncomingServer.objects.get()
    (route,) = server.routes
    assert (route.alias, str(route.technician_group), str(route.category)) == ("hr@desk.test", "HR", "Leave")
    text = page(client, f"{INCOMING}/{server.pk}", **HTMX)
    assert '<option value="HR" selected>' in text and '<option value="Leave" selected>' in text
    gone = {**form, "route.keys@desk.test.category": "Gone"}
    status, text = send(client, f"{INCOMING}/{server.pk}", gone)
    assert status == 422 and 'id="f-route-keys@desk-test-category-error"' in text
