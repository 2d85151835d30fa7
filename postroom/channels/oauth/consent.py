"""Admin consent (A20): the ready link, the text for the Microsoft administrator, and what came back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from postroom.audit.services import Actor, record
from postroom.channels import microsoft
from postroom.channels.models import IncomingServer, MicrosoftApp, OutgoingServer, SignIn
from postroom.channels.oauth.application import direction_of, microsoft_application, missing, redirect_url
from postroom.channels.oauth.tokens import digest
from postroom.channels.oauth.words import explain
from postroom.channels.services import Invalid, changing
from postroom.transports.oauth import new_secret

Server = IncomingServer | OutgoingServer

VALID_FOR = timedelta(days=7)  # the link goes by mail to somebody else
_USUAL = (("incoming", "imap"), ("outgoing", "smtp"), ("incoming", "mapi"), ("outgoing", "mapi"))
_APPLICATION_PERMISSIONS = {
    ("incoming", "imap"): "IMAP.AccessAsApp",
    ("incoming", "pop3"): "POP.AccessAsApp",
    ("outgoing", "smtp"): "SMTP.SendAsApp",
    ("incoming", "mapi"): "Mail.ReadWrite",
    ("outgoing", "mapi"): "Mail.Send",
}
_RESOURCES = {"mapi": "Microsoft Graph"}
_EXCHANGE = "Office 365 Exchange Online"
WIDE_ROLES = ("Mail.Read", "Mail.ReadWrite", "Mail.Send", "full_access_as_app", "EWS.AccessAsApp")


def permissions() -> list[dict[str, str]]:
    """What the application needs for the servers that sign in with it: [{resource, name, type, scope}].

    Without such servers, what IMAP, SMTP and Microsoft Graph need.
    """
    used = {
        (direction_of(server), server.protocol, server.oauth_grant or "authorization_code")
        for model in (IncomingServer, OutgoingServer)
        for server in model._default_manager.filter(provider="microsoft")
    } or {(*pair, "authorization_code") for pair in _USUAL}
    found = []
    for direction, protocol, grant in sorted(used):
        scope = microsoft.scope_for(direction, protocol, grant)
        alone = grant == "client_credentials"
        name = _APPLICATION_PERMISSIONS[direction, protocol] if alone else scope.split()[0].rpartition("/")[2]
        found.append(
            {
                "resource": _RESOURCES.get(protocol, _EXCHANGE if alone else "Office 365 Exchange Online"),
                "name": name,
                "type": "Application" if alone else "Delegated",
                "scope": scope.split()[0],
            }
        )
    return found


def consent_link(actor: Actor, *, session: str = "") -> dict[str, Any]:
    """{url, text, redirect_url, permissions, consented}: the link counts for 7 days. Raises Invalid."""
    app = microsoft_application()
    if words := missing():
        raise Invalid([("", words)])
    wanted, state = permissions(), new_secret()
    SignIn.objects.filter(kind=SignIn.Kind.CONSENT, expires_at__lt=timezone.now()).delete()
    SignIn.objects.create(
        kind=SignIn.Kind.CONSENT,
        state_digest=digest(state),
        actor_name=actor.name,
        actor_id=actor.id,
        expires_at=timezone.now() + VALID_FOR,
    )
    scopes = list(dict.fromkeys(one["scope"] for one in wanted))
    if any(one["type"] == "Delegated" for one in wanted):
        scopes.append("offline_access")
    # Consent is given in one tenant: common stands for none (v2-admin-consent).
    tenant = "organizations" if app.tenant == "common" else app.tenant
    query = {"client_id": app.client_id, "scope": " ".join(scopes), "redirect_uri": redirect_url(), "state": state}
    url = f"{microsoft.authority()}/{tenant}/v2.0/adminconsent?{urlencode(query)}"
    return {
        "url": url,
        "text": _text(app.client_id, wanted, url),
        "redirect_url": redirect_url(),
        "permissions": wanted,
        "consented": consented(),
    }


def _text(client_id: str, wanted: list[dict[str, str]], url: str) -> str:
    lines = [f"- {one['resource']}: {one['name']} ({one['type']})" for one in wanted]
    lines.append("- Microsoft Graph: offline_access, openid, profile, email (Delegated)")
    return "\n".join(
        [
            "Please consent to our service desk's application for the whole organisation.",
            "",
            f"Application (client) ID: {client_id}",
            "It asks for these permissions:",
            *lines,
            "",
            "Open this link as an administrator and press Accept:",
            url,
            "",
            "If assignment is required: Microsoft Entra, Enterprise applications, the application, Users and groups: "
            "add the mailbox's user or its group with the role Default Access.",
        ]
    )


def consented() -> dict[str, Any] | None:
    """{by, at, tenant, scopes} of the last consent that came back; None where none did."""
    app = MicrosoftApp.objects.filter(pk=1).exclude(consented_at=None).first()
    if app is None or app.consented_at is None:
        return None
    at = app.consented_at.isoformat()
    return {"by": app.consented_by, "at": at, "tenant": app.consented_tenant, "scopes": app.consented_scopes.split()}


def finish_consent(state: str, person: str, said: dict[str, str]) -> SignIn | None:
    """What came back from the consent page; None for a state that is not ours. ``person`` is who is signed in here.

    ``tenant`` is only shown: anybody can write another one into the address (v2-admin-consent).
    """
    waiting = SignIn.objects.filter(kind=SignIn.Kind.CONSENT, state_digest=digest(state), status="waiting")
    row = waiting.filter(expires_at__gt=timezone.now()).first()
    if row is None or not state:
        return None
    granted = said.get("admin_consent", "").lower() == "true" and not said.get("error")
    told = explain(said.get("error") or "access_denied", said.get("error_description", ""), redirect_url=redirect_url())
    row.status = SignIn.Status.DONE if granted else SignIn.Status.FAILED
    row.error, row.message = ("", "") if granted else (told.code[:60], told.message)
    row.state_digest = ""
    tenant = said.get("tenant", "")[:200]
    by = person or f"an administrator of {tenant or 'the tenant'}"
    with changing():
        row.save()
        app = MicrosoftApp.objects.get_or_create(pk=1)[0]
        if granted:
            app.consented_by, app.consented_at, app.consented_tenant = by[:320], timezone.now(), tenant
            app.consented_scopes = said.get("scope", "")[:2000]
            app.save()
        changes = [{"field": "tenant", "old": None, "new": tenant}, {"field": "by", "old": None, "new": by}]
        action = "consented" if granted else "consent failed"
        record(
            actor=Actor(row.actor_name or "Postroom", row.actor_id),
            action=action,
            object_=app,
            name=str(app),
            changes=changes,
        )
    return row


def reach_warning(server: Server, roles: str, reaches_others: bool | None) -> str:
    """A sentence where an application's token opens every mailbox of the tenant (MAPI-06); "" where it does not."""
    wide = [role for role in roles.split() if role in WIDE_ROLES]
    if server.oauth_grant != "client_credentials" or reaches_others is False or not (wide or reaches_others):
        return ""
    proof = "It opened a mailbox that is not its own. " if reaches_others else ""
    return f"The application can open every mailbox of the tenant ({', '.join(wide) or 'tested'}). {proof}Limit it."


def limiting_commands(server: Server, client_id: str) -> list[str]:
    """The two commands of Exchange Online PowerShell that limit an application to a mailbox (RBAC for Applications)."""
    role = "Application Mail.ReadWrite" if isinstance(server, IncomingServer) else "Application Mail.Send"
    name = f"Postroom {server.email}"
    return [
        f'New-ManagementScope -Name "{name}" -RecipientRestrictionFilter "PrimarySmtpAddress -eq \'{server.email}\'"',
        f'New-ManagementRoleAssignment -App "{client_id}" -Role "{role}" -CustomResourceScope "{name}"',
    ]
