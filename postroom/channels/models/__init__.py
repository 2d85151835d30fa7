"""The tables behind Admin > Support Channel > Emails."""

from postroom.channels.models.health import HealthState, ServerHealth, WorkerHeartbeat
from postroom.channels.models.incidents import Incident, RetiredAddress, WebhookCall
from postroom.channels.models.preferences import EmailPreferences, Instance, Settings
from postroom.channels.models.probes import Probe
from postroom.channels.models.servers import (
    AliasRoute,
    IncomingServer,
    MailServer,
    MicrosoftApp,
    OAuthGrant,
    OutgoingRule,
    OutgoingServer,
    ProxyServer,
)
from postroom.channels.models.sign_ins import SecretWarning, SignIn
from postroom.channels.models.single_sign_on import SingleSignOn

__all__ = [
    "AliasRoute",
    "EmailPreferences",
    "HealthState",
    "Incident",
    "IncomingServer",
    "Instance",
    "MailServer",
    "MicrosoftApp",
    "OAuthGrant",
    "OutgoingRule",
    "OutgoingServer",
    "Probe",
    "ProxyServer",
    "RetiredAddress",
    "SecretWarning",
    "ServerHealth",
    "Settings",
    "SignIn",
    "SingleSignOn",
    "WebhookCall",
    "WorkerHeartbeat",
]
