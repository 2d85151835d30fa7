"""Why a mail could not be delivered, as one word: from the enhanced status (RFC 3463) and the server's own text."""

from __future__ import annotations

import re
from functools import lru_cache

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
_WHO = r"(?:user|recipient|mailbox|address|account|addressee|alias|person|mail ?box|inbox|e-?mail)"
# Word, subject and detail of RFC 3463 for a notice that names no status itself, and the servers' wordings.
_TEXTS = [
    (
        "mailbox_full", "2.2",
        r"quota|full (?:mailbox|inbox)|mail ?(?:box|folder)[\w' ]{0,20} (?:full|exceed)|mailbox (?:is |"
        r"size )?(?:full|exceed)|"
        r"storage (?:limit|exceeded)|insufficient (?:disk|storage|system storage)|space not enough|"
        r"(?:user|account|mailbox|inbox) is (?:over|full|out of)|disk full|not enough (?:space|storage|disk)|"
        r"exceeded? (?:its |his |her |their |the )?(?:mailbox|storage|allowed|disk|space)|speicherplatz|speicher voll|"
        r"postfach[\w ]{0,20}voll|(?:boîte|bo.te)[\w ]{0,30}pleine|buz[oó]n[\w ]{0,20}lleno|casella[\w ]{0,20}piena|"
        r"caixa[\w ]{0,20}cheia|переполнен|邮箱已满|空间不足|容量|メールボックス.{0,10}いっぱい",
    ),
    (
        "size", "3.4",
        r"(?:message|mail|size)[\w ]{0,20} too (?:large|big|long)|too (?:large|big) (?:message|mail)|"
        r"size (?:limit|exceeds)|(?:message|mail)[\w ]{0,20} exceed|exceed\w* (?:the |our )?(?:maximum|max|size|fixed)|"
        r"larger than|size exceeded|message file too big|databytes limit|zu gro(?:ß|ss)|trop (?:gros|volumineux)",
    ),
    (
        "authentication", "7.26",
        r"\b(?:dmarc|dkim|spf)\b|unauthenticated (?:mail|email)|sender policy|sender id\b|"
        r"not authenticated|authentication[- ](?:checks|results|failed)",
    ),
    (
        "loop", "4.6",
        r"mail ?loop|\bloop(?:ing|s)?\b|too many (?:hops|received|forward)|hop count|hops? exceeded|routing loop|"
        r"listed as a best-preference mx|mail for [\w.-]{1,80} loops back|mxloopback",
    ),
    (
        "spam", "7.1",
        r"\bspam|block ?list|black ?list|\brbls?\b|dnsbl|spamhaus|spamcop|barracuda|sorbs|reputation|unsolicited|"
        r"\bjunk\b|"
        r"proofpoint|\buce\b|\bube\b|bulk (?:mail|email)|cloudmark|black_?listed|listed (?:at|by|in|"
        r"on) [\w.-]{1,60}\.(?:org|net|com)|"
        r"generic rdns|no ptr|reverse dns|dynamic ip|poor reputation|suspicious",
    ),
    (
        "content", "6.0",
        r"virus|malware|infected|attachment[\w ]{0,20}(?:is not|not allowed|type|blocked|prohibit|rejected)|"
        r"banned (?:file|content|attachment)|content (?:was )?reject|message content|content (?:filter|policy|"
        r"restriction)|"
        r"illegal attachment|bare (?:lf|cr)|8-?bit|malformed|prohibited (?:file|attachment)|rfc ?(?:2822|5322|"
        r"822) (?:violation|compliance)",
    ),
    (
        "domain_unknown", "1.2",
        r"host (?:or domain name )?(?:not found|unknown)|unknown (?:host|domain)|"
        r"domain[\w.<>\" -]{0,60}(?:not found|does ?n[o']t exist|doesn't exist|unknown|invalid)|"
        r"name (?:service error|server: |or service not)|no such (?:host|domain)|unroute?able (?:mail )?domain|"
        r"bad destination (?:host|system)|nx ?domain|could ?n[o']t (?:find|look ?up|resolve) (?:any )?(?:host|"
        r"domain|a mail|dns)|"
        r"couldn'?t find any host|unable to resolve|cannot resolve|no mx|null ?mx|dns (?:error|query failed|"
        r"lookup|failure|hard error)|"
        r"no route to (?:domain|destination)|domain (?:is )?not (?:in use|exist)|non-?existent domain|"
        r"all relevant mx records|"
        r"illegal host|invalid host|host not in dns|mail exchanger or ip|no valid hosts|illegal.{1,10}domain|"
        r"domaine inconnu|域名|name has no usable",
    ),
    (
        "mailbox_disabled", "2.1",
        r"(?:mailbox|account|user|address|recipient|inbox)[\w() ]{0,30}(?:disabled|inactive|suspended|not active|"
        r"deactivated|"
        r"blocked|locked|closed|discontinued|expired|terminated|temporarily limited|on hold|not enabled|"
        r"not accepting|cancell?ed|retired)(?! (?:mail|messages) from)|"
        r"(?:inactive|disabled|suspended|deactivated|expired) (?:user|mailbox|account|address|recipient)|"
        r"account has been|"
        r"no longer (?:here|valid|active|available|with|in use|on server|accept|works|used|exists?)|has moved|"
        r"moved to|account expired|"
        r"mailbox currently|administrative?le?y disabled|not accepting (?:mail|messages)(?! from)|"
        r"is not accepting(?! (?:e-?)?mail from)",
    ),
    ("mailbox_unknown", "1.4", r"not unique|several matches|ambiguous"),
    (
        "mailbox_unknown", "1.1",
        _WHO + r"[\w <>@.:'\"()\[\],=-]{0,80}?(?:unknown|"
        r"not (?:be )?(?:found|exist|known|listed|recogni[sz]ed|valid|local|here|present|registered|on this)|"
        r"n't (?:exist|found|have)|does(?: ?n[o']t| not) (?:exist|have|match)|do not exist|invalid|rejected|"
        r"unavailable|could ?n[o']t be found|non-?existent|undeliverable)|"
        r"(?:unknown|no such|invalid|bad|not a (?:known|valid)|non-?existent|no|nonexistant|unavailable|wrong|"
        r"illegal|undeliverable|unrecogni[sz]ed)"
        r" (?:local |virtual |mail |e-?mail )?" + _WHO + r"|"
        r"not our customer|local[ -]part|no mailbox here|unroute?able address|no account|user doesn|unknown local|"
        r"not listed in|unbekannt|existiert nicht|inconnue?\b|n'existe pas|no existe|desconocido|sconosciut|"
        r"non esiste|desconhecid|n[ãa]o existe|"
        r"onbekend|bestaat niet|ok[äa]nd|ukendt|ukjent|nieznan|neexistuj|не существует|неизвест|нет такого|"
        r"не найден|不存在|"
        r"用户不存在|存在しません|見つかりません|宛先不明|なし|recip(?:ient)?notfound|badrecipient|mailbox unavailable|"
        r"can'?t be found|no (?:valid )?recipients?|not in (?:the )?directory|name is not found|no matches|"
        r"unknown or illegal|no one here|"
        r"does not like recipient|not have an? (?:\S{1,60} )?account|addressee unknown|delivery.{1,20}directory|"
        r"not a valid",
    ),
    (
        "expired", "4.7",
        r"(?:delivery time|retry time|retry timeout|queue lifetime|time ?out)[\w ]{0,30}(?:expired|exceeded|"
        r"not reached)|expired|"
        r"(?:in|on) (?:the )?(?:queue|server) (?:too|for too) long|for too long|too old|gave up|giving up|"
        r"maximum time|within \d{1,4} (?:days?|hours?|minutes?)|after \d{1,3} (?:days?|hours?)|retry limit|"
        r"too many retries|message timed out|timed out waiting",
    ),
    (
        "refused", "7.1",
        r"relay|access denied|not permitted|not allowed|not authori[sz]ed|policy|prohibited|denied|"
        r"permission|restrict|rule|sender (?:address )?(?:was )?(?:rejected|refused|denied)|my name was rejected|"
        r"not accept(?:ing)? (?:mail|e-?mail|messages)? ?from|"
        r"authentication required|must authenticate|(?<!connection )refused|reject|blocked|security",
    ),
    (
        "network", "3.2",
        r"could not initiate smtp conversation|not accepting network|service (?:currently |"
        r"temporarily )?(?:unavailable|not available)|"
        r"server (?:is )?(?:busy|unavailable)|did not accept our requests|system not accepting|"
        r"closing transmission|too busy|overload",
    ),
    (
        "network", "4.1",
        r"timed? ?out|connection (?:refused|reset|failed|lost|dropped|closed|was)|could not (?:connect|be reached|"
        r"be contacted)|unreachable|"
        r"no route to host|network|can(?:'t|not) connect|conversation with|not respond|no answer|smtp connection|"
        r"failed to connect|"
        r"unable to (?:connect|contact|establish|reach)|lost connection|greeting failed|communication failure",
    ),
    (
        "temporary", "0.0",
        r"temporar|try(?: it)? again|gr[ea]y ?list|delayed|will be retried|deferred|rate limit|"
        r"too many (?:connections|messages|recipients)|"
        r"local error in processing|resources|later",
    ),
]  # fmt: skip
_REASON_TEXTS = [(kind, detail, re.compile(pattern, re.IGNORECASE)) for kind, detail, pattern in _TEXTS]
_BY_STATUS = {
    "1.1": "mailbox_unknown", "1.2": "domain_unknown", "1.3": "mailbox_unknown", "1.4": "mailbox_unknown",
    "1.6": "mailbox_disabled", "1.8": "refused", "1.10": "domain_unknown", "2.1": "mailbox_disabled",
    "2.2": "mailbox_full", "2.3": "size", "3.1": "mailbox_full", "3.2": "network",
    "3.4": "size", "4.1": "network", "4.2": "network", "4.3": "network",
    "4.4": "domain_unknown", "4.6": "loop", "4.7": "expired", "6.0": "content",
    "6.1": "content", "7.1": "refused", "7.7": "content", "7.8": "authentication",
    "7.20": "authentication", "7.23": "authentication", "7.25": "authentication", "7.26": "authentication",
    "7.9": "authentication", "7.21": "authentication", "7.22": "authentication", "7.24": "authentication",
    "4.300": "expired", "4.316": "expired", "4.312": "domain_unknown",
    "7.27": "domain_unknown", "7.28": "spam",
}  # fmt: skip
_VAGUE = {"refused", "temporary", "network", "unknown"}
# Numbers that large providers give a second meaning.
_VAGUE_STATUS = {"1.10", "4.4", "1.8"}
_SMALL = 2000


def read_reason(text: str) -> tuple[str, str]:
    """The word and the subject and detail of RFC 3463 (``1.1``) that a server's text stands for, or two ''."""
    return _read(text[:_SMALL])


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[str, str]:
    """A notice about a hundred recipients says the same words of each of them."""
    for kind, detail, pattern in _REASON_TEXTS:
        if pattern.search(text):
            return kind, detail
    return "", ""


def reason_of(action: str, status: str, diagnostic: str) -> str:
    """One word of ``REASONS`` for a recipient."""
    if action in ("delivered", "relayed", "expanded") or status.startswith("2."):
        return "delivered"
    by_text = read_reason(diagnostic)[0]
    by_status = _BY_STATUS.get(status[2:], "") if len(status) > 2 else ""
    vague = not by_status or by_status in _VAGUE or status[2:] in _VAGUE_STATUS
    # A number for "some policy" says less than words for "spam".
    kind = by_text if by_text not in ("", "unknown") and vague else by_status or by_text
    if action == "delayed" or (status.startswith("4.") and kind in ("", "refused", "network", "unknown")):
        return "mailbox_full" if kind == "mailbox_full" else "temporary"
    return kind or "unknown"
