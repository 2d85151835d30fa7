"""Which class speaks which protocol."""

from __future__ import annotations

from collections.abc import Callable

from postroom.transports.base import Endpoint, Receiver, Sender
from postroom.transports.graph import GraphReceiver, GraphSender
from postroom.transports.imap import ImapReceiver
from postroom.transports.memory import MemoryReceiver, MemorySender
from postroom.transports.pop3 import Pop3Receiver
from postroom.transports.smtp import SmtpSender

SENDERS: dict[str, Callable[[Endpoint], Sender]] = {
    "smtp": SmtpSender,
    "mapi": GraphSender,
    "memory": MemorySender,
}
RECEIVERS: dict[str, Callable[[Endpoint, str], Receiver]] = {
    "imap": ImapReceiver,
    "pop3": Pop3Receiver,
    "mapi": GraphReceiver,
    "memory": MemoryReceiver,
}


def sender(protocol: str, endpoint: Endpoint) -> Sender:
    """A sender that is not connected yet. Raises KeyError for a protocol that nothing speaks."""
    return SENDERS[protocol](endpoint)


def receiver(protocol: str, endpoint: Endpoint, folder: str = "INBOX") -> Receiver:
    """A receiver that is not connected yet. Raises KeyError for a protocol that nothing speaks."""
    return RECEIVERS[protocol](endpoint, folder)
