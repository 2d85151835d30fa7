"""Who may open which page, as data: the name of each address, the objects it is tried with, and the roles let in.

A page that is not here fails ``test_no_leak_matrix``: decide who may open it, and write it down.
"""

from __future__ import annotations

ANONYMOUS, TOKEN = "anonymous", "service token"
GUEST, STRANGER, THIRD_PARTY = "guest", "stranger", "third party"
REQUESTER, CONTACT = "requester", "company contact"
OUTSIDER, TECHNICIAN, ADMINISTRATOR = "technician without the group", "technician", "administrator"
ROLES = (
    ANONYMOUS,
    TOKEN,
    GUEST,
    STRANGER,
    THIRD_PARTY,
    REQUESTER,
    CONTACT,
    OUTSIDER,
    TECHNICIAN,
    ADMINISTRATOR,
)

Allowed = frozenset[str]
EVERYBODY: Allowed = frozenset(ROLES)
SIGNED_IN: Allowed = EVERYBODY - {ANONYMOUS, TOKEN}
NOT_SIGNED_IN: Allowed = frozenset({ANONYMOUS, TOKEN})
STAFF: Allowed = frozenset({OUTSIDER, TECHNICIAN, ADMINISTRATOR})
TEAM: Allowed = frozenset({TECHNICIAN, ADMINISTRATOR})
ADMINS: Allowed = frozenset({ADMINISTRATOR})
PORTAL: Allowed = frozenset({REQUESTER, CONTACT})
READERS: Allowed = PORTAL | TEAM
OWNER: Allowed = frozenset({TECHNICIAN})  # whose draft, view and reply template these are
NOBODY: Allowed = frozenset()

# What is tried: "" has no object, "request" and "foreign" are two requests, the others are parts of the first one.
ENTRY = {
    "description": READERS,
    "reply": READERS,
    "note": TEAM,
    "collaboration": TEAM,
    "answer": TEAM,
    "forward": TEAM,
    "held": TEAM,
    "cancelled": TEAM,
    "foreign description": STAFF | {STRANGER},
}
FILE = {"public file": READERS, "internal file": TEAM, "foreign file": STAFF | {STRANGER}}
OF_REQUEST = {"request": TEAM, "foreign": STAFF}

RIGHTS: dict[str, dict[str, Allowed]] = {
    # Without sign-in
    "live": {"": NOBODY},
    "ready": {"": NOBODY},
    "metrics": {"": NOBODY},  # from elsewhere than loopback only with an administrator's token
    "sign-in": {"": EVERYBODY},
    "account_login": {"": EVERYBODY},
    "mfa_authenticate": {"": SIGNED_IN},  # who is signed in is led on, who is between the two steps is asked
    "forgotten": {"": EVERYBODY},
    "choose-password": {"link": EVERYBODY},  # says that the link is not valid
    "openid_connect_login": {"provider": NOBODY},
    "openid_connect_callback": {"provider": NOBODY},
    "sign-out": {"": NOBODY},  # ends at the sign-in page
    "report": {"": EVERYBODY},
    "report-received": {"": NOBODY, "report": EVERYBODY},
    # Everybody's own
    "home": {"": SIGNED_IN},
    "profile": {"": SIGNED_IN},
    "profile-password": {"": SIGNED_IN},
    "two-step": {"": SIGNED_IN},
    "two-step-off": {"": SIGNED_IN},
    "two-step-codes": {"": SIGNED_IN},
    "profile-sign-out": {"": SIGNED_IN},
    "profile-tokens": {"": STAFF},
    "profile-token-revoke": {"token": NOBODY},
    # Support portal
    "my-requests": {"": SIGNED_IN},
    "my-request-new": {"": SIGNED_IN},
    "my-request": {"request": PORTAL, "foreign": frozenset({STRANGER})},
    "my-request-live": {"request": PORTAL, "foreign": frozenset({STRANGER})},
    "my-reply": {"request": PORTAL, "foreign": frozenset({STRANGER})},
    "my-request-solved": {"request": PORTAL, "foreign": frozenset({STRANGER})},
    # Conversations
    "entry-body": ENTRY,
    "entry-quoted": ENTRY,
    "entry-original": {"description": TEAM, "answer": TEAM, "foreign description": NOBODY},
    "attachment": FILE,
    # Technician portal
    "requests": {"": STAFF},
    "request": OF_REQUEST,
    "request-live": OF_REQUEST,
    "request-notification": OF_REQUEST,
    "request-notify": OF_REQUEST,
    "request-other-info": OF_REQUEST,
    "request-history": OF_REQUEST,
    "request-write": OF_REQUEST,
    "request-change": OF_REQUEST,
    "request-info": OF_REQUEST,
    "draft": OF_REQUEST,
    "draft-discard": OF_REQUEST,
    "draft-files": OF_REQUEST,
    "draft-file-remove": {"draft file of the request": OWNER},
    "draft-file": {"draft file": OWNER},
    "reply-template-filled": {"reply template of the request": OWNER},
    "request-merge": OF_REQUEST,
    "request-link": OF_REQUEST,
    "request-spam": OF_REQUEST,
    "request-delete": {"request": ADMINS, "foreign": ADMINS},
    "request-requester": OF_REQUEST,
    "entry-split": {"note of the request": TEAM},
    "entry-move": {"note of the request": TEAM},
    "entry-accept": {"note of the request": TEAM},
    "request-watch": OF_REQUEST,
    "request-unmerge": OF_REQUEST,
    "request-unlink": {"two requests": TEAM},
    "request-release-address": OF_REQUEST,
    "hidden-requests": {"": STAFF},
    "request-restore": {"request": STAFF},  # whoever may not is told so, in words that tell nothing
    "notices": {"": STAFF},
    "notices-count": {"": STAFF},
    "notices-read": {"": STAFF},
    "reply-templates": {"": STAFF},
    "reply-template-new": {"": STAFF},
    "reply-template": {"reply template": OWNER},
    "reply-template-delete": {"reply template": OWNER},
    "requests-filters": {"": STAFF},
    "requests-bulk": {"": STAFF},
    "requests-bulk-form": {"": STAFF},
    "view-save": {"": STAFF},
    "view-delete": {"view": STAFF},  # as above
    "mail-undo": {"held mail": TEAM},
    "mail-retry": {"held mail": TEAM},
    # Administration
    "outgoing-servers": {"": ADMINS},
    "outgoing-server-new": {"": ADMINS},
    "outgoing-server": {"outgoing server": ADMINS},
    "outgoing-server-mapi": {"outgoing server": ADMINS},
    "outgoing-server-enabled": {"outgoing server": ADMINS},
    "outgoing-server-primary": {"outgoing server": ADMINS},
    "outgoing-server-test": {"outgoing server": ADMINS},
    "outgoing-server-delete": {"outgoing server": ADMINS},
    "incoming-servers": {"": ADMINS},
    "incoming-server-new": {"": ADMINS},
    "incoming-server": {"incoming server": ADMINS},
    "incoming-server-enabled": {"incoming server": ADMINS},
    "incoming-server-primary": {"incoming server": ADMINS},
    "incoming-server-test": {"incoming server": ADMINS},
    "incoming-server-delete": {"incoming server": ADMINS},
    "incoming-server-fetch": {"incoming server": ADMINS},
    "probe": {"probe": ADMINS},
    "emails-banner": {"": ADMINS},
    "oauth-callback": {"": EVERYBODY},  # the state decides; without one it says that nothing was begun
    "microsoft-application": {"": ADMINS},
    "oauth-status": {"sign-in": ADMINS},
    "oauth-accept": {"sign-in": ADMINS},
    "oauth-panel": {"side": ADMINS},
    "oauth-begin-new": {"new sign-in": ADMINS},
    "oauth-server": {"side server": ADMINS},
    "oauth-begin": {"side server": ADMINS},
    "oauth-device": {"side server": ADMINS},
    "oauth-application": {"side server": ADMINS},
    "email-preference": {"": ADMINS},
    "outgoing-rules": {"": ADMINS},
    "outgoing-rules-draft": {"": ADMINS},
    "proxies": {"": ADMINS},
    "proxy-new": {"": ADMINS},
    "proxy": {"proxy": ADMINS},
    "proxy-delete": {"proxy": ADMINS},
    "security-and-limits": {"": ADMINS},
    "security-trust": {"": ADMINS},
    "security-save": {"section": ADMINS},
    "mail-incoming": {"": ADMINS},
    "mail-attention": {"": ADMINS},
    "mail-incoming-bulk": {"": ADMINS},
    "mail-incoming-item": {"incoming mail": ADMINS},
    "mail-incoming-body": {"incoming mail": ADMINS},
    "mail-incoming-raw": {"incoming mail": ADMINS},
    "mail-incoming-file": {"incoming file": ADMINS},
    "mail-incoming-act": {"incoming mail": ADMINS},
    "mail-outgoing": {"": ADMINS},
    "mail-outgoing-bulk": {"": ADMINS},
    "mail-outgoing-item": {"held mail alone": ADMINS},
    "mail-outgoing-body": {"held mail alone": ADMINS},
    "mail-outgoing-raw": {"sent mail": ADMINS},
    "mail-outgoing-act": {"held mail alone": ADMINS},
    "configuration-audit": {"": ADMINS},
    "configuration-audit-export": {"kind": ADMINS},
    "sign-in-settings": {"": ADMINS},
    "sign-in-provider": {"": ADMINS},
    "sign-in-release": {"": ADMINS},
    "sign-in-two-step-off": {"": ADMINS},
    "oauth-outcome": {"sign-in": ADMINS},
    "notifications": {"": ADMINS},
    "notification-template": {"notification": ADMINS},
    "notification-switch": {"notification": ADMINS},
    "notification-preview": {"notification": ADMINS},
    "notification-test": {"notification": ADMINS},
    "notification-reset": {"notification": ADMINS},
    "announcements": {"": ADMINS},
    "suppressions": {"": ADMINS},
    "suppression-new": {"": ADMINS},
    "suppression-release": {"suppression": ADMINS},
    "announcement-new": {"": ADMINS},
    "announcement-preview-draft": {"": ADMINS},
    "announcement": {"announcement": ADMINS},
    "announcement-edit": {"announcement": ADMINS},
    "announcement-preview": {"announcement": ADMINS},
    "announcement-delete": {"announcement": ADMINS},
    "announcement-act": {"announcement verb": ADMINS},
    "person-invite": {"person": ADMINS},
    "people": {"": ADMINS},
    "person-new": {"": ADMINS},
    "people-export": {"": ADMINS},
    "people-import": {"": ADMINS},
    "person": {"person": ADMINS},
    "person-deed": {"person deed": ADMINS},
    "technician-groups": {"": ADMINS},
    "technician-group-new": {"": ADMINS},
    "technician-group": {"technician group": ADMINS},
    "technician-group-delete": {"technician group": ADMINS},
    "requester-groups": {"": ADMINS},
    "requester-group-new": {"": ADMINS},
    "requester-group": {"requester group": ADMINS},
    "requester-group-delete": {"requester group": ADMINS},
    "companies": {"": ADMINS},
    "companies-switch": {"": ADMINS},
    "company-new": {"": ADMINS},
    "company": {"company": ADMINS},
    "company-delete": {"company": ADMINS},
    "categories": {"": ADMINS},
    "category-new": {"": ADMINS},
    "category": {"category": ADMINS},
    "category-delete": {"category": ADMINS},
    "api-tokens": {"": ADMINS},
    "api-token-new": {"": ADMINS},
    "api-token-revoke": {"api token": ADMINS},
}

# Asked with these, too: searches and filters must find nothing more. "canar" begins every planted word.
QUERIES: dict[str, tuple[str, ...]] = {
    "my-requests": ("?q=canar", "?scope=company&q=canar", "?show=done&page=2", "?scope=company&show=open"),
    "requests": ("?q=canar", "?search=canar", "?view=all", "?view=closed"),
    "entry-body": ("?images=1",),
    "attachment": ("?inline=1",),
    "mail-incoming": ("?search=canar",),
    "mail-outgoing": ("?search=canar",),
    "people": ("?q=canar",),
    "requests-filters": ("?q=canar",),
}
