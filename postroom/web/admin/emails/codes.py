"""What to do about each error code (SPEC A9): one sentence for the administrator who sees it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_ADVICE = {
    "MAILCONDNS": _("Check the spelling of Server. If it is right, the name server of this host does not know it."),
    "MAILCONREF": _("Nothing answers at this port, or a firewall turns us away. Check Port and Security Type."),
    "MAILCONTMO": _(
        "The server did not answer in time. It is tried again by itself; if it stays so, check the firewall."
    ),
    "MAILCONTLS": _(
        "Check that Security Type fits the port, and that the certificate is valid for Server. "
        "A certificate of your own authority is trusted under Certificate."
    ),
    "MAILCONPROXY": _(
        "The proxy refused the connection. Check its address and sign-in, and whether it opens this port."
    ),
    "MAILCONEWS": _("Exchange refused the mailbox. Check the address and the permissions of the account."),
    "MAILCONGRAPH": _("Microsoft Graph did not do what was asked. Its own words say why."),
    "MAILAUTHPERM": _("The account may not open this mailbox. Grant the permission, then sign in again."),
    "MAILAUTHSESS": _("The sign-in has ended. It is renewed by itself; if it stays so, sign in again."),
    "MAILAUTHCRED": _("User name or password is wrong. Accounts with two-step sign-in need an app password."),
    "MAILCONSMTP": _("The server took the connection but not the mail. Check that the account may send from it."),
    "MAILCONRATELIM": _(
        "The provider slows us down. It is tried again by itself; lower the limits if it happens often."
    ),
    "MAILMBXSTATE": _("The session ended while mail was read. It is tried again by itself."),
    "MAILMBXNOFOLDER": _("The folder does not exist. Check Folder."),
    "MAILMBXQUOTA": _("The mailbox is full. Make room in it."),
}
_OTHERWISE = _("The server's own words say what happened. Correct the settings and test again.")


def advice(code: str) -> str:
    """What to do about ``code``; "" without one."""
    return gettext(_ADVICE.get(code, _OTHERWISE)) if code else ""
