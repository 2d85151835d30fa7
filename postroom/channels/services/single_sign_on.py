"""The only writer of the OpenID provider that people sign in with."""

from __future__ import annotations

import re
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from postroom.audit.changes import record_save
from postroom.audit.services import Actor
from postroom.channels.models import SingleSignOn
from postroom.channels.services.reading import is_safe_url, scheme_and_host
from postroom.rules.fields import Fields
from postroom.transports.reach import off_limits

SINGLE_SIGN_ON_FIELDS = (
    "enabled",
    "name",
    "issuer",
    "client_id",
    "client_secret",
    "domains",
    "creates_requesters",
    "trusts_addresses",
)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


def show_single_sign_on(row: SingleSignOn) -> dict[str, Any]:
    """As REST and the pages show it: without the secret."""
    return {name: getattr(row, name) for name in SINGLE_SIGN_ON_FIELDS if name != "client_secret"}


@transaction.atomic
def save_single_sign_on(actor: Actor, data: object) -> SingleSignOn:
    """Change the provider; what is left out stays, the secret too. With the issuer all links end. Raises Invalid."""
    SingleSignOn.load()
    row = SingleSignOn.objects.select_for_update().get(pk=1)
    before = _with_secret(row)
    fields = Fields(data, SINGLE_SIGN_ON_FIELDS)
    row.enabled = fields.boolean("enabled", row.enabled)
    needed = row.enabled
    row.name = fields.text("name", row.name, longest=40, required="Say what the button is called." if needed else "")
    row.issuer = fields.text(
        "issuer", row.issuer, longest=500, required="Enter the issuer's URL." if needed else ""
    ).rstrip("/")
    row.client_id = fields.text(
        "client_id", row.client_id, longest=190, required="Enter the Client ID." if needed else ""
    )
    row.client_secret = fields.secret("client_secret", row.client_secret or "")
    row.domains = fields.texts("domains", row.domains, check=_domain_fault, lower=True, longest=255)
    row.creates_requesters = fields.boolean("creates_requesters", row.creates_requesters)
    row.trusts_addresses = fields.boolean("trusts_addresses", row.trusts_addresses)
    if row.issuer and (fault := _issuer_fault(row.issuer)):
        fields.fail("issuer", fault)
    if needed and not row.domains:
        fields.fail("domains", "Name at least one domain whose people may sign in.")
    fields.done()
    if row.issuer != before["issuer"]:
        SocialAccount.objects.all().delete()  # a subject means somebody else at another provider
    row.save()
    record_save(actor, row, before, _with_secret(row), {"client_secret"})
    return row


def _with_secret(row: SingleSignOn) -> dict[str, Any]:
    return {**show_single_sign_on(row), "client_secret": row.client_secret}


def _domain_fault(text: str) -> str:
    return "" if _DOMAIN.fullmatch(text) else "Must be a domain, such as acme.test."


def _issuer_fault(url: str) -> str:
    """Tokens travel to and fro: without TLS only on this machine. An issuer has no query (OpenID Connect Core, 2)."""
    if not is_safe_url(url):
        return "Must be an https:// address (http:// only on loopback)."
    if off_limits(scheme_and_host(url)[1]):
        return "No provider has this address: it is for the local link, or for many."
    return "Must be an address without a query." if set("?#@") & set(url) else ""
