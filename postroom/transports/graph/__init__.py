"""Microsoft Graph v1.0 for mail: what the form calls MAPI (SPEC A6). Mailboxes of Exchange Online, by HTTPS and OAuth.

A mailbox is always named (``/users/{address}``), so that shared mailboxes and applications that sign in themselves go
the same way. Every request asks for immutable ids: a mail keeps its id while it is moved within its mailbox.
"""

from postroom.transports.graph.reach import opens
from postroom.transports.graph.receiver import GraphReceiver
from postroom.transports.graph.sender import GraphSender

__all__ = ["GraphReceiver", "GraphSender", "opens"]
