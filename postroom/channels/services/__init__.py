"""The only writers of the channel configuration: the configuration file, REST and the pages all come through here.

Each verb takes the contract's names, checks everything, raises ``Invalid`` with a message for each field or writes in
one transaction, audits with secrets masked, and tells the roles at commit.
"""

from postroom.channels.services.changing import changing
from postroom.channels.services.incoming import (
    INCOMING_FIELDS,
    delete_incoming_server,
    racing_message,
    racing_server,
    save_incoming_server,
)
from postroom.channels.services.offers import OFFER, offers_mapi, switch_to_mapi
from postroom.channels.services.outgoing import OUTGOING_FIELDS, delete_outgoing_server, save_outgoing_server
from postroom.channels.services.preferences import (
    PREFERENCE_FIELDS,
    SECTIONS,
    save_preferences,
    save_section,
    save_settings,
)
from postroom.channels.services.primary import settle_primary
from postroom.channels.services.probes import (
    cancel_probe,
    claim_probe,
    draft_server,
    end_lost_probes,
    finish_probe,
    note_stage,
    start_probe,
    start_step,
)
from postroom.channels.services.proxies import (
    MICROSOFT_APP_FIELDS,
    PROXY_FIELDS,
    delete_proxy,
    save_microsoft_app,
    save_proxy,
)
from postroom.channels.services.renaming import rename_in_rules
from postroom.channels.services.rules import RULE_FIELDS, delete_rule, order_rules, save_rule
from postroom.channels.services.versions import (
    ChangedMeanwhile,
    changed_words,
    check_version,
    version_after,
    version_of,
)
from postroom.channels.services.warnings import warnings_of
from postroom.rules.fields import Invalid

__all__ = [
    "INCOMING_FIELDS",
    "MICROSOFT_APP_FIELDS",
    "OFFER",
    "OUTGOING_FIELDS",
    "PREFERENCE_FIELDS",
    "PROXY_FIELDS",
    "RULE_FIELDS",
    "SECTIONS",
    "ChangedMeanwhile",
    "Invalid",
    "cancel_probe",
    "changed_words",
    "changing",
    "check_version",
    "claim_probe",
    "delete_incoming_server",
    "delete_outgoing_server",
    "delete_proxy",
    "delete_rule",
    "draft_server",
    "end_lost_probes",
    "finish_probe",
    "note_stage",
    "offers_mapi",
    "order_rules",
    "racing_message",
    "racing_server",
    "rename_in_rules",
    "save_incoming_server",
    "save_microsoft_app",
    "save_outgoing_server",
    "save_preferences",
    "save_proxy",
    "save_rule",
    "save_section",
    "save_settings",
    "settle_primary",
    "start_probe",
    "start_step",
    "switch_to_mapi",
    "version_after",
    "version_of",
    "warnings_of",
]
