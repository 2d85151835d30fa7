"""The sandbox: an SMTP server (RFC 5321) that delivers into the mailboxes of an IMAP server (RFC 9051), all in memory.

Every address is a mailbox: it comes into being with its first mail or sign-in. Any password is taken, since all of it
is loopback and play. asyncio is used here and nowhere else, because both servers are asyncio libraries; this process
holds no code of the product.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata

from postroom.run.sandbox import HOST

LARGEST = 60_000_000  # above the product's default limit, so that its answer to a too large mail can be watched

logger = logging.getLogger(__name__)


class _AnyPassword(UserMetadata):
    """A user whose password is whatever is given."""

    def compare_secret(self, value: str) -> bool:
        return True


class _Everybody(dict[str, UserMetadata]):
    """The user list: every name is known."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config

    def get(self, name: str, default: Any = None) -> Any:
        return self.setdefault(name, _AnyPassword(self._config, name))


class _Postman:
    """aiosmtpd's handler: puts each mail into the INBOX of each recipient."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        for recipient in dict.fromkeys(address.lower() for address in envelope.rcpt_tos):
            inbox = await _mailboxes(self._config, recipient).get_mailbox("INBOX")
            return_path = f"Return-Path: <{envelope.mail_from or ''}>\r\n".encode()
            mail = AppendMessage(return_path + content, datetime.now(UTC), frozenset())
            await inbox.append(mail, recent=True)
        return "250 2.0.0 Delivered in the sandbox"


class _LenientSMTP(SMTP):
    """Takes lines of any length, as most real servers do."""

    line_length_limit = LARGEST


def _mailboxes(config: Config, name: str) -> MailboxSet:
    """The mailboxes of one user; the same object that the IMAP session of this user gets."""
    if name not in config.set_cache:
        config.set_cache[name] = (MailboxSet(), FilterSet())
    return config.set_cache[name][0]


def _accept_sign_in(*_: Any) -> AuthResult:
    return AuthResult(success=True)


async def _start_imap(stack: AsyncExitStack, port: int) -> Config:
    arguments = argparse.Namespace(
        host=HOST, port=port, debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None
    )
    arguments.inherited_sockets = None
    arguments.demo_data, arguments.demo_user, arguments.demo_password = False, "", ""
    config = Config.from_args(arguments, reject_dnsbl=False)
    config.apply_context()
    login = Login(config)
    login.users_dict = _Everybody(config)
    await IMAPService(DictBackend(login, config), config).start(stack)
    return config


async def _start_smtp(stack: AsyncExitStack, port: int, config: Config) -> None:
    def session() -> SMTP:
        return _LenientSMTP(
            _Postman(config),
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="sandbox.test",
            ident="Postroom sandbox",
            auth_require_tls=False,
            authenticator=_accept_sign_in,
            loop=asyncio.get_running_loop(),
        )

    await stack.enter_async_context(await asyncio.get_running_loop().create_server(session, HOST, port))


async def serve(smtp: int, imap: int) -> None:
    """Serve on these ports of loopback until SIGTERM or SIGINT. Raises OSError where a port is taken."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells of every connection
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stack = AsyncExitStack()
    config = await _start_imap(stack, imap)
    await _start_smtp(stack, smtp, config)
    await stop.wait()
    # Closing the servers would wait for the connections that clients keep open; the process ends, and they with it.
