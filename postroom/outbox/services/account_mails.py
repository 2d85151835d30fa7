"""Invitations and password resets, through our own outbox like every other mail: they stand in the mail log."""

from __future__ import annotations

from html import escape

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from postroom.accounts.links import INVITATION_DAYS, RESET_HOURS, is_throttled, issue, may_reset
from postroom.accounts.models import User
from postroom.accounts.sign_in_models import MailedLink
from postroom.audit.services import Actor, record
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services.queue import NewMail, queue
from postroom.rules.fields import Invalid


@transaction.atomic
def invite(actor: Actor, person: User) -> OutboundEmail:
    """Mail a person the link to choose a password; an earlier link ends. Raises Invalid."""
    if not person.email or person.kind == User.Kind.SERVICE:
        raise Invalid([("email", _("Nobody can be invited without a mail address."))])
    if person.blocked or person.archived or not person.is_active:
        raise Invalid([("email", _("Somebody who is blocked or archived cannot be invited."))])
    token = issue(MailedLink.Purpose.INVITATION, person, actor.ip)
    row = _mail(person.email, person.language, MailedLink.Purpose.INVITATION, token, inviter=actor.name)
    change = {"field": "to", "old": None, "new": person.email}
    record(actor=actor, action="invited", object_=person, name=str(person), changes=[change])
    return row


@transaction.atomic
def ask_reset(email: str, ip: str | None) -> None:
    """Mail a link to set a new password, if the address belongs to somebody who may sign in and nobody floods it.

    For every other address the same work is done and taken back, so that neither the answer nor its time tells which
    addresses are known. Guests have no password to reset.
    """
    person = may_reset(email)
    if is_throttled(person, ip):
        return
    token = issue(MailedLink.Purpose.RESET, person, ip)
    with transaction.atomic():
        language = person.language if person else settings.LANGUAGE_CODE
        _mail(email.strip().lower(), language, MailedLink.Purpose.RESET, token)
        if person is None:
            transaction.set_rollback(True)


def _mail(email: str, language: str, purpose: MailedLink.Purpose, token: str, inviter: str = "") -> OutboundEmail:
    url = f"{settings.POSTROOM_URL}/sign-in/{purpose.value}/{token}"
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        subject, paragraphs = _invitation(inviter) if purpose == MailedLink.Purpose.INVITATION else _reset()
        direction = "rtl" if translation.get_language_bidi() else "ltr"
    lines = [paragraphs[0], url, *paragraphs[1:]]
    html = [escape(paragraphs[0]), f'<a href="{escape(url)}">{escape(url)}</a>', *map(escape, paragraphs[1:])]
    mail = NewMail(
        kind=OutboundEmail.Kind.NOTIFICATION,
        to=[email],
        subject=subject,
        text="\n\n".join(lines) + "\n",
        html=f'<div dir="{direction}">' + "".join(f"<p>{line}</p>" for line in html) + "</div>",
        facts={"notification": purpose.value, "recipient_domain": email.rpartition("@")[2] or None},
        headers=[("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")],
    )
    return queue([mail])[0]


def _invitation(inviter: str) -> tuple[str, list[str]]:
    host = settings.POSTROOM_URL.partition("://")[2]
    return _("You are invited to %(host)s") % {"host": host}, [
        _("%(name)s invites you to the service desk at %(host)s. Choose your password here:")
        % {"name": inviter, "host": host},
        _("The link works once, for %(days)s days.") % {"days": INVITATION_DAYS},
    ]


def _reset() -> tuple[str, list[str]]:
    host = settings.POSTROOM_URL.partition("://")[2]
    return _("Your password at %(host)s") % {"host": host}, [
        _("Somebody, hopefully you, asked for a new password at %(host)s. Choose it here:") % {"host": host},
        _("The link works once, for %(hours)s hour. If it was not you, leave it alone: nothing has changed.")
        % {"hours": RESET_HOURS},
    ]
