"""Whether a mail is a failure notice in a mail system's own words, and not a person's words about one.

What decides is never a single sign. A mail system gives itself away by its address, its name or an empty envelope
sender, and says what failed; a person replies, forwards, quotes, and writes with a mail program.
"""

from __future__ import annotations

import re

from postroom.mail.bounces.phrases import MACHINE_OPENINGS, OPENINGS, SUBJECTS
from postroom.mail.bounces.status import status_in
from postroom.mail.kinds.absence import is_absence_subject, is_answer_subject
from postroom.mail.model import ParsedMail
from postroom.mail.stems import Stems

_SUBJECTS, _OPENINGS = Stems(SUBJECTS), Stems(OPENINGS)
_DAEMONS = (
    "mailer-daemon",
    "mailerdaemon",
    "mailer_daemon",
    "maildaemon",
    "mail-daemon",
    "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
    "mdaemon",
    "mmdf",
    "double-bounce",
)
_SERVICE = re.compile(
    r"(?:post[-_]?master|postoffice|mail[-_]?delivery|root|bounces?|smtpd?|mail|mailadm\w{0,20}|nobody|mail[-_]?router|"
    r"microsoftexchange|system|uucp|"
    r"delivery|mailsystem|mailmaster|mailgateway|mailgw|hostmaster|administrator|autoreply|no-?reply|imss|"
    r"antispam|antivirus|gateway|exchange|"
    r"notification|mailserver|dsn|ndr|returns?|daemon|listserv|majordomo|mailman|mail[-_]?admin|virus)\w{0,30}(?![\w])",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"mail(?:er)?[- _]?(?:delivery|system|admin|daemon|router|service|subsystem|server|transport|gateway)|"
    r"delivery (?:sub)?system|delivery service|postmaster|"
    r"system ?administrator|systemadministrator|administrateur système|administrador del sistema|"
    r"amministratore di sistema|microsoft outlook|microsoft exchange|"
    r"mail administrator|email delivery|returned mail|undeliver|internet mail delivery|delivery notification",
    re.IGNORECASE,
)
_PROGRAMS = re.compile(
    r"outlook|thunderbird|apple mail|iphone|ipad|android|evolution|mutt|kmail|the bat|eudora|roundcube|horde|"
    r"squirrelmail|"
    r"claws|mozilla|lotus notes release|airmail|spark|sylpheed|gnus|pine|webmail",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"^\s{0,20}(?:hi|hello|hey|dear|good (?:morning|afternoon|day)|guten (?:tag|morgen)|hallo|sehr geehrte\w?|liebe\w?|"
    r"bonjour|hola|buen[oa]s|buongiorno|ciao|olá|bom dia|beste|geachte|hej|cześć|dzień dobry|здравствуйте|"
    r"добрый день)\b|"
    r"\b(?:my|our) (?:users?|customers?|colleagues?|mails?|e-?mails?|servers?|staff|clients?|domains?|team|"
    r"company|boss)\b|"
    r"\b(?:please|can you|could you|kindly) (?:help|check|look|fix|whitelist|advise|investigate|tell|explain|"
    r"unblock)\b|"
    r"\b(?:können|könnten) sie|pouvez-vous|pueden ustedes",
    re.IGNORECASE,
)
_EMPTY = {"<>", "", "<mailer-daemon>", "mailer-daemon"}


def looks_like_notice(mail: ParsedMail) -> bool:
    """Whether a mail without a delivery status part is a failure notice."""
    if is_absence_subject(mail.subject):
        return False
    if mail.header("x-failed-recipients") and not _is_answer(mail):
        return True
    if _is_daemon(mail):
        return names_a_failure(mail.subject) or _OPENINGS.are_in(mail.text[:3000].casefold())
    if mail.text[:2].strip() == "{" or not _suspicious(mail):
        return False
    if _is_answer(mail):
        return False
    subject = names_a_failure(mail.subject)
    if _is_service(mail):
        return subject and (_has_empty_envelope(mail) or _tells_a_failure(mail.text[:3000]))
    if not subject:
        return False
    if _has_empty_envelope(mail):
        return _OPENINGS.are_in(mail.text[:3000].casefold()) and (
            status_in(mail.text[:5000]) != "" or _machine_opening(mail.text)
        )
    return not _by_a_mail_program(mail) and _machine_opening(mail.text) and "@" in mail.text[:5000]


def names_a_failure(subject: str) -> bool:
    """Whether a subject is one that failure notices have, in any of their languages."""
    return _SUBJECTS.are_in(subject[:300].casefold())


def is_by_a_person(mail: ParsedMail) -> bool:
    """Whether a mail with somebody's delivery status in it is rather a person's answer or forward."""
    if _is_daemon(mail) or _has_empty_envelope(mail) or mail.sender is None:
        return False
    return _is_answer(mail) or _by_a_mail_program(mail)


def _tells_a_failure(text: str) -> bool:
    """Whether a text tells of a failure, and not as a postmaster does who is a person and wants something."""
    return _OPENINGS.are_in(text.casefold()) and (_machine_opening(text) or _PERSONAL.search(text[:1000]) is None)


def _suspicious(mail: ParsedMail) -> bool:
    return names_a_failure(mail.subject) or (mail.sender is None and _OPENINGS.are_in(mail.text[:1000].casefold()))


def _is_daemon(mail: ParsedMail) -> bool:
    local = mail.sender.email.rpartition("@")[0].lower().strip('"') if mail.sender else ""
    if any(local.startswith(name) for name in _DAEMONS):
        return True
    raw = (mail.header("from") or "").lower() if mail.sender is None else ""
    return "mailer-daemon" in raw or "postmaster" in raw or "mail delivery" in raw


def _is_service(mail: ParsedMail) -> bool:
    if mail.sender is None:
        return _has_empty_envelope(mail)
    named = _SERVICE.match(mail.sender.email) is not None
    return (
        named or _NAME.search(mail.sender.name[:200]) is not None or "administrator" in mail.sender.email.lower()[:60]
    )


def _is_answer(mail: ParsedMail) -> bool:
    """A reply or a forward: by its subject, or as a quotation above all else."""
    if mail.text[:2000].lstrip().startswith(">"):
        return True
    return is_answer_subject(mail.subject) and not _machine_opening(mail.text, first=1)


def _has_empty_envelope(mail: ParsedMail) -> bool:
    value = mail.header("return-path")
    return value is not None and (value.strip().lower() in _EMPTY or value.lower().startswith("<mailer-daemon@"))


def _by_a_mail_program(mail: ParsedMail) -> bool:
    program = mail.header("user-agent") or mail.header("x-mailer") or ""
    return _PROGRAMS.search(program[:200]) is not None or mail.in_reply_to is not None


def _machine_opening(text: str, first: int = 4) -> bool:
    """Whether one of the ``first`` lines begins as only a notice does."""
    lines = [line.strip(" \t-=*_<|#.").casefold() for line in text[:2000].split("\n")]
    written = [line for line in lines if line][:first]
    return any(line.startswith(phrase) for line in written for phrase in MACHINE_OPENINGS)
