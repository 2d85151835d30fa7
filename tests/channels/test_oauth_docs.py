"""docs/mailboxes.md says what the product's presets say."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.channels import microsoft
from postroom.channels.oauth.consent import _APPLICATION_PERMISSIONS

TEXT = (Path(__file__).parents[2] / "docs" / "mailboxes.md").read_text()
PAIRS = [("incoming", "imap"), ("incoming", "pop3"), ("outgoing", "smtp"), ("incoming", "mapi"), ("outgoing", "mapi")]


@pytest.mark.parametrize(("direction", "protocol"), PAIRS)
def test_the_scopes_and_permissions_of_microsoft_are_in_the_guide(direction: str, protocol: str) -> None:
    """A5"""
    scope, more = microsoft.scope_for(direction, protocol, "authorization_code").split()
    assert f"`{scope}`" in TEXT and scope.rpartition("/")[2] in TEXT and f"`{more}`" in TEXT
    assert f"`{microsoft.scope_for(direction, protocol, 'client_credentials')}`" in TEXT
    assert _APPLICATION_PERMISSIONS[direction, protocol] in TEXT


def test_googles_addresses_and_testing_mode_are_in_the_guide() -> None:
    """A5, OA-04"""
    for value in (microsoft.GOOGLE_AUTHORIZATION_URL, microsoft.GOOGLE_TOKEN_URL, microsoft.GOOGLE_SCOPE):
        assert f"`{value}`" in TEXT
    assert "after 7 days" in TEXT


def test_each_way_of_connecting_takes_at_most_a_page() -> None:
    for part in TEXT.split("\n## ")[1:]:
        assert len(part.splitlines()) <= 55
