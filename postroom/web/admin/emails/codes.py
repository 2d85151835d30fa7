"""What to do about each error code (SPEC A9): one sentence for the administrator who sees it."""

from __future__ import annotations

_ADVICE = {
    "MAILCONDNS": "Check the spelling of Server. If it is right, the name server of this host does not know it.",
    "MAILCONREF": "Nothing answers at this port, or a firewall turns us away. Check Port and Security Type.",
    "MAILCONTMO": "The server did not answer in time. It is tried again by itself; if it stays so, check the firewall.",
    "MAILCONTLS": "Check that Security Type fits the port, and that the certificate is valid for Server. "
    "A certificate of your own authority is trusted under Certificate.",
    "MAILCONPROXY": "The proxy refused the connection. Check its address and sign-in, and whether it opens this port.",
    "MAILCONEWS": "Exchange refused the mailbox. Check the address and the permissions of the account.",
    "MAILCONGRAPH": "Microsoft Graph did not do what was asked. Its own words say why.",
    "MAILAUTHPERM": "The account may not open this mailbox. Grant the permission, then sign in again.",
    "MAILAUTHSESS": "The sign-in has ended. It is renewed by itself; if it stays so, sign in again.",
    "MAILAUTHCRED": "User name or password is wrong. Accounts with two-step sign-in need an app password.",
    "MAILCONSMTP": "The server took the connection but not the mail. Check that the account may send from it.",
    "MAILCONRATELIM": "The provider slows us down. It is tried again by itself; lower the limits if it happens often.",
    "MAILMBXSTATE": "The session ended while mail was read. It is tried again by itself.",
    "MAILMBXNOFOLDER": "The folder does not exist. Check Folder.",
    "MAILMBXQUOTA": "The mailbox is full. Make room in it.",
}
_OTHERWISE = "The server's own words say what happened. Correct the settings and test again."


def advice(code: str) -> str:
    """What to do about ``code``; "" without one."""
    return _ADVICE.get(code, _OTHERWISE) if code else ""
