"""Microsoft's identity endpoints and the scopes of each protocol (SPEC A5): what a server needs not be told."""

from __future__ import annotations

import os

DEFAULT_AUTHORITY = "https://login.microsoftonline.com"
IDENTITY_HOSTS = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.windows.net",
)
GOOGLE_AUTHORIZATION_URL = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  an address, no secret
GOOGLE_SCOPE = "https://mail.google.com/"

_DELEGATED = {
    ("outgoing", "smtp"): "https://outlook.office.com/SMTP.Send",
    ("incoming", "imap"): "https://outlook.office.com/IMAP.AccessAsUser.All",
    ("incoming", "pop3"): "https://outlook.office.com/POP.AccessAsUser.All",
    ("outgoing", "mapi"): "https://graph.microsoft.com/Mail.Send",
    ("incoming", "mapi"): "https://graph.microsoft.com/Mail.ReadWrite",
}


def authority() -> str:
    """Base of the identity endpoints (POSTROOM_MICROSOFT_AUTHORITY: sovereign clouds)."""
    return (os.environ.get("POSTROOM_MICROSOFT_AUTHORITY", "") or DEFAULT_AUTHORITY).rstrip("/")


def token_url(tenant: str, base: str = "") -> str:
    return f"{base or authority()}/{tenant}/oauth2/v2.0/token"


def for_shared_mailbox(scope: str) -> str:
    """The same for a mailbox that is not the account's own, for which Microsoft Graph has permissions of their own.

    >>> for_shared_mailbox("https://graph.microsoft.com/Mail.Send offline_access")
    'https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.Send.Shared offline_access'
    """
    first, _, rest = scope.partition(" ")
    return f"{first} {first}.Shared {rest}"


def scope_for(direction: str, protocol: str, grant: str) -> str:
    """The scope that ``protocol`` needs; one token serves one resource (OA-01).

    >>> scope_for("incoming", "imap", "client_credentials")
    'https://outlook.office365.com/.default'
    """
    if grant == "client_credentials":
        resource = "https://graph.microsoft.com" if protocol == "mapi" else "https://outlook.office365.com"
        return f"{resource}/.default"
    return f"{_DELEGATED[direction, protocol]} offline_access"
