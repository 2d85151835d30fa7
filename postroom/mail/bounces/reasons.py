"""Why a mail could not be delivered, as one word: from the enhanced status (RFC 3463) and the server's own text."""

from __future__ import annotations

import re

# The word, what it means to an administrator. This table is the documentation of ``bounce.recipients[].kind``.
REASONS = {
    "mailbox_unknown": "there is no such mailbox",
    "mailbox_full": "the mailbox is full",
    "mailbox_disabled": "the mailbox is switched off or does not accept mail",
    "domain_unknown": "the domain does not exist or takes no mail",
    "refused": "the server does not want this sender or this recipient combination",
    "spam": "the mail or its sender was taken for spam",
    "size": "the mail is too large",
    "content": "the content or a type of attachment is not accepted",
    "authentication": "SPF, DKIM or DMARC did not satisfy the server",
    "loop": "the mail went round in a circle",
    "network": "the server could not be reached",
    "temporary": "a passing failure: it will be tried again",
    "expired": "it was tried for days in vain",
    "delivered": "it was delivered or passed on: no failure",
    "unknown": "the server gave no reason that is understood",
}
_TEXTS = [
    (
        "mailbox_full",
        r"quota|mailbox (?:is |size )?(?:full|exceed)|over ?quota|storage (?:limit|exceeded)|"
        r"insufficient (?:disk|storage|system storage)|mail ?box space not enough|user is over|disk full|"
        r"speicherplatz",
    ),
    (
        "size",
        r"message (?:is )?too (?:large|big|long)|size (?:limit|exceeds)|exceed\w* (?:the )?(?:maximum|"
        r"max|size)",
    ),
    ("authentication", r"\b(?:dmarc|dkim|spf)\b|unauthenticated (?:mail|email)|sender policy"),
    (
        "spam",
        r"\bspam\b|block ?list|black ?list|\brbl\b|spamhaus|barracuda|reputation|unsolicited|\bjunk\b|"
        r"proofpoint",
    ),
    ("content", r"virus|malware|attachment (?:type )?(?:is )?not|banned|content (?:was )?reject|message content"),
    (
        "mailbox_disabled",
        r"(?:mailbox|account|user|address)[\w ]{0,30}(?:disabled|inactive|suspended|unavailable|not active|"
        r"closed|discontinued)|no longer (?:here|valid|active|available|with)|has moved|account expired",
    ),
    (
        "domain_unknown",
        r"host (?:or domain name )?(?:not found|unknown)|unknown host|domain (?:not found|does ?n[o']t exist)|"
        r"name (?:service error|server)|no such (?:host|domain)|unrouteable mail domain|"
        r"bad destination (?:host|system)|nxdomain|"
        r"couldn'?t find any host|unable to resolve|no mx|null mx",
    ),
    (
        "mailbox_unknown",
        r"(?:user|recipient|mailbox|address|account|addressee|alias)[\w <>@.:'\"-]{0,60}(?:unknown|"
        r"not (?:found|exist|"
        r"known|listed|recogni[sz]ed|valid)|(?:does|do)(?: ?n[o']t|n't)|invalid|not local)|(?:unknown|no such|"
        r"invalid|bad|not a known|"
        r"non-?existent) (?:local )?(?:user|recipient|mailbox|address|account|local[ -]part|person|alias)|"
        r"not our customer|"
        r"no mailbox here|unrouteable address|user unknown|not listed in|unbekannt|existiert nicht|inconnu|"
        r"recipient (?:address )?rejected|can'?t be found|no (?:valid )?recipients?|not in (?:the )?directory|"
        r"name is not found",
    ),
    ("loop", r"\bloop|too many hops|hop count|routing loop"),
    (
        "refused",
        r"relay|access denied|not permitted|not allowed|not authori[sz]ed|policy|prohibited|refused|reject|denied|"
        r"permission|restricted",
    ),
    (
        "expired",
        r"(?:delivery time|retry time|retry timeout|time ?out|queue lifetime)[\w ]{0,30}(?:expired|exceeded)|expired|"
        r"retry time(?:out)? (?:not reached|exceeded)|in the queue too long|for too long|gave up|giving up",
    ),
    (
        "network",
        r"timed? ?out|connection (?:refused|reset|failed|lost)|could not (?:connect|be reached)|unreachable|"
        r"no route to host|network|can'?t connect|conversation with",
    ),
    (
        "temporary",
        r"temporar|try(?: it)? again|grey ?list|delayed|will be retried|deferred|rate limit|"
        r"too many (?:connections|messages)",
    ),
]
_REASON_TEXTS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _TEXTS]
_BY_STATUS = {
    "1.1": "mailbox_unknown", "1.2": "domain_unknown", "1.3": "mailbox_unknown", "1.4": "mailbox_unknown",
    "1.6": "mailbox_disabled", "1.8": "refused", "1.10": "domain_unknown", "2.1": "mailbox_disabled",
    "2.2": "mailbox_full", "2.3": "size", "3.1": "mailbox_full", "3.2": "refused",
    "3.4": "size", "4.1": "network", "4.2": "network", "4.3": "network",
    "4.4": "domain_unknown", "4.6": "loop", "4.7": "expired", "6.0": "content",
    "6.1": "content", "7.1": "refused", "7.7": "content", "7.8": "authentication",
    "7.20": "authentication", "7.23": "authentication", "7.25": "authentication", "7.26": "authentication",
}  # fmt: skip
_VAGUE = {"refused", "temporary", "network", "unknown"}
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")


def status_in(text: str) -> str:
    """The first enhanced status code in a server's text, or one made from its three-digit reply, or ''."""
    found = _STATUS.search(text)
    if found is not None:
        return found[1]
    reply = _CODE.search(text)
    return f"{reply[1][0]}.0.0" if reply is not None else ""


def reason_of(action: str, status: str, diagnostic: str) -> str:
    """One word of ``REASONS`` for a recipient."""
    if action in ("delivered", "relayed", "expanded") or status.startswith("2."):
        return "delivered"
    by_text = next((kind for kind, pattern in _REASON_TEXTS if pattern.search(diagnostic[:2000])), "")
    by_status = _BY_STATUS.get(status[2:], "") if len(status) > 2 else ""
    # A number for "some policy" says less than words for "spam".
    kind = by_text if by_text and (not by_status or by_status in _VAGUE) else by_status or by_text
    if action == "delayed" or (status.startswith("4.") and kind in ("", "refused", "network", "unknown")):
        return "mailbox_full" if kind == "mailbox_full" else "temporary"
    return kind or "unknown"
