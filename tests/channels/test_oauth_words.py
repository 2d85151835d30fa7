"""Every refusal that SPEC A6 names, in plain words with the next step."""

from __future__ import annotations

import pytest

from postroom.channels.oauth.words import explain

TABLE = [
    ("AADSTS65001", "invalid_grant", "consented", "admin consent link", "MAILAUTHPERM", False),
    ("AADSTS90094", "access_denied", "administrator's consent", "admin consent link", "MAILAUTHPERM", False),
    ("AADSTS50105", "access_denied", "not assigned", "Users and groups", "MAILAUTHPERM", False),
    ("AADSTS50011", "invalid_request", "redirect URL", "https://desk.test/oauth/callback", "MAILAUTHPERM", False),
    ("AADSTS700016", "unauthorized_client", "unknown in this tenant", "Check the client ID", "MAILAUTHPERM", False),
    ("AADSTS7000215", "invalid_client", "secret's ID was pasted", "paste its Value", "MAILAUTHPERM", False),
    ("AADSTS7000222", "invalid_client", "expired", "new secret", "MAILAUTHPERM", False),
    ("AADSTS70011", "invalid_scope", "scope is not valid", "preset", "MAILAUTHPERM", False),
    ("AADSTS700082", "invalid_grant", "90 days", "Sign in again", "MAILAUTHSESS", True),
    ("AADSTS50173", "invalid_grant", "revoked", "Sign in again", "MAILAUTHSESS", True),
    ("AADSTS50076", "interaction_required", "second factor", "exempt", "MAILAUTHPERM", False),
    ("AADSTS50079", "interaction_required", "second factor", "exempt", "MAILAUTHPERM", False),
    ("AADSTS53003", "access_denied", "Conditional Access", "exempt", "MAILAUTHPERM", False),
]


@pytest.mark.parametrize(("code", "error", "meaning", "action", "mail_code", "dead"), TABLE)
def test_a_code_of_microsoft_is_told_in_words_with_the_next_step(
    code: str, error: str, meaning: str, action: str, mail_code: str, dead: bool
) -> None:
    told = explain(error, f"{code}: Some words. Trace ID: 1", redirect_url="https://desk.test/oauth/callback")
    assert (told.code, told.mail_code, told.dead) == (code, mail_code, dead)
    assert meaning in told.meaning and action in told.action
    assert told.message.startswith(f"{code}: ") and "Trace ID" in told.message


@pytest.mark.parametrize("code", ["AADSTS65001", "AADSTS90094"])
def test_a_missing_consent_is_known_as_such(code: str) -> None:
    assert explain("invalid_grant", code).consent


def test_googles_invalid_grant_names_its_three_causes_and_testing_mode_on_the_seventh_day() -> None:
    """OA-04"""
    usual = explain("invalid_grant", "Token has been expired or revoked.", google=True, age_days=100)
    assert "revoked" in usual.meaning and "6 months" in usual.meaning and "publish" in usual.action
    week = explain("invalid_grant", "Token has been expired or revoked.", google=True, age_days=7.01)
    assert week.meaning == "Google ended the sign-in after 7 days, because the consent screen is in Testing."
    assert "Publish" in week.action


def test_an_error_that_nobody_knows_keeps_the_providers_words() -> None:
    assert "a word of theirs" in explain("unheard_of", "a word of theirs").message
