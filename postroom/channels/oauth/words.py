"""What an identity provider's refusal means and what to do about it, in plain words (SPEC A6).

Decisions rest on the OAuth ``error``; Microsoft's AADSTS numbers only choose the words, and tell a lost consent from
a lost sign-in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"AADSTS\d{5,7}")
_PERMISSION, _SESSION = "MAILAUTHPERM", "MAILAUTHSESS"
_LONGEST = 300
_SIGN_IN = "Sign in again."
_CONSENT = "Send the admin consent link to the Microsoft administrator, then sign in again."
_SECRET = "Create a new secret at the provider and paste its Value, which is shown only once, not its ID."  # noqa: S105
_BLOCKED = (
    "Sign in again and answer the question for a second factor, or ask the Microsoft administrator to exempt the "
    "mailbox from the Conditional Access policy."
)
_REDIRECT = (
    "Enter {redirect} at the application, letter by letter; compare http and https, the port and a slash at the end."
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``code`` is the provider's, ``mail_code`` ours (A9). ``dead``: the stored sign-in will never work again.

    ``consent``: an administrator's consent is what is missing.
    """

    code: str
    meaning: str
    action: str
    mail_code: str = _PERMISSION
    dead: bool = False
    consent: bool = False
    said: str = ""

    @property
    def message(self) -> str:
        """All in a row: the code, the meaning, the next step, and what the provider said."""
        quoted = f" ({self.said})" if self.said else ""
        return f"{self.code}: {self.meaning} {self.action}{quoted}"


def _of(
    meaning: str, action: str, mail_code: str = _PERMISSION, *, dead: bool = False, consent: bool = False
) -> dict[str, Any]:
    return {"meaning": meaning, "action": action, "mail_code": mail_code, "dead": dead, "consent": consent}


_AADSTS = {
    "65001": _of(
        "Nobody has consented to the application for this account.",
        f"Sign in again and Accept. Or: {_CONSENT}",
        consent=True,
    ),
    "65004": _of("The permissions were declined.", "Sign in again and Accept the permissions."),
    "90094": _of("The organisation wants an administrator's consent.", _CONSENT, consent=True),
    "90095": _of(
        "The organisation wants an administrator's approval; it may have been requested.", _CONSENT, consent=True
    ),
    "50105": _of(
        "The account is not assigned to the enterprise application.",
        "In Microsoft Entra open the enterprise application, Users and groups, and add the account or its group.",
    ),
    "50011": _of("The application does not know our redirect URL.", _REDIRECT),
    "700016": _of("The client ID is unknown in this tenant.", "Check the client ID and the tenant of the application."),
    "90002": _of("There is no such tenant.", "Check the tenant: its GUID, its domain, or organizations."),
    "7000215": _of("The client secret is wrong: often the secret's ID was pasted.", _SECRET),
    "7000222": _of("The client secret has expired.", _SECRET),
    "7000218": _of(
        "The application sent no secret.", "Enter the client secret, or mark the application as Web at Microsoft."
    ),
    "700027": _of(
        "The certificate is not the application's.",
        "Upload the certificate at the application, or enter the right one here.",
    ),
    "70011": _of("The scope is not valid.", "Use the scope of the preset."),
    "1002012": _of(
        "The scope is not valid for an application.", "Use the preset: the resource's address with /.default."
    ),
    "700082": _of("The sign-in has expired, since it was not used for 90 days.", _SIGN_IN, _SESSION, dead=True),
    "70008": _of("The sign-in has expired.", _SIGN_IN, _SESSION, dead=True),
    "70043": _of("The sign-in has expired by a rule of the organisation.", _SIGN_IN, _SESSION, dead=True),
    "50173": _of("The sign-in was revoked, as after a change of the password.", _SIGN_IN, _SESSION, dead=True),
    "50132": _of("The sign-in was revoked, as after a change of the password.", _SIGN_IN, _SESSION, dead=True),
    "54005": _of("This sign-in was used already.", _SIGN_IN, _SESSION),
    "50076": _of("The organisation wants a second factor.", _BLOCKED),
    "50079": _of("The account has to set up a second factor.", _BLOCKED),
    "50158": _of("The organisation wants a further check of the person.", _BLOCKED),
    "53000": _of("Conditional Access wants a device that is managed.", _BLOCKED),
    "53003": _of("Conditional Access blocks the sign-in.", _BLOCKED),
    "50126": _of("The user name or the password is wrong.", _SIGN_IN),
    "50034": _of("The account is not known in this tenant.", "Check the address and the tenant."),
    "50020": _of(
        "The account belongs to another tenant.",
        "Sign in with an account of the tenant, or enter organizations as the tenant.",
    ),
    "50057": _of(
        "The account is disabled.", "Ask the Microsoft administrator to enable it, or sign in with another one."
    ),
    "50194": _of(
        "The application is for one tenant only.", "Enter the tenant's GUID instead of common or organizations."
    ),
}
_ERRORS = {
    "access_denied": _of(
        "The sign-in was cancelled, or the permissions were declined.", "Sign in again and Accept the permissions."
    ),
    "expired_token": _of("The time for the sign-in ran out.", _SIGN_IN, _SESSION),
    "interaction_required": _of("The provider wants to see the person.", _SIGN_IN, _SESSION),
    "login_required": _of("The provider wants to see the person.", _SIGN_IN, _SESSION),
    "consent_required": _of("The consent is missing.", f"Sign in again and Accept. Or: {_CONSENT}", consent=True),
    "admin_policy_enforced": _of(
        "The Google Workspace administrator blocks the application.",
        "Ask the administrator to trust the client ID under API controls.",
    ),
    "invalid_client": _of("The client ID or the client secret is wrong.", f"Check the client ID. {_SECRET}"),
    "unauthorized_client": _of(
        "The application may not sign in this way.",
        "Allow the grant type, and the tenant or kind of account, at the provider.",
    ),
    "unsupported_grant_type": _of(
        "The provider does not know this grant type.", "Choose another grant type, and check the token URL."
    ),
    "redirect_uri_mismatch": _of("The application does not know our redirect URL.", _REDIRECT),
    "invalid_scope": _of("The scope is not valid.", "Use the scope of the preset."),
    "invalid_request": _of(
        "The provider did not understand the request.", "Check the URLs and the scope against the preset."
    ),
    "invalid_response": _of("The provider's answer is none that we understand.", "Check the token URL."),
    "disabled_client": _of("The application is disabled at the provider.", "Enable it there, or enter another one."),
    "no_sign_in": _of("Nobody has signed in yet.", "Sign in.", _SESSION),
    "no_refresh_token": _of(
        "The provider gave no refresh token, so the sign-in would end within the hour.",
        "Add offline_access to the scope (Google: access_type=offline and prompt=consent in the authorization URL), "
        "then sign in again.",
    ),
    "wrong_state": _of("This sign-in is not one that began here, or it was finished before.", _SIGN_IN),
    "timed_out": _of("The time for the sign-in ran out.", _SIGN_IN),
}
_GRANT = _of("The sign-in was revoked or has expired.", _SIGN_IN, _SESSION, dead=True)
_GOOGLE_GRANT = _of(
    "The sign-in was revoked, was not used for 6 months, or ended after the 7 days of Testing mode.",
    "Sign in again; if the consent screen is in Testing, publish it, or the sign-in ends after 7 days again.",
    _SESSION,
    dead=True,
)
_SEVENTH_DAY = _of(
    "Google ended the sign-in after 7 days, because the consent screen is in Testing.",
    "Publish the consent screen (Google Cloud, OAuth consent screen, Publish app), then sign in again.",
    _SESSION,
    dead=True,
)


def explain(
    error: str, description: str = "", *, redirect_url: str = "", google: bool = False, age_days: float | None = None
) -> Explanation:
    """The meaning of a refusal. ``age_days`` is how old the consent is, which tells Google's Testing mode (OA-04)."""
    found = _NUMBER.search(description)
    number = found[0] if found else ""
    row = _AADSTS.get(number.removeprefix("AADSTS"))
    if row is None and error == "invalid_grant":
        week = age_days is not None and 6.5 <= age_days <= 8
        row = _SEVENTH_DAY if google and week else _GOOGLE_GRANT if google else _GRANT
    if row is None:
        row = _ERRORS.get(error) or _of("The provider refused.", "See its words, and check the application.")
    said = " ".join(description.split())[:_LONGEST]
    row = {**row, "action": str(row["action"]).replace("{redirect}", redirect_url or "the Redirect URL")}
    return Explanation(code=number or error, said=said, **row)
