"""What a switch of Email Preference comes to: other settings may take back what it allows, and mail may wait (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, Settings
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.manual import DISCARDED

COUNTED = 1000
# The view of the mail log that lists what waits because of each outcome.
_VIEWS = {"email_to_request_off": "off", "guest_not_allowed": "guests"}


@dataclass(frozen=True, slots=True)
class Effect:
    """One sentence about the present state, and where to change it. ``link`` "" has no address."""

    tone: Literal["good", "warning", "quiet"]
    words: str
    link: str = ""
    url: str = ""


def effects_of(mail: EmailPreferences, rest: Settings) -> dict[str, list[Effect]]:
    """The effects of the stored preferences, by the name of their switch."""
    return {
        "email_to_request": _email_to_request(mail),
        "allow_guests": _guests(mail, rest),
        "cc_recipients": _copied(mail, rest),
        "technician_forward_uses_original_sender": _forwards(mail, rest),
        "allow_choosing_outgoing_server": _choosing(mail),
        "other_technician_reply": _technicians(rest),
    }


def waiting(outcome: str) -> int:
    """How many mails wait with this outcome and can still be released, counted to 1,001."""
    rows = InboundEmail.objects.filter(outcome=outcome, entry=None).exclude(reason_code=DISCARDED)
    return rows.exclude(raw_sha256="")[: COUNTED + 1].count()


def _waiting(outcome: str, *, is_over: bool) -> list[Effect]:
    """The mails that wait; ``is_over`` says that nothing would keep them back any more."""
    count = waiting(outcome)
    if not count:
        return []
    if count > COUNTED:
        over, now = (
            _("More than %(n)s mails wait from when it was blocked."),
            _("More than %(n)s mails wait because of it."),
        )
    else:
        over = ngettext(
            "%(n)s mail waits from when it was blocked.", "%(n)s mails wait from when it was blocked.", count
        )
        now = ngettext("%(n)s mail waits because of it.", "%(n)s mails wait because of it.", count)
    words = (over if is_over else now) % {"n": f"{COUNTED:,}" if count > COUNTED else str(count)}
    return [Effect("warning", words, _("Release or discard"), f"{reverse('mail-incoming')}?view={_VIEWS[outcome]}")]


def _email_to_request(mail: EmailPreferences) -> list[Effect]:
    found = []
    if not mail.email_to_request:
        found.append(Effect("warning", _("No mail opens a request now. Replies to requests keep arriving.")))
    elif not IncomingServer.objects.filter(enabled=True).exists():
        words = _("No incoming server is enabled, so no mail arrives.")
        found.append(Effect("warning", words, _("Incoming Email Servers"), reverse("incoming-servers")))
    else:
        found.append(Effect("good", _("Mail opens requests.")))
    return found + _waiting("email_to_request_off", is_over=mail.email_to_request)


def _guests(mail: EmailPreferences, rest: Settings) -> list[Effect]:
    found = []
    if not mail.allow_guests:
        found.append(Effect("quiet", _("Guests may write, but no request is created. They can still reply.")))
    elif not rest.guests_may_report:
        who = (
            _("Guest Requester to report a Request")
            if rest.allow_requester_incidents
            else _("Requester to create Incident")
        )
        words = _("Guests: blocked by Support Portal setting “Allow %(who)s”.") % {"who": who}
        found.append(Effect("warning", words, _("Support Portal"), f"{reverse('security-and-limits')}#support_portal"))
    elif not mail.email_to_request:
        found.append(Effect("warning", _("Guests: blocked because Email to Ticket is off.")))
    else:
        found.append(Effect("good", _("Guests may open requests by mail.")))
    return found + _waiting("guest_not_allowed", is_over=mail.allow_guests and rest.guests_may_report)


def _copied(mail: EmailPreferences, rest: Settings) -> list[Effect]:
    if not mail.cc_recipients:
        return [Effect("quiet", _("Nothing is selected: Cc Emails stays empty."))]
    words = _("At most %(n)d addresses a request.") % {"n": rest.cc_per_request}
    return [Effect("quiet", words, _("Limits"), f"{reverse('security-and-limits')}#limits")]


def _nobody_is_proven(rest: Settings) -> bool:
    return rest.technicians_need_authentication and not rest.trusted_authserv_ids


def _forwards(mail: EmailPreferences, rest: Settings) -> list[Effect]:
    if not mail.technician_forward_uses_original_sender or not _nobody_is_proven(rest):
        return []
    words = _(
        "Forwards: blocked, since technicians by mail need an authenticated sender and no authserv-id is trusted."
    )
    return [Effect("warning", words, _("Security"), f"{reverse('security-and-limits')}#security")]


def _choosing(mail: EmailPreferences) -> list[Effect]:
    count = OutgoingServer.objects.filter(enabled=True).count()
    if not mail.allow_choosing_outgoing_server or count > 1:
        return []
    words = _("There is no enabled outgoing server to choose from.")
    if count:
        words = _("There is one enabled outgoing server to choose from.")
    return [Effect("warning", words, _("Outgoing Email Servers"), reverse("outgoing-servers"))]


def _technicians(rest: Settings) -> list[Effect]:
    if not _nobody_is_proven(rest):
        return []
    words = _("Technicians' mail is kept as a note: it needs an authenticated sender, and no authserv-id is trusted.")
    return [Effect("warning", words, _("Security"), f"{reverse('security-and-limits')}#security")]
