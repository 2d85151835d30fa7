"""Email Preference and the other settings: partial changes, sizes as people write them."""

from __future__ import annotations

import pytest

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, MicrosoftApp, Settings
from postroom.channels.services import (
    Invalid,
    save_microsoft_app,
    save_preferences,
    save_proxy,
    save_section,
    save_settings,
)
from postroom.channels.sizes import format_size, parse_size
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")


def test_preferences_change_one_by_one() -> None:
    save_preferences(ADA, {"allow_guests": False})
    save_preferences(ADA, {"closed_reply": {"action": "reopen", "grace_days": 365}})
    row = EmailPreferences.load()
    assert (row.allow_guests, row.email_to_request, row.closed_reply_grace_days) == (False, True, 365)


@pytest.mark.parametrize("days", [0, 366, 1.5, None])
def test_the_grace_period_is_1_to_365_whole_days(days: object) -> None:
    with pytest.raises(Invalid) as raised:
        save_preferences(ADA, {"closed_reply": {"action": "reopen", "grace_days": days}})
    assert raised.value.errors[0][0] == "closed_reply.grace_days"


def test_no_recipient_type_at_all_may_count_as_cc() -> None:
    assert save_preferences(ADA, {"cc_recipients": []}).cc_recipients == []


def test_a_section_of_the_settings_has_paths_of_its_own() -> None:
    assert save_section(ADA, "limits", {"message_size": "1MB"}).message_size == 1_000_000
    with pytest.raises(Invalid) as raised:
        save_section(ADA, "limits", {"undo_seconds": -1, "undo": 1})
    assert {path for path, _ in raised.value.errors} == {"undo_seconds", "undo"}


def test_a_fault_in_one_section_leaves_the_others_alone() -> None:
    with pytest.raises(Invalid):
        save_settings(ADA, {"managed_services_provider": True, "limits": {"hold_days": "x"}})
    assert not Settings.load().managed_services_provider


def test_a_change_of_settings_is_audited_by_field() -> None:
    save_settings(ADA, {"security": {"block_senders": ["SPAM.test"]}})
    entry = AuditEntry.objects.get()
    assert entry.changes == [{"field": "security.block_senders", "old": [], "new": ["spam.test"]}]


def test_the_microsoft_application_keeps_its_secret() -> None:
    save_microsoft_app(ADA, {"client_id": "id", "client_secret": "canary", "tenant": "contoso"})
    save_microsoft_app(ADA, {"client_id": "other"})
    app = MicrosoftApp.objects.get()
    assert (app.client_id, app.client_secret, app.tenant) == ("other", "canary", "contoso")
    assert "canary" not in str(list(AuditEntry.objects.values_list("changes")))


@pytest.mark.parametrize(
    ("written", "size"), [("35MB", 35_000_000), ("500 kB", 500_000), ("1GiB", 1 << 30), ("1024", 1024), ("MB", None)]
)
def test_sizes_are_read_as_people_write_them(written: str, size: int | None) -> None:
    assert parse_size(written) == size
    assert size is None or parse_size(str(format_size(size))) == size


@pytest.mark.parametrize("webhook", ["http://[", "https://h:port/", "https://a b/", "ftp://hooks.test/", "https://"])
def test_a_webhook_that_is_no_address_is_refused_at_its_field(webhook: str) -> None:
    with pytest.raises(Invalid) as raised:
        save_settings(ADA, {"alerts": {"webhook": webhook}})
    assert [path for path, _ in raised.value.errors] == ["alerts.webhook"]


def test_alerts_are_not_posted_to_addresses_of_the_local_link() -> None:
    with pytest.raises(Invalid):
        save_section(ADA, "alerts", {"webhook": "http://169.254.169.254/latest/meta-data"})


def test_the_audit_says_that_the_webhook_changed_and_not_its_address() -> None:
    save_section(ADA, "alerts", {"webhook": "https://hooks.test/services/canary"})
    changes = AuditEntry.objects.latest("id").changes
    assert [change["field"] for change in changes] == ["alerts.webhook"]
    assert "canary" not in str(changes)


@pytest.mark.parametrize("tenant", ["../common", "a/b", "a b", "x?y", "."])
def test_a_tenant_is_a_word_a_domain_or_an_id(tenant: str) -> None:
    assert save_microsoft_app(ADA, {"tenant": "contoso.onmicrosoft.com"}).tenant == "contoso.onmicrosoft.com"
    assert save_microsoft_app(ADA, {"tenant": "2f1ef3a4-96d7-4d2a-9d2f-6f0e6f9a2c11"})
    with pytest.raises(Invalid) as raised:
        save_microsoft_app(ADA, {"tenant": tenant})
    assert [path for path, _ in raised.value.errors] == ["tenant"]


def refusals(section: str, **data: object) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        save_section(ADA, section, data)
    return dict(raised.value.errors)


def test_the_desks_own_addresses_and_their_domain_are_not_blocked() -> None:
    build.an_incoming_server(aliases=["help@own.test"])
    blocked = ["support@desk.test", "HELP@own.test", "desk.test", "*.desk.test", "*@own.test", "spam.test"]
    found = refusals("security", block_senders=blocked)
    assert set(found) == {f"block_senders[{index}]" for index in range(5)}
    assert "everybody in it would be blocked" in found["block_senders[2]"]


def test_what_is_blocked_already_does_not_keep_others_from_being_blocked() -> None:
    save_section(ADA, "security", {"block_senders": ["desk.test"]})
    build.an_incoming_server()
    saved = save_section(ADA, "security", {"block_senders": ["desk.test", "spam.test"]})
    assert saved.block_senders == ["desk.test", "spam.test"]


def test_alerts_do_not_go_to_mailboxes_of_the_desk() -> None:
    build.an_incoming_server(aliases=["help@desk.test"])
    found = refusals("alerts", emails=["ada@elsewhere.test", "help@desk.test", "support@desk.test"])
    assert set(found) == {"emails[1]", "emails[2]"} and "nobody reads" in found["emails[1]"]


def test_an_authserv_id_is_one_word() -> None:
    assert (
        "without spaces" in refusals("security", trusted_authserv_ids=["mx.desk.test; pass"])["trusted_authserv_ids[0]"]
    )
    saved = save_section(ADA, "security", {"trusted_authserv_ids": ["MX.desk.test", "mx_1"]})
    assert saved.trusted_authserv_ids == ["mx.desk.test", "mx_1"]


def test_the_user_of_a_proxy_holds_no_colon() -> None:
    with pytest.raises(Invalid) as raised:
        save_proxy(ADA, {"name": "p", "type": "http", "host": "p.test", "port": 1, "username": "a:b"})
    assert "colon" in dict(raised.value.errors)["username"]
